//! What the clients of a live run read: the last events, each at its position.
//!
//! There is one history, and every client has a position in it. So a client's queue costs nothing, a
//! client that is behind holds up nobody, and what it is sent has neither gap nor duplicate: it gets
//! what is at its position, or, where that is gone, how many events it missed.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::super::emit;
use super::super::event::Event;

/// How many events a client takes at a time. The run may have to wait while they are copied.
const BATCH: usize = 512;
/// So that a run which does a little all the time does not wake its clients for each event.
const PACE: Duration = Duration::from_millis(20);

pub(super) struct History {
    state: Mutex<State>,
    /// Something has happened that somebody waits for.
    changed: Condvar,
    most: usize,
}

struct State {
    events: VecDeque<Event>,
    /// The position of the first of them: how many there were before.
    first: u64,
    /// How many threads wait for an event.
    waiting: usize,
    stopped: bool,
}

/// What there is to be sent next.
#[derive(Debug)]
pub(super) enum Next {
    Events(Vec<Event>),
    /// Nothing has happened for a while.
    Quiet,
    Stopped,
}

impl History {
    /// Keeps `most` events.
    pub(super) fn new(most: usize) -> History {
        let state = State { events: VecDeque::new(), first: 0, waiting: 0, stopped: false };
        History { state: Mutex::new(state), changed: Condvar::new(), most: most.max(1) }
    }

    /// Adds an event. Called by the run, so nothing here takes long.
    pub(super) fn put(&self, event: Event) {
        let mut state = self.lock();
        let forgotten = if state.events.len() == self.most {
            state.first += 1;
            state.events.pop_front()
        } else {
            None
        };
        state.events.push_back(event);
        let wake = state.waiting > 0;
        drop(state);
        if wake {
            self.changed.notify_all();
        }
        drop(forgotten);
    }

    /// What is at the position, which moves on; waits so long for it. What is gone is told as lost.
    pub(super) fn next(&self, position: &mut u64, patience: Duration) -> Next {
        let mut state = self.lock();
        let end = |state: &State| state.first + state.events.len() as u64;
        if end(&state) == *position {
            state.waiting += 1;
            let nothing = |state: &mut State| !state.stopped && end(state) == *position;
            state = self
                .changed
                .wait_timeout_while(state, patience, nothing)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            state.waiting -= 1;
            // Lets some more come.
            state = self.linger(state, PACE);
        }
        if state.stopped {
            return Next::Stopped;
        }
        let lost = state.first.saturating_sub(*position);
        let begin = (*position).max(state.first) - state.first;
        let taken = state.events.iter().skip(begin as usize).take(BATCH);
        let mut events = Vec::with_capacity(BATCH.min(state.events.len()) + 1);
        events.extend(taken.cloned());
        *position = state.first + begin + events.len() as u64;
        drop(state);
        match events.first() {
            None => Next::Quiet,
            Some(first) if lost > 0 => {
                events.insert(0, emit::lost(first, lost));
                Next::Events(events)
            }
            Some(_) => Next::Events(events),
        }
    }

    /// Waits so long, unless it is stopped. Whether it is.
    pub(super) fn wait(&self, time: Duration) -> bool {
        self.linger(self.lock(), time).stopped
    }

    fn linger<'a>(&self, state: MutexGuard<'a, State>, time: Duration) -> MutexGuard<'a, State> {
        self.changed
            .wait_timeout_while(state, time, |state| !state.stopped)
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }

    /// Ends all waits, now and later.
    pub(super) fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.lock().stopped
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
