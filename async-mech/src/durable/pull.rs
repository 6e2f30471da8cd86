//! Awaiting what lives on an engine: the thread of the execution that invoked it asks the engine,
//! itself, and completes the promise.
//!
//! So nothing is completed at a time of its own, and an execution that runs again takes the same
//! way: what it awaits has the value it had, in the order in which it awaits; a race has the winner
//! that the engine has recorded; and whatever cannot be repeated is refused.

use std::collections::HashSet;
use std::sync::Arc;

use super::engine::Interrupted;
use super::owner::{Owner, any_active};
use super::remote::{Owned, Remote};
use crate::cancel;
use crate::cell::Task;
use crate::cell::link::Link;
use crate::context;
use crate::execution::Id;
use crate::failure::{Failure, FailureKind};
use crate::promise::Promise;
use crate::sync::panicking;

const FOREIGN: &str = "a durable promise can be awaited by the durable execution alone that invoked \
                       it, since that may run again: hand the value on, not the promise";
const DEADLINE: &str = "a durable promise cannot be awaited with a deadline, since the execution may \
                        run again and see another outcome";
const MIXED: &str = "the winner among durable promises and others is not recorded, and may be \
                     another one when the execution runs again: race durable invocations with each \
                     other, and not combinations of them";

/// The current execution is about to await `task`, which is pending and has no callee, while some
/// execution is durable. If it depends on an engine, completes what it depends on. The failure, if
/// it may not be awaited in this way.
pub(crate) fn pull(task: &Arc<dyn Task>, deadline: bool) -> Result<(), Failure> {
    let Some(link) = task.depends().filter(is_remote) else { return Ok(()) };
    let refuse = |message| Err(Failure::new(FailureKind::Failed, task.header().who(), message));
    let Some(owner) = context::durable().filter(|owner| owner.is_remote()) else {
        return refuse(FOREIGN);
    };
    if deadline {
        return refuse(DEADLINE);
    }
    let _elsewhere = Elsewhere::new(task);
    match pull_through(&owner, task, &link) {
        Ok(()) => Ok(()),
        Err(Refused::For(message)) => refuse(message),
        Err(Refused::Interrupted) => interrupted(),
    }
}

/// Ends the current execution, which the engine has taken away.
pub(super) fn interrupted() -> Result<(), Failure> {
    let who = context::invoked_now().expect("a durable execution runs");
    if panicking() {
        // It unwinds already; this is a destructor.
        let message = Interrupted.to_string();
        return Err(Failure::new(FailureKind::Cancelled, who, message));
    }
    cancel::unwind(who)
}

/// Whether the link depends on an engine's promise that only an awaiting execution completes.
fn is_remote(link: &Arc<dyn Link>) -> bool {
    let mut links = vec![Arc::clone(link)];
    let mut seen: HashSet<Id> = HashSet::new();
    while let Some(link) = links.pop() {
        if let Some(remote) = link.remote() {
            if matches!(remote.owner(), Owned::By(_)) {
                return true;
            }
            continue;
        }
        let inputs = link.all_inputs().pending.into_iter();
        links.extend(
            inputs.filter(|input| seen.insert(input.header().id)).filter_map(|it| it.depends()),
        );
    }
    false
}

/// Whether anything that the promise depends on is completed by an awaiting durable execution alone.
/// For those who wait without awaiting.
pub(crate) fn is_pulled(task: &Arc<dyn Task>) -> bool {
    any_active() && task.depends().is_some_and(|link| is_remote(&link))
}

/// Whether nobody could say again which of these came first: durable ones, and others. Why, if so.
pub(crate) fn undecided<T>(inputs: &[Promise<T>]) -> Option<&'static str> {
    if !any_active() {
        return None;
    }
    let is_durable = |input: &Promise<T>| input.cell().header().is_durable();
    let depends = |input: &Promise<T>| input.pending_cell().is_some_and(|cell| is_pulled(&cell));
    let any = inputs.iter().any(|input| is_durable(input) || depends(input));
    (any && !inputs.iter().all(is_durable)).then_some(MIXED)
}

/// Why it cannot be waited for by a channel.
pub(crate) fn refusal(task: &Arc<dyn Task>) -> Option<Failure> {
    is_pulled(task).then(|| Failure::new(FailureKind::Failed, task.header().who(), FOREIGN))
}

enum Refused {
    Interrupted,
    For(&'static str),
}

impl From<Interrupted> for Refused {
    fn from(_: Interrupted) -> Refused {
        Refused::Interrupted
    }
}

fn pull_through(
    owner: &Arc<Owner>,
    task: &Arc<dyn Task>,
    link: &Arc<dyn Link>,
) -> Result<(), Refused> {
    if let Some(remote) = link.remote() {
        check(owner, remote)?;
        remote.settle(owner.wait(remote.id())?);
        return Ok(());
    }
    let mut seen = HashSet::new();
    while !task.is_completed() {
        let inputs = link.all_inputs();
        if inputs.any {
            let links: Vec<_> = inputs.pending.iter().map(|input| input.depends()).collect();
            if !links.iter().flatten().any(is_remote) {
                return Ok(());
            }
            let remotes: Option<Vec<&dyn Remote>> =
                links.iter().map(|link| link.as_ref()?.remote()).collect();
            let remotes = remotes.ok_or(Refused::For(MIXED))?;
            remotes.iter().try_for_each(|remote| check(owner, *remote))?;
            let ids: Vec<String> = remotes.iter().map(|remote| remote.id().to_owned()).collect();
            let first = remotes[owner.select(&ids)?];
            first.settle(owner.wait(first.id())?);
            continue;
        }
        // In their order. What is local goes on meanwhile, and is waited for in the end.
        let next = inputs.pending.into_iter().find_map(|input| {
            let link = input.depends()?;
            seen.insert(input.header().id).then_some((input, link))
        });
        let Some((input, link)) = next else { return Ok(()) };
        if is_remote(&link) {
            pull_through(owner, &input, &link)?;
        }
    }
    Ok(())
}

fn check(owner: &Arc<Owner>, remote: &dyn Remote) -> Result<(), Refused> {
    match remote.owner() {
        Owned::By(by) if std::ptr::eq(by.as_ptr(), Arc::as_ptr(owner)) => Ok(()),
        _ => Err(Refused::For(FOREIGN)),
    }
}

/// The thread waits for an engine: it is none of those that the loop counts as running.
struct Elsewhere<'a> {
    waiter: Arc<crate::threads::waiter::Waiter>,
    #[cfg_attr(not(feature = "trace"), expect(dead_code))]
    task: &'a Arc<dyn Task>,
}

impl<'a> Elsewhere<'a> {
    fn new(task: &'a Arc<dyn Task>) -> Elsewhere<'a> {
        observed!(crate::trace::emit_await(task.header(), |promise| {
            crate::trace::Kind::Suspend { promise }
        }));
        let (waiter, _) = context::waiter();
        waiter.suspend();
        // What is queued may be what the engine waits for.
        if let Some(employer) = waiter.employer() {
            employer.kick_if_queued();
        }
        Elsewhere { waiter, task }
    }
}

impl Drop for Elsewhere<'_> {
    fn drop(&mut self) {
        self.waiter.resume();
        observed!(crate::trace::emit_await(self.task.header(), |promise| {
            crate::trace::Kind::Resume { promise }
        }));
    }
}
