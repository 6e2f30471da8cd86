//! Waiting for promises: the server says when they are settled, and is asked now and then, since
//! messages may be lost.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use resonate_sdk::types::{PromiseRecord, PromiseState};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::server::Refusal;
use crate::shared::{AT_ONCE, Shared};
use crate::waiters::Hears;

const FIRST_LOOK: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// What one execution, or one who wants to know of a root, waits for.
pub(crate) struct Waiting {
    shared: Arc<Shared>,
    hears: Hears,
    connected: watch::Receiver<u64>,
    /// What the server has been told to tell.
    listening: HashSet<String>,
    /// What is settled and has not been taken.
    settled: HashMap<String, PromiseRecord>,
}

impl Waiting {
    pub(crate) fn new(shared: Arc<Shared>) -> Waiting {
        let hears = Hears::new(Arc::clone(&shared.waiters));
        let connected = shared.connected.subscribe();
        Waiting { shared, hears, connected, listening: HashSet::new(), settled: HashMap::new() }
    }

    /// What is known of a promise; whether it is settled.
    pub(crate) fn note(&mut self, promise: PromiseRecord) -> bool {
        let is_settled = promise.state != PromiseState::Pending;
        if is_settled {
            self.listening.remove(&promise.id);
            self.settled.insert(promise.id.clone(), promise);
        }
        is_settled
    }

    /// That settled promise, once.
    pub(crate) fn take(&mut self, id: &str) -> Option<PromiseRecord> {
        self.settled.remove(id)
    }

    /// Which of these was settled first, of those that are known to be.
    pub(crate) fn first_known(&mut self, ids: &[String]) -> Option<usize> {
        while let Some(promise) = self.hears.try_next() {
            self.note(promise);
        }
        let settled = ids.iter().enumerate().filter_map(|(n, id)| Some((n, self.settled.get(id)?)));
        settled.min_by_key(|(n, promise)| (promise.settled_at, *n)).map(|(n, _)| n)
    }

    /// Which of these was settled first, as soon as one is; none at the deadline.
    pub(crate) async fn first(
        &mut self,
        ids: &[String],
        deadline: Option<Instant>,
    ) -> Result<Option<usize>, Refusal> {
        let mut pause = FIRST_LOOK;
        loop {
            if let Some(first) = self.first_known(ids) {
                return Ok(Some(first));
            }
            self.connected.mark_unchanged();
            self.listen(ids).await?;
            if let Some(first) = self.first_known(ids) {
                return Ok(Some(first));
            }
            let over = async {
                match deadline {
                    Some(deadline) => sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                promise = self.hears.next() => {
                    self.note(promise);
                }
                () = over => return Ok(None),
                Ok(()) = self.connected.changed() => self.listening.clear(),
                () = sleep(pause) => {
                    self.listening.clear();
                    pause = (2 * pause).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Asks for those that the server will not tell of by itself.
    async fn listen(&mut self, ids: &[String]) -> Result<(), Refusal> {
        let new: Vec<&String> = ids.iter().filter(|id| !self.listening.contains(*id)).collect();
        for some in new.chunks(AT_ONCE) {
            let mut asked = JoinSet::new();
            for &id in some {
                self.hears.name(id);
                let (shared, id) = (Arc::clone(&self.shared), id.clone());
                asked.spawn(async move { shared.server.listen(&id).await });
            }
            while let Some(answer) = asked.join_next().await {
                let promise = answer.map_err(|error| Refusal::No(error.to_string()))??;
                let id = promise.id.clone();
                if !self.note(promise) {
                    self.listening.insert(id);
                }
            }
        }
        Ok(())
    }

    /// The server is to be asked again, whatever it said.
    pub(crate) fn ask_again(&mut self) {
        self.listening.clear();
    }
}
