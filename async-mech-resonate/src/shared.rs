//! What the parts of one connection have in common.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use resonate_sdk::types::PromiseRecord;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

use crate::server::{Refusal, Server};
use crate::waiters::{Hears, Waiters};

/// So many requests of one kind are under way at a time, for one execution.
pub(crate) const AT_ONCE: usize = 16;

/// See the module.
pub(crate) struct Shared {
    pub(crate) server: Server,
    pub(crate) waiters: Arc<Waiters>,
    /// How often the stream of messages has been up.
    pub(crate) connected: Arc<watch::Sender<u64>>,
    /// The group whose tasks this process takes.
    pub(crate) group: String,
    pub(crate) suspend_after: Duration,
    /// Whether the connection is being closed.
    pub(crate) stopped: watch::Sender<bool>,
    /// How many tasks this process has.
    pub(crate) tasks: watch::Sender<usize>,
    /// Places for bodies that run.
    pub(crate) places: Arc<Semaphore>,
    /// Tasks that wait for a place.
    pub(crate) queued: Mutex<HashSet<(String, i64)>>,
    /// Functions that this program does not have, and that somebody has been told of.
    pub(crate) missing: Mutex<HashSet<String>>,
}

impl Shared {
    /// The server says that a promise is settled.
    pub(crate) fn unblock(&self, promise: &serde_json::Value) {
        use serde::Deserialize;
        if let Ok(promise) = PromiseRecord::deserialize(promise) {
            self.waiters.settled(&promise);
        }
    }

    /// Returns when messages arrive in this process: the SDK's own server takes its receiver at some
    /// moment, and does not say when.
    pub(crate) async fn probe(&self, name: &str) -> Result<(), Refusal> {
        for n in 0.. {
            let id = format!("{name}-{n}");
            let mut hears = Hears::new(Arc::clone(&self.waiters));
            hears.name(&id);
            self.server.create_probe(&id).await?;
            self.server.listen(&id).await?;
            self.server.cancel(&id).await?;
            if timeout(Duration::from_millis(20), hears.next()).await.is_ok() {
                break;
            }
        }
        Ok(())
    }
}
