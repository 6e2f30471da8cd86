//! Who waits for which promise, in this process.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use resonate_sdk::types::PromiseRecord;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// See the module.
#[derive(Default)]
pub(crate) struct Waiters(Mutex<HashMap<String, Vec<UnboundedSender<PromiseRecord>>>>);

impl Waiters {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<UnboundedSender<PromiseRecord>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server says that this promise is settled.
    pub(crate) fn settled(&self, promise: &PromiseRecord) {
        for waiter in self.lock().remove(&promise.id).unwrap_or_default() {
            let _ = waiter.send(promise.clone());
        }
    }
}

/// What one waiter hears of the promises that it has named.
pub(crate) struct Hears {
    waiters: Arc<Waiters>,
    sender: UnboundedSender<PromiseRecord>,
    receiver: UnboundedReceiver<PromiseRecord>,
    named: HashSet<String>,
}

impl Hears {
    pub(crate) fn new(waiters: Arc<Waiters>) -> Hears {
        let (sender, receiver) = unbounded_channel();
        Hears { waiters, sender, receiver, named: HashSet::new() }
    }

    /// To be told of this one too.
    pub(crate) fn name(&mut self, id: &str) {
        if self.named.insert(id.to_owned()) {
            self.waiters.lock().entry(id.to_owned()).or_default().push(self.sender.clone());
        }
    }

    /// The next that is settled.
    pub(crate) async fn next(&mut self) -> PromiseRecord {
        self.receiver.recv().await.expect("it has a sender itself")
    }

    /// What is settled already, one after the other.
    pub(crate) fn try_next(&mut self) -> Option<PromiseRecord> {
        self.receiver.try_recv().ok()
    }
}

impl Drop for Hears {
    fn drop(&mut self) {
        self.receiver.close();
        let mut waiters = self.waiters.lock();
        for id in &self.named {
            if let Some(senders) = waiters.get_mut(id) {
                senders.retain(|sender| !sender.is_closed());
                if senders.is_empty() {
                    waiters.remove(id);
                }
            }
        }
    }
}
