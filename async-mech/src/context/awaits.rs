//! What an execution notes and finds out when it is about to await.

use std::panic::Location;

use super::{CONTEXT, Place, with};
use crate::cell::Header;
use crate::execution::Id;

/// The current execution is about to await at this place in its code. It leaves its place among those
/// that run until this is dropped.
pub(crate) fn awaits(at: &'static Location<'static>) -> Away {
    Away::leave(with(|context| context.levels.awaits(at)))
}

/// Two things that [`awaits_promise`] has found out, in one word.
#[derive(Clone, Copy)]
pub(crate) struct Found(u8);

impl Found {
    const AT_HOME: u8 = 1;
    const PLACE: u8 = 2;

    fn of(at_home: bool, has_place: bool) -> Found {
        let at_home = if at_home { Found::AT_HOME } else { 0 };
        let place = if has_place { Found::PLACE } else { 0 };
        Found(at_home | place)
    }

    /// Whether the promise's loop is the current one; known if the thread may lend.
    pub(crate) fn at_home(self) -> bool {
        self.0 & Found::AT_HOME != 0
    }

    /// Whether the execution may have a place to leave.
    pub(crate) fn place(self) -> bool {
        self.0 & Found::PLACE != 0
    }
}

/// Like [`awaits`], in one look, but leaves no place yet; `header` is the promise's. Gives the
/// current execution if the thread has enough stack to lend.
pub(crate) fn awaits_promise(
    at: &'static Location<'static>,
    header: &Header,
) -> (Option<Id>, Found) {
    let found = CONTEXT.try_with(|context| {
        let (mut lender, mut at_home) = (None, false);
        if context.has_stack(2) {
            at_home = context.at_home(|home| home.threads.number == header.home.loop_number);
            lender = Some(context.id());
        }
        (lender, Found::of(at_home, context.levels.awaits(at)))
    });
    // A thread that is being destroyed lends nothing.
    found.unwrap_or((None, Found::of(false, false)))
}

/// While the current execution does not use the place it has, if any.
pub(crate) struct Away(bool);

impl Away {
    /// Leaves it, unless there is none.
    #[inline]
    pub(crate) fn leave(has_place: bool) -> Away {
        if has_place {
            with_place(|place| place.leave());
        }
        Away(has_place)
    }
}

impl Drop for Away {
    #[inline]
    fn drop(&mut self) {
        if self.0 {
            with_place(|place| place.come_back());
        }
    }
}

#[cold]
#[inline(never)]
fn with_place(f: impl FnOnce(&dyn Place)) {
    if let Some(place) = with(|context| context.levels.place()) {
        f(&*place);
    }
}
