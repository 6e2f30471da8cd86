//! Resonate.

use std::process::Command;
use std::{env, fmt};

use crate::process::{Server, free_ports};

/// A Resonate server.
pub struct Resonate {
    url: String,
    /// None if it is somebody else's.
    server: Option<Server>,
}

impl Resonate {
    /// The one that the environment variable `RESONATE_URL` says; or one of our own, if
    /// `RESONATE_SERVER` names its binary.
    pub fn start() -> Option<Resonate> {
        if let Ok(url) = env::var("RESONATE_URL") {
            return Some(Resonate { url, server: None });
        }
        let Ok(binary) = env::var("RESONATE_SERVER") else {
            eprintln!("skipped: neither RESONATE_URL nor RESONATE_SERVER says where a server is");
            return None;
        };
        let [port] = free_ports();
        let command = move |state: &std::path::Path| {
            let mut command = Command::new(&binary);
            command
                .arg("serve")
                .env("RESONATE_SERVER__PORT", port.to_string())
                .env("RESONATE_SERVER__BIND", "127.0.0.1")
                .env("RESONATE_SERVER__HOST", "127.0.0.1")
                .env("RESONATE_STORAGE__SQLITE__PATH", state.join("resonate.db"))
                // It would listen on every interface.
                .env("RESONATE_OBSERVABILITY__METRICS_PORT", "0")
                .env("RESONATE_TASKS__RETRY_TIMEOUT", "3000");
            command
        };
        let server = Server::start(command, vec![(port, "/health")]);
        Some(Resonate { url: format!("http://127.0.0.1:{port}"), server: Some(server) })
    }

    /// Its URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Kills it, and starts it again with what it has on disk. False if it is somebody else's.
    pub fn restart(&mut self) -> bool {
        self.server.as_mut().map(Server::restart).is_some()
    }
}

impl fmt::Debug for Resonate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Resonate({})", self.url)
    }
}
