//! A Restate server of the tests' own, if the environment variable `RESTATE_SERVER` names its binary.

use std::ops::{Deref, DerefMut};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use std::{process, thread};

use async_mech::durable::Handle;
use async_mech_restate::{Builder, connect};
use tests_servers::Restate;

/// Killed, and its state removed, when it is dropped.
pub(crate) struct Server(Restate);

/// A server that one test has to itself.
pub(crate) fn own_server() -> Option<Used<Box<Server>>> {
    let server = Box::new(Server(Restate::start()?));
    Some(Used { server, _watchdog: watchdog() })
}

/// The server that the tests which run now share; none where there is no binary of it.
pub(crate) fn server() -> Option<Used<Arc<Server>>> {
    static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let server = match shared.upgrade() {
        Some(server) => server,
        None => Arc::new(Server(Restate::start()?)),
    };
    *shared = Arc::downgrade(&server);
    Some(Used { server, _watchdog: watchdog() })
}

/// A server while a test uses it. A test that hangs ends them all.
pub(crate) struct Used<S> {
    server: S,
    _watchdog: Sender<()>,
}

impl<S: Deref> Deref for Used<S> {
    type Target = S::Target;

    fn deref(&self) -> &S::Target {
        &self.server
    }
}

impl<S: DerefMut> DerefMut for Used<S> {
    fn deref_mut(&mut self) -> &mut S::Target {
        &mut self.server
    }
}

fn watchdog() -> Sender<()> {
    let (used, unused) = channel();
    let test = thread::current().name().unwrap_or("a test").to_owned();
    thread::spawn(move || {
        if let Err(RecvTimeoutError::Timeout) = unused.recv_timeout(Duration::from_secs(300)) {
            eprintln!("{test} hangs");
            process::abort();
        }
    });
    used
}

impl Server {
    /// A way to it, for a group of the test's own, which has an address of its own: two groups are not to
    /// share one.
    pub(crate) fn connect(&self, group: &str) -> Builder {
        let builder = connect(&self.0.ingress()).unwrap().admin(self.0.admin()).group(group);
        builder.listen("127.0.0.1:0")
    }

    /// A worker, and a way to invoke.
    pub(crate) fn worker(&self, group: &str) -> Handle {
        self.connect(group).start().unwrap()
    }

    /// What the ingress answers to a handler's invocation by hand.
    pub(crate) fn post(&self, path: &str, body: &str) -> String {
        self.0.post(path, body).unwrap()
    }

    /// Kills it, and starts it again with what it has on disk.
    pub(crate) fn restart(&mut self) {
        self.0.restart();
    }
}
