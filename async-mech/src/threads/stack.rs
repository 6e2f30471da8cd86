//! How much of the current thread's stack is left: whether an await may run its callee here.
//!
//! No `unsafe` and no system call per look: the address of a local says where the stack stands,
//! and where it ends was noted once. Our own threads know their size; for others the mapping
//! around the local is found in `/proc/self/maps` (the main thread's grows down to its soft
//! limit). Where that fails, the thread never lends.

/// What a thread lends must leave at least this to the callee. A debug build's panic and its
/// backtrace want some 100 KiB.
const LEAST: usize = 128 * 1024;
/// A mapping larger than this is taken for a stack merged with its neighbour.
const MERGED: usize = 64 * 1024 * 1024;

/// The bounds of one thread's stack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stack {
    /// The lowest address in use at the deepest.
    low: usize,
    size: usize,
}

impl Stack {
    /// For a thread of ours, called as its first act: the stack is `size` bytes from about here.
    pub(crate) fn of_size(size: usize) -> Stack {
        Stack { low: here().saturating_sub(size), size }
    }

    /// For any other thread. `None` if its stack cannot be found.
    pub(crate) fn find() -> Option<Stack> {
        let here = here();
        let maps = super::proc::read("/proc/self/maps")?;
        let (low, high, main) = maps.lines().find_map(|line| {
            let (range, rest) = line.split_once(' ')?;
            let (low, high) = range.split_once('-')?;
            let low = usize::from_str_radix(low, 16).ok()?;
            let high = usize::from_str_radix(high, 16).ok()?;
            (low..high).contains(&here).then(|| (low, high, rest.ends_with("[stack]")))
        })?;
        if main {
            let size = super::limits::soft_limit("Max stack size").unwrap_or(MERGED).min(MERGED);
            return Some(Stack { low: high.saturating_sub(size), size });
        }
        let size = high - low;
        Some(Stack { low, size: if size > MERGED { here - low } else { size } })
    }

    /// Whether at least `size / part` of the stack is left.
    #[inline]
    pub(crate) fn has_left(&self, part: usize) -> bool {
        here().saturating_sub(self.low) >= (self.size / part).max(LEAST)
    }
}

/// About where the stack pointer stands.
#[inline(always)]
fn here() -> usize {
    let local = 0_u8;
    std::hint::black_box(std::ptr::from_ref(&local)) as usize
}

#[cfg(test)]
mod tests {
    use super::Stack;

    #[test]
    fn a_found_stack_holds_a_deep_frame_and_shrinks_as_it_is_used() {
        fn deep(level: usize, stack: &Stack) -> bool {
            let ballast = [level as u8; 4096];
            std::hint::black_box(&ballast);
            if level == 0 { stack.has_left(2) } else { deep(level - 1, stack) }
        }
        let thread = std::thread::Builder::new().stack_size(4 << 20);
        let body = || {
            let Some(stack) = Stack::find() else { return };
            assert!(stack.has_left(2));
            assert!(!deep(700, &stack), "2.8 of 4 MiB used, half cannot be left");
        };
        thread.spawn(body).expect("a thread").join().expect("no panic");
    }
}
