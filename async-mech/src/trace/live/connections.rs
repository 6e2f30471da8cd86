//! The server's threads: one accepts, and each connection has one.

use std::collections::HashMap;
use std::io::{self, Read};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::history::History;
use super::request::{self, Names, Refusal, Request};
use super::response;

/// How long a client may not read while it is sent something.
const PATIENCE: Duration = Duration::from_secs(30);
/// How much is read of what a client still sends after its response, and how long.
const LEFT_OVER: (usize, Duration) = (64 << 10, Duration::from_secs(2));

/// What the threads share.
pub(super) struct Connections {
    pub(super) history: History,
    pub(super) names: Names,
    /// How many connections there are at most.
    pub(super) most: usize,
    /// Those that are open, so that they can be cut; `None` once the server stops.
    pub(super) open: Mutex<Option<HashMap<u64, TcpStream>>>,
}

impl Connections {
    /// Accepts until the server stops; returns when all connections are over.
    pub(super) fn accept(&self, listener: &TcpListener) {
        thread::scope(|scope| {
            let mut threads: Vec<thread::ScopedJoinHandle<'_, ()>> = Vec::new();
            for number in 0.. {
                let accepted = listener.accept();
                if self.history.is_stopped() {
                    break;
                }
                for over in threads.extract_if(.., |thread| thread.is_finished()) {
                    drop(over.join());
                }
                let Ok((stream, _)) = accepted else {
                    // Out of files, most likely. It may pass.
                    self.history.wait(Duration::from_millis(50));
                    continue;
                };
                if !self.register(number, &stream) {
                    let _ = overloaded(stream);
                    continue;
                }
                let serve = move || {
                    let registered = Registered { connections: self, number };
                    // There is nobody to tell, and the panic hook has said it.
                    let _ = catch_unwind(AssertUnwindSafe(|| self.serve(stream)));
                    drop(registered);
                };
                let name = "async-mech-live".to_owned();
                match thread::Builder::new().name(name).spawn_scoped(scope, serve) {
                    Ok(thread) => threads.push(thread),
                    // With the closure its connection has been dropped.
                    Err(_) => self.deregister(number),
                }
            }
            // The scope would wait for what they run, which ends a moment before they do.
            threads.into_iter().for_each(|thread| drop(thread.join()));
        });
    }

    /// Ends all connections, also those in the midst of something.
    pub(super) fn stop(&self, addr: SocketAddr, is_over: impl Fn() -> bool) {
        self.history.stop();
        for stream in self.lock().take().iter().flat_map(HashMap::values) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        // The one that accepts looks when somebody connects.
        let patience = Duration::from_millis(100);
        while !is_over() {
            let connected = TcpStream::connect_timeout(&addr, patience);
            drop(connected);
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// False if there are too many.
    fn register(&self, number: u64, stream: &TcpStream) -> bool {
        let Ok(stream) = stream.try_clone() else { return false };
        match &mut *self.lock() {
            Some(open) if open.len() < self.most => open.insert(number, stream).is_none(),
            _ => false,
        }
    }

    fn deregister(&self, number: u64) {
        if let Some(open) = &mut *self.lock() {
            open.remove(&number);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<HashMap<u64, TcpStream>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        let _ = stream.set_write_timeout(Some(PATIENCE));
        let served = match request::read(&mut stream, &self.names) {
            Ok(Request::Page { head }) => response::page(&mut stream, head),
            Ok(Request::Events { head }) => response::events(&mut stream, head, &self.history),
            Err(Refusal::Status(status, text)) => response::refusal(&mut stream, status, text),
            Err(Refusal::Silence) => return,
        };
        if served.is_ok() {
            let _ = drain(&mut stream);
        }
    }
}

/// Takes the connection from the open ones however its thread ends.
struct Registered<'a> {
    connections: &'a Connections,
    number: u64,
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        self.connections.deregister(self.number);
    }
}

/// Reads what the client still sends: to close a connection with unread data would take back the
/// response.
fn drain(stream: &mut TcpStream) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    let (mut left, time) = LEFT_OVER;
    let deadline = Instant::now() + time;
    let mut more = [0; 1 << 10];
    loop {
        let time = deadline.saturating_duration_since(Instant::now());
        if time.is_zero() || left == 0 {
            return Ok(());
        }
        stream.set_read_timeout(Some(time))?;
        match stream.read(&mut more)? {
            0 => return Ok(()),
            length => left = left.saturating_sub(length),
        }
    }
}

/// Says that there are too many connections, as far as that takes no time.
fn overloaded(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nonblocking(true)?;
    let text = "There are too many connections to this run; close one.";
    response::refusal(&mut stream, "503 Service Unavailable", text)?;
    stream.shutdown(Shutdown::Write)?;
    // What has arrived of the request, if anything has.
    let _ = stream.read(&mut [0; 8 << 10]);
    Ok(())
}
