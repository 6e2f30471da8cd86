//! The second half of a join has its caller's context, whoever runs it.

use std::sync::mpsc::channel;

use crate::lent_and_not;
use crate::request::{REQUEST, requests_follow};
use async_mech::{EventLoop, join};
use tests::Watchdog;

#[test]
fn context_follows_into_the_second_half() {
    requests_follow();
    lent_and_not(|| {
        REQUEST.set(7);
        let (a, (b, nested)) = join(
            || REQUEST.replace(8),
            || {
                let before = REQUEST.replace(9);
                (before, join(|| REQUEST.get(), || REQUEST.get()))
            },
        );
        assert_eq!((a, b, nested), (7, 7, (9, 9)));
        assert_eq!(REQUEST.get(), 8, "the caller finds its own");
    });
}

#[test]
fn it_does_on_another_thread() {
    requests_follow();
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        REQUEST.set(7);
        let (begun, begins) = channel();
        let second = move || {
            begun.send(()).unwrap();
            REQUEST.get()
        };
        assert_eq!(join(|| begins.recv().unwrap(), second), ((), 7));
    });
}
