//! What awaiters learn of a callee that failed.

use std::any::Any;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use async_mech::{EventLoop, Failure, FailureKind, Id, Promise, invoke, promise};
use tests::{Watchdog, until_completed};

fn fails() -> u32 {
    panic!("out of cheese")
}

#[test]
fn a_panic_reaches_its_awaiter_with_message_function_id_and_place() {
    let line = line!() + 1;
    let p = invoke!(fails());
    let id = p.id();
    let failure = p.outcome().unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Panicked);
    assert_eq!(failure.message(), "out of cheese");
    assert_eq!(failure.name(), "fails");
    assert_eq!((failure.id(), failure.file(), failure.line()), (id, file!(), line));
    let text = failure.to_string();
    let whole = format!("execution {id} `fails` ({}:{line}) panicked", file!());
    assert!(text.starts_with(&whole) && text.ends_with(": out of cheese"), "{text}");
}

const ANNOTATED: u32 = line!() + 2;
#[async_mech::invocable(name = "annotated!")]
fn annotated() -> u32 {
    panic!("out of cheese")
}

#[test]
fn an_annotated_function_that_panics_is_named_by_its_definition() {
    let failure = invoke!(annotated()).outcome().unwrap_err();
    assert_eq!(failure.name(), "annotated!");
    assert_eq!((failure.file(), failure.line()), (file!(), ANNOTATED));
}

#[test]
fn the_place_of_a_panic_is_known_where_the_hook_is_installed() {
    async_mech::install_panic_hook();
    async_mech::install_panic_hook();
    let line = line!() + 1;
    let failure = invoke!(|| -> () { panic!("here") }).outcome().unwrap_err();
    let place = failure.panicked_at().expect("the hook is installed");
    assert!(place.starts_with(&format!("{}:{line}:", file!())), "{place}");
    assert!(failure.to_string().contains(place));
}

const THERE: u32 = line!() + 3;
#[async_mech::invocable(own_thread)]
fn panics_on_its_own_thread() -> u32 {
    panic!("there")
}

#[test]
fn the_place_of_a_panic_on_a_thread_of_its_own_is_known_too() {
    async_mech::install_panic_hook();
    let failure = invoke!(panics_on_its_own_thread()).outcome().unwrap_err();
    assert_eq!(failure.message(), "there");
    let place = failure.panicked_at().expect("the hook is installed");
    assert!(place.starts_with(&format!("{}:{THERE}:", file!())), "{place}");
}

#[test]
fn a_panic_that_was_caught_is_not_the_place_of_a_later_failure() {
    async_mech::install_panic_hook();
    let event_loop = EventLoop::builder().max_threads(1).lend_threads(false).build();
    event_loop.run(|| {
        let caught = invoke!(|| catch_unwind(|| panic!("caught by the function itself")).is_err());
        assert!(caught.wait());
        let failure = invoke!(|| -> () { resume_unwind(Box::new("not here")) });
        assert_eq!(failure.outcome().unwrap_err().panicked_at(), None);
    });
}

#[test]
fn every_awaiter_learns_of_a_panic() {
    let (go, resolver) = promise::<()>();
    let p = invoke!(move || -> u32 {
        go.wait();
        panic!("for all")
    });
    let awaiters: Vec<Promise<String>> = (0..100)
        .map(|_| {
            let p = p.clone();
            invoke!(move || p.outcome().unwrap_err().message().to_owned())
        })
        .collect();
    resolver.resolve(());
    for awaiter in awaiters {
        assert_eq!(awaiter.wait(), "for all");
    }
    assert_eq!(p.outcome().unwrap_err().message(), "for all");
}

#[test]
fn an_awaiter_fails_in_turn_unless_it_takes_the_outcome() {
    let failure = invoke!(|| invoke!(fails()).wait()).outcome().unwrap_err();
    assert_eq!(failure.message(), "out of cheese");
    let value = invoke!(|| invoke!(fails()).outcome().unwrap_or(7));
    assert_eq!(value.wait(), 7);
}

#[test]
fn wait_unwinds_with_the_failure_itself() {
    let payload = catch_unwind(|| invoke!(fails()).wait()).unwrap_err();
    let failure = payload.downcast::<Failure>().expect("a failure");
    assert_eq!(failure.message(), "out of cheese");
}

