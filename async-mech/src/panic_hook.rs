//! A panic hook that says which execution panicked, and remembers where.

use std::cell::RefCell;
use std::panic::{PanicHookInfo, set_hook, take_hook};
use std::sync::Once;

use crate::context;
use crate::execution::Id;

std::thread_local! {
    /// Where an invocation on this thread last panicked, and which.
    static LOCATION: RefCell<Option<(Id, String)>> = const { RefCell::new(None) };
}

/// Installs a panic hook that names the execution that panics, then calls the hook that was
/// there, and lets [`Failure::panicked_at`](crate::Failure::panicked_at) say where.
///
/// [`#[async_mech::main]`](macro@crate::main) and [`#[async_mech::test]`](macro@crate::test) do
/// this. Otherwise a library leaves the process's hook alone, so a program that has its own
/// `main` calls this if it wants it. Calling it again does nothing.
pub fn install_panic_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = take_hook();
        set_hook(Box::new(move |info| {
            note(info);
            previous(info);
        }));
    });
}

fn note(info: &PanicHookInfo<'_>) {
    let Some(who) = context::invoked_now() else { return };
    if let Some(location) = info.location() {
        put_location(who.id, Some(location.to_string()));
    }
    eprintln!("\n{who} panicked:");
}

/// Where the invocation last panicked on this thread, if the hook is installed and nobody has
/// asked since.
pub(crate) fn take_location(id: Id) -> Option<String> {
    let (whose, location) = LOCATION.try_with(RefCell::take).ok().flatten()?;
    // A panic that another invocation caught is not why this one failed.
    (whose == id).then_some(location)
}

/// Notes where the invocation panicked, for whoever completes it on this thread.
pub(crate) fn put_location(id: Id, location: Option<String>) {
    // A thread that is being destroyed has no place for it.
    let _ = LOCATION.try_with(|slot| slot.replace(location.map(|location| (id, location))));
}
