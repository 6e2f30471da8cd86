//! What is asked of the server, each with as much patience as it needs.

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_mech::durable::{Call, Settled};
use resonate_sdk::error::{Error, Result as Answer};
use resonate_sdk::network::Network;
use resonate_sdk::send::{Sender, SuspendResult, TaskAcquireResult, TaskRef};
use resonate_sdk::types::{
    PromiseCreateReq, PromiseRecord, PromiseRegisterCallbackData, PromiseSettleReq, PromiseState,
    SettleState, TaskState, Value,
};
use tokio::time::{Instant, sleep, timeout};

use crate::wire;

/// After that, a request that has no answer is sent anew.
const LONGEST_ANSWER: Duration = Duration::from_secs(15);

/// Why the server did not do what it was asked for.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The task is not this process's any more, or is done.
    Fenced,
    /// There is no such thing.
    Unknown,
    /// It could not be reached, for as long as there was patience.
    Away(String),
    /// It does not let us in.
    Barred(String),
    /// It lets us in, but not there.
    Forbidden(String),
    /// It says no, and would say so again.
    No(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Fenced => f.write_str("the execution has been taken over, or has ended"),
            Refusal::Unknown => f.write_str("the server knows no such promise"),
            Refusal::Away(why) => write!(f, "no answer: {why}"),
            Refusal::Barred(why) => write!(f, "it does not let us in: {why}"),
            Refusal::Forbidden(why) => write!(f, "it forbids that: {why}"),
            Refusal::No(why) => write!(f, "it refuses: {why}"),
        }
    }
}

type Result<T> = std::result::Result<T, Refusal>;

/// A lease on a task: it is of one execution's run, and of nobody else's as long as it lasts.
#[derive(Clone, Debug)]
pub(crate) struct Lease {
    /// The task's id, which is its promise's.
    pub(crate) id: String,
    /// The name of its function.
    pub(crate) function: String,
    pub(crate) version: i64,
}

/// See the module.
pub(crate) struct Server {
    sender: Sender,
    network: Arc<dyn Network>,
    /// What it is called in messages.
    pub(crate) url: String,
    /// Whether it is in this process; then it does not know all requests.
    local: bool,
    /// Where new executions are sent.
    target: String,
    pub(crate) lease: Duration,
    pub(crate) timeout: Duration,
}

impl Server {
    pub(crate) fn new(
        sender: Sender,
        network: Arc<dyn Network>,
        url: Option<&str>,
        group: &str,
        lease: Duration,
        timeout: Duration,
    ) -> Server {
        let target = network.target_resolver(group);
        let local = url.is_none();
        let url = url.unwrap_or("this process").to_owned();
        Server { sender, network, url, local, target, lease, timeout }
    }

