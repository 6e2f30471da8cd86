//! A Restate server of its own, if the environment variable `RESTATE_SERVER` names its binary.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use async_mech::durable::Handle;
use async_mech_restate::{Builder, connect};

/// Killed, and its state removed, when it is dropped.
pub(crate) struct Server {
    child: Child,
    state: PathBuf,
    ingress: u16,
    admin: u16,
}

/// The server that the tests which run now share; none where there is no binary of it.
pub(crate) fn server() -> Option<Arc<Server>> {
    static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let Ok(binary) = env::var("RESTATE_SERVER") else {
        eprintln!("skipped: RESTATE_SERVER does not name the server's binary");
        return None;
    };
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(server) = shared.upgrade() {
        return Some(server);
    }
    let server = Arc::new(Server::start(&binary));
    *shared = Arc::downgrade(&server);
    Some(server)
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
        let [ingress, admin, node] = free_ports();
        let log = File::create(state.join("log")).unwrap();
        let child = Command::new(binary)
            .arg("--no-logo")
            .env("RESTATE_BIND_IP", "127.0.0.1")
            .env("RESTATE_ADVERTISED_HOST", "127.0.0.1")
            .env("RESTATE_LISTEN_MODE", "tcp")
            .env("RESTATE_DISABLE_TELEMETRY", "true")
            .env("RESTATE_INGRESS__BIND_PORT", ingress.to_string())
            .env("RESTATE_ADMIN__BIND_PORT", admin.to_string())
            .env("RESTATE_BIND_PORT", node.to_string())
            .env("RESTATE_BASE_DIR", &state)
            .env("RESTATE_NODE_NAME", "test")
            .env("RESTATE_DEFAULT_NUM_PARTITIONS", "4")
            .env("RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE", "256MiB")
            .env("RESTATE_ADMIN__DISABLE_WEB_UI", "true")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{binary}: {error}"));
        let mut server = Server { child, state, ingress, admin };
        let end = Instant::now() + Duration::from_secs(60);
        while !(healthy(admin, "/health") && healthy(ingress, "/restate/health")) {
            let ended = server.child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < end, "it does not start: {}", server.log());
            thread::sleep(Duration::from_millis(20));
        }
        server
    }

    fn log(&self) -> String {
        fs::read_to_string(self.state.join("log")).unwrap_or_default()
    }

    /// A way to it, for a group of the test's own.
    pub(crate) fn connect(&self, group: &str) -> Builder {
        let builder = connect(&format!("http://127.0.0.1:{}", self.ingress)).unwrap();
        builder.admin(format!("http://127.0.0.1:{}", self.admin)).group(group)
    }

    /// A worker, and a way to invoke.
    pub(crate) fn worker(&self, group: &str) -> Handle {
        self.connect(group).start().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.state);
    }
}

fn healthy(port: u16, path: &str) -> bool {
    let answer = || {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        std::io::Result::Ok(answer.starts_with("HTTP/1.1 200"))
    };
    answer().unwrap_or(false)
}
