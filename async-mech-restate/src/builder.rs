//! Connecting to Restate.

use std::sync::Arc;
use std::time::Duration;

use async_mech::durable::{Error, Handle};
use async_mech_bridge::Runtime;
use http::Uri;
use reqwest::{Client as Http, Url};
use restate_sdk::endpoint::ServiceOptions;

use crate::admin::Admin;
use crate::engine::{Client, Restate};
use crate::error::{Trouble, why};
use crate::ingress::Ingress;
use crate::listener;
use crate::wire;
use crate::worker::Worker;

/// How to use the Restate server whose ingress is at that URL, such as `http://localhost:8080`.
/// Nothing is sent yet.
///
/// # Errors
///
/// If it is no URL.
pub fn connect(ingress_url: &str) -> Result<Builder, Error> {
    let (ingress, url) = parse(ingress_url)?;
    let mut admin = url;
    admin.set_path("");
    let _ = admin.set_port(Some(9070));
    Ok(Builder {
        ingress,
        admin: admin.to_string(),
        group: "default".to_owned(),
        listen: "127.0.0.1:9080".to_owned(),
        advertise: None,
        per_connection: 8,
        suspend_after: Duration::from_secs(10),
        abort_after: Duration::from_secs(24 * 60 * 60),
        remember_for: Duration::from_secs(24 * 60 * 60),
    })
}

fn parse(url: &str) -> Result<(Uri, Url), Trouble> {
    let cannot = |why: String| Trouble::new(format_args!("`{url}` is no URL of Restate"), why);
    let parsed: Url = url.parse().map_err(|error| cannot(why(&error)))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(cannot("it is to begin with http:// or https://".to_owned()));
    }
    let uri = url.parse().map_err(|error: http::uri::InvalidUri| cannot(error.to_string()))?;
    Ok((uri, parsed))
}

/// What [`connect`] begins, and [`start`](Builder::start) or [`client`](Builder::client) ends.
#[derive(Clone, Debug)]
pub struct Builder {
    ingress: Uri,
    admin: String,
    group: String,
    listen: String,
    advertise: Option<String>,
    per_connection: u32,
    suspend_after: Duration,
    abort_after: Duration,
    remember_for: Duration,
}

impl Builder {
    /// The URL of the server's admin API. Workers register there, and cancelling goes there. Without
    /// this it is port 9070 of the ingress's host.
    #[must_use]
    pub fn admin(mut self, url: impl Into<String>) -> Self {
        self.admin = url.into();
        self
    }

    /// The workers that belong together: what is invoked in a group is run by its workers. They are
    /// the Restate service `async_mech.` and this name; letters, digits, `_`, `-` and `.` may be in
    /// it. Without this it is `default`.
    #[must_use]
    pub fn group(mut self, name: impl Into<String>) -> Self {
        self.group = name.into();
        self
    }

    /// Where this worker listens for Restate, as `host:port` or a
    /// [`SocketAddr`](std::net::SocketAddr). Several processes of a host may listen at one address,
    /// and are one deployment then. Two groups are not to: the server would find one in the other's
    /// place. With port 0 it is a free port, which no other process shares; what began there waits
    /// there, also when the process has gone. Without this it is `127.0.0.1:9080`.
    #[must_use]
    pub fn listen(mut self, address: impl ToString) -> Self {
        self.listen = address.to_string();
        self
    }

    /// The URI by which Restate finds this worker, or the balancer before all workers of the group.
    /// Without this it is `http://` and the address where it listens.
    #[must_use]
    pub fn advertise(mut self, uri: impl Into<String>) -> Self {
        self.advertise = Some(uri.into());
        self
    }

    /// How many executions Restate sends through one connection. The fewer they are, the more evenly
    /// they are spread over the processes that share an address, for it is connections that the
    /// system spreads. It is no limit to what a process runs. Without this it is 8.
    #[must_use]
    pub fn per_connection(mut self, executions: u32) -> Self {
        self.per_connection = executions.max(1);
        self
    }

    /// How long an execution may wait before its thread is given back: it runs again from its
    /// beginning when what it waits for is there. Until then it counts among those that Restate
    /// lets run at a time. Without this it is 10 seconds.
    #[must_use]
    pub fn suspend_after(mut self, time: Duration) -> Self {
        self.suspend_after = time;
        self
    }

