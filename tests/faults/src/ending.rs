//! Ends of the process with work of every kind in flight.

use std::process::{ExitCode, abort, exit};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use async_mech::{Promise, checkpoint, invoke, map_bounded, promise, scope, sleep};

/// Waits where it is dropped, for ever.
struct Waits;

impl Drop for Waits {
    fn drop(&mut self) {
        loop {
            thread::park();
        }
    }
}

/// Starts work of every kind that does not end; returns when all of it has begun.
fn in_flight() {
    let (begun, begins) = channel();
    let began = || {
        let begun = begun.clone();
        move || begun.send(()).expect("they are counted")
    };
    let hour = Duration::from_secs(3600);
    let bodies: Vec<Box<dyn FnOnce() + Send>> = vec![
        Box::new(move || sleep(hour)),
        Box::new(move || thread::sleep(hour)),
        Box::new(|| {
            loop {
                checkpoint();
            }
        }),
        Box::new(|| {
            let (p, _resolver) = promise::<()>();
            p.wait();
        }),
        Box::new(move || {
            let (p, _resolver) = promise::<()>();
            drop(p.wait_timeout(hour));
        }),
        Box::new(|| drop(Waits)),
        Box::new(|| scope(|s| s.invoke(|| invoke!(thread::park()).wait()).detach())),
        Box::new(|| drop(map_bounded(0.., 2, |n: u32| n).last())),
        Box::new(|| {
            // Invokes until the end.
            loop {
                assert_eq!(Promise::all((0..10).map(|n| invoke!(move || n))).wait().len(), 10);
            }
        }),
    ];
    let many = bodies.len();
    for body in bodies {
        let began = began();
        invoke!(move || {
            began();
            body();
        })
        .detach();
    }
    assert_eq!(begins.iter().take(many).count(), many);
}

pub(crate) fn main_returns() -> ExitCode {
    in_flight();
    println!("main returns");
    ExitCode::from(3)
}

pub(crate) fn exit_in_main() {
    in_flight();
    println!("main exits");
    exit(4);
}

pub(crate) fn exit_in_an_invocation() {
    in_flight();
    invoke!(|| {
        println!("an invocation exits");
        exit(5)
    })
    .wait();
}

pub(crate) fn abort_in_an_invocation() {
    in_flight();
    invoke!(|| abort()).wait();
}
