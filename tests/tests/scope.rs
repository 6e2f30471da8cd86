//! Scopes: invocations that borrow from the stack, joined before it is left.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::channel;

use async_mech::{
    EventLoop, Failure, FailureKind, Promise, current, invocable, invoke, promise, scope,
};
use tests::{Random, Watchdog, occupy};

/// The failure that `f` unwinds with.
fn failure_of<T>(f: impl FnOnce() -> T) -> Failure {
    let payload = catch_unwind(AssertUnwindSafe(f)).map(|_| ()).expect_err("it fails");
    *payload.downcast().expect("a failure")
}

/// With a loop of its own, whose registry is empty in the end.
fn with_loop<T>(f: impl FnOnce() -> T) -> T {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let result = event_loop.run(f);
    assert!(event_loop.snapshot().promises.is_empty(), "{}", event_loop.snapshot());
    result
}

/// Counts its destruction.
struct Counts<'a>(&'a AtomicUsize);

impl Drop for Counts<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

fn sum(numbers: &[u32]) -> u32 {
    numbers.iter().sum()
}

#[test]
fn children_borrow_what_outlives_the_scope() {
    with_loop(|| {
        let numbers = [1, 2, 3, 4];
        let (left, right) = scope(|s| {
            let left = s.invoke(|| sum(&numbers[..2]));
            let right = invoke!(s => sum(&numbers[2..]));
            (left.wait(), right.wait())
        });
        assert_eq!((left, right), (3, 7));
    });
}

#[test]
fn children_change_parts_of_their_own() {
    with_loop(|| {
        let mut numbers = vec![0; 100];
        scope(|s| {
            for (n, part) in numbers.chunks_mut(7).enumerate() {
                s.invoke(move || part.fill(n)).detach();
            }
        });
        let expected: Vec<usize> = (0..100).map(|n| n / 7).collect();
        assert_eq!(numbers, expected);
    });
}

#[test]
fn every_form_of_invoke_works_in_a_scope() {
    struct Text(String);
    impl Text {
        fn count(&self, pattern: char) -> usize {
            self.0.matches(pattern).count()
        }
    }
    with_loop(|| {
        let text = Text("a,b,c".to_owned());
        let mut filled = String::new();
        let function = |text: &Text| text.count('a');
        let owned = String::from("moved");
        scope(|s| {
            let outer = s;
            let function = invoke!(s => function(&text));
            let method = invoke!(s => (&text).count(','));
            let closure = invoke!(s => || text.count('b'));
            let moved = invoke!(outer => move || owned.len());
            let block = invoke!(s => {
                filled.push_str(&text.0);
                filled.len()
            });
            let constructor = invoke!(s => Some(&text));
            let awaits = invoke!(s => || await!(invoke!(s => sum(&[1, 2]))));
            assert_eq!(function.wait() + method.wait() + closure.wait(), 4);
            assert_eq!((moved.wait(), block.wait()), (5, 5));
            assert!(std::ptr::eq(constructor.wait().expect("some"), &text));
            assert_eq!(awaits.wait(), 3);
        });
        assert_eq!(filled, text.0);
    });
}

#[test]
fn a_scope_returns_when_children_that_nobody_awaits_have_ended() {
    for lend in [true, false] {
        let event_loop = EventLoop::builder().lend_threads(lend).build();
        let _watchdog = Watchdog::over(&event_loop);
        let ended = AtomicUsize::new(0);
        event_loop.run(|| {
            let (begin, begins) = channel::<()>();
            scope(|s| {
                let ended = &ended;
                s.invoke(move || {
                    let _ = begins.recv();
                    ended.fetch_add(1, SeqCst);
                })
                .detach();
                s.invoke(move || {
                    begin.send(()).expect("the sibling waits");
                    ended.fetch_add(1, SeqCst);
                })
                .detach();
            });
            assert_eq!(ended.load(SeqCst), 2);
        });
    }
}

#[test]
fn a_child_is_invoked_by_the_execution_that_calls_invoke() {
    with_loop(|| {
        let me = current().id();
        scope(|s| {
            let child = s.invoke(|| {
                let child = current();
                assert_eq!(child.caller(), Some(me));
                let grandchild = s.invoke(move || assert_eq!(current().caller(), Some(child.id())));
                grandchild.wait();
            });
            child.wait();
        });
    });
}

