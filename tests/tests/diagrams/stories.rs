//! What the diagrams of small runs say, word by word.

use async_mech::trace::Trace;
use async_mech::{Promise, invocable, invoke, promise, scope};

use crate::recorded::{recorded, renumbered};

/// The article's program.
pub(crate) fn article() -> Trace {
    recorded(|| {
        let outer = invoke!(|| {
            let inner = invoke!(|| 42);
            2 * inner.wait()
        });
        assert_eq!(outer.wait(), 84);
    })
}

#[invocable]
fn fails(n: u32) -> u32 {
    panic!("out of cheese: {n}")
}

pub(crate) fn panic() -> Trace {
    recorded(|| assert!(invoke!(fails(3)).outcome().is_err()))
}

pub(crate) fn deadlock() -> Trace {
    recorded(|| {
        let (other, resolver) = promise::<Promise<u32>>();
        let first = invoke!(move || 1 + other.wait().wait());
        let awaited = first.clone();
        let second = invoke!(move || 1 + awaited.wait());
        resolver.resolve(second);
        assert!(first.outcome().is_err());
    })
}

pub(crate) fn race() -> Trace {
    recorded(|| {
        let (slow, never) = promise::<u32>();
        let (fast, resolver) = promise();
        let race = Promise::race([slow, fast]);
        resolver.resolve(7);
        assert_eq!(race.wait(), 7);
        drop(never);
    })
}

pub(crate) fn in_a_scope() -> Trace {
    recorded(|| {
        let numbers = [1, 2];
        let sum = scope(|s| invoke!(s => || numbers.iter().sum::<u32>()).wait());
        assert_eq!(sum, 3);
    })
}

pub(crate) fn cancelled() -> Trace {
    recorded(|| {
        let gone = invoke!(fails(4));
        gone.cancel();
        assert!(gone.outcome().is_err());
    })
}

pub(crate) fn all() -> Vec<Trace> {
    vec![article(), panic(), deadlock(), race(), in_a_scope(), cancelled()]
}

fn entities(trace: &Trace) -> String {
    let text = trace.entities().mermaid();
    let (entities, _) = text.split_once("    classDef").expect("there are classes");
    renumbered(entities)
}

fn sequence(trace: &Trace) -> String {
    renumbered(&trace.sequence().mermaid())
}

#[test]
fn the_articles_program_has_three_executions_and_two_promises() {
    let trace = article();
    assert_eq!(
        entities(&trace),
        r##"flowchart LR
    E1["#35;1 root"]:::execution
    E2["#35;2 closure"]:::execution
    P2(["promise #35;2: 84"]):::completed
    E2 -->|complete| P2
    E3["#35;3 closure"]:::execution
    P3(["promise #35;3: 42"]):::completed
    E3 -->|complete| P3
    E1 -->|"invoke"| E2
    E2 -->|"invoke"| E3
    E1 -.->|"await"| P2
    E2 -.->|"await"| P3
"##
    );
    assert_eq!(
        sequence(&trace),
        r##"sequenceDiagram
    participant E1 as #35;1 root
    participant EL as Event Loop
    participant E2 as #35;2 closure
    participant E3 as #35;3 closure
    E1->>EL: invoke #35;2 closure
    EL-->>E1: return promise #35;2
    E1->>EL: await #35;2
    EL->>E2: start on #35;1's thread
    activate E2
    E2->>EL: invoke #35;3 closure
    EL-->>E2: return promise #35;3
    E2->>EL: await #35;3
    EL->>E3: start on #35;2's thread
    activate E3
    E3->>EL: complete with 42
    deactivate E3
    EL-->>E2: return 42
    E2->>EL: complete with 84
    deactivate E2
    EL-->>E1: return 84
"##
    );
}

#[test]
fn a_failure_ends_in_a_cross_and_says_what_happened() {
    let trace = panic();
    assert_eq!(
        entities(&trace),
        r##"flowchart LR
    E1["#35;1 root"]:::execution
    E2["#35;2 fails(n = 3)"]:::execution
    P2(["promise #35;2: panicked"]):::failed
    E2 -->|complete| P2
    E1 -->|"invoke"| E2
    E1 -.->|"await"| P2
"##
    );
    assert_eq!(
        sequence(&trace),
        r##"sequenceDiagram
    participant E1 as #35;1 root
    participant EL as Event Loop
    participant E2 as #35;2 fails(n = 3)
    E1->>EL: invoke #35;2 fails(n = 3)
    EL-->>E1: return promise #35;2
    E1->>EL: await #35;2
    EL->>E2: start on #35;1's thread
    activate E2
    E2-xEL: panicked#58; out of cheese#58; 3
    deactivate E2
    EL--xE1: return failure of #35;2
"##
    );
}

