//! `Task.start`, `ignore`, `completed`, and `$callers`.

use std::sync::mpsc::channel;

use async_mech::{current, invoke, promise};
use tests::watched;

#[test]
fn without_a_result_is_to_detach() {
    let _watchdog = watched();
    let (done, dones) = channel();
    invoke!(move || done.send(current().caller())).detach();
    assert_eq!(dones.recv(), Ok(Some(current().id())));
}

#[test]
fn what_is_ignored_runs_on_after_a_look_at_what_is_there() {
    let _watchdog = watched();
    let ((go, goes), (done, dones)) = (channel(), channel());
    let p = invoke!(move || done.send(goes.recv()).unwrap());
    p.try_wait().unwrap_err().detach();
    go.send(1).unwrap();
    assert_eq!(dones.recv(), Ok(Ok(1)));
}

#[test]
fn is_not_needed_for_a_result_that_is_known() {
    let (p, resolver) = promise();
    resolver.resolve("known");
    assert!(p.is_completed());
    assert_eq!(p.wait(), "known");
}

#[test]
fn knows_the_nearest_caller() {
    let _watchdog = watched();
    let me = current().id();
    let p = invoke!(move || {
        let inner = invoke!(|| current().caller()).wait();
        (current().caller(), inner == Some(current().id()))
    });
    assert_eq!(p.wait(), (Some(me), true));
}
