//! Permits: at most so many of something at once, over a bounded channel.

use crossbeam_channel::{Receiver, Sender, bounded};

/// A number of permits to take; clones share them.
///
/// A permit that is out is a message in the channel. So the channel's bound is the limit, sending
/// takes a permit (and blocks while all of them are out), and receiving gives one back.
#[derive(Clone, Debug)]
pub(crate) struct Permits {
    taken: Sender<()>,
    returned: Receiver<()>,
}

impl Permits {
    /// Makes `limit` permits.
    pub(crate) fn new(limit: usize) -> Self {
        let (taken, returned) = bounded(limit);
        Permits { taken, returned }
    }

    /// Takes a permit; blocks the caller until there is one.
    pub(crate) fn take(&self) -> Permit {
        self.taken.send(()).expect("`self` holds the receiver");
        self.permit()
    }

    /// Takes a permit if there is one now.
    pub(crate) fn try_take(&self) -> Option<Permit> {
        self.taken.try_send(()).ok().map(|()| self.permit())
    }

    fn permit(&self) -> Permit {
        Permit { returned: self.returned.clone() }
    }
}

/// A permit that is out; dropping it gives it back.
#[derive(Debug)]
#[must_use = "a permit is given back when dropped"]
pub(crate) struct Permit {
    returned: Receiver<()>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        // Never empty: the message sent for this permit, or another permit's, is there.
        let _ = self.returned.try_recv();
    }
}
