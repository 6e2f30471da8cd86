//! Children of the process, from invocations.

use std::io::Write;
use std::process::{Command, Stdio};

use async_mech::{EventLoop, Promise, invoke, map_bounded};
use tests::until_no_promises;

/// What a child says of a number: fork, exec, pipes, wait.
fn echo(n: usize) -> usize {
    let mut child =
        Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a child");
    child.stdin.take().expect("a pipe").write_all(n.to_string().as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("digits").parse().expect("a number")
}

/// So many at once, while other invocations come and go, on loops of every kind.
pub(crate) fn spawn(many: usize) {
    let expected = many * (many - 1) / 2;
    let all = Promise::all((0..many).map(|n| invoke!(move || echo(n))));
    while !all.is_completed() {
        assert_eq!(invoke!(|| invoke!(|| 1).wait()).wait(), 1);
    }
    assert_eq!(all.wait().into_iter().sum::<usize>(), expected);
    for lend in [true, false] {
        let event_loop = EventLoop::builder().max_threads(2).lend_threads(lend).build();
        let sum = || Promise::all((0..many).map(|n| invoke!(move || echo(n)))).wait();
        assert_eq!(event_loop.run(sum).into_iter().sum::<usize>(), expected);
    }
    let bounded = map_bounded(0..many, 8, echo).map(Result::unwrap);
    assert_eq!(bounded.sum::<usize>(), expected);
    until_no_promises(EventLoop::global());
}
