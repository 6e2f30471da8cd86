//! Work of many kinds, of which everything is known in advance.

use std::fs::File;
use std::io::{BufRead, stdin};
use std::thread;

use async_mech::{EventLoop, FailureKind, Promise, invoke, map_bounded, promise, scope};
use tests::{occupy, until_awaited, until_no_promises};

fn tree(depth: u32) -> u32 {
    if depth == 0 {
        return 1;
    }
    let children: Vec<_> = (0..3).map(|_| invoke!(tree(depth - 1))).collect();
    1 + children.into_iter().map(Promise::wait).sum::<u32>()
}

/// f(d) = await f(d - 1)
fn deep(levels: u32) -> u32 {
    if levels == 0 { 0 } else { invoke!(deep(levels - 1)).wait() + 1 }
}

/// Awaits, combinators, scopes, bounded maps, work that nobody awaits.
fn work() {
    assert_eq!(tree(4), 121);
    let families = Promise::all((0..20).map(|_| invoke!(tree(2)))).then(|all| all.len());
    assert_eq!(families.wait(), 20);
    let text = String::from("one two three");
    let words = scope(|s| {
        let words: Vec<_> = text.split(' ').map(|word| invoke!(s => || word.len())).collect();
        words.into_iter().map(Promise::wait).sum::<usize>()
    });
    assert_eq!(words, 11);
    let doubled = map_bounded(0..50_u32, 4, |n| invoke!(move || n * 2).wait());
    assert_eq!(doubled.map(Result::unwrap).sum::<u32>(), 2_450);
    // What nobody awaits resolves what somebody does.
    let deliver = |n: u32| {
        let (p, resolver) = promise();
        invoke!(resolver.resolve(n)).detach();
        p.wait()
    };
    assert_eq!((0..50).map(deliver).sum::<u32>(), 1_225);
    let first = Promise::race((0..10).map(|n| invoke!(move || n))).wait();
    assert!(first < 10);
    let failure = invoke!(|| -> () { std::panic::resume_unwind(Box::new("meant")) });
    assert_eq!(failure.outcome().unwrap_err().kind(), FailureKind::Panicked);
}

/// A loop with at most so many threads, and stacks of so many bytes; 0 is the default of each.
fn a_loop(threads: usize, stack: usize, lend: bool) -> EventLoop {
    let mut builder = EventLoop::builder().lend_threads(lend);
    if threads > 0 {
        builder = builder.max_threads(threads);
    }
    if stack > 0 {
        builder = builder.stack_size(stack);
    }
    builder.build()
}

pub(crate) fn on_a_loop(threads: usize, stack: usize) {
    for lend in [true, false] {
        let event_loop = a_loop(threads, stack, lend);
        // From a thread that is none of the loop's, and on its own ones.
        event_loop.run(work);
        event_loop.invoke(work).wait();
        until_no_promises(&event_loop);
    }
}

/// Does the work again and again, and says so; one line of stdin more for each time.
pub(crate) fn again(times: usize) {
    let event_loop = EventLoop::global();
    for line in stdin().lock().lines().take(times) {
        line.expect("a line");
        event_loop.invoke(work).wait();
        until_no_promises(event_loop);
        println!("done once");
    }
}

/// All files that may be opened. Then nothing of `/proc` can be read: neither limits nor where the
/// stacks of strangers are.
fn all_files() -> Vec<File> {
    let files = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    assert!(File::open("/proc/self/limits").is_err());
    files
}

pub(crate) fn without_files() {
    let _files = all_files();
    on_a_loop(0, 0);
}

/// Awaits what is queued behind a busy thread, which is the only one, and will be free.
pub(crate) fn stranger_at_a_ceiling() {
    let _files = all_files();
    let event_loop = a_loop(1, 0, true);
    let (busy, end) = occupy(&event_loop, 1);
    let p = event_loop.invoke(|| 5);
    let id = p.id();
    let other = event_loop.clone();
    let frees = thread::spawn(move || {
        until_awaited(&other, id);
        drop(end);
    });
    assert_eq!(p.wait(), 5);
    frees.join().expect("no panic");
    busy.into_iter().for_each(Promise::wait);
}

/// Chains of awaits that may be too deep for what there is: they end with a value, or say why not.
pub(crate) fn chains(threads: usize, stack: usize) {
    for lend in [true, false] {
        let event_loop = a_loop(threads, stack, lend);
        for levels in [2, 10, 100, 1_000] {
            match event_loop.invoke(move || deep(levels)).outcome() {
                Ok(value) => assert_eq!(value, levels),
                Err(failure) => {
                    assert_eq!(failure.kind(), FailureKind::Failed, "{failure}");
                    assert!(failure.message().starts_with("out of threads and stack"), "{failure}");
                }
            }
        }
        // Nothing is awaited here but by a stranger, which has a stack of its own.
        assert_eq!(event_loop.invoke(|| 2).wait(), 2);
        until_no_promises(&event_loop);
    }
}
