//! A panic hook that says which execution panicked, and remembers where.

use std::cell::RefCell;
use std::panic::{PanicHookInfo, set_hook, take_hook};
use std::sync::Once;

use crate::context;

std::thread_local! {
    /// Where this thread last panicked.
    static LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
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
    if let Some(location) = info.location() {
        // A thread that is being destroyed has no place for it.
        let _ = LOCATION.try_with(|slot| slot.replace(Some(location.to_string())));
    }
    if let Some(who) = context::invoked_now() {
        eprintln!("\n{who} panicked:");
    }
}

/// Where this thread last panicked, if the hook is installed and nobody has asked since.
pub(crate) fn take_location() -> Option<String> {
    LOCATION.try_with(RefCell::take).ok().flatten()
}
