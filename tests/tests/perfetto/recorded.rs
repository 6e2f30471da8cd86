//! Files of real runs.

use std::sync::mpsc::channel;
use std::thread;

use async_mech::trace::Trace;
use async_mech::{EventLoop, Promise, invocable, invoke, promise, scope};
use tests::{until_awaited, until_awaits};

use crate::rules::{File, Slice, check};

/// What happened on that loop while `f` ran there.
fn file_of<T>(event_loop: &EventLoop, f: impl FnOnce() -> T) -> File {
    let events = event_loop.subscribe();
    event_loop.run(f);
    check(&Trace::of(events.try_iter()).perfetto())
}

fn looped(f: impl FnOnce()) -> File {
    file_of(&EventLoop::builder().build(), f)
}

impl File {
    fn named(&self, name: &str) -> Vec<&Slice> {
        self.slices.iter().filter(|slice| slice.name == name).collect()
    }

    fn the(&self, name: &str) -> &Slice {
        let named = self.named(name);
        assert_eq!(named.len(), 1, "{name} in {self:#?}");
        named[0]
    }

    fn arrow(&self, what: &str, from: &str, to: &str) -> bool {
        self.arrows.iter().any(|(name, a, b)| name == what && a.name == from && b.name == to)
    }
}

impl Slice {
    fn is_in(&self, other: &Slice) -> bool {
        self.thread == other.thread && self.from > other.from && self.to <= other.to
    }
}

#[invocable]
fn inner() -> u32 {
    42
}

#[invocable]
fn outer(factor: u32) -> u32 {
    factor * invoke!(inner()).await
}

#[test]
fn the_articles_program_lent() {
    // No thread but the caller's, so that it must be lent.
    let event_loop = EventLoop::builder().max_threads(1).build();
    let (busy, end) = tests::occupy(&event_loop, 1);
    let file = file_of(&event_loop, || assert_eq!(invoke!(outer(2)).wait(), 84));
    drop(end);
    busy.into_iter().for_each(Promise::wait);
    let (outer, inner) = (file.the("outer"), file.the("inner"));
    assert!(inner.is_in(file.the("await inner")) && file.the("await inner").is_in(outer));
    assert!(outer.is_in(file.the("await outer")));
    assert!(file.arrow("invoke", "invoke outer", "outer"));
    assert!(file.arrow("invoke", "invoke inner", "inner"));
    assert_eq!(file.names.len(), 1, "one thread ran it all");
    assert!(file.apart.is_empty(), "no engine ran anything");
    assert_eq!(outer.args["arguments"]["factor"], "2");
    assert_eq!((&outer.args["value"], &inner.args["value"]), (&"84".into(), &"42".into()));
    assert!(outer.args["definition"].as_str().is_some_and(|at| at.contains("recorded.rs:")));
    assert_eq!(inner.args["caller"], outer.args["id"]);
    assert_eq!(inner.args["lent by"], outer.args["id"]);
    assert!(file.slices.iter().all(|slice| slice.args.get("unfinished").is_none()));
}

#[test]
fn the_articles_program_on_three_threads() {
    let event_loop = EventLoop::builder().lend_threads(false).name("three").build();
    let file = file_of(&event_loop, || assert_eq!(invoke!(outer(2)).wait(), 84));
    let (outer, inner) = (file.the("outer"), file.the("inner"));
    assert_ne!(outer.thread, inner.thread);
    assert!(file.names[&outer.thread].starts_with("three-"), "{:?}", file.names);
    assert!(file.arrow("invoke", "invoke inner", "inner"));
    // Whether an await has to suspend is a matter of luck; those that do are resumed.
    assert_eq!(
        file.arrows.iter().filter(|(name, ..)| name == "complete").count(),
        file.named("resumed").len()
    );
}

#[test]
fn a_completion_resumes_its_awaiters() {
    let event_loop = EventLoop::builder().build();
    let (p, resolver) = event_loop.run(promise::<u32>);
    let events = event_loop.subscribe();
    let (id, waits) = (p.id(), event_loop.invoke(move || p.wait()));
    until_awaited(&event_loop, id);
    resolver.resolve(7);
    assert_eq!(waits.wait(), 7);
    let file = check(&Trace::of(events.try_iter()).perfetto());
    assert!(file.arrow("complete", "resolve promise", "resumed"), "{file:#?}");
    let awaits = file.the("await promise");
    assert!(file.named("suspended").iter().any(|suspended| suspended.is_in(awaits)));
    assert!(file.the("resolve promise").args["value"] == "7");
}

