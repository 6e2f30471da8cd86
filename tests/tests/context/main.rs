//! Context: who the current execution is, and what an invocation inherits from its caller.

mod current;
mod following;
mod hooks;
mod joins;
mod misbehaving;
mod request;

use async_mech::EventLoop;
use tests::with_a_busy_loop;

/// Calls `f` where awaiters lend their threads, and where they do not.
fn lent_and_not(f: impl Fn()) {
    with_a_busy_loop(true, &f);
    EventLoop::builder().lend_threads(false).build().run(&f);
    f();
}
