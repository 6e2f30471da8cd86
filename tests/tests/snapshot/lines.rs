//! What a line of a tree says of names, places, messages and times, each of which stays in one line.

use std::time::Duration;

use async_mech::{EventLoop, Promise, State, invoke, promise};
use tests::until_awaits;

use crate::program::{shown, stopped};

/// With one promise, of a resolver.
fn one() -> State {
    let event_loop = EventLoop::builder().build();
    let (_p, _resolver) = event_loop.run(promise::<u32>);
    event_loop.snapshot()
}

/// The line of the promise.
fn line(state: &State) -> String {
    let text = state.to_string();
    let (_root, line) = text.split_once("\n└─ ").unwrap();
    line.split_once(' ').unwrap().1.to_owned()
}

#[test]
fn a_line_gives_the_file_and_the_line_of_the_call() {
    let event_loop = EventLoop::builder().build();
    let ((p, resolver), at) = event_loop.run(|| (promise::<u32>(), line!()));
    let expected = format!("`promise` ({}:{at}), no function, pending", file!());
    assert_eq!(line(&event_loop.snapshot()), expected);
    resolver.resolve(1);
    p.wait();
}

#[test]
fn a_file_elsewhere_is_given_by_the_end_of_its_path() {
    let mut state = one();
    for (file, short) in [
        ("/registry/src/index.crates.io/rayon-1.10.0/src/lib.rs", "rayon-1.10.0/src/lib.rs"),
        ("/lib.rs", "/lib.rs"),
        ("a/b/c/d/lib.rs", "a/b/c/d/lib.rs"),
    ] {
        for invocation in state.invocations.values_mut() {
            (invocation.file, invocation.line) = (file, 7);
        }
        assert_eq!(line(&state), format!("`promise` ({short}:7), no function, pending"));
    }
}

#[test]
fn names_stay_in_one_line_and_long_ones_are_cut() {
    let mut state = one();
    let long = "abcde ".repeat(20);
    let cut = format!("{}…", "abcde ".repeat(10));
    for (name, short) in [
        ("parse::<Vec<(u8, &str)>>", "parse::<Vec<(u8, &str)>>"),
        ("map::<\n    u8,\r\n\tu16,\n>", "map::< u8, u16, >"),
        ("bell\u{7}\u{1b}[2J", "bell\\u{7}\\u{1b}[2J"),
        (&*long.leak(), &cut),
        (&*"é".repeat(60).leak(), &"é".repeat(60)),
        ("", ""),
    ] {
        for invocation in state.invocations.values_mut() {
            (invocation.name, invocation.file, invocation.line) = (name, "lib.rs", 7);
        }
        assert_eq!(line(&state), format!("`{short}` (lib.rs:7), no function, pending"));
    }
}

#[test]
fn a_time_is_said_as_a_person_says_it() {
    let mut state = stopped(false, |gate| assert_eq!(gate.wait(), 42));
    for (ms, said) in [
        (0, "0 ms"),
        (999, "999 ms"),
        (1_000, "1.0 s"),
        (59_999, "59.9 s"),
        (60_000, "1 min 0 s"),
        (3_599_999, "59 min 59 s"),
        (3_600_000, "1 h 0 min"),
        (3_600_000 * 1_234 + 59 * 60_000, "1,234 h 59 min"),
    ] {
        for wait in state.waits.values_mut().flatten() {
            wait.since = Some(Duration::from_millis(ms));
        }
        let text = state.to_string();
        let (_, time) = text.lines().next().unwrap().split_once(" for ").unwrap();
        assert_eq!(time, said);
    }
}

#[test]
fn of_several_waits_the_longest_and_the_loan_are_said() {
    let mut state = stopped(false, |gate| assert_eq!(gate.wait(), 42));
    let waits = state.waits.values_mut().next().unwrap();
    let id = waits[0].promise;
    *waits = vec![waits[0].clone(); 5];
    for (ms, wait) in [300, 500, 400].into_iter().zip(&mut *waits) {
        wait.since = Some(Duration::from_millis(ms));
    }
    (waits[3].since, waits[4].since) = (None, None);
    let first = |state: &State| state.to_string().lines().next().unwrap().to_owned();
    let all = format!("awaits {id}, {id}, {id}, {id} and 1 more for 500 ms");
    assert_eq!(first(&state).split_once(", ").unwrap().1, all);
    state.waits.values_mut().next().unwrap()[1].lends = true;
    let lends = format!("{all} (lends {id} its thread)");
    assert_eq!(first(&state).split_once(", ").unwrap().1, lends);
}

#[test]
fn a_wait_lasts_from_when_it_began_until_the_snapshot() {
    let event_loop = EventLoop::builder().lend_threads(false).build();
    let (p, resolver) = event_loop.run(promise::<u32>);
    let awaiter = event_loop.invoke(move || p.wait());
    until_awaits(&event_loop, awaiter.id());
    let since = || event_loop.snapshot().waits[&awaiter.id()][0].since.unwrap();
    let first = since();
    // Whatever the machine does, the time passes.
    while since() < first + Duration::from_millis(2) {}
    resolver.resolve(1);
    awaiter.wait();
    assert!(event_loop.snapshot().waits.is_empty());
}

#[test]
fn waits_are_the_awaiters_seen_from_the_other_side() {
    let state = stopped(true, |gate| {
        let all = Promise::all([gate.clone()]);
        assert_eq!(invoke!(move || all.wait()[0] + gate.wait()).wait(), 84);
    });
    let mut pairs: Vec<_> =
        state.awaiters.iter().flat_map(|(p, by)| by.iter().map(move |by| (*by, *p))).collect();
    pairs.sort();
    let waits = state.waits.iter().flat_map(|(by, on)| on.iter().map(move |on| (*by, on.promise)));
    assert_eq!(waits.collect::<Vec<_>>(), pairs);
    assert_eq!(
        shown(state),
        "\
#1 `program`, awaits #4 (lends it its thread)
├─ #2 `promise` (here), no function, pending
├─ #3 `all` (here), no function, awaits #2
└─ #4 `closure` (here), awaits #3 for 1.2 s"
    );
}