fn fib(n: u32) -> u32 {
    if n < 2 {
        return n;
    }
    let (a, b) = (invoke!(fib(n - 1)), invoke!(fib(n - 2)));
    a.wait() + b.wait()
}

#[test]
fn a_tree_of_invocations() {
    let file = looped(|| assert_eq!(invoke!(fib(10)).wait(), 55));
    assert_eq!(file.named("fib").len(), 177);
    assert_eq!(file.named("invoke fib").len(), 177);
    assert_eq!(file.arrows.iter().filter(|(name, ..)| name == "invoke").count(), 177);
}

#[test]
fn combinators_settle() {
    let file = looped(|| {
        let (slow, _resolver) = promise::<u32>();
        assert_eq!(Promise::race([slow, invoke!(|| 1)]).wait(), 1);
        assert_eq!(Promise::all([invoke!(|| 1), invoke!(|| 2)]).wait(), [1, 2]);
    });
    let names: Vec<_> = file.instants.iter().filter_map(|event| event["name"].as_str()).collect();
    assert!(names.contains(&"settle race") && names.contains(&"settle all"), "{names:?}");
    file.the("resolve race");
    file.the("fail promise");
}

#[test]
fn failures_and_cancellations() {
    let event_loop = EventLoop::builder().build();
    let file = file_of(&event_loop, || {
        let p = invoke!(|| -> () { panic!("out of \"cheese\"\n</script>") });
        assert!(p.outcome().is_err());
        let (gate, _resolver) = promise::<()>();
        let p = event_loop.invoke(move || gate.wait());
        until_awaits(&event_loop, p.id());
        p.cancel();
        assert!(p.outcome().is_err());
        let scoped = std::panic::catch_unwind(|| {
            scope(|s| invoke!(s => || panic!("a child")).detach());
        });
        assert!(scoped.is_err());
    });
    let failed: Vec<_> = file.slices.iter().filter(|slice| slice.category == "run").collect();
    let failure = |text: &str| {
        failed.iter().any(|it| it.args["failure"].as_str().is_some_and(|all| all.contains(text)))
    };
    assert!(failure("out of \"cheese\"\n</script>") && failure("a child"));
    assert!(failed.iter().any(|slice| slice.args["failed"] == "Cancelled"));
    assert!(file.instants.iter().any(|event| event["cat"] == "cancel"));
    assert!(file.slices.iter().any(|slice| slice.args["returned"] == "cancelled"));
}

#[test]
fn a_deadlock() {
    let event_loop = EventLoop::builder().build();
    let file = file_of(&event_loop, || {
        let (give, take) = channel::<Promise<()>>();
        let a = invoke!(move || take.recv().unwrap().wait());
        let b = {
            let a = a.clone();
            invoke!(move || a.wait())
        };
        give.send(b.clone()).unwrap();
        assert!(a.outcome().is_err() && b.outcome().is_err());
    });
    assert!(file.slices.iter().any(|slice| slice.args["returned"] == "deadlock"), "{file:#?}");
}

#[test]
fn what_runs_on_is_unfinished() {
    let event_loop = EventLoop::builder().build();
    let (end, ended) = channel::<()>();
    let (p, _resolver) = event_loop.run(promise::<()>);
    let file = file_of(&event_loop, || {
        let (begun, begins) = channel();
        invoke!(move || {
            begun.send(()).unwrap();
            let _ = ended.recv();
        })
        .detach();
        begins.recv().unwrap();
        let id = p.id();
        invoke!(move || p.wait()).detach();
        until_awaited(&event_loop, id);
    });
    let unfinished =
        file.slices.iter().filter(|slice| slice.args["unfinished"] == true).collect::<Vec<_>>();
    assert_eq!(unfinished.iter().filter(|slice| slice.category == "run").count(), 2);
    assert!(unfinished.iter().any(|slice| slice.name == "suspended"));
    let end_of_all = file.slices.iter().map(|slice| slice.to).max();
    assert!(unfinished.iter().all(|slice| Some(slice.to) == end_of_all));
    drop(end);
}

#[invocable(own_thread)]
fn alone() -> Option<String> {
    thread::current().name().map(str::to_owned)
}

#[test]
fn executions_with_threads_of_their_own() {
    let event_loop = EventLoop::builder().max_threads(3).build();
    let file = file_of(&event_loop, || {
        for _ in 0..3 {
            invoke!(alone()).wait();
        }
    });
    let runs = file.named("alone");
    assert!(runs.len() >= 3, "{file:#?}");
    assert!(runs.iter().all(|slice| slice.args.get("unfinished").is_none()));
}
