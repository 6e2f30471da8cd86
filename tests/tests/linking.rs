//! Promises linked to promises: flatten and then, long chains of them, and circles.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;

use async_mech::{EventLoop, Failure, FailureKind, Promise, Resolver, current, invoke, promise};
use tests::{Watchdog, completed, occupy, until_awaited};

/// Links of a long chain: a million. A debug build, which is slow, has fewer; a thread with little
/// stack would not survive them either.
const LINKS: usize = if cfg!(debug_assertions) { 100_000 } else { 1_000_000 };

#[test]
fn flatten_gives_the_inner_promises_value() {
    assert_eq!(invoke!(|| invoke!(|| 42)).flatten().wait(), 42);
    assert_eq!(completed(completed(1)).flatten().wait(), 1);
    assert_eq!(invoke!(|| invoke!(|| invoke!(|| 3))).flatten().flatten().wait(), 3);
}

#[test]
fn flatten_completes_when_both_promises_are_completed() {
    let ((outer, resolve_outer), (inner, resolve_inner)) = (promise(), promise());
    let flat = outer.flatten();
    assert!(!flat.is_completed());
    resolve_outer.resolve(inner);
    assert!(!flat.is_completed());
    resolve_inner.resolve("both");
    assert!(flat.is_completed());
    assert_eq!(flat.wait(), "both");
}

#[test]
fn flatten_passes_on_a_failure_of_either_promise() {
    let (outer, resolver) = promise::<Promise<u32>>();
    let id = outer.id();
    let flat = outer.flatten();
    drop(resolver);
    let failure = flat.outcome().unwrap_err();
    assert_eq!((failure.kind(), failure.name()), (FailureKind::Abandoned, "flatten"));
    let source = failure.source().and_then(|source| source.downcast_ref::<Failure>());
    assert_eq!(source.expect("the outer promise's").id(), id);

    let inner = invoke!(|| -> u32 { panic!("inside") });
    let failure = completed(inner).flatten().outcome().unwrap_err();
    assert_eq!((failure.kind(), failure.message()), (FailureKind::Panicked, "inside"));
    assert_eq!((failure.file(), failure.line()), (file!(), line!() - 2));
}

#[test]
fn then_invokes_a_function_with_the_value() {
    let p = invoke!(|| 6).then(|n| n * 7);
    assert_eq!(p.name(), "then");
    assert_eq!(p.wait(), 42);
    assert_eq!(completed("four").then(str::len).then(|n| n + 1).wait(), 5);
}

#[test]
fn then_runs_on_the_loop_of_its_promise_whether_or_not_it_is_awaited() {
    let event_loop = EventLoop::builder().name("theirs").build();
    let (send, receive) = channel();
    let (p, resolver) = event_loop.run(promise);
    let me = current().id();
    let then = p.then(move |n: u32| {
        let thread = thread::current().name().unwrap_or_default().to_owned();
        send.send((n, thread, current().caller())).unwrap();
    });
    then.detach();
    resolver.resolve(5);
    let (n, thread, caller) = receive.recv().unwrap();
    assert_eq!((n, caller), (5, Some(me)));
    assert!(thread.starts_with("theirs"), "{thread}");
}

