//! Politeness: only so many pages of a host at a time, and a pause between them.

use crate::links::Url;
use async_mech::{Resolver, promise, sleep};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Pages of a host that are fetched at a time.
const AT_ONCE: usize = 4;

/// All hosts that have been met.
#[derive(Debug)]
pub(crate) struct Hosts {
    /// The time from the beginning of one fetch to that of the next.
    delay: Duration,
    /// By name and port.
    hosts: Mutex<HashMap<String, Arc<Host>>>,
}

type Host = Mutex<State>;

#[derive(Debug)]
struct State {
    /// Turns that nobody has.
    free: usize,
    /// Who waits for one.
    waiting: VecDeque<Resolver<Turn>>,
    /// When the next fetch may begin.
    next: Instant,
}

/// The right to fetch from a host, until it is dropped.
#[derive(Debug)]
#[must_use = "a turn ends when it is dropped"]
pub(crate) struct Turn {
    host: Arc<Host>,
}

impl Hosts {
    pub(crate) fn new(delay: Duration) -> Hosts {
        Hosts { delay, hosts: Mutex::default() }
    }

    /// Waits for a turn. Both waits end when the execution is cancelled.
    pub(crate) fn turn(&self, url: &Url) -> Turn {
        let host = self.host(url);
        let turn = take(&host);
        let now = Instant::now();
        let begin = {
            let mut state = lock(&host);
            let begin = state.next.max(now);
            state.next = begin + self.delay;
            begin
        };
        sleep(begin - now);
        turn
    }

    fn host(&self, url: &Url) -> Arc<Host> {
        let state = State { free: AT_ONCE, waiting: VecDeque::new(), next: Instant::now() };
        let mut hosts = lock(&self.hosts);
        let host = hosts.entry(url.authority_str().unwrap_or_default().to_owned());
        Arc::clone(host.or_insert_with(|| Arc::new(Mutex::new(state))))
    }
}

/// A free turn, or else the next one that ends. To wait for it is an await, so another page takes
/// the place in `map_bounded` meanwhile: one host does not hold back the others.
fn take(host: &Arc<Host>) -> Turn {
    let turn = {
        let mut state = lock(host);
        if state.free > 0 {
            state.free -= 1;
            return Turn { host: Arc::clone(host) };
        }
        let (turn, resolver) = promise();
        state.waiting.push_back(resolver);
        turn
    };
    turn.wait()
}

impl Drop for Turn {
    /// Passes it on. If whoever waited has been cancelled, the value comes to nothing: it is
    /// dropped, and so goes to the next.
    fn drop(&mut self) {
        let waiting = {
            let mut state = lock(&self.host);
            let waiting = state.waiting.pop_front();
            state.free += usize::from(waiting.is_none());
            waiting
        };
        if let Some(resolver) = waiting {
            resolver.resolve(Turn { host: Arc::clone(&self.host) });
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