    /// How long an execution may compute between two awaits: then Restate takes it for stuck, and
    /// runs it again. This is to be longer than the longest function takes. Without this it is a day.
    #[must_use]
    pub fn abort_after(mut self, time: Duration) -> Self {
        self.abort_after = time;
        self
    }

    /// How long an outcome is kept under its id; an id that is used later is a new one. Without this
    /// it is a day.
    #[must_use]
    pub fn remember_for(mut self, time: Duration) -> Self {
        self.remember_for = time;
        self
    }

    /// Connects, serves the durable functions of this program, and registers it as a worker of the
    /// group. When the last clone of the handle is dropped it serves no more; what it ran then runs
    /// again elsewhere.
    ///
    /// # Errors
    ///
    /// If two durable functions have one name, the address cannot be listened at, or the server
    /// cannot be reached within a few seconds, does not reach this worker, or finds one there that
    /// has not the same functions.
    pub fn start(self) -> Result<Handle, Error> {
        let (client, runtime, admin) = self.prepare()?;
        let service = wire::service(&self.group);
        let options = self.options();
        let Builder { group, listen, advertise, per_connection, .. } = self;
        let ready = runtime.run(async move {
            let cannot = |why: String| {
                Trouble::new(format_args!("cannot serve durable functions at `{listen}`"), why)
            };
            let (listener, address) =
                listener::bind(&listen).map_err(|error| cannot(error.to_string()))?;
            let uri = match advertise {
                Some(uri) => uri,
                None if address.ip().is_unspecified() => {
                    let message = "say with `advertise` how Restate finds it";
                    return Err(cannot(message.to_owned()).into());
                }
                None => format!("http://{address}"),
            };
            let worker = Arc::new(Worker::new(&group, &uri, Arc::clone(&admin))?);
            let handlers = worker.handlers(admin.handlers(&uri, &service).await?);
            let endpoint = worker.endpoint(&service, &handlers, options);
            let endpoint = endpoint.map_err(|error| cannot(error.to_string()))?;
            tokio::spawn(listener::serve(listener, endpoint, per_connection));
            admin.register(&uri, &service, &handlers).await?;
            Ok::<(), Error>(())
        });
        ready.map_err(|error| Trouble::new("cannot start", error))??;
        Handle::new(Restate::new(client, runtime))
    }

    /// Connects, to invoke only: this process runs nothing. The server is first heard of when
    /// something is invoked.
    ///
    /// # Errors
    ///
    /// If two durable functions have one name, or a URL is none.
    pub fn client(self) -> Result<Handle, Error> {
        let (client, runtime, _) = self.prepare()?;
        Handle::new(Restate::new(client, runtime))
    }

    fn prepare(&self) -> Result<(Client, Runtime, Arc<Admin>), Error> {
        let Builder { ingress, admin, group, .. } = self;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if group.is_empty() || !group.chars().all(plain) {
            let why = "letters, digits, `_`, `-` and `.` may be in it";
            return Err(Trouble::new(format_args!("`{group}` is no name of a group"), why).into());
        }
        let service = wire::service(group);
        let (_, admin) = parse(admin)?;
        let http = Http::builder()
            .connect_timeout(Duration::from_secs(3))
            .tcp_keepalive(Duration::from_secs(20))
            .build()
            .map_err(|error| Trouble::new("cannot make an HTTP client", why(&error)))?;
        let ingress = Ingress::new(ingress.clone(), &service, http.clone())?;
        let admin = Arc::new(Admin::new(admin, http));
        let runtime = Runtime::start("restate")
            .map_err(|error| Trouble::new("cannot start the client of Restate", error))?;
        Ok((Client::new(ingress, Arc::clone(&admin), service), runtime, admin))
    }

    fn options(&self) -> ServiceOptions {
        // With fewer attempts than are ever made: whoever has made them all is paused, and stays so.
        const FOR_EVER: u64 = 1_000_000_000;
        ServiceOptions::new()
            .inactivity_timeout(self.suspend_after)
            .abort_timeout(self.abort_after)
            .idempotency_retention(self.remember_for)
            .retry_policy_initial_interval(Duration::from_millis(100))
            .retry_policy_exponentiation_factor(2.0)
            .retry_policy_max_interval(Duration::from_secs(1))
            .retry_policy_max_attempts(FOR_EVER)
    }
}
