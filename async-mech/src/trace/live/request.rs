//! Requests: what a client may ask, and who may.
//!
//! A page of another origin can make a browser send requests here, also under a name of its own that
//! it lets point to this machine. It cannot forge `Host` and `Origin`, so these say who asks.

use std::io::{self, Read};
use std::net::{IpAddr, TcpStream};
use std::time::{Duration, Instant};

/// The longest head of a request, in bytes, give or take one read.
const HEAD: usize = 8 << 10;
/// The most headers.
const HEADERS: usize = 64;
/// How long a client may take to send it.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a client asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// The page.
    Page { head: bool },
    /// What happens, as it happens.
    Events { head: bool },
}

/// Why it does not get it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// A status, what it is called, and what to do.
    Status(&'static str, &'static str),
    /// It has gone, or never said anything.
    Silence,
}

const NOT_HTTP: Refusal = Refusal::Status("400 Bad Request", "This is no request of HTTP/1.1.");
const BODY: Refusal = Refusal::Status("400 Bad Request", "No request here has a body.");
const TOO_SLOW: Refusal =
    Refusal::Status("408 Request Timeout", "The request did not arrive in time.");
const TOO_LONG: Refusal =
    Refusal::Status("431 Request Header Fields Too Large", "The head of the request is too long.");
const METHOD: Refusal = Refusal::Status("405 Method Not Allowed", "Only GET and HEAD are.");
const NOT_FOUND: Refusal =
    Refusal::Status("404 Not Found", "There are only the page, at /, and its /events.");
const HOST: Refusal = Refusal::Status(
    "403 Forbidden",
    "The request is for a host that this is not known as. Use localhost or an address, with the \
     port, or let the program name the host: trace::Server::builder().host(..).",
);
const ORIGIN: Refusal =
    Refusal::Status("403 Forbidden", "The request was made by a page of another origin.");

/// The names under which a server may be asked.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) port: u16,
    /// Names besides `localhost` and addresses: each with its port, or for the server's.
    pub(super) others: Vec<String>,
    /// Whether other addresses than this machine's own may be meant.
    pub(super) remote: bool,
}

impl Names {
    /// Whether `host`, as in `localhost:8080`, is this server. An address is: a page that was loaded
    /// from it was loaded from here. Any other name may have been pointed here by anybody.
    fn know(&self, host: &str) -> bool {
        let (name, port) = split_port(host);
        if self.others.iter().any(|other| other.eq_ignore_ascii_case(host)) {
            return true;
        }
        let Some(port) = port.map_or(Some(80), |port| port.parse::<u16>().ok()) else {
            return false;
        };
        let known = name.eq_ignore_ascii_case("localhost")
            || address(name).is_some_and(|address| self.remote || address.is_loopback())
            || self.others.iter().any(|other| other.eq_ignore_ascii_case(name));
        known && port == self.port
    }
}

/// A host's name and its port, if it has one.
fn split_port(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        // The colons of an address are within brackets.
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host, None),
    }
}

fn address(name: &str) -> Option<IpAddr> {
    match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
        Some(name) => name.parse().ok().map(IpAddr::V6),
        None => name.parse().ok().map(IpAddr::V4),
    }
}

/// Reads a request's head, and nothing that follows in another packet.
pub(super) fn read(stream: &mut TcpStream, names: &Names) -> Result<Request, Refusal> {
    let deadline = Instant::now() + PATIENCE;
    let mut head = Vec::with_capacity(1 << 10);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
            return Err(if head.is_empty() { Refusal::Silence } else { TOO_SLOW });
        }
        let mut more = [0; 1 << 10];
        match stream.read(&mut more) {
            Ok(0) => return Err(if head.is_empty() { Refusal::Silence } else { NOT_HTTP }),
            Ok(length) => head.extend_from_slice(&more[..length]),
            Err(error) if is_passing(&error) => continue,
            Err(_) => return Err(Refusal::Silence),
        }
        if let Some(request) = parse(&head, names)? {
            return Ok(request);
        }
        if head.len() > HEAD {
            return Err(TOO_LONG);
        }
    }
}

/// Whether it is worth another try: the deadline is looked at before.
fn is_passing(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
}

/// Nothing if there is more to come.
fn parse(head: &[u8], names: &Names) -> Result<Option<Request>, Refusal> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(TOO_LONG),
        Err(_) => return Err(NOT_HTTP),
    }
    let (Some(method), Some(path)) = (request.method, request.path) else { return Err(NOT_HTTP) };
    check_headers(request.headers, names)?;
    let head = match method {
        "GET" => false,
        "HEAD" => true,
        _ => return Err(METHOD),
    };
    match path.split_once('?').map_or(path, |(path, _)| path) {
        "/" => Ok(Some(Request::Page { head })),
        "/events" if is_from_elsewhere(request.headers) => Err(ORIGIN),
        "/events" => Ok(Some(Request::Events { head })),
        _ => Err(NOT_FOUND),
    }
}

fn check_headers(headers: &[httparse::Header<'_>], names: &Names) -> Result<(), Refusal> {
    let mut hosts = values(headers, "host");
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return Err(NOT_HTTP) };
    let Some(host) = text(host).filter(|host| names.know(host)) else { return Err(HOST) };
    // A page from here, perhaps by way of something that speaks TLS for us.
    let from_here = |origin: &str| {
        let from = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        from.is_some_and(|from| from.eq_ignore_ascii_case(host))
    };
    if !values(headers, "origin").all(|origin| text(origin).is_some_and(from_here)) {
        return Err(ORIGIN);
    }
    let length = values(headers, "content-length").any(|length| text(length) != Some("0"));
    if length || values(headers, "transfer-encoding").next().is_some() {
        return Err(BODY);
    }
    Ok(())
}

/// Whether a browser says that a page of another site asks, where it sends no `Origin`.
fn is_from_elsewhere(headers: &[httparse::Header<'_>]) -> bool {
    let allowed = [Some("same-origin"), Some("none")];
    values(headers, "sec-fetch-site").any(|site| !allowed.contains(&text(site)))
}

fn values<'a>(
    headers: &'a [httparse::Header<'_>],
    name: &'a str,
) -> impl Iterator<Item = &'a [u8]> {
    let those = headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name));
    those.map(|header| header.value)
}

fn text(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value).ok().map(str::trim)
}
