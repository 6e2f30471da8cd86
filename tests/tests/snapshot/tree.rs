//! A snapshot prints as a tree: who invoked whom, who awaits whom, and since when.

use std::io;
use std::thread;

use async_mech::{EventLoop, Promise, invoke, promise, scope};
use tests::{Watchdog, occupy, until_awaited, until_completed};

use crate::program::{shown, stopped};

fn outer(gate: Promise<u32>) -> u32 {
    let inner = invoke!(inner(gate));
    2 * inner.wait()
}

fn inner(gate: Promise<u32>) -> u32 {
    gate.wait()
}

#[test]
fn each_execution_stands_below_its_caller_and_says_what_it_awaits() {
    let state = stopped(false, |gate| {
        let outer = invoke!(outer(gate));
        assert_eq!(outer.wait(), 84);
    });
    assert_eq!(
        shown(state),
        "\
#1 `program`, awaits #3 for 1.2 s
├─ #2 `promise` (here), no function, pending
└─ #3 `outer` (here), awaits #4 for 1.2 s
   └─ #4 `inner` (here), awaits #2 for 1.2 s"
    );
}

#[test]
fn who_lends_its_thread_is_said_to_and_no_clock_was_read() {
    let state = stopped(true, |gate| {
        let outer = invoke!(outer(gate));
        assert_eq!(outer.wait(), 84);
    });
    assert_eq!(
        shown(state),
        "\
#1 `program`, awaits #3 (lends it its thread)
├─ #2 `promise` (here), no function, pending
└─ #3 `outer` (here), awaits #4 (lends it its thread)
   └─ #4 `inner` (here), awaits #2 for 1.2 s"
    );
}

#[test]
fn what_a_combinator_depends_on_is_said() {
    let state = stopped(false, |gate| {
        let (other, resolver) = promise();
        let twice = gate.then(|n| 2 * n);
        let all = Promise::all([twice, other]).then(|all| all.len());
        resolver.resolve(1);
        all.wait();
    });
    assert_eq!(
        shown(state),
        "\
#1 `program`, awaits #6 for 1.2 s
├─ #2 `promise` (here), no function, pending
├─ #3 `promise` (here), no function, completed
├─ #4 `then` (here), no function, awaits #2
├─ #5 `all` (here), no function, awaits #4
└─ #6 `then` (here), no function, awaits #5"
    );
}

#[test]
fn of_many_that_one_depends_on_a_few_are_listed() {
    let state = stopped(false, |gate| {
        let (inputs, resolvers): (Vec<_>, Vec<_>) = (0..9_999).map(|_| promise::<u32>()).unzip();
        let last = gate.clone();
        let all = Promise::all(inputs.into_iter().chain([last]));
        let open = invoke!(move || {
            gate.wait();
            resolvers.into_iter().for_each(|resolver| resolver.resolve(0));
        });
        assert_eq!(all.wait().len(), 10_000);
        open.wait();
    });
    assert_eq!(
        shown(state),
        "\
#1 `program`, awaits #6 for 1.2 s
├─ #2 `promise` (here), no function, pending
├─ #3 `promise` (here), no function, pending
├─ #4 `promise` (here), no function, pending
├─ #5 `promise` (here), no function, pending
├─ ... and 9,996 more like #3
├─ #6 `all` (here), no function, awaits #2, #3, #4, #5 and 9,996 more
└─ #7 `closure` (here), awaits #2 for 1.2 s"
    );
}

#[test]
fn a_scope_awaits_its_children() {
    let state = stopped(false, |gate| {
        scope(|s| {
            let copies = [gate.clone(), gate];
            let children = copies.map(|gate| invoke!(s => inner(gate)));
            children.into_iter().for_each(Promise::detach);
        });
    });
    assert_eq!(
        shown(state),
        "\
#1 `program`, awaits #5 for 1.2 s
├─ #2 `promise` (here), no function, pending
├─ #3 `inner` (here), awaits #2 for 1.2 s
├─ #4 `inner` (here), awaits #2 for 1.2 s
└─ #5 `scope` (here), no function, awaits #3, #4"
    );
}

