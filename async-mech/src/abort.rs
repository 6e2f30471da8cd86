//! A panic of the runtime itself, where going on would be worse than to end.

/// Ends the process if it is dropped: while what must not unwind does. It says why by a function, so
/// that it takes no room in the frames of deep chains of awaits.
pub(crate) struct AbortOnUnwind<W: Fn() -> &'static str> {
    why: W,
}

impl<W: Fn() -> &'static str> AbortOnUnwind<W> {
    #[inline(always)]
    pub(crate) fn new(why: W) -> Self {
        AbortOnUnwind { why }
    }

    /// It has not unwound.
    #[inline(always)]
    pub(crate) fn disarm(self) {
        std::mem::forget(self);
    }
}

impl<W: Fn() -> &'static str> Drop for AbortOnUnwind<W> {
    #[cold]
    fn drop(&mut self) {
        eprintln!("async-mech: {}; aborting", (self.why)());
        std::process::abort();
    }
}