#[test]
fn then_passes_a_failure_on_and_drops_the_function() {
    let held = Arc::new(());
    let guard = Arc::clone(&held);
    let (p, resolver) = promise::<u32>();
    let then = p.then(move |_| drop(guard));
    drop(resolver);
    let failure = then.outcome().unwrap_err();
    assert_eq!((failure.kind(), failure.name()), (FailureKind::Abandoned, "then"));
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn a_panic_in_then_fails_its_promise() {
    let failure = completed(1).then(|_| -> u32 { panic!("then what") }).outcome().unwrap_err();
    assert_eq!((failure.kind(), failure.message()), (FailureKind::Panicked, "then what"));
    let source = failure.source().and_then(|source| source.downcast_ref::<Failure>());
    assert!(source.expect("the execution's").name().contains("a_panic_in_then"));
}

#[test]
fn then_on_a_loop_that_was_shut_down_is_cancelled() {
    let event_loop = EventLoop::builder().build();
    let (p, resolver) = event_loop.run(promise::<u32>);
    let then = p.then(|n| n);
    assert_eq!(event_loop.shutdown(std::time::Duration::ZERO), 0);
    resolver.resolve(1);
    assert_eq!(then.outcome().unwrap_err().kind(), FailureKind::Cancelled);
}

#[test]
fn a_linked_promise_may_be_dropped() {
    let value = Arc::new(());
    let ((outer, resolve_outer), (inner, resolve_inner)) = (promise(), promise());
    outer.flatten().detach();
    resolve_outer.resolve(inner);
    resolve_inner.resolve(Arc::clone(&value));
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn an_awaiter_lends_its_thread_through_links() {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    let (busy, end) = occupy(&event_loop, 1);
    event_loop.run(|| {
        let me = thread::current().id();
        let whoami = || thread::current().id();
        assert_eq!(invoke!(whoami()).then(|id| id).wait(), me);
        assert_eq!(completed(invoke!(whoami())).flatten().wait(), me);
        let twice =
            invoke!(whoami()).then(move |id| (id, whoami())).then(move |(a, b)| [a, b, whoami()]);
        assert_eq!(twice.wait(), [me; 3]);
        let later = invoke!(move || invoke!(whoami())).flatten();
        assert_eq!(later.wait(), me);
    });
    drop(end);
    busy.into_iter().for_each(Promise::wait);
}

/// Runs it in a thread with little stack: what recurses as often as a chain is long overflows it.
fn with_little_stack(f: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(256 << 10).spawn(f).unwrap();
    thread.join().unwrap();
}

/// Many flattened promises, each linked to the next: the last one's resolver, and the first.
/// Built from the end that completes last.
fn from_the_outer_end() -> (Resolver<u32>, Promise<u32>) {
    let (outer, mut resolver) = promise::<Promise<u32>>();
    let first = outer.flatten();
    for _ in 1..LINKS {
        let (outer, next) = promise();
        resolver.resolve(outer.flatten());
        resolver = next;
    }
    let (inner, last) = promise();
    resolver.resolve(inner);
    (last, first)
}

/// The same, built from the end that completes first.
fn from_the_inner_end() -> (Resolver<u32>, Promise<u32>) {
    let (mut inner, last) = promise::<u32>();
    for _ in 0..LINKS {
        let (outer, resolver) = promise();
        let flat = outer.flatten();
        resolver.resolve(inner);
        inner = flat;
    }
    (last, inner)
}

/// The same, where each promise has something that waits for it before it is linked.
fn from_the_inner_end_with_branches() -> (Resolver<u32>, Promise<u32>) {
    let (mut inner, last) = promise::<u32>();
    for _ in 0..LINKS / 10 {
        let (outer, resolver) = promise();
        let flat = Promise::all([outer.flatten()]);
        resolver.resolve(inner);
        let (p, resolver) = promise();
        inner = p.flatten();
        let either = Promise::race([inner]);
        resolver.resolve(flat.then(|values| values[0]));
        inner = either;
    }
    (last, inner)
}

#[test]
fn a_long_chain_completes_from_the_outer_end() {
    with_little_stack(|| {
        let (last, first) = from_the_outer_end();
        last.resolve(1);
        assert_eq!(first.wait(), 1);
    });
}

#[test]
fn a_long_chain_completes_from_the_inner_end() {
    with_little_stack(|| {
        let (last, first) = from_the_inner_end();
        last.resolve(2);
        assert_eq!(first.wait(), 2);
    });
}

#[test]
fn links_with_branches_cost_no_more() {
    with_little_stack(|| {
        let (last, first) = from_the_inner_end_with_branches();
        last.resolve(3);
        assert_eq!(first.wait(), 3);
    });
}

#[test]
fn a_failure_passes_through_a_long_chain() {
    with_little_stack(|| {
        for build in [from_the_outer_end, from_the_inner_end] {
            let (last, first) = build();
            drop(last);
            let failure = first.outcome().unwrap_err();
            assert_eq!(failure.kind(), FailureKind::Abandoned);
            assert_eq!(failure.origin().name(), "promise");
        }
    });
}

#[test]
fn a_long_chain_of_thens_completes_and_fails() {
    with_little_stack(|| {
        let event_loop = EventLoop::builder().build();
        let _watchdog = Watchdog::over(&event_loop);
        event_loop.run(|| {
            let build = || {
                let (mut p, resolver) = promise::<usize>();
                for _ in 0..LINKS {
                    p = p.then(|n| n + 1);
                }
                (p, resolver)
            };
            let (p, resolver) = build();
            resolver.resolve(0);
            assert_eq!(p.wait(), LINKS);
            let (p, resolver) = build();
            drop(resolver);
            assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Abandoned);
        });
    });
}

#[test]
fn a_long_chain_may_be_dropped_unresolved() {
    with_little_stack(|| {
        let event_loop = EventLoop::builder().build();
        event_loop.run(|| {
            for build in [from_the_outer_end, from_the_inner_end] {
                // Whichever goes first.
                let (last, first) = build();
                drop(first);
                drop(last);
                let (last, first) = build();
                let clone = first.clone();
                assert_eq!(
                    clone.wait_timeout(std::time::Duration::ZERO).map(drop).err().map(drop),
                    Some(())
                );
                drop(last);
                drop(first);
            }
        });
        assert!(event_loop.snapshot().promises.is_empty());
    });
}

#[test]
fn a_long_chain_may_be_cancelled_however_it_was_built() {
    with_little_stack(|| {
        for build in [from_the_outer_end, from_the_inner_end] {
            let (last, first) = build();
            first.cancel();
            assert_eq!(first.outcome().unwrap_err().kind(), FailureKind::Cancelled);
            last.resolve(1);
        }
    });
}

#[test]
fn cancelling_a_linked_promise_cancels_what_nobody_else_holds() {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let (busy, end) = occupy(&event_loop, 1);
    event_loop.run(|| {
        let ran = Arc::new(AtomicBool::new(false));
        let runs = || {
            let ran = Arc::clone(&ran);
            invoke!(move || ran.store(true, Ordering::Relaxed))
        };
        let flat = completed(runs()).flatten();
        let then = runs().then(|()| ());
        let all = Promise::all([runs(), runs().then(|()| ())]);
        let shared = runs();
        let race = Promise::race([shared.clone(), runs()]);
        flat.cancel();
        then.cancel();
        all.cancel();
        race.cancel();
        let queued = event_loop.snapshot().promises.len() - busy.len();
        assert_eq!(queued, 5, "the four, and the shared one: {}", event_loop.snapshot());
        assert!(!shared.is_completed() && !ran.load(Ordering::Relaxed));
        shared.wait();
        for failure in [flat.outcome(), then.outcome(), race.outcome(), all.outcome().map(drop)] {
            assert_eq!(failure.unwrap_err().kind(), FailureKind::Cancelled);
        }
    });
    drop(end);
    busy.into_iter().for_each(Promise::wait);
}

/// Fails as a promise that was linked to itself.
fn assert_linked_to_itself<T: std::fmt::Debug + Send + 'static>(p: Promise<T>) {
    assert!(p.is_completed(), "at once");
    let failure = p.outcome().unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Deadlock);
    assert!(failure.message().contains("linked to itself"), "{failure}");
}