#[test]
fn completed_and_failed_promises_are_shown_while_somebody_holds_them() {
    let state = stopped(false, |gate| {
        let done = invoke!(u32::from(7_u8));
        let panicked = invoke!(|| -> u32 { panic!("out of\n  cheese\u{7}") });
        let (refused, resolver) = promise::<u32>();
        resolver.fail(io::Error::other("no route"));
        let (cancelled, resolver) = promise::<u32>();
        cancelled.clone().cancel();
        let ended = [done, panicked, refused, cancelled];
        ended.iter().for_each(until_completed);
        gate.wait();
        drop(resolver);
    });
    assert_eq!(
        shown(state),
        "\
#1 `program`, awaits #2 for 1.2 s
├─ #2 `promise` (here), no function, pending
├─ #3 `u32::from` (here), completed
├─ #4 `closure` (here), failed: out of cheese\\u{7}
├─ #5 `promise` (here), no function, failed: no route
└─ #6 `promise` (here), no function, cancelled"
    );
}

#[test]
fn an_execution_whose_caller_has_ended_stands_below_the_callers_id() {
    let state = stopped(false, |gate| {
        let ended = invoke!(|| invoke!(inner(gate)));
        let left: Promise<u32> = ended.wait();
        left.wait();
    });
    assert_eq!(
        shown(state),
        "\
#1 `program`, awaits #4 for 1.2 s
└─ #2 `promise` (here), no function, pending
#3
└─ #4 `inner` (here), awaits #2 for 1.2 s"
    );
}

#[test]
fn an_execution_of_another_loop_that_awaits_here_is_shown() {
    let (here, elsewhere) = (EventLoop::builder().build(), EventLoop::builder().build());
    let _watchdog = Watchdog::over(&here);
    let (gate, resolver) = here.run(|| promise::<u32>());
    let id = gate.id();
    let awaiter = elsewhere.invoke(move || gate.wait());
    until_awaited(&here, id);
    // Its thread is not its own, so it is not named after it.
    assert_eq!(
        shown(here.snapshot()),
        "\
#1
└─ #2 `promise` (here), no function, pending
#3, awaits #2 for 1.2 s"
    );
    resolver.resolve(1);
    awaiter.wait();
}

#[test]
fn who_takes_the_snapshot_on_a_lent_thread_is_in_it() {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    let (busy, end) = occupy(&event_loop, 1);
    let handle = event_loop.clone();
    let thread = thread::Builder::new().name("program".to_owned());
    let thread = thread.spawn(move || {
        let snapshots = handle.clone();
        handle.invoke(move || snapshots.snapshot()).wait()
    });
    let mut state = thread.unwrap().join().unwrap();
    state.invocations.remove(&busy[0].id());
    state.promises.remove(&busy[0].id());
    let text = shown(state);
    let (root, callee) = text.split_once('\n').unwrap();
    assert_eq!(root, "#1 `program`, awaits #2 (lends it its thread)");
    assert!(callee.starts_with("└─ #2 `snapshot::tree::who_takes_"), "{text}");
    assert!(callee.ends_with("(here), running"), "{text}");
    drop(end);
    busy.into_iter().for_each(Promise::wait);
}

#[test]
fn what_one_depends_on_is_listed_by_id_wherever_it_is_kept() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let state = event_loop.run(|| {
        let (gone, resolver) = promise::<u32>();
        let (older, _older) = promise::<u32>();
        resolver.resolve(1);
        gone.wait();
        // It is kept where the one that is gone was.
        let (newer, _newer) = promise::<u32>();
        let _all = Promise::all([newer, older]);
        event_loop.snapshot()
    });
    assert_eq!(
        shown(state),
        "\
#1
├─ #2 `promise` (here), no function, pending
├─ #3 `promise` (here), no function, pending
└─ #4 `all` (here), no function, awaits #2, #3"
    );
}