#[test]
fn children_invoke_others_while_the_scope_is_joined() {
    with_loop(|| {
        let ran = AtomicUsize::new(0);
        scope(|s| {
            for _ in 0..8 {
                s.invoke(|| {
                    for _ in 0..8 {
                        s.invoke(|| ran.fetch_add(1, SeqCst)).detach();
                    }
                })
                .detach();
            }
        });
        assert_eq!(ran.load(SeqCst), 64);
    });
}

#[test]
fn scopes_nest() {
    with_loop(|| {
        let a = 1;
        let total = scope(|outer| {
            let b = 2;
            let both = scope(|inner| {
                let x = inner.invoke(|| outer.invoke(|| a).wait() + b);
                x.wait()
            });
            // A scope in an invocation in a scope.
            let child = outer.invoke(|| {
                let c = 4;
                scope(|inner| inner.invoke(|| a + c).wait() + invoke!(inner => || c).wait())
            });
            both + child.wait()
        });
        assert_eq!(total, 3 + 5 + 4);
    });
}

#[test]
fn a_promise_may_leave_the_scope_if_its_value_may() {
    with_loop(|| {
        let text = String::from("abc");
        let (owned, borrowed) = scope(|s| (s.invoke(|| text.len()), s.invoke(|| &text)));
        assert!(owned.is_completed() && borrowed.is_completed());
        assert_eq!(borrowed.clone().wait(), "abc");
        assert!(std::ptr::eq(borrowed.wait(), &text));
        assert_eq!(owned.wait(), 3);
    });
}

#[test]
fn a_child_awaits_the_promise_of_another() {
    with_loop(|| {
        let text = String::from("abc");
        scope(|s| {
            let first = s.invoke(|| text.as_str());
            let second = s.invoke(move || first.wait().len());
            assert_eq!(second.wait(), 3);
        });
    });
}

#[invocable(own_thread)]
fn on_a_thread_of_its_own(text: &str) -> (usize, std::thread::ThreadId) {
    (text.len(), std::thread::current().id())
}

#[test]
fn a_child_may_have_a_thread_of_its_own() {
    with_loop(|| {
        let text = String::from("abc");
        scope(|s| {
            let (len, thread) = invoke!(s => on_a_thread_of_its_own(&text)).wait();
            assert_eq!(len, 3);
            assert_ne!(thread, std::thread::current().id());
        });
    });
}

/// A loop with one thread; `f` runs on it.
fn on_the_only_thread(lend: bool, f: impl FnOnce() + Send + 'static) {
    let event_loop = EventLoop::builder().max_threads(1).lend_threads(lend).build();
    let _watchdog = Watchdog::over(&event_loop);
    let p = event_loop.invoke(f);
    // Parked for something else, so that nobody lends a thread to it.
    let (done, resolver) = event_loop.run(promise);
    let watch = event_loop.run(|| invoke!(|| resolver.resolve(p.outcome().err())));
    assert!(done.wait().is_none());
    watch.wait();
}

#[test]
fn a_scope_ends_at_a_ceiling_of_one_thread() {
    for lend in [true, false] {
        on_the_only_thread(lend, || {
            let ran = AtomicUsize::new(0);
            scope(|s| {
                for _ in 0..10 {
                    s.invoke(|| scope(|s| s.invoke(|| ran.fetch_add(1, SeqCst)).detach())).detach();
                }
            });
            assert_eq!(ran.load(SeqCst), 10);
        });
    }
}

#[test]
fn whoever_joins_runs_children_that_no_thread_has_taken() {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    let (busy, end) = occupy(&event_loop, 1);
    event_loop.run(|| {
        let me = std::thread::current().id();
        let order = Mutex::new(Vec::new());
        scope(|s| {
            for n in 0..5 {
                let order = &order;
                s.invoke(move || order.lock().unwrap().push((n, std::thread::current().id())))
                    .detach();
            }
        });
        assert_eq!(order.into_inner().unwrap(), [0, 1, 2, 3, 4].map(|n| (n, me)));
    });
    drop(end);
    busy.into_iter().for_each(Promise::wait);
}