#[test]
fn a_panic_may_carry_text_or_any_other_value() {
    let message = |p: Promise<()>| p.outcome().unwrap_err().message().to_owned();
    let two = 2;
    assert_eq!(message(invoke!(|| panic!("a text"))), "a text");
    assert_eq!(message(invoke!(move || panic!("a String, {two}"))), "a String, 2");
    assert_eq!(message(invoke!(|| panic_any(3_u8))), "a value that is not a string");
    assert_eq!(message(invoke!(|| resume_unwind(Box::new("quiet")))), "quiet");
}

#[test]
fn the_payload_of_a_panic_can_be_taken_once() {
    let p = invoke!(|| panic_any(41_u8));
    let failure = p.outcome().unwrap_err();
    let clone = failure.clone();
    let payload = failure.into_panic().expect("the payload");
    assert_eq!(payload.downcast_ref::<u8>(), Some(&41));
    let clone = clone.into_panic().expect_err("it has been taken");
    assert_eq!(clone.kind(), FailureKind::Panicked);
}

#[test]
fn the_payload_can_be_taken_from_the_failure_of_an_awaiter() {
    let outer = invoke!(|| invoke!(|| -> u32 { panic_any(vec![1, 2]) }).wait());
    let payload: Box<dyn Any + Send> = outer.outcome().unwrap_err().into_panic().unwrap();
    assert_eq!(*payload.downcast::<Vec<i32>>().unwrap(), [1, 2]);
}

/// `depth` executions, each awaiting the next; the last one panics.
fn chain(depth: u32) -> u32 {
    if depth == 1 {
        panic!("at the bottom");
    }
    invoke!(chain(depth - 1)).wait()
}

/// The failure, and those that `source` leads to.
fn links(failure: &Failure) -> Vec<&Failure> {
    let mut links = vec![failure];
    while let Some(source) = links[links.len() - 1].source() {
        match source.downcast_ref() {
            Some(link) => links.push(link),
            None => break,
        }
    }
    links
}

#[test]
fn a_failure_leads_from_the_awaited_execution_to_the_one_that_failed() {
    let p = invoke!(chain(4));
    let id = p.id();
    let failure = p.outcome().unwrap_err();
    let ids: Vec<Id> = links(&failure).iter().map(|link| link.id()).collect();
    assert_eq!(ids.len(), 4);
    assert_eq!(ids[0], id);
    assert!(ids.is_sorted(), "callees are younger than their callers: {ids:?}");
    assert_eq!(failure.origin().id(), ids[3]);
    assert!(failure.origin().source().is_none());
    let text = failure.to_string();
    assert_eq!(text.matches("failed, for it awaited execution").count(), 3, "{text}");
    assert_eq!(text.matches("panicked").count(), 1, "{text}");
    assert!(ids.iter().all(|id| text.contains(&format!("execution {id} "))), "{text}");
}

#[test]
fn of_a_chain_of_ten_thousand_failures_16_links_and_the_origin_are_kept() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    // Each execution awaits a promise that has failed already: no stack is deep.
    let (mut p, resolver) = promise::<u32>();
    let first = p.id();
    resolver.fail(std::fmt::Error);
    for _ in 0..10_000 {
        let callee = p;
        p = event_loop.invoke(move || callee.wait());
        until_completed(&p);
    }
    let last = p.id();
    let failure = p.outcome().unwrap_err();
    assert_eq!(links(&failure).len(), 17);
    assert_eq!((failure.id(), failure.origin().id()), (last, first));
    assert_eq!(failure.kind(), FailureKind::Failed);
    let text = failure.to_string();
    assert!(text.contains("(9984 executions left out)"), "{text}");
}

#[test]
fn a_failure_passes_through_ten_thousand_nested_awaits() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let failure = event_loop.run(|| invoke!(chain(10_000)).outcome().unwrap_err());
    assert_eq!(failure.message(), "at the bottom");
    assert!(failure.to_string().contains("(9983 executions left out)"), "{failure}");
    drop(failure);
}

