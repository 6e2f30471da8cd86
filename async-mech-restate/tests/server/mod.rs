//! A Restate server of its own, if the environment variable `RESTATE_SERVER` names its binary.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};
use std::{env, fs, io, process, thread};

use async_mech::durable::Handle;
use async_mech_restate::{Builder, connect};

/// Killed, and its state removed, when it is dropped.
pub(crate) struct Server {
    binary: String,
    child: Option<Child>,
    state: PathBuf,
    /// Of the ingress, the admin API, and the node.
    ports: [u16; 3],
}

/// A server that one test has to itself.
pub(crate) fn own_server() -> Option<Used<Box<Server>>> {
    let server = Server::start(&env::var("RESTATE_SERVER").ok()?);
    Some(Used { server: Box::new(server), _watchdog: watchdog() })
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

/// The server that the tests which run now share; none where there is no binary of it.
pub(crate) fn server() -> Option<Used<Arc<Server>>> {
    static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let Ok(binary) = env::var("RESTATE_SERVER") else {
        eprintln!("skipped: RESTATE_SERVER does not name the server's binary");
        return None;
    };
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let server = shared.upgrade().unwrap_or_else(|| Arc::new(Server::start(&binary)));
    *shared = Arc::downgrade(&server);
    Some(Used { server, _watchdog: watchdog() })
}

fn free_ports() -> [u16; 3] {
    let bound = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    bound.map(|listener| listener.local_addr().unwrap().port())
}

impl Server {
    fn start(binary: &str) -> Server {
        static COUNT: Mutex<u32> = Mutex::new(0);
        let mut count = COUNT.lock().unwrap();
        *count += 1;
        let state = env::temp_dir().join(format!("async-mech-restate-{}-{count}", process::id()));
        fs::create_dir_all(&state).unwrap();
        let binary = binary.to_owned();
        let mut server = Server { binary, child: None, state, ports: free_ports() };
        server.run();
        server
    }

    /// Starts the process, and waits until it answers.
    fn run(&mut self) {
        let [ingress, admin, node] = self.ports;
        let log = File::create(self.state.join("log")).unwrap();
        // The shell kills it when this process has gone, however it goes.
        let child = Command::new("sh")
            .args(["-c", "\"$0\" --no-logo & read gone; kill -9 $!; wait", &self.binary])
            .env("RESTATE_BIND_IP", "127.0.0.1")
            .env("RESTATE_ADVERTISED_HOST", "127.0.0.1")
            .env("RESTATE_LISTEN_MODE", "tcp")
            .env("RESTATE_DISABLE_TELEMETRY", "true")
            .env("RESTATE_INGRESS__BIND_PORT", ingress.to_string())
            .env("RESTATE_ADMIN__BIND_PORT", admin.to_string())
            .env("RESTATE_BIND_PORT", node.to_string())
            .env("RESTATE_BASE_DIR", &self.state)
            .env("RESTATE_NODE_NAME", "test")
            .env("RESTATE_DEFAULT_NUM_PARTITIONS", "4")
            .env("RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE", "256MiB")
            .env("RESTATE_ADMIN__DISABLE_WEB_UI", "true")
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        let child = child.unwrap_or_else(|error| panic!("{}: {error}", self.binary));
        self.child = Some(child);
        let end = Instant::now() + Duration::from_secs(60);
        while !(healthy(admin, "/health") && healthy(ingress, "/restate/health")) {
            let log = || fs::read_to_string(self.state.join("log")).unwrap_or_default();
            assert!(Instant::now() < end, "it does not start: {}", log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }

    /// A way to it, for a group of the test's own.
    pub(crate) fn connect(&self, group: &str) -> Builder {
        let builder = connect(&format!("http://127.0.0.1:{}", self.ports[0])).unwrap();
        builder
            .admin(format!("http://127.0.0.1:{}", self.ports[1]))
            .group(group)
            .listen("127.0.0.1:0")
    }

    /// A worker, and a way to invoke.
    pub(crate) fn worker(&self, group: &str) -> Handle {
        self.connect(group).start().unwrap()
    }
}

impl Server {
    /// What the ingress answers to a handler's invocation by hand.
    pub(crate) fn post(&self, path: &str, body: &str) -> String {
        let length = body.len();
        let head = format!("content-type: application/json\r\ncontent-length: {length}\r\n");
        ask(self.ports[0], &format!("POST {path}"), &head, body).unwrap()
    }

    /// Kills it, and starts it again with what it has on disk.
    pub(crate) fn restart(&mut self) {
        self.kill();
        self.run();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.state);
    }
}

fn healthy(port: u16, path: &str) -> bool {
    ask(port, &format!("GET {path}"), "", "").is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

fn ask(port: u16, what: &str, head: &str, body: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    write!(stream, "{what} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{head}\r\n{body}")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