#[test]
fn the_failure_of_a_child_is_raised_with_its_payload() {
    with_loop(|| {
        let mut name = String::new();
        let failure = failure_of(|| {
            scope(|s| {
                let p = invoke!(s => || -> () { panic_any(42_u8) });
                name.push_str(p.name());
            });
        });
        assert_eq!(failure.kind(), FailureKind::Panicked);
        assert_eq!(failure.name(), name);
        assert_eq!(*failure.into_panic().unwrap().downcast::<u8>().unwrap(), 42);
    });
}

#[test]
fn a_failure_that_was_looked_at_is_raised_all_the_same() {
    with_loop(|| {
        let failure = failure_of(|| {
            scope(|s| {
                let p = s.invoke(|| -> u32 { panic!("looked at") });
                assert_eq!(p.outcome().unwrap_err().message(), "looked at");
                "the body's value"
            })
        });
        assert_eq!(failure.message(), "looked at");
    });
}

#[test]
fn the_first_failure_cancels_siblings_wherever_they_are() {
    with_loop(|| {
        let (never, _resolver) = promise::<()>();
        let (begun, begins) = channel();
        let (dropped, gone) = (AtomicUsize::new(0), AtomicBool::new(false));
        let failure = failure_of(|| {
            scope(|s| {
                for _ in 0..3 {
                    let (begun, never) = (begun.clone(), never.clone());
                    s.invoke(|| {
                        let _counts = Counts(&dropped);
                        let (begun, never) = (begun, never);
                        begun.send(()).expect("the body waits");
                        never.wait();
                        unreachable!("it is cancelled");
                    })
                    .detach();
                }
                (0..3).for_each(|_| begins.recv().expect("a sibling has begun"));
                let failed = s.invoke(|| panic!("the first")).outcome();
                assert!(failed.is_err());
                // Cancelled before it is invoked: whether it is invoked here before the failed
                // child has counted itself out is open, that it never resolves anything is not.
                let late = s.invoke(|| never.wait());
                assert_eq!(late.outcome().unwrap_err().kind(), FailureKind::Cancelled);
                gone.store(true, SeqCst);
            });
        });
        assert!(gone.load(SeqCst));
        assert_eq!(failure.message(), "the first");
        assert_eq!(dropped.load(SeqCst), 3);
    });
}

#[test]
fn a_sibling_that_no_thread_has_taken_never_runs() {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    let (busy, end) = occupy(&event_loop, 1);
    event_loop.run(|| {
        let (ran, dropped) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let failure = failure_of(|| {
            scope(|s| {
                let sibling = || {
                    let counts = Counts(&dropped);
                    s.invoke(|| {
                        let _counts = counts;
                        ran.fetch_add(1, SeqCst);
                    })
                };
                let before = sibling();
                // Runs here.
                assert!(s.invoke(|| panic!("no disk")).outcome().is_err());
                let after = sibling();
                for p in [before, after] {
                    assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Cancelled);
                }
                assert_eq!(dropped.load(SeqCst), 2);
            });
        });
        assert_eq!((failure.message(), ran.load(SeqCst)), ("no disk", 0));
    });
    drop(end);
    busy.into_iter().for_each(Promise::wait);
}

#[test]
fn a_body_that_awaits_a_cancelled_sibling_raises_what_came_first() {
    with_loop(|| {
        let (never, _resolver) = promise::<()>();
        let failure = failure_of(|| {
            scope(|s| {
                let parked = s.invoke(|| never.wait());
                s.invoke(|| panic!("the cause")).detach();
                parked.wait();
            });
        });
        assert_eq!(failure.message(), "the cause");
    });
}

#[test]
fn a_child_that_is_cancelled_by_itself_is_no_failure_of_the_scope() {
    with_loop(|| {
        let (never, _resolver) = promise::<()>();
        let sum = scope(|s| {
            let cancelled = s.invoke(|| never.wait());
            cancelled.cancel();
            assert_eq!(cancelled.outcome().unwrap_err().kind(), FailureKind::Cancelled);
            s.invoke(|| 1).wait() + s.invoke(|| 2).wait()
        });
        assert_eq!(sum, 3);
    });
}

