//! Where tests run, and what bodies and tests tell each other.

use std::collections::{HashMap, HashSet};
use std::env;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_mech::current;
use async_mech_resonate::{Builder, connect, local};

/// A hang, not a slow machine.
const LIMIT: Duration = Duration::from_secs(120);

/// An engine for one test.
pub(crate) struct Place {
    builder: Builder,
    run: String,
}

/// Runs the test on each.
pub(crate) fn each(test: impl Fn(&Place)) {
    static TESTS: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
    let n = TESTS.fetch_add(1, Ordering::Relaxed);
    let run = format!("{now:x}-{:x}-{n}", process::id());
    test(&Place { builder: local(), run: format!("{run}-local") });
    if let Ok(url) = env::var("RESONATE_URL") {
        let builder = connect(&url).unwrap().group(format!("test-{run}"));
        test(&Place { builder, run });
    }
}

impl Place {
    pub(crate) fn builder(&self) -> Builder {
        self.builder.clone()
    }

    /// An id, or a gate's name, that nobody else has.
    pub(crate) fn id(&self, name: &str) -> String {
        format!("{name}-{}", self.run)
    }
}

#[derive(Default)]
struct Told {
    open: HashSet<String>,
    runs: HashMap<String, u64>,
}

static TOLD: Mutex<Option<Told>> = Mutex::new(None);
static CHANGED: Condvar = Condvar::new();

fn told<R>(tell: impl FnOnce(&mut Told) -> R) -> R {
    tell(lock().get_or_insert_default())
}

fn lock() -> MutexGuard<'static, Option<Told>> {
    TOLD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The durable execution that runs here.
pub(crate) fn id_here() -> String {
    current().durable_id().expect("a durable execution").to_string()
}

/// The execution's body has begun.
pub(crate) fn ran() -> u64 {
    told(|told| {
        let runs = told.runs.entry(id_here()).or_default();
        *runs += 1;
        *runs
    })
}

/// How often it has.
pub(crate) fn run_of(id: &str) -> u64 {
    told(|told| told.runs.get(id).copied().unwrap_or_default())
}

/// Opens a gate for good.
pub(crate) fn open(gate: &str) {
    told(|told| told.open.insert(gate.to_owned()));
    CHANGED.notify_all();
}

/// Blocks until a gate is open.
pub(crate) fn await_open(gate: &str) {
    let closed = |told: &mut Option<Told>| !told.get_or_insert_default().open.contains(gate);
    let (_held, hung) = CHANGED.wait_timeout_while(lock(), LIMIT, closed).unwrap();
    assert!(!hung.timed_out(), "nobody opened `{gate}`");
}

/// Opens a gate when the body leaves this process, however it does: `left N ID` for its run N.
pub(crate) struct Leaving(pub(crate) String);

impl Drop for Leaving {
    fn drop(&mut self) {
        open(&self.0);
    }
}
