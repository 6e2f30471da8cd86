//! A panic of the runtime itself, where going on would be worse than to end.

/// Ends the process if it is dropped: while what must not unwind does.
pub(crate) struct AbortOnUnwind {
    why: &'static str,
}

impl AbortOnUnwind {
    #[inline(always)]
    pub(crate) fn new(why: &'static str) -> AbortOnUnwind {
        AbortOnUnwind { why }
    }

    /// It has not unwound.
    #[inline(always)]
    pub(crate) fn disarm(self) {
        std::mem::forget(self);
    }
}

impl Drop for AbortOnUnwind {
    #[cold]
    fn drop(&mut self) {
        eprintln!("async-mech: {}; aborting", self.why);
        std::process::abort();
    }
}