#[test]
fn a_loop_that_is_shut_down_fails_the_scope() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.shutdown(std::time::Duration::ZERO);
    let failure = failure_of(|| event_loop.run(|| scope(|s| s.invoke(|| ()).detach())));
    assert_eq!(failure.kind(), FailureKind::Cancelled);
}

#[test]
fn a_panic_of_the_body_cancels_the_children_and_goes_on_when_they_have_ended() {
    with_loop(|| {
        let (never, _resolver) = promise::<()>();
        let dropped = AtomicUsize::new(0);
        let payload = catch_unwind(AssertUnwindSafe(|| {
            scope(|s| {
                for _ in 0..10 {
                    let (counts, never) = (Counts(&dropped), never.clone());
                    s.invoke(|| {
                        let _counts = counts;
                        never.wait();
                    })
                    .detach();
                }
                panic_any(7_u8);
            })
        }));
        assert_eq!(*payload.expect_err("the body's").downcast::<u8>().expect("its payload"), 7);
        assert_eq!(dropped.load(SeqCst), 10);
    });
}

#[test]
fn a_failure_that_the_body_awaited_elsewhere_cancels_the_children() {
    with_loop(|| {
        let (never, _resolver) = promise::<()>();
        let failure = failure_of(|| {
            scope(|s| {
                s.invoke(|| never.wait()).detach();
                invoke!(|| -> () { panic!("elsewhere") }).wait();
            });
        });
        assert_eq!(failure.message(), "elsewhere");
    });
}

#[test]
fn a_failure_in_a_nested_scope_fails_the_outer_one() {
    with_loop(|| {
        let failure = failure_of(|| {
            scope(|s| {
                s.invoke(|| scope(|s| s.invoke(|| panic!("deep")).detach())).detach();
            });
        });
        assert_eq!((failure.message(), failure.kind()), ("deep", FailureKind::Panicked));
        assert_ne!(failure.id(), failure.origin().id(), "the child failed as it awaited another");
    });
}

#[test]
fn a_cancelled_execution_cancels_the_children_of_its_scopes_and_joins_them() {
    with_loop(|| {
        let (begun, begins) = channel();
        let (release, released) = channel::<()>();
        let (never, _resolver) = promise::<()>();
        let p = invoke!(move || {
            let (parked, blocked) = (AtomicBool::new(false), AtomicBool::new(false));
            let result = catch_unwind(AssertUnwindSafe(|| {
                scope(|s| {
                    let (begun_too, parked, blocked) = (begun.clone(), &parked, &blocked);
                    s.invoke(move || {
                        let set = Sets(parked);
                        begun_too.send(()).expect("the test waits");
                        never.wait();
                        drop(set);
                    })
                    .detach();
                    s.invoke(move || {
                        begun.send(()).expect("the test waits");
                        let _ = released.recv();
                        blocked.store(true, SeqCst);
                    })
                    .detach();
                });
            }));
            let failure = result.expect_err("cancelled").downcast::<Failure>().expect("a failure");
            assert_eq!(failure.kind(), FailureKind::Cancelled);
            assert!(parked.load(SeqCst) && blocked.load(SeqCst), "both have ended");
        });
        begins.recv().expect("a child has begun");
        begins.recv().expect("the other has, too");
        p.cancel();
        assert!(!p.is_completed(), "a child still blocks");
        release.send(()).expect("the child waits");
        // What the execution itself ends with is the checkpoint that it comes to.
        let _ = p.outcome();
    });
}

/// Sets a flag when dropped.
struct Sets<'a>(&'a AtomicBool);

impl Drop for Sets<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

#[test]
fn a_join_that_closes_a_circle_goes_on_and_the_child_is_told() {
    with_loop(|| {
        let (send, receive) = channel::<Promise<()>>();
        let p = invoke!(move || {
            scope(|s| {
                let receive = receive;
                s.invoke(move || receive.recv().expect("the promise of its joiner").wait())
                    .detach();
            });
        });
        send.send(p.clone()).expect("the child waits");
        let failure = p.outcome().unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Deadlock, "{failure}");
    });
}