#[test]
fn a_resolver_may_pass_a_failure_on_ten_thousand_times() {
    let (mut p, resolver) = promise::<u32>();
    resolver.fail(std::fmt::Error);
    for _ in 0..10_000 {
        let failure = p.outcome().unwrap_err();
        let (next, resolver) = promise::<u32>();
        resolver.fail(failure);
        p = next;
    }
    let failure = p.outcome().unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Failed);
    assert!(failure.to_string().len() < 10_000, "{}", failure.to_string().len());
    drop(failure);
}

/// Panics when dropped.
struct Bomb(Arc<AtomicUsize>);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
        panic!("a payload's destructor panics");
    }
}

#[test]
fn a_payload_whose_destructor_panics_harms_nobody() {
    let drops = Arc::new(AtomicUsize::new(0));
    let event_loop = EventLoop::builder().max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    let bomb = || {
        let drops = Arc::clone(&drops);
        move || -> u32 { panic_any(Bomb(drops)) }
    };
    // Dropped by whoever took the outcome, and by the loop.
    drop(event_loop.invoke(bomb()).outcome());
    event_loop.invoke(bomb()).detach();
    assert_eq!(event_loop.invoke(|| 5).wait(), 5);
    while drops.load(Ordering::Relaxed) < 2 {
        thread::yield_now();
    }
    assert_eq!(event_loop.invoke(|| 5).wait(), 5);
}

#[test]
fn failures_are_plain_errors() {
    fn is_an_error<E: Error + Clone + Send + Sync + 'static>() {}
    is_an_error::<Failure>();
    let passed_on = || -> Result<u32, Box<dyn Error + Send + Sync>> {
        let p = invoke!(fails());
        Ok(p.outcome()?)
    };
    assert!(passed_on().unwrap_err().is::<Failure>());
    let failure = invoke!(fails()).outcome().unwrap_err();
    let fields = format!("{failure:#?}");
    assert!(fields.contains("kind: Panicked") && fields.contains("out of cheese"), "{fields}");
    assert_eq!(format!("{failure:?}"), failure.to_string(), "one execution, one line");
}

#[test]
fn an_execution_may_panic_with_the_failure_of_another() {
    let failure = invoke!(fails()).outcome().unwrap_err();
    let again = invoke!(move || -> u32 { panic_any(failure) }).outcome().unwrap_err();
    assert_eq!(again.message(), "out of cheese");
    assert_ne!(again.id(), again.origin().id());
}

#[test]
fn awaiting_in_a_destructor_while_a_failure_unwinds_works() {
    struct Awaits(Option<Promise<u32>>, Arc<AtomicUsize>);
    impl Drop for Awaits {
        fn drop(&mut self) {
            let value = self.0.take().expect("once").outcome().expect("a value");
            self.1.store(value as usize, Ordering::Relaxed);
        }
    }
    let seen = Arc::new(AtomicUsize::new(0));
    let theirs = Arc::clone(&seen);
    let p = invoke!(move || {
        let _awaits = Awaits(Some(invoke!(|| 42)), theirs);
        invoke!(fails()).wait()
    });
    assert_eq!(p.outcome().unwrap_err().message(), "out of cheese");
    assert_eq!(seen.load(Ordering::Relaxed), 42);
}

#[test]
fn a_failed_outcome_caught_on_a_foreign_thread_still_has_its_payload() {
    let thread = thread::spawn(|| {
        catch_unwind(AssertUnwindSafe(|| invoke!(|| -> u32 { panic_any(9_i64) }).wait()))
    });
    let payload = thread.join().unwrap().unwrap_err();
    let failure = *payload.downcast::<Failure>().expect("a failure");
    assert_eq!(*failure.into_panic().unwrap().downcast::<i64>().unwrap(), 9);
}

#[async_mech::test]
#[should_panic(expected = "out of cheese")]
fn a_test_that_awaits_a_failure_panics_with_its_message() {
    let p = invoke!(fails());
    p.await;
}

#[async_mech::test]
#[should_panic(expected = "its resolver was dropped")]
fn a_test_that_awaits_an_abandoned_promise_panics_with_its_message() {
    let (p, resolver) = promise::<u32>();
    drop(resolver);
    p.await;
}

#[async_mech::test]
fn a_test_may_return_a_result() -> Result<(), Failure> {
    let p = invoke!(|| 5);
    assert_eq!(p.outcome()?, 5);
    Ok(())
}
