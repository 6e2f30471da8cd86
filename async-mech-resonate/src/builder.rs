//! Settings, and the start.

use std::fmt;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use async_mech::durable::{Error, Handle};
use async_mech_bridge::Runtime;
use reqwest::Url;
use resonate_sdk::network::{LocalNetwork, Network};
use resonate_sdk::send::Sender;
use resonate_sdk::transport::{Message, Transport};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

use crate::engine::{PATIENCE, Resonate};
use crate::network::Http;
use crate::server::Server;
use crate::shared::Shared;
use crate::waiters::Waiters;
use crate::worker;

/// A connection to be: what [`connect`](crate::connect) and [`local`](crate::local) give.
#[derive(Clone)]
pub struct Builder {
    place: Place,
    group: String,
    token: Option<String>,
    lease: Duration,
    suspend_after: Duration,
    timeout: Duration,
    at_most: usize,
}

#[derive(Clone)]
enum Place {
    Server(String),
    Here(Arc<LocalNetwork>),
}

/// What a process takes messages for.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Worker,
    Client,
}

fn says(text: String) -> Error {
    Error::Engine(text.into())
}

impl Builder {
    pub(crate) fn server(url: &str) -> Result<Builder, Error> {
        let wrong =
            |why: &str| says(format!("cannot connect to the Resonate server at {url}: {why}"));
        let parsed = Url::parse(url).map_err(|error| wrong(&format!("no URL: {error}")))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(wrong("the URL does not begin with http:// or https://"));
        }
        Ok(Builder::new(Place::Server(url.to_owned())))
    }

    pub(crate) fn local() -> Builder {
        Builder::new(Place::Here(Arc::new(LocalNetwork::new(Some(unique_name()), None))))
    }

    fn new(place: Place) -> Builder {
        Builder {
            place,
            group: "default".to_owned(),
            token: None,
            lease: Duration::from_secs(10),
            suspend_after: Duration::from_secs(5),
            timeout: Duration::from_secs(10 * 365 * 24 * 60 * 60),
            at_most: 1_000,
        }
    }

    /// The workers that run what is invoked, here and by what is invoked here: by default `default`.
    /// Letters, digits, `-`, `_` and `.`.
    #[must_use]
    pub fn group(mut self, name: impl Into<String>) -> Builder {
        self.group = name.into();
        self
    }

    /// The token that the server lets in, a JWT.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Builder {
        self.token = Some(token.into());
        self
    }

    /// How long a worker may be silent until what it ran runs elsewhere: by default 10 seconds. It
    /// speaks three times as often, for each execution.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Builder {
        self.lease = lease;
        self
    }

    /// An execution that awaits for longer than that leaves the process, and runs again, from its
    /// beginning, when what it awaits is there: by default 5 seconds.
    #[must_use]
    pub fn suspend_after(mut self, wait: Duration) -> Builder {
        self.suspend_after = wait;
        self
    }

    /// An execution that has not ended so long after it was invoked fails: by default ten years.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Builder {
        self.timeout = timeout;
        self
    }

    /// So many bodies run in this process at a time: by default 1,000. One that awaits is not
    /// counted.
    #[must_use]
    pub fn at_most(mut self, bodies: usize) -> Builder {
        self.at_most = bodies;
        self
    }

    /// Takes the tasks of the group, and can invoke.
    ///
    /// # Errors
    ///
    /// If the server does not answer within a few seconds, or does not let us in, or two durable
    /// functions of the program have one name.
    pub fn start(self) -> Result<Handle, Error> {
        self.build(Role::Worker)
    }

    /// Can invoke, and runs nothing: workers of the group do.
    ///
    /// # Errors
    ///
    /// As [`start`](Builder::start).
    pub fn client(self) -> Result<Handle, Error> {
        self.build(Role::Client)
    }

    fn build(self, role: Role) -> Result<Handle, Error> {
        self.check()?;
        let what = match role {
            Role::Worker => "start a worker",
            Role::Client => "start a client",
        };
        let (url, group) = (self.url().to_owned(), self.group.clone());
        let failed = |why: String| {
            says(format!(
                "cannot {what} of the group `{group}` on the Resonate server at {url}: {why}"
            ))
        };
        let runtime = Runtime::start("async-mech-resonate").map_err(|e| failed(e.to_string()))?;
        let start = async move { self.connect(role).await };
        let shared = runtime.run(start).and_then(|started| started.map_err(std::io::Error::other));
        let shared = shared.map_err(|error| failed(error.to_string()))?;
        Handle::new(Resonate { shared, runtime })
    }

    fn url(&self) -> &str {
        match &self.place {
            Place::Server(url) => url,
            Place::Here(_) => "this process",
        }
    }

    fn check(&self) -> Result<(), Error> {
        let (group, url) = (&self.group, self.url());
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if group.is_empty() || !group.chars().all(is_name) {
            return Err(says(format!(
                "cannot connect to the Resonate server at {url}: the name of the group, `{group}`, \
                 may have letters, digits, `-`, `_` and `.`, and not be empty"
            )));
        }
        if self.lease < Duration::from_millis(100) || self.at_most == 0 {
            return Err(says(format!(
                "cannot connect to the Resonate server at {url}: a lease takes 100 ms at least, and \
                 one body runs at least"
            )));
        }
        Ok(())
    }

    /// In the runtime.
    async fn connect(self, role: Role) -> Result<Arc<Shared>, String> {
        let name = unique_name();
        let connected = Arc::new(watch::Sender::new(0));
        let (network, connected, url): (Arc<dyn Network>, _, _) = match &self.place {
            Place::Here(local) => (Arc::clone(local) as _, connected, None),
            Place::Server(url) => {
                // A client in the workers' group would be sent their tasks.
                let group = match role {
                    Role::Worker => self.group.clone(),
                    Role::Client => format!("async-mech-client-{name}"),
                };
                let http = Http::new(url, self.token.clone(), &group, &name)
                    .map_err(|error| error.to_string())?;
                let connected = http.connected();
                (Arc::new(http), connected, Some(&**url))
            }
        };
        let transport = Transport::new(Arc::clone(&network));
        let sender = Sender::new(transport.clone(), self.token.clone());
        let server =
            Server::new(sender, Arc::clone(&network), url, &self.group, self.lease, self.timeout);
        server.greet(PATIENCE).await.map_err(|refusal| refusal.to_string())?;
        let shared = Arc::new(Shared {
            server,
            waiters: Arc::new(Waiters::default()),
            connected,
            group: self.group,
            suspend_after: self.suspend_after,
            stopped: watch::Sender::new(false),
            tasks: watch::Sender::new(0),
            places: Arc::new(Semaphore::new(self.at_most.min(Semaphore::MAX_PERMITS))),
            queued: Default::default(),
            missing: Default::default(),
        });
        receive(&transport, Arc::downgrade(&shared), role);
        network.start().await.map_err(|error| error.to_string())?;
        match self.place {
            Place::Here(_) => {
                let probe = format!("async-mech-probe-{name}");
                shared.probe(&probe).await.map_err(|refusal| refusal.to_string())?;
            }
            Place::Server(_) => {
                let mut up = shared.connected.subscribe();
                let up = timeout(PATIENCE, up.wait_for(|times| *times > 0)).await;
                if up.is_err() {
                    return Err("it answers, but gives no stream of messages (/poll)".to_owned());
                }
            }
        }
        Ok(shared)
    }
}

/// Weak: the network has the receiver for as long as there is one.
fn receive(transport: &Transport, shared: Weak<Shared>, role: Role) {
    let runtime = tokio::runtime::Handle::current();
    transport.recv(Box::new(move |message| {
        let Some(shared) = shared.upgrade() else { return };
        match message {
            Message::Unblock(unblock) => shared.unblock(unblock.promise()),
            Message::Execute(execute) if role == Role::Worker => {
                let (id, version) = (execute.task_id().to_owned(), execute.version());
                runtime.spawn(worker::offered(shared, id, version));
            }
            Message::Execute(_) => {}
        }
    }));
}

/// A name that no other process has, nor another connection of this one.
fn unique_name() -> String {
    static CONNECTIONS: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let n = CONNECTIONS.fetch_add(1, Ordering::Relaxed);
    format!("{:x}-{:x}-{n}", now.as_nanos(), process::id())
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("url", &self.url()).field("group", &self.group).finish()
    }
}
