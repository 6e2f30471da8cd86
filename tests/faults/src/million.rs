//! Very many invocations, for a process that is stopped and continued meanwhile.

use async_mech::{EventLoop, Promise, invoke};
use tests::until_no_promises;

/// So many, of each kind: awaited at once, in bursts, from a ceiling, by timed waits.
pub(crate) fn million(many: usize) {
    println!("begins");
    let narrow = EventLoop::builder().max_threads(2).lend_threads(false).build();
    let mut sum = 0;
    for n in 0..many / 10 {
        sum += invoke!(move || n).wait();
        let burst: Vec<_> = (0..7).map(|_| invoke!(move || n)).collect();
        sum += burst.into_iter().map(Promise::wait).sum::<usize>();
        let hour = std::time::Duration::from_secs(3600);
        sum += invoke!(move || n).wait_timeout(hour).expect("in time").expect("a value");
        sum += narrow.invoke(move || n).wait();
    }
    assert_eq!(sum, (0..many / 10).map(|n| 10 * n).sum::<usize>());
    until_no_promises(EventLoop::global());
    until_no_promises(&narrow);
}
