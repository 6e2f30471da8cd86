//! A request that follows invocations, for the tests.

use std::cell::Cell;
use std::sync::Once;

use async_mech::inherit;

thread_local!(pub(crate) static REQUEST: Cell<u32> = const { Cell::new(0) });

/// Puts the former request back.
struct Back(u32);

impl Drop for Back {
    fn drop(&mut self) {
        REQUEST.set(self.0);
    }
}

/// Lets the request follow invocations.
pub(crate) fn requests_follow() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        inherit(|| {
            let request = REQUEST.get();
            move || Back(REQUEST.replace(request))
        });
    });
}
