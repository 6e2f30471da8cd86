//! Live: the page of a run that is under way, served over HTTP.
//!
//! Whoever can reach the server can read the run's arguments and results, so it serves this machine
//! alone unless told otherwise, and no page of another origin (`request.rs`).

mod connections;
mod history;
mod request;
mod response;

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use self::connections::Connections;
use self::history::History;
use self::request::Names;
use super::emit::{self, Sink};
use crate::event_loop::EventLoop;

/// Serves the page of this run, as it goes on, until the server is dropped:
/// `Server::builder().serve(addr)`.
///
/// ```no_run
/// use async_mech::{invoke, trace};
///
/// let server = trace::serve("127.0.0.1:8080")?;
/// println!("see {}", server.url());
/// invoke!(|| println!("to be seen there")).wait();
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// See [`ServerBuilder::serve`].
pub fn serve(addr: impl ToSocketAddrs) -> io::Result<Server> {
    Server::builder().serve(addr)
}

/// Serves the page of a run that is under way; see [`serve`].
///
/// Dropped, it stops: clients are cut off, its threads have ended and the port is free.
#[must_use = "it serves until it is dropped"]
pub struct Server {
    addr: SocketAddr,
    connections: Arc<Connections>,
    sink: Arc<Sink>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Sets up a server.
    ///
    /// ```
    /// use async_mech::{EventLoop, trace::Server};
    ///
    /// let event_loop = EventLoop::builder().build();
    /// let server = Server::builder().event_loop(&event_loop).keep(1_000).serve("127.0.0.1:0")?;
    /// assert_ne!(server.addr().port(), 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn builder() -> ServerBuilder {
        ServerBuilder::default()
    }

    /// Where it listens. If it was to choose the port, this is what it chose.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The page, for a browser on this machine.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", here(self.addr))
    }
}

/// The address under which this machine reaches what listens there.
fn here(addr: SocketAddr) -> SocketAddr {
    let ip = match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, addr.port())
}

impl Drop for Server {
    fn drop(&mut self) {
        emit::remove(&self.sink);
        if let Some(thread) = self.thread.take() {
            self.connections.stop(here(self.addr), || thread.is_finished());
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("addr", &self.addr).finish_non_exhaustive()
    }
}

/// How a [`Server`] is to be; see [`Server::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `serve` is called"]
pub struct ServerBuilder {
    allow_remote: bool,
    hosts: Vec<String>,
    keep: usize,
    connections: usize,
    of: Option<u64>,
}

impl Default for ServerBuilder {
    /// What [`Server::builder`] gives.
    fn default() -> ServerBuilder {
        ServerBuilder {
            allow_remote: false,
            hosts: Vec::new(),
            keep: 100_000,
            connections: 32,
            of: None,
        }
    }
}

impl ServerBuilder {
    /// Lets it listen where other machines can reach it. There is no password and no encryption:
    /// whoever reaches the port can read the arguments and results of the run. Not unless set.
    pub fn allow_remote(mut self) -> ServerBuilder {
        self.allow_remote = true;
        self
    }

    /// A name under which browsers ask for the page, besides `localhost` and addresses: `build-7`, or
    /// `localhost:9000` where a tunnel leads here from another port.
    ///
    /// Under any other name a request is refused: a page of somebody else's could have let its own
    /// name point to this machine, in order to read what is served here.
    pub fn host(mut self, name: impl Into<String>) -> ServerBuilder {
        self.hosts.push(name.into());
        self
    }

    /// How many of the last events it keeps: whoever connects sees them first, and a client may be so
    /// many behind until it loses some. 100,000 unless set.
    pub fn keep(mut self, events: usize) -> ServerBuilder {
        self.keep = events;
        self
    }

    /// How many connections it has at a time; a page that is open takes one. 32 unless set.
    pub fn max_connections(mut self, connections: usize) -> ServerBuilder {
        self.connections = connections;
        self
    }

    /// Shows what happens on this loop. All of them unless set.
    pub fn event_loop(mut self, event_loop: &EventLoop) -> ServerBuilder {
        self.of = Some(event_loop.with_threads(|threads| threads.number));
        self
    }

    /// Serves from now on. What happens from now on is seen, whether or not somebody is connected;
    /// the run never waits for a client.
    ///
    /// # Errors
    ///
    /// If the address can be reached by other machines and [`allow_remote`](Self::allow_remote) was
    /// not called; if it is no address, is in use, or must not be used; if no thread can be started.
    pub fn serve(self, addr: impl ToSocketAddrs) -> io::Result<Server> {
        let addrs: Vec<_> = addr.to_socket_addrs()?.collect();
        if let Some(addr) = addrs.iter().find(|addr| !addr.ip().is_loopback())
            && !self.allow_remote
        {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!(
                    "other machines can reach {addr}, and would see arguments and results of this \
                     run: serve on 127.0.0.1, or say `trace::Server::builder().allow_remote()`"
                ),
            ));
        }
        let listener = TcpListener::bind(&*addrs)?;
        let addr = listener.local_addr()?;
        let connections = Arc::new(Connections {
            history: History::new(self.keep),
            names: Names { port: addr.port(), others: self.hosts, remote: self.allow_remote },
            most: self.connections,
            open: Mutex::new(Some(Default::default())),
        });
        let accepts = Arc::clone(&connections);
        let thread = std::thread::Builder::new()
            .name("async-mech-live".into())
            .spawn(move || accepts.accept(&listener))?;
        let put = Arc::clone(&connections);
        let sink = Sink::new(self.of, move |event| {
            put.history.put(event);
            true
        });
        emit::add(&sink);
        Ok(Server { addr, connections, sink, thread: Some(thread) })
    }
}
