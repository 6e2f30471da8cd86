//! The literal port of the article's event loop: a loop thread, and a channel to it.

use crossbeam_channel::bounded;

use super::{Ability, Blocking, How, Peer, Table};
use crate::literal::{self, Pid};
use crate::work::{Invoke, awaiters};

pub(super) static PEER: Peer = Peer {
    id: "literal",
    name: "literal port",
    about: "`examples/literal.rs`: the article's loop thread, reached by channels, and a thread an invocation",
    how: How::Here { tables: &[SPECIAL, Blocking::<Literal>::TABLE], environment: &[] },
};

const SPECIAL: Table = &[("awaiters", Ability::Does(one_promise))];

struct Literal;

impl Invoke for Literal {
    type Promise = Pid;

    fn invoke(f: impl FnOnce() -> u64 + Send + 'static) -> Pid {
        literal::invoke(f)
    }

    fn wait(promise: Pid) -> u64 {
        literal::await_(promise)
    }
}

/// The promise is that of an execution which waits for a message.
fn one_promise() -> Vec<f64> {
    awaiters::with::<Literal, _, _>(|| {
        let (resolve, resolved) = bounded(1);
        let promise = literal::invoke(move || resolved.recv().expect("the resolver sends"));
        let resolve = move |value| resolve.send(value).expect("the execution waits");
        (move || literal::await_(promise), resolve)
    })
}
