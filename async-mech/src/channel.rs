//! A promise as a channel's receiver, for `select!` with other channels.

use crossbeam_channel::{Receiver, SendError, Sender, bounded};

use crate::cell::Outcome;
use crate::failure::{Failure, discard};
use crate::promise::Promise;
use crate::settling;
use crate::unseen;

impl<T: Send + 'static> Promise<T> {
    /// A channel that gets the outcome when the promise is completed, and is then disconnected:
    /// one message, whatever happens. For `select!` over promises and other channels, with or
    /// without timeouts; no thread waits meanwhile. A failure is a message as well, and so is a
    /// panic of `clone`, if the promise is shared.
    ///
    /// Dropping the receiver drops the value when it comes; the function runs on. Until then the
    /// promise stays held: in a loop that selects on the same long-lived promise, make its receiver
    /// once, before the loop.
    ///
    /// Whoever blocks in `recv` or `select!` is not suspended as far as async-mech knows: its thread
    /// counts as busy at a thread ceiling, it lends nothing, and a circle through it is not found.
    ///
    /// The crate [`crossbeam_channel`] is also [`async_mech::crossbeam_channel`](crate::crossbeam_channel),
    /// so that a program that needs no more of it than this need not name a version.
    ///
    /// ```
    /// use async_mech::crossbeam_channel::{never, select};
    /// use async_mech::invoke;
    ///
    /// let answer = invoke!(|| 6 * 7).receiver();
    /// let quit = never::<()>();
    /// select! {
    ///     recv(answer) -> outcome => {
    ///         let outcome = outcome.expect("a promise sends one message");
    ///         assert_eq!(outcome.unwrap(), 42);
    ///     }
    ///     recv(quit) -> _ => unreachable!("never"),
    /// }
    /// assert!(answer.recv().is_err());
    /// ```
    #[must_use]
    pub fn receiver(self) -> Receiver<Result<T, Failure>> {
        let (sender, receiver) = bounded(1);
        // At once: what is put off while a link runs would come too late for a receiver there.
        if self.is_completed() {
            send(&sender, self);
            return receiver;
        }
        #[cfg(feature = "durable")]
        if let Some(cell) = self.pending_cell()
            && let Some(failure) = crate::durable::pull::refusal(&cell)
        {
            self.ignore();
            // The room is there.
            let _ = sender.send(Err(failure));
            return receiver;
        }
        settling::when(self, move |p| send(&sender, p));
        receiver
    }
}

/// The room is there: nothing else is ever sent.
fn send<T>(sender: &Sender<Outcome<T>>, p: Promise<T>) {
    let cancelled = p.is_cancelled();
    if let Err(SendError(unread)) = sender.send(p.completed()) {
        // The receiver is gone, which is no different from a promise that was dropped.
        if let (Err(failure), false) = (&unread, cancelled) {
            unseen::report(failure);
        }
        discard(unread);
    }
}
