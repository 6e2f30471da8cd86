//! `observed!`: what a transition does only if somebody observes.

/// Runs the statements if somebody observes the run: one relaxed load if nobody does, and nothing at
/// all without the feature `trace`.
macro_rules! observed {
    ($($statements:tt)*) => {
        #[cfg(feature = "trace")]
        if $crate::trace::on() {
            $($statements)*
        }
    };
}
