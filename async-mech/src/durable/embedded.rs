//! No engine at all: durable functions run in this process, and are remembered as long as it lives.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::sync::Arc;

use super::engine::{Call, Engine, Settle, Settled};
use super::owner::Owner;
use super::registry;
use super::{Error, Handle};
use crate::cancel::Canceller;
use crate::sync::{Mutex, lock};

/// An engine that is this process: durable functions are just invocations, on
/// [`EventLoop::global`](crate::EventLoop::global). It keeps the outcome of each root under its id,
/// so that one asked for twice runs once; nothing outlives the process.
///
/// ```
/// use async_mech::{durable, invocable, invoke};
///
/// #[invocable(durable)]
/// fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// #[invocable(durable)]
/// fn sum_of_squares(n: u64) -> u64 {
///     let squares: Vec<_> = (1..=n).map(|n| invoke!(square(n))).collect();
///     squares.into_iter().map(|square| square.await).sum()
/// }
///
/// # fn main() -> Result<(), durable::Error> {
/// let engine = durable::embedded()?;
/// assert_eq!(engine.invoke("three", sum_of_squares, (3,))?.wait(), 14);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// If two durable functions of the program have one name.
pub fn embedded() -> Result<Handle, Error> {
    registry::check()?;
    Ok(Handle::embedded(Embedded { roots: Arc::new(Mutex::new(HashMap::new())) }))
}

struct Embedded {
    roots: Arc<Mutex<HashMap<String, Root>>>,
}

struct Root {
    call: Call,
    state: State,
}

enum State {
    /// And those who want to know how it ends.
    Running(Option<Canceller>, Vec<Settle>),
    Settled(Settled),
}

impl Engine for Embedded {
    fn start(&self, call: Call, settle: Settle) -> Result<(), Box<dyn StdError + Send + Sync>> {
        let id = call.id.clone();
        let function = registry::function(&call.function).expect("the handle has looked it up");
        let mut roots = lock(&self.roots);
        if let Some(root) = roots.get_mut(&id) {
            call.matches(&root.call)?;
            match &mut root.state {
                State::Running(_, settles) => settles.push(settle),
                State::Settled(settled) => {
                    let settled = settled.clone();
                    drop(roots);
                    settle.settle(settled);
                }
            }
            return Ok(());
        }
        let state = State::Running(None, vec![settle]);
        let args = call.args.clone();
        roots.insert(id.clone(), Root { call, state });
        drop(roots);

        let (owner, of, key) = (Owner::new(id.clone(), None), Arc::clone(&self.roots), id.clone());
        let canceller = function.run(owner, args, move |settled| {
            let mut roots = lock(&of);
            let root = roots.get_mut(&key).expect("kept for good");
            let before = std::mem::replace(&mut root.state, State::Settled(settled.clone()));
            drop(roots);
            if let State::Running(_, settles) = before {
                settles.into_iter().for_each(|settle| settle.settle(settled.clone()));
            }
        });
        let mut roots = lock(&self.roots);
        if let Some(Root { state: State::Running(cancels, _), .. }) = roots.get_mut(&id) {
            *cancels = Some(canceller);
        }
        Ok(())
    }

    fn cancel(&self, id: &str) {
        let roots = lock(&self.roots);
        let Some(Root { state: State::Running(canceller, _), .. }) = roots.get(id) else { return };
        let canceller = canceller.clone();
        drop(roots);
        if let Some(canceller) = canceller {
            canceller.cancel();
        }
    }
}