#[test]
fn captures_and_unread_values_are_gone_when_a_scope_returns() {
    with_loop(|| {
        for round in 0..200 {
            let dropped = AtomicUsize::new(0);
            scope(|s| {
                for n in 0..8 {
                    let (captured, value) = (Counts(&dropped), Counts(&dropped));
                    let p = s.invoke(move || {
                        let _captured = captured;
                        value
                    });
                    match (n + round) % 4 {
                        0 => drop(p.wait()),
                        1 => s.invoke(move || drop(p)).detach(),
                        2 => drop(p.try_wait()),
                        _ => p.detach(),
                    }
                }
            });
            assert_eq!(dropped.load(SeqCst), 16);
        }
    });
}

#[test]
fn a_leaked_promise_leaks_its_value_and_nothing_touches_it_later() {
    use std::cell::RefCell;
    use std::rc::Rc;

    /// Owns itself, through the cycle.
    struct Node<'a>(RefCell<Option<(Rc<Node<'a>>, Promise<Counts<'a>>)>>);

    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        let dropped = AtomicUsize::new(0);
        scope(|s| {
            let captured = Counts(&dropped);
            std::mem::forget(s.invoke(|| {
                drop(captured);
                Counts(&dropped)
            }));
            let node = Rc::new(Node(RefCell::new(None)));
            let p = s.invoke(|| Counts(&dropped));
            *node.0.borrow_mut() = Some((Rc::clone(&node), p));
        });
        assert_eq!(dropped.load(SeqCst), 1, "the capture");
        assert_eq!(event_loop.snapshot().promises.len(), 2);
        event_loop.shutdown(std::time::Duration::ZERO);
        assert_eq!(dropped.into_inner(), 1);
    });
}

/// Its destructor panics.
struct Explosive;

impl Drop for Explosive {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("in a destructor");
        }
    }
}

#[test]
fn a_destructor_that_panics_fails_no_more_than_its_own() {
    with_loop(|| {
        // An unread value's panic has nobody to fail.
        scope(|s| s.invoke(|| Explosive).detach());
        // A capture's fails the child.
        let explosive = Explosive;
        let failure = failure_of(|| {
            scope(|s| {
                s.invoke(move || {
                    let _explosive = explosive;
                })
                .detach();
            });
        });
        assert_eq!(failure.message(), "in a destructor");
        // The body's own value, when a child has failed.
        let failure = failure_of(|| {
            scope(|s| {
                s.invoke(|| panic!("the child's")).detach();
                Explosive
            })
        });
        assert_eq!(failure.message(), "the child's");
    });
}

#[test]
fn a_scope_in_a_destructor_joins_while_its_thread_unwinds() {
    struct Scopes<'a>(&'a AtomicUsize);
    impl Drop for Scopes<'_> {
        fn drop(&mut self) {
            scope(|s| {
                for _ in 0..4 {
                    s.invoke(|| self.0.fetch_add(1, SeqCst)).detach();
                }
            });
        }
    }
    with_loop(|| {
        let ran = AtomicUsize::new(0);
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let _scopes = Scopes(&ran);
            panic!("with something to drop");
        }));
        assert!(unwound.is_err());
        assert_eq!(ran.load(SeqCst), 4);
    });
}

#[test]
fn an_empty_scope_is_its_body() {
    with_loop(|| {
        assert_eq!(scope(|_| 1), 1);
        let s = scope(|s| format!("{s:?}"));
        assert_eq!(s, "Scope { children: 0, .. }");
    });
}

/// What exists, and what is meant to be leaked.
#[derive(Default)]
struct Tally {
    alive: AtomicUsize,
    leaked: AtomicUsize,
}

/// Something that borrows, and is counted while it lives.
struct Counted<'a>(&'a Tally);

