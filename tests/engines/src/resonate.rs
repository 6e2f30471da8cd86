//! Resonate.

use std::process::Command;

use async_mech::durable::Handle;
use async_mech_resonate::connect;
use tests_servers::Resonate as Server;

use crate::rig::Rig;

/// A server: somebody's, or one's own.
#[derive(Debug)]
pub struct Resonate {
    server: Server,
}

impl Resonate {
    /// Started, if there is a binary of it, or found.
    pub fn start() -> Option<Resonate> {
        Some(Resonate { server: Server::start()? })
    }
}

impl Rig for Resonate {
    fn connect(&self, worker: &mut Command, group: &str) {
        worker.args(["resonate", group, self.server.url()]);
    }

    fn client(&self, group: &str) -> Handle {
        let builder = connect(self.server.url()).expect("a URL");
        builder.group(group).client().expect("it can be reached")
    }

    fn restart(&mut self) -> bool {
        self.server.restart()
    }

    fn finds_another_worker(&self) -> bool {
        true
    }
}
