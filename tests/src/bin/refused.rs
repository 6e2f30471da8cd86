//! A program to run where the system allows a few threads only; `tests/refused.rs` does.
//!
//! Takes all threads it can get, gives some back, and then does its work with those.

use std::sync::mpsc::channel;
use std::thread;

use async_mech::{EventLoop, Promise, invoke, promise};
use tests::Watchdog;

fn tree(depth: u32) -> u32 {
    if depth == 0 {
        return 1;
    }
    let children: Vec<_> = (0..3).map(|_| invoke!(tree(depth - 1))).collect();
    1 + children.into_iter().map(Promise::wait).sum::<u32>()
}

fn main() {
    let spare: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0);
    let event_loop = EventLoop::global();
    let watchdog = Watchdog::over(event_loop);
    let mut taken = Vec::new();
    while taken.len() < 200 {
        let (end, ended) = channel::<()>();
        match thread::Builder::new().spawn(move || ended.recv().is_ok()) {
            Ok(thread) => taken.push((end, thread)),
            Err(_) => break,
        }
    }
    if taken.len() == 200 {
        println!("no limit");
        return;
    }
    for (end, thread) in taken.drain(taken.len().saturating_sub(spare)..) {
        drop(end);
        thread.join().expect("it only waits");
    }

    // Awaited work runs, whether threads are refused or not.
    assert_eq!(event_loop.run(|| tree(5)), 364);
    let families: Vec<_> = (0..20).map(|_| event_loop.invoke(|| tree(3))).collect();
    assert_eq!(families.into_iter().map(Promise::wait).sum::<u32>(), 800);
    // So does work nobody awaits, if nothing else goes on.
    let deliver = |n: u32| {
        let (p, resolver) = promise();
        event_loop.invoke(move || resolver.resolve(n)).detach();
        p.wait()
    };
    assert_eq!((0..100).map(deliver).sum::<u32>(), 4_950);
    assert_eq!(event_loop.invoke(move || (0..100).map(deliver).sum::<u32>()).wait(), 4_950);
    // Else it does once threads can be had.
    let (send, receive) = channel();
    for n in 0..1_000 {
        let send = send.clone();
        event_loop.invoke(move || send.send(n).expect("received")).detach();
    }
    drop(send);
    for (end, thread) in taken {
        drop(end);
        thread.join().expect("it only waits");
    }
    while event_loop.invoke(|| 1).wait() + event_loop.snapshot().promises.len() > 1 {
        thread::yield_now();
    }
    assert_eq!(receive.iter().count(), 1_000);
    drop(watchdog);
    println!("all done");
}