impl<'a> Counted<'a> {
    fn new(tally: &'a Tally) -> Counted<'a> {
        tally.alive.fetch_add(1, SeqCst);
        Counted(tally)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.alive.fetch_sub(1, SeqCst);
    }
}

/// A scope of random children; what it borrows is gone when it returns. True if it failed.
fn random_scope(random: &mut Random, depth: u32) -> bool {
    let tally = Tally::default();
    let failed = catch_unwind(AssertUnwindSafe(|| {
        scope(|s| {
            for _ in 0..random.below(12) {
                let mut inner = random.fork();
                let captured = Counted::new(&tally);
                let what = random.below(20);
                let p = s.invoke(move || {
                    let value = Counted::new(captured.0);
                    match what {
                        // Without a message.
                        0 => std::panic::resume_unwind(Box::new("at random")),
                        1 => std::thread::yield_now(),
                        2 | 3 if depth > 0 && random_scope(&mut inner, depth - 1) => {
                            std::panic::resume_unwind(Box::new("below"))
                        }
                        _ => {}
                    }
                    drop(captured);
                    value
                });
                match random.below(8) {
                    0 => drop(p.outcome()),
                    1 => s.invoke(move || drop(p.outcome())).detach(),
                    2 => {
                        p.cancel();
                    }
                    3 if random.once_in(4) => {
                        // Whether there will be a value is open: so is whether one is leaked.
                        tally.leaked.fetch_add(1, SeqCst);
                        std::mem::forget(p);
                    }
                    4 => drop(p.wait()),
                    _ => p.detach(),
                }
            }
            if random.once_in(20) {
                std::panic::resume_unwind(Box::new("the body"));
            }
        });
    }));
    let (alive, leaked) = (tally.alive.into_inner(), tally.leaked.into_inner());
    assert!(alive <= leaked, "{alive} alive, {leaked} of them leaked at most");
    failed.is_err()
}

#[test]
fn nothing_that_borrows_outlives_scopes_of_random_children() {
    for (most, lend) in [(None, true), (None, false), (Some(2), true), (Some(2), false)] {
        let mut builder = EventLoop::builder().lend_threads(lend);
        if let Some(most) = most {
            builder = builder.max_threads(most);
        }
        let event_loop = builder.build();
        let _watchdog = Watchdog::over(&event_loop);
        event_loop.run(|| {
            let mut random = Random::new(7);
            let failed = (0..250).filter(|_| random_scope(&mut random, 3)).count();
            assert!((1..250).contains(&failed), "{failed}");
        });
    }
}

#[test]
fn a_scope_has_many_children() {
    with_loop(|| {
        let numbers: Vec<u64> = (0..20_000).collect();
        let total = AtomicUsize::new(0);
        let doubled: u64 = scope(|s| {
            let doubled: Vec<_> = numbers.iter().map(|n| s.invoke(move || n * 2)).collect();
            for n in &numbers {
                let total = &total;
                s.invoke(move || total.fetch_add(*n as usize, SeqCst)).detach();
            }
            doubled.into_iter().map(Promise::wait).sum()
        });
        let sum: u64 = numbers.iter().sum();
        assert_eq!((doubled, total.into_inner() as u64), (2 * sum, sum));
    });
}

#[test]
fn scopes_nest_deep() {
    fn nest(depth: u32, bottom: &AtomicUsize) {
        if depth == 0 {
            bottom.fetch_add(1, SeqCst);
        } else {
            scope(|s| s.invoke(|| nest(depth - 1, bottom)).detach());
        }
    }
    with_loop(|| {
        let bottom = AtomicUsize::new(0);
        nest(1_000, &bottom);
        assert_eq!(bottom.into_inner(), 1);
    });
}

#[test]
fn a_promise_is_a_future_that_borrows() {
    with_loop(|| {
        let text = String::from("abc");
        let len = scope(|s| async_mech::block_on(s.invoke(|| &text)).len());
        assert_eq!(len, 3);
    });
}

#[test]
fn a_tuple_of_promises_that_borrow_is_awaited() {
    with_loop(|| {
        let text = String::from("a b");
        let (left, right) = scope(|s| {
            async_mech::wait((s.invoke(|| &text[..1]), s.invoke(|| text[2..].to_owned())))
        });
        assert_eq!((left, right.as_str()), ("a", "b"));
    });
}
