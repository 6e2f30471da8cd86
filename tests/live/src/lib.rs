//! A client of a live run that sends what it is told to, byte for byte.

use std::collections::HashSet;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use serde_json::Value;

/// A connection.
#[derive(Debug)]
pub struct Client(BufReader<TcpStream>);

/// What the server answers.
#[derive(Debug)]
pub struct Response {
    /// Its code.
    pub status: u16,
    /// Its head, as it came.
    pub head: String,
    /// The rest, until the server closes the connection; nothing if it is a stream of events.
    pub body: String,
}

impl Response {
    /// The value of a header, named as the server spells it.
    pub fn header(&self, name: &str) -> Option<&str> {
        let prefix = format!("{name}: ");
        self.head.lines().find_map(|line| line.strip_prefix(&prefix))
    }
}

impl Client {
    /// Connects.
    pub fn connect(addr: SocketAddr) -> Client {
        Client(BufReader::new(TcpStream::connect(addr).expect("the server listens")))
    }

    /// Sends these bytes; the server may have closed the connection.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Client {
        let _ = self.0.get_mut().write_all(bytes.as_ref());
        self
    }

    /// Says that nothing more will be sent.
    pub fn end(&mut self) -> &mut Client {
        let _ = self.0.get_mut().shutdown(Shutdown::Write);
        self
    }

    /// Reads the head of a response.
    pub fn head(&mut self) -> io::Result<Response> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let status = head.strip_prefix("HTTP/1.1 ").and_then(|head| head.get(..3)?.parse().ok());
        Ok(Response { status: status.expect("a status line"), head, body: String::new() })
    }

    /// Reads a response, until the server closes the connection.
    pub fn response(&mut self) -> io::Result<Response> {
        let mut response = self.head()?;
        self.0.read_to_string(&mut response.body)?;
        Ok(response)
    }

    /// Whether the server has closed the connection; waits until it does, or says something.
    pub fn is_closed(&mut self) -> bool {
        self.0.fill_buf().map_or(true, <[u8]>::is_empty)
    }
}

/// Sends a request and reads the response.
pub fn ask(addr: SocketAddr, request: &str) -> Response {
    Client::connect(addr).send(request).response().expect("a response")
}

/// `GET path` for the server's own address, with these headers besides.
pub fn get(addr: SocketAddr, path: &str, headers: &str) -> Response {
    ask(addr, &format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\n{headers}\r\n"))
}

/// A stream of events, read as the page does.
#[derive(Debug)]
pub struct Events {
    client: Client,
    /// How many sites and threads have been introduced.
    known: [usize; 2],
    /// Those read and not yet given.
    read: std::vec::IntoIter<Value>,
}

impl Events {
    /// Connects, and reads the head of the response.
    pub fn connect(addr: SocketAddr) -> Events {
        Events::of(Client::connect(addr), addr).expect("a stream")
    }

    /// The same, if there are not too many connections.
    pub fn of(mut client: Client, addr: SocketAddr) -> Option<Events> {
        client.send(format!("GET /events HTTP/1.1\r\nHost: {addr}\r\n\r\n"));
        let response = client.head().ok().filter(|response| response.status == 200)?;
        assert_eq!(response.header("Content-Type"), Some("text/event-stream"));
        Some(Events { client, known: [0, 0], read: Vec::new().into_iter() })
    }

    /// The data of the next message; nothing if the server has closed the connection, which may
    /// cut a message short anywhere.
    fn message(&mut self) -> Option<Vec<Value>> {
        let mut data = String::new();
        loop {
            let mut line = String::new();
            if self.client.0.read_line(&mut line).is_err() || !line.ends_with('\n') {
                return None;
            }
            match line.strip_prefix("data: ") {
                Some(more) => data += more,
                None if line == "\n" && !data.is_empty() => {
                    return Some(serde_json::from_str(&data).expect("an array of records"));
                }
                // A comment, and its end.
                None => assert!(line == ":\n" || line == "\n", "{line:?}"),
            }
        }
    }
}

/// One event at a time: number and kind, and what follows the kind. Introductions are checked, and
/// left out.
impl Iterator for Events {
    type Item = (u64, String, Vec<Value>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some(record) = self.read.next() else {
                self.read = self.message()?.into_iter();
                continue;
            };
            let record = record.as_array().expect("a record is an array");
            let number = |at: usize| record[at].as_u64().expect("a number");
            match record[0].as_str() {
                Some(what) => {
                    let known = &mut self.known[usize::from(what == "thread")];
                    assert_eq!(number(1), *known as u64, "introduced one by one: {record:?}");
                    *known += 1;
                }
                None => {
                    assert!(number(4) < self.known[1] as u64, "an unknown thread: {record:?}");
                    assert!(number(5) < self.known[0] as u64, "an unknown site: {record:?}");
                    let kind = record[6].as_str().expect("a kind").to_owned();
                    return Some((number(0), kind, record[7..].to_vec()));
                }
            }
        }
    }
}

/// Asserts that no number is there twice.
pub fn assert_different(numbers: &[u64]) {
    let mut seen = HashSet::new();
    for number in numbers {
        assert!(seen.insert(number), "{number} came twice");
    }
}
