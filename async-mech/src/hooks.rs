//! What the attributes put into a function: the frame, a thread of its own, `main`, `test`.

use std::any::Any;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};

use crate::cell::Name;
use crate::context;
pub use crate::context::{Frame, Function, enter};
use crate::event_loop;
use crate::failure::Failure;
use crate::inherit::Inherited;
use crate::panic_hook::{install_panic_hook, put_location, take_location};
use crate::promise::Promise;
use crate::threads::place::{self, Place};
use crate::threads::stack::Stack;

/// What `invoke!` comes down to.
#[track_caller]
pub(crate) fn invoke_named<T, F>(name: Name, callee: F) -> Promise<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    event_loop::invoke(name, Location::caller(), callee)
}

/// `own_thread`: runs the body on a thread of its own if an awaiter lent this one, else here.
///
/// The body may borrow from the caller's stack, which waits meanwhile.
pub fn own_thread<R: Send>(frame: Frame, body: impl FnOnce() -> R + Send) -> R {
    if !frame.first_of_lent || cfg!(shuttle) {
        return body();
    }
    // What the hooks entered here, they enter there.
    let inherited = Inherited::capture();
    let home = context::home();
    if !place::reserve(&home.threads) {
        return body();
    }
    let threads = home.threads.clone();
    let size = threads.config.stack_size;
    let (id, ..) = context::current();
    let levels = context::levels();
    // A refused spawn drops its closure, so the body stays outside.
    let body = std::sync::Mutex::new(Some(body));
    let take = || body.lock().unwrap_or_else(|e| e.into_inner()).take();
    // This thread only waits, as far as the loop's ceiling is concerned.
    let (waiter, _) = context::waiter();
    waiter.suspend();
    #[cfg(feature = "tracing")]
    let away = crate::spans::Away::from_current();
    let result = std::thread::scope(|scope| {
        let builder = std::thread::Builder::new()
            .name(format!("{}-own-{}", threads.config.name, id.as_u64()))
            .stack_size(size);
        let spawned = builder.spawn_scoped(scope, || {
            let _place = Place::reserved(threads.clone());
            context::stand_in(&threads, levels, home, Stack::of_size(size), || {
                threads.body_runs(true);
                observed!(context::with_current(|header| crate::trace::emit_start(header, false)));
                let run = || take().map(|body| inherited.within(body));
                #[cfg(feature = "tracing")]
                let run = || away.within(run);
                let result = catch_unwind(AssertUnwindSafe(run)).transpose();
                threads.body_runs(false);
                result.map(|result| result.map_err(|payload| (payload, take_location(id))))
            })
        });
        match spawned {
            Ok(thread) => thread.join().ok().flatten(),
            Err(_) => {
                place::refused(&threads);
                None
            }
        }
    });
    #[cfg(feature = "tracing")]
    drop(away);
    waiter.resume();
    context::stood_in();
    match (result, take()) {
        (Some(Ok(value)), _) => value,
        (Some(Err((payload, location))), _) => {
            put_location(id, location);
            resume_unwind(payload)
        }
        (None, Some(body)) => body(),
        (None, None) => unreachable!("the body has run, and its outcome is here"),
    }
}

/// `#[async_mech::main]`: the root execution `main`, recorded if the environment says so.
pub fn run_main<T>(f: impl FnOnce() -> T) -> T {
    #[cfg(all(feature = "trace", not(shuttle)))]
    let recording = crate::trace::OfMain::start();
    let result = run_root("main", f);
    #[cfg(all(feature = "trace", not(shuttle)))]
    if let Some(recording) = recording {
        recording.write();
    }
    result.unwrap_or_else(|payload| {
        if let Some(failure) = payload.downcast_ref::<Failure>() {
            failure.report_always();
        }
        resume_unwind(payload)
    })
}

/// `#[async_mech::test]`: the root execution `test`. A failure goes on as a panic with its
/// message, so that `should_panic(expected = "..")` can read it.
pub fn run_test<T>(f: impl FnOnce() -> T) -> T {
    run_root("test", f).unwrap_or_else(|payload| match payload.downcast::<Failure>() {
        Ok(failure) => {
            failure.report_always();
            resume_unwind(Box::new(failure.message().to_owned()))
        }
        Err(payload) => resume_unwind(payload),
    })
}

fn run_root<T>(name: &'static str, f: impl FnOnce() -> T) -> Result<T, Box<dyn Any + Send>> {
    install_panic_hook();
    context::watch_root(name);
    catch_unwind(AssertUnwindSafe(f))
}
