//! An execution that runs again and asks for something else than before.
//!
//! Restate notices, and says so to nobody but its log: it tries again, for ever. So a worker that
//! sees the SDK stop at a command remembers the invocation. At the next try it reads from the admin
//! API what the execution asked for before, and compares, itself. What differs fails with a message
//! that names both, and Restate is asked for what it expects, so that the outcome can be recorded.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use async_mech::durable::{Call, Failed, Kind, Mismatch, Settled};
use restate_sdk::context::macro_support::SealedDurableFuture;
use restate_sdk::context::{CallFuture, RequestTarget};
use restate_sdk::endpoint::ContextInternal;

use crate::journal::Command;
use crate::wire;

/// A call as the SDK takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Called {
    pub(crate) handler: String,
    pub(crate) args: Vec<u8>,
    pub(crate) key: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
}

impl Called {
    pub(crate) fn of(call: &Call) -> Called {
        let key = wire::key(&call.id);
        Called {
            handler: wire::handler(&call.function),
            args: call.args.clone(),
            headers: vec![(wire::ID.to_owned(), key.clone())],
            key: Some(key),
        }
    }

    pub(crate) fn make(self, ctx: &ContextInternal) -> impl CallFuture<Response = Vec<u8>> {
        let target = RequestTarget::service(ctx.service_name(), self.handler);
        ctx.call::<Vec<u8>, Vec<u8>>(target, self.key, None, None, self.headers, self.args)
    }

    /// The same as this crate's users know it.
    fn call(&self) -> Call {
        let id = self.key.as_deref().map(wire::id).unwrap_or_default();
        Call::new(id, wire::function(&self.handler), self.args.clone())
    }
}

/// The invocations that have asked for something else than before.
#[derive(Default)]
pub(crate) struct Diverged(Mutex<HashSet<String>>);

impl Diverged {
    /// Those that end elsewhere are never taken out.
    const MOST: usize = 1_000;

    pub(crate) fn insert(&self, invocation: &str) {
        let mut invocations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if invocations.len() >= Diverged::MOST {
            invocations.clear();
        }
        invocations.insert(invocation.to_owned());
    }

    pub(crate) fn contains(&self, invocation: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(invocation)
    }

    pub(crate) fn remove(&self, invocation: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(invocation);
    }
}

/// Whether the SDK has stopped, as it does at a command that Restate has recorded as another one.
pub(crate) fn stopped(ctx: &ContextInternal) -> bool {
    stopped_at(&ctx.signal::<Vec<u8>>("async-mech"))
}

/// The same, for what it has given.
pub(crate) fn stopped_at(future: &impl SealedDurableFuture) -> bool {
    u32::from(future.handle()) == u32::MAX
}

/// What Restate still expects; nothing, unless the invocation has diverged.
#[derive(Default)]
pub(crate) struct Recorded(VecDeque<Command>);

impl Recorded {
    /// Of all commands of its journal. With one that cannot be repeated nothing can be done.
    pub(crate) fn of(commands: Vec<Command>) -> Recorded {
        let input = |command: &Command| matches!(command, Command::Input(_));
        let commands: VecDeque<Command> = commands.into_iter().skip_while(input).collect();
        match commands.iter().all(|it| matches!(it, Command::Call(_) | Command::Cancel(_))) {
            true => Recorded(commands),
            false => Recorded::default(),
        }
    }

    /// The execution invokes this. If Restate expects another call, that has been made, and the
    /// promise fails.
    pub(crate) fn invoked(&mut self, ctx: &ContextInternal, call: &Call) -> Result<(), Failed> {
        loop {
            match self.0.pop_front() {
                None => return Ok(()),
                Some(Command::Call(before)) if before == Called::of(call) => return Ok(()),
                Some(Command::Call(before)) => {
                    let was = before.call().shown();
                    drop(before.make(ctx));
                    let mismatch = Mismatch::new(&call.id, was, call.shown());
                    return Err(Failed::new(Kind::Failed, &call.function, mismatch.to_string()));
                }
                Some(other) => repeat(ctx, other),
            }
        }
    }

    /// The execution cancels something. If Restate expects a call here, it is not to.
    pub(crate) fn cancelled(&mut self, ctx: &ContextInternal) -> bool {
        match self.0.front() {
            None => true,
            Some(Command::Cancel(_)) => {
                self.0.pop_front().into_iter().for_each(|before| repeat(ctx, before));
                false
            }
            Some(_) => false,
        }
    }

    /// The execution ends. If Restate expects more calls, it fails, though it may have a value.
    pub(crate) fn ended(&mut self, ctx: &ContextInternal, function: &str, end: Settled) -> Settled {
        let call = self.0.iter().find_map(|command| match command {
            Command::Call(call) => Some(call.call()),
            _ => None,
        });
        self.0.drain(..).for_each(|command| repeat(ctx, command));
        match call {
            Some(call) if end.is_ok() => {
                let message = format!(
                    "it has invoked `{}` as `{}` before, and now ends without: a durable function \
                     must invoke the same in the same order at each run",
                    call.shown(),
                    call.id
                );
                Err(Failed::new(Kind::Failed, function, message))
            }
            _ => end,
        }
    }
}

/// Asks for what was asked for before.
fn repeat(ctx: &ContextInternal, command: Command) {
    match command {
        Command::Call(call) => drop(call.make(ctx)),
        Command::Cancel(invocation) => ctx.cancel_invocation(&invocation),
        Command::Input(_) | Command::Other => {}
    }
}