#[test]
fn a_promise_linked_to_itself_fails() {
    let (p, resolver) = promise::<Promise<u32>>();
    let q = p.flatten();
    resolver.resolve(q.clone());
    assert_linked_to_itself(q);
}

#[test]
fn a_promise_linked_to_itself_through_others_fails_with_all_of_them() {
    let (p, resolver) = promise::<Promise<u32>>();
    let q = p.flatten();
    let doubled = q.clone().then(|n| n * 2);
    let all = Promise::all([completed(1), doubled.clone()]);
    resolver.resolve(all.then(|values| values[0]));
    assert_linked_to_itself(doubled);
    assert_linked_to_itself(q);
}

#[test]
fn a_circle_of_three_flattened_promises_fails_as_it_closes() {
    let (p, closes_p) = promise::<Promise<u32>>();
    let (q, closes_q) = promise::<Promise<u32>>();
    let (r, closes_r) = promise::<Promise<u32>>();
    let (p, q, r) = (p.flatten(), q.flatten(), r.flatten());
    closes_p.resolve(q.clone());
    closes_q.resolve(r.clone());
    assert!(!p.is_completed());
    closes_r.resolve(p.clone());
    assert_linked_to_itself(p);
    assert_linked_to_itself(q);
    assert_linked_to_itself(r);
}

#[test]
fn a_circle_through_a_race_is_none_while_another_may_win() {
    let (p, resolver) = promise::<Promise<u32>>();
    let q = p.flatten();
    let (other, wins) = promise();
    resolver.resolve(Promise::race([q.clone(), other]));
    assert!(!q.is_completed());
    wins.resolve(7);
    assert_eq!(q.wait(), 7);

    let (p, resolver) = promise::<Promise<u32>>();
    let q = p.flatten();
    let any = Promise::any([q.clone().then(|n| n), q.clone()]);
    resolver.resolve(Promise::race([any, q.clone()]));
    assert_linked_to_itself(q);
}

#[test]
fn two_threads_that_close_a_circle_together_are_told() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        let (send, links) = channel::<(Resolver<Promise<u32>>, Promise<u32>)>();
        let linking = thread::spawn(move || {
            links.into_iter().for_each(|(resolver, inner)| resolver.resolve(inner));
        });
        for _ in 0..5_000 {
            let ((p, closes_p), (q, closes_q)) = (promise::<Promise<u32>>(), promise());
            let (p, q) = (p.flatten(), q.flatten());
            send.send((closes_p, q.clone())).unwrap();
            closes_q.resolve(p.clone());
            for p in [p, q] {
                assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Deadlock);
            }
        }
        drop(send);
        linking.join().unwrap();
    });
}

#[test]
fn an_execution_that_awaits_itself_through_a_link_is_told() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        // The await comes last.
        let (mine, take) = promise::<Promise<u32>>();
        let flat = mine.flatten();
        let again = flat.clone();
        let p = invoke!(move || again.then(|n| n + 1).wait());
        take.resolve(p.clone());
        assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Deadlock);
        assert_eq!(flat.outcome().unwrap_err().kind(), FailureKind::Deadlock);

        // The link comes last.
        let (mine, take) = promise::<Promise<u32>>();
        let flat = mine.flatten();
        let (waits, waiting) = (flat.clone(), flat.id());
        let p = invoke!(move || waits.wait());
        until_awaited(&event_loop, waiting);
        take.resolve(p.clone());
        assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Deadlock);
        assert_eq!(flat.outcome().unwrap_err().kind(), FailureKind::Deadlock);
    });
}
