//! Observers: slow ones, blocked ones, those that panic, leave, or are on another loop.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use async_mech::trace::{Event, Kind, Observation, Observer};
use async_mech::{EventLoop, invocable, invoke, promise};
use tests::{Watchdog, until_no_promises};

use crate::seen::Seen;

fn lost(event: &Event) -> u64 {
    if let Kind::Lost { count } = event.kind { count } else { 0 }
}

fn without_lost(events: &[Event]) -> u64 {
    events.iter().filter(|event| lost(event) == 0).count() as u64
}

fn new_loop() -> (EventLoop, Watchdog) {
    let event_loop = EventLoop::builder().build();
    let watchdog = Watchdog::over(&event_loop);
    (event_loop, watchdog)
}

#[test]
fn a_slow_receiver_holds_nobody_up_and_is_told_what_it_missed() {
    let (event_loop, _watchdog) = new_loop();
    let all = event_loop.subscribe_bounded(1 << 20);
    let slow = event_loop.subscribe_bounded(2);
    event_loop.run(|| (0..10_000).for_each(|n| assert_eq!(invoke!(move || n).wait(), n)));
    until_no_promises(&event_loop);
    let mut received: Vec<_> = slow.try_iter().collect();
    assert_eq!(received.len(), 2);
    // There is room again, for one event and what was lost before it.
    let _held = event_loop.run(promise::<()>);
    received.extend(slow.try_iter());
    assert_eq!(received.len(), 4, "{received:?}");
    let missed = lost(&received[2]);
    assert!(missed > 50_000, "{received:?}");
    assert_eq!(without_lost(&received) + missed, all.try_iter().count() as u64);
}

/// Notes what it is told, when it may.
struct Noting {
    events: Vec<Event>,
    gate: std::sync::mpsc::Receiver<()>,
}

impl Observer for Noting {
    fn event(&mut self, event: &Event) {
        if self.events.is_empty() {
            let _ = self.gate.recv();
        }
        self.events.push(event.clone());
    }
}

#[test]
fn an_observer_that_blocks_holds_nobody_up_and_every_event_is_accounted_for() {
    let (event_loop, _watchdog) = new_loop();
    let all = event_loop.subscribe_bounded(1 << 20);
    let (open, gate) = channel();
    let observation = event_loop.observe(Noting { events: Vec::new(), gate }).unwrap();
    event_loop.run(|| (0..20_000).for_each(|n| assert_eq!(invoke!(move || n).wait(), n)));
    until_no_promises(&event_loop);
    let emitted = all.try_iter().count() as u64;
    open.send(()).unwrap();
    let noted = observation.stop().expect("it did not panic").events;
    let missed: u64 = noted.iter().map(lost).sum();
    assert!(missed > 0, "the queue was full");
    assert_eq!(without_lost(&noted) + missed, emitted);
}

#[test]
fn stopping_shows_everything_before() {
    let (event_loop, _watchdog) = new_loop();
    let all = event_loop.subscribe();
    let seen = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&seen);
    let count = move |_: &Event| _ = counts.fetch_add(1, Ordering::SeqCst);
    let observation = event_loop.observe(count).unwrap();
    event_loop.run(|| (0..100).for_each(|_| invoke!(|| ()).wait()));
    until_no_promises(&event_loop);
    assert!(observation.stop().is_some());
    assert_eq!(seen.load(Ordering::SeqCst), all.try_iter().count());
    event_loop.run(|| invoke!(|| ()).wait());
    assert_ne!(all.try_iter().count(), 0);
    assert!(seen.load(Ordering::SeqCst) >= 500, "and nothing after it");
}

#[test]
fn an_observer_that_panics_is_told_no_more() {
    let (event_loop, _watchdog) = new_loop();
    let told = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&told);
    let observation = event_loop
        .observe(move |_: &Event| {
            count.fetch_add(1, Ordering::SeqCst);
            panic!("meant");
        })
        .unwrap();
    event_loop.run(|| (0..100).for_each(|_| invoke!(|| ()).wait()));
    until_no_promises(&event_loop);
    assert!(observation.stop().is_none());
    assert_eq!(told.load(Ordering::SeqCst), 1);
}

#[test]
fn an_observer_may_end_its_own_observation() {
    type Mine = Arc<Mutex<Option<Observation<Box<dyn FnMut(&Event) + Send>>>>>;
    let (event_loop, _watchdog) = new_loop();
    let mine: Mine = Arc::default();
    let (ended, ends) = channel();
    let inside = Arc::clone(&mine);
    let observer: Box<dyn FnMut(&Event) + Send> = Box::new(move |_| {
        let observation = inside.lock().unwrap().take();
        if let Some(observation) = observation {
            drop(observation);
            ended.send(()).unwrap();
        }
    });
    let observation = event_loop.observe(observer).unwrap();
    *mine.lock().unwrap() = Some(observation);
    event_loop.run(|| invoke!(|| ()).wait());
    ends.recv().unwrap();
}

/// Counts how often somebody asks for its text.
struct Shown(Arc<AtomicUsize>);

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fetch_add(1, Ordering::SeqCst);
        f.write_str("shown")
    }
}

#[invocable]
fn takes(shown: Shown) {
    drop(shown);
}

#[test]
fn nothing_is_made_for_a_receiver_that_is_gone() {
    // In a process of its own: other tests observe.
    if std::env::var_os("EVENTS_ALONE").is_none() {
        let name = "observers::nothing_is_made_for_a_receiver_that_is_gone";
        let status = std::process::Command::new(std::env::current_exe().unwrap())
            .args([name, "--exact"])
            .env("EVENTS_ALONE", "1")
            .status();
        assert!(status.unwrap().success());
        return;
    }
    let (event_loop, _watchdog) = new_loop();
    let shown = Arc::new(AtomicUsize::new(0));
    let run = || {
        event_loop.run(|| invoke!(takes(Shown(Arc::clone(&shown)))).wait());
        shown.swap(0, Ordering::SeqCst)
    };
    assert_eq!(run(), 0);
    let events = event_loop.subscribe();
    let others = EventLoop::global().subscribe();
    assert_eq!(run(), 1);
    drop(events);
    // The first event that it would have got shows that it is gone.
    assert!(run() <= 1);
    drop(others);
    EventLoop::global().run(|| invoke!(|| ()).wait());
    assert_eq!(run(), 0);
    // So does the end of the loop.
    let short = EventLoop::builder().build();
    let events = short.subscribe();
    assert_eq!(run(), 1);
    drop(short);
    assert_eq!(events.iter().count(), 0, "the channel has ended");
    assert_eq!(run(), 0);
}

#[test]
fn two_observers_see_the_same_and_another_loops_nothing() {
    let (event_loop, _watchdog) = new_loop();
    let other_loop = EventLoop::builder().build();
    let (a, b, other) = (event_loop.subscribe(), event_loop.subscribe(), other_loop.subscribe());
    event_loop.run(|| assert_eq!(invoke!(|| invoke!(|| 1).wait()).wait(), 1));
    until_no_promises(&event_loop);
    let (a, b) = (Seen::of(&a).lines(), Seen::of(&b).lines());
    assert!(a.len() > 10 && a == b, "{a:#?} {b:#?}");
    assert_eq!(other.try_iter().count(), 0);
}