    /// Asks again while the server is away, until `patience` is over.
    async fn ask<T, F: Future<Output = Answer<T>>>(
        &self,
        patience: Option<Duration>,
        ask: impl Fn() -> F,
    ) -> Result<T> {
        let until = patience.map(|patience| Instant::now() + patience);
        let mut pause = Duration::from_millis(50);
        loop {
            let left = until.map_or(LONGEST_ANSWER, |until| {
                LONGEST_ANSWER.min(until.saturating_duration_since(Instant::now()))
            });
            let why = match timeout(left, ask()).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(Error::ServerError { code: 409, .. })) => return Err(Refusal::Fenced),
                Ok(Err(Error::ServerError { code: 404, .. })) => return Err(Refusal::Unknown),
                Ok(Err(Error::ServerError { code: 401, message })) => {
                    return Err(Refusal::Barred(message));
                }
                Ok(Err(Error::ServerError { code: 403, message })) => {
                    return Err(Refusal::Forbidden(message));
                }
                Ok(Err(Error::ServerError { code, message })) if code < 500 && code != 429 => {
                    return Err(Refusal::No(message));
                }
                Ok(Err(error)) => innermost(&error),
                Err(_) => format!("nothing came within {} s", left.as_secs_f32().ceil()),
            };
            if until.is_some_and(|until| Instant::now() + pause >= until) {
                return Err(Refusal::Away(why));
            }
            sleep(pause).await;
            pause = (2 * pause).min(Duration::from_secs(2));
        }
    }

    /// Whether it is there, and lets us in.
    pub(crate) async fn greet(&self, patience: Duration) -> Result<()> {
        let answer = self.ask(Some(patience), || self.sender.promise_get("async-mech")).await;
        match answer {
            Ok(_) | Err(Refusal::Unknown | Refusal::Forbidden(_)) => Ok(()),
            Err(refusal) => Err(refusal),
        }
    }

    fn new_promise(&self, id: &str, param: Value, is_call: bool) -> PromiseCreateReq {
        let tag = |name: &str, value: &str| (format!("resonate:{name}"), value.to_owned());
        let origin = id.split_once('.').map_or(id, |(origin, _)| origin);
        let parent = id.rsplit_once('.').map_or(id, |(parent, _)| parent);
        let mut tags = vec![
            tag("scope", "global"),
            tag("origin", origin),
            tag("parent", parent),
            // Each its own: a task comes with all promises of its branch, and so does each answer.
            tag("branch", id),
        ];
        if is_call {
            tags.push(tag("target", &self.target));
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let timeout_at = i64::try_from((now + self.timeout).as_millis()).unwrap_or(i64::MAX);
        PromiseCreateReq { id: id.to_owned(), timeout_at, param, tags: tags.into_iter().collect() }
    }

    /// Creates the promise of a root execution, or gives the one that there is.
    pub(crate) async fn create(&self, call: &Call, patience: Duration) -> Result<PromiseRecord> {
        let param = wire::param(call).map_err(Refusal::No)?;
        let new = self.new_promise(&call.id, param, true);
        self.ask(Some(patience), || self.sender.promise_create(new.clone())).await
    }

    /// The same for what the execution invokes.
    pub(crate) async fn create_child(&self, lease: &Lease, call: &Call) -> Result<PromiseRecord> {
        let param = wire::param(call).map_err(Refusal::No)?;
        self.create_fenced(lease, self.new_promise(&call.id, param, true)).await
    }

    /// The same for a promise that the execution settles itself.
    pub(crate) async fn create_note(
        &self,
        lease: &Lease,
        id: &str,
        json: &str,
    ) -> Result<PromiseRecord> {
        self.create_fenced(lease, self.new_promise(id, wire::json(json), false)).await
    }

    async fn create_fenced(&self, lease: &Lease, new: PromiseCreateReq) -> Result<PromiseRecord> {
        let fence = || self.sender.task_fence_create(&lease.id, lease.version, new.clone());
        Ok(self.ask(None, fence).await?.promise)
    }

    /// Settles another promise as this execution, and gives what it is settled as.
    pub(crate) async fn settle_fenced(
        &self,
        lease: &Lease,
        id: &str,
        state: SettleState,
        value: Value,
    ) -> Result<PromiseRecord> {
        let settle = PromiseSettleReq { id: id.to_owned(), state, value };
        let fence = || self.sender.task_fence_settle(&lease.id, lease.version, settle.clone());
        Ok(self.ask(None, fence).await?.promise)
    }

    /// Settles a promise as cancelled, if it is pending, and gives what it is settled as.
    pub(crate) async fn cancel(&self, id: &str) -> Result<PromiseRecord> {
        let state = SettleState::RejectedCanceled;
        let settle = PromiseSettleReq { id: id.to_owned(), state, value: Value::default() };
        self.ask(None, || self.sender.promise_settle(settle.clone())).await
    }

    pub(crate) async fn promise(&self, id: &str) -> Result<PromiseRecord> {
        self.ask(None, || self.sender.promise_get(id)).await
    }

    /// The promise; if it is pending, this process will hear of it.
    pub(crate) async fn listen(&self, id: &str) -> Result<PromiseRecord> {
        let address = self.network.unicast();
        self.ask(None, || self.sender.promise_register_listener(id, address)).await
    }

    /// Takes a task that the server offers.
    pub(crate) async fn acquire(&self, id: &str, version: i64) -> Result<(Lease, PromiseRecord)> {
        let lease = millis(self.lease);
        let pid = self.network.pid();
        let TaskAcquireResult { task, promise, .. } =
            self.ask(None, || self.sender.task_acquire(id, version, pid, lease)).await?;
        let function = String::new();
        Ok((Lease { id: task.id, function, version: task.version }, promise))
    }

    /// Gives it back, for another worker.
    pub(crate) async fn release(&self, lease: &Lease) -> Result<()> {
        self.ask(None, || self.sender.task_release(&lease.id, lease.version)).await
    }

    /// Prolongs the lease; false if it has ended.
    pub(crate) async fn prolong(&self, lease: &Lease) -> Result<bool> {
        let pid = self.network.pid();
        // One at a time: the server refuses those of several origins together.
        let task = || TaskRef { id: lease.id.clone(), version: lease.version };
        self.ask(None, || self.sender.task_heartbeat(pid, vec![task()])).await?;
        if self.local {
            let promise = self.promise(&lease.id).await?;
            return Ok(promise.state == PromiseState::Pending);
        }
        let task = self.ask(None, || self.sender.task_get(&lease.id)).await?;
        Ok(task.state == TaskState::Acquired && task.version == lease.version)
    }

    /// Gives the task back until one of the promises is settled; false if one is, and the task is
    /// kept.
    pub(crate) async fn suspend(&self, lease: &Lease, awaited: &[String]) -> Result<bool> {
        let callback = |awaited: &String| PromiseRegisterCallbackData {
            awaited: awaited.clone(),
            awaiter: lease.id.clone(),
        };
        let suspend = || {
            let callbacks = awaited.iter().map(callback).collect();
            self.sender.task_suspend(&lease.id, lease.version, callbacks)
        };
        Ok(matches!(self.ask(None, suspend).await?, SuspendResult::Suspended))
    }

    /// Ends the execution.
    pub(crate) async fn fulfill(&self, lease: &Lease, settled: &Settled) -> Result<()> {
        let (state, value) = wire::settle(settled);
        let settle = PromiseSettleReq { id: lease.id.clone(), state, value };
        let fulfill = || self.sender.task_fulfill(&lease.id, lease.version, settle.clone());
        self.ask(None, fulfill).await.map(drop)
    }

    /// Takes no messages any more.
    pub(crate) async fn hang_up(&self) {
        // The one in this process may have other listeners.
        if !self.local {
            let _ = self.network.stop().await;
        }
    }

    /// A promise without a call, to try out whether messages arrive.
    pub(crate) async fn create_probe(&self, id: &str) -> Result<PromiseRecord> {
        let new = self.new_promise(id, Value::default(), false);
        self.ask(None, || self.sender.promise_create(new.clone())).await
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// What is at the bottom of it: those above say that a request failed.
fn innermost(error: &Error) -> String {
    let mut source = error.source();
    let mut text = error.to_string();
    while let Some(error) = source {
        text = error.to_string();
        source = error.source();
    }
    text
}