#[test]
fn a_deadlock_says_which_await_closed_the_circle() {
    let trace = deadlock();
    assert_eq!(
        entities(&trace),
        r##"flowchart LR
    E1["#35;1 root"]:::execution
    P2(["#35;2 promise: completed"]):::completed
    E3["#35;3 closure"]:::execution
    P3(["promise #35;3: deadlock"]):::failed
    E3 -->|complete| P3
    E4["#35;4 closure"]:::execution
    P4(["promise #35;4: deadlock"]):::failed
    E4 -->|complete| P4
    E1 -->|"create"| P2
    E1 -->|"invoke"| E3
    E1 -->|"invoke"| E4
    E1 -.->|"await"| P3
    E3 -.->|"await"| P2
    E3 -.->|"await"| P4
    E4 -.->|"await#58; deadlock"| P3
"##
    );
    assert_eq!(
        // Cut where it is long: how far that is depends on how many digits ids had.
        sequence(&trace).replace("stories.rs", "st…").replace("/sto…", "/st…"),
        r##"sequenceDiagram
    participant E1 as #35;1 root
    participant EL as Event Loop
    participant E3 as #35;3 closure
    participant E4 as #35;4 closure
    E1->>EL: create #35;2 promise
    E1->>EL: invoke #35;3 closure
    EL-->>E1: return promise #35;3
    E1->>EL: invoke #35;4 closure
    EL-->>E1: return promise #35;4
    Note over EL: #35;2 promise completes
    E1->>EL: await #35;3
    EL->>E3: start on #35;1's thread
    activate E3
    E3->>EL: await #35;2
    EL-->>E3: return value of #35;2
    E3->>EL: await #35;4
    EL->>E4: start on #35;3's thread
    activate E4
    E4->>EL: await #35;3
    EL--xE4: return#58; deadlock
    E4-xEL: is in a deadlock#58; it awaits itself, through others …
    deactivate E4
    EL--xE3: return failure of #35;4
    E3-xEL: failed, for it awaited #35;4
    deactivate E3
    EL--xE1: return failure of #35;3
"##
    );
}

#[test]
fn a_race_says_who_decided_it() {
    let trace = race();
    assert_eq!(
        entities(&trace),
        r##"flowchart LR
    E1["#35;1 root"]:::execution
    P2(["#35;2 promise: abandoned"]):::failed
    P3(["#35;3 promise: 7"]):::completed
    P4(["#35;4 race: completed"]):::completed
    E1 -->|"create"| P2
    E1 -->|"create"| P3
    E1 -->|"create"| P4
    E1 -.->|"await"| P4
    P2 -->|"link"| P4
    P3 ==>|"decides"| P4
"##
    );
    assert_eq!(
        sequence(&trace),
        r##"sequenceDiagram
    participant E1 as #35;1 root
    participant EL as Event Loop
    E1->>EL: create #35;2 promise
    E1->>EL: create #35;3 promise
    E1->>EL: create #35;4 race
    Note over EL: #35;4 race waits for #35;2
    Note over EL: #35;4 race waits for #35;3
    Note over EL: #35;3 promise completes with 7
    Note over EL: #35;3 decides #35;4 race
    Note over EL: #35;4 race completes
    E1->>EL: await #35;4
    EL-->>E1: return value of #35;4
    Note over EL: #35;2 promise was abandoned#58; its resolver was dropped unused
"##
    );
}

#[test]
fn a_childs_run_in_a_scope_is_one_like_any_other() {
    let trace = in_a_scope();
    assert_eq!(
        sequence(&trace),
        r##"sequenceDiagram
    participant E1 as #35;1 root
    participant EL as Event Loop
    participant E2 as #35;2 closure
    E1->>EL: invoke #35;2 closure
    EL-->>E1: return promise #35;2
    E1->>EL: await #35;2
    EL->>E2: start on #35;1's thread
    activate E2
    E2->>EL: complete
    deactivate E2
    EL-->>E1: return value of #35;2
"##
    );
}

#[test]
fn what_was_cancelled_before_it_started_is_no_participant() {
    let trace = cancelled();
    assert_eq!(
        entities(&trace),
        r##"flowchart LR
    E1["#35;1 root"]:::execution
    E2["#35;2 fails"]:::execution
    P2(["promise #35;2: cancelled"]):::cancelled
    E2 -->|complete| P2
    E1 -->|"invoke"| E2
    E1 -.->|"await"| P2
"##
    );
    assert_eq!(
        sequence(&trace),
        r##"sequenceDiagram
    participant E1 as #35;1 root
    participant EL as Event Loop
    E1->>EL: invoke #35;2 fails
    EL-->>E1: return promise #35;2
    Note over EL: #35;2 fails is cancelled
    Note over EL: #35;2 fails was cancelled#58; before it started
    E1->>EL: await #35;2
    EL--xE1: return failure of #35;2
"##
    );
}
