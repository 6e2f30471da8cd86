//! What a thread keeps of executions that are over, by the heap. Alone in its file, and one test: it
//! counts for the whole process.

use std::time::Duration;

use async_mech::{invoke, sleep};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tests::with_a_busy_loop;

#[global_allocator]
static HEAP: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

/// Bytes that are left of what `f` allocated.
fn left_by(f: impl FnOnce()) -> isize {
    let region = Region::new(HEAP);
    f();
    let change = region.change();
    change.bytes_allocated as isize - change.bytes_deallocated as isize
}

fn first(bytes: [u8; 16 << 10]) -> u8 {
    bytes[0]
}

/// So many executions deep on one stack, the last of which parks.
fn chain(depth: usize, bytes: [u8; 512]) -> u8 {
    if depth == 0 {
        sleep(Duration::from_millis(1));
        return bytes[0];
    }
    invoke!(chain(depth - 1, bytes)).wait()
}

#[test]
fn little_is_left() {
    with_a_busy_loop(true, || {
        assert_eq!(chain(1, [1; 512]), 1);
        let left = left_by(|| {
            let promises: Vec<_> = (0..16).map(|_| invoke!(first([1; 16 << 10]))).collect();
            assert_eq!(promises.into_iter().map(|p| u32::from(p.wait())).sum::<u32>(), 16);
        });
        assert!(left < 64 << 10, "{left} bytes: no cell that has room for a large callee");
        let left = left_by(|| assert_eq!(chain(80, [1; 512]), 1));
        assert!(left < 32 << 10, "{left} bytes: no cell that a parked thread was known to run");
    });
}
