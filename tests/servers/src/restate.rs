//! Restate.

use std::process::Command;
use std::{env, fmt, io};

use crate::process::{Server, ask, free_ports};

/// A Restate server of one's own.
pub struct Restate {
    server: Server,
    /// Of the ingress, and the admin API.
    ports: [u16; 2],
}

impl Restate {
    /// Started, if the environment variable `RESTATE_SERVER` names its binary.
    pub fn start() -> Option<Restate> {
        let Ok(binary) = env::var("RESTATE_SERVER") else {
            eprintln!("skipped: RESTATE_SERVER does not name the server's binary");
            return None;
        };
        let [ingress, admin, node] = free_ports();
        let command = move |state: &std::path::Path| {
            let mut command = Command::new(&binary);
            command
                .arg("--no-logo")
                .env("RESTATE_BIND_IP", "127.0.0.1")
                .env("RESTATE_ADVERTISED_HOST", "127.0.0.1")
                .env("RESTATE_LISTEN_MODE", "tcp")
                .env("RESTATE_DISABLE_TELEMETRY", "true")
                .env("RESTATE_INGRESS__BIND_PORT", ingress.to_string())
                .env("RESTATE_ADMIN__BIND_PORT", admin.to_string())
                .env("RESTATE_BIND_PORT", node.to_string())
                .env("RESTATE_BASE_DIR", state)
                // Its state is this node's.
                .env("RESTATE_NODE_NAME", "test")
                .env("RESTATE_DEFAULT_NUM_PARTITIONS", "4")
                .env("RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE", "256MiB")
                .env("RESTATE_ADMIN__DISABLE_WEB_UI", "true");
            command
        };
        let ready = vec![(admin, "/health"), (ingress, "/restate/health")];
        Some(Restate { server: Server::start(command, ready), ports: [ingress, admin] })
    }

    /// The URL of its ingress.
    pub fn ingress(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[0])
    }

    /// The URL of its admin API.
    pub fn admin(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[1])
    }

    /// Kills it, and starts it again with what it has on disk.
    pub fn restart(&mut self) {
        self.server.restart();
    }

    /// What the ingress answers to a handler's invocation by hand, with a JSON body.
    ///
    /// # Errors
    ///
    /// If it does not.
    pub fn post(&self, path: &str, body: &str) -> io::Result<String> {
        let length = body.len();
        let head = format!("content-type: application/json\r\ncontent-length: {length}\r\n");
        ask(self.ports[0], &format!("POST {path}"), &head, body)
    }
}

impl fmt::Debug for Restate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Restate({})", self.ingress())
    }
}
