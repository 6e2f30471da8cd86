//! How a worker's process begins and ends. Needs nothing else of this crate, so that a worker can do
//! without its functions.

use std::io::Read;
use std::time::Duration;

use async_mech::durable::Handle;

/// After how long workers give up their executions that wait.
const SUSPEND_AFTER: Duration = Duration::from_secs(1);
/// After how long a silent worker is taken for dead, where that is for us to say.
const LEASE: Duration = Duration::from_secs(3);

/// Connects as the arguments say: `restate GROUP INGRESS ADMIN LISTEN` or `resonate GROUP URL`.
///
/// # Panics
///
/// If they say something else, or the engine cannot be reached.
pub fn start(mut args: impl Iterator<Item = String>) -> Handle {
    let mut next = || args.next().expect("one more argument");
    let (engine, group) = (next(), next());
    let started = match &*engine {
        "restate" => async_mech_restate::connect(&next()).and_then(|engine| {
            let engine = engine.group(group).admin(next()).listen(next());
            engine.suspend_after(SUSPEND_AFTER).per_connection(4).start()
        }),
        "resonate" => async_mech_resonate::connect(&next()).and_then(|engine| {
            engine.group(group).lease(LEASE).suspend_after(SUSPEND_AFTER).start()
        }),
        other => panic!("which engine is {other}?"),
    };
    started.unwrap_or_else(|error| panic!("{error}"))
}

/// Says that the worker is ready, and returns when whoever started it has gone.
pub fn serve() {
    println!("ready");
    let _ = std::io::stdin().read(&mut [0]);
}
