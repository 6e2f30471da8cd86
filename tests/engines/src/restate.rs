//! Restate.

use std::net::TcpListener;
use std::process::Command;

use async_mech::durable::Handle;
use async_mech_restate::connect;
use tests_servers::Restate as Server;

use crate::rig::Rig;

/// A server of one's own.
#[derive(Debug)]
pub struct Restate {
    server: Server,
    /// Where the workers of the group listen: a group is one address.
    listen: String,
}

impl Restate {
    /// Started, if there is a binary of it.
    pub fn start() -> Option<Restate> {
        let server = Server::start()?;
        let free = TcpListener::bind("127.0.0.1:0").expect("there are ports");
        let listen = free.local_addr().expect("it is bound").to_string();
        Some(Restate { server, listen })
    }
}

impl Rig for Restate {
    fn connect(&self, worker: &mut Command, group: &str) {
        worker.args(["restate", group, &self.server.ingress(), &self.server.admin(), &self.listen]);
    }

    fn client(&self, group: &str) -> Handle {
        let builder = connect(&self.server.ingress()).expect("a URL");
        builder.admin(self.server.admin()).group(group).client().expect("it can be reached")
    }

    fn restart(&mut self) -> bool {
        self.server.restart();
        true
    }

    fn finds_another_worker(&self) -> bool {
        false
    }
}
