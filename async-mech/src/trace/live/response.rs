//! Responses: the page, the stream of events, and refusals.

use std::collections::hash_map::RandomState;
use std::fmt::Write as _;
use std::hash::BuildHasher;
use std::io::{self, Write};
use std::time::Duration;

use super::super::event::Event;
use super::super::json::Encoder;
use super::super::page;
use super::history::{History, Next};

/// What every response says: that it is of this origin, to be kept by nobody and read by no other.
const ALWAYS: &str = "Cache-Control: no-store\r\n\
    Connection: close\r\n\
    Cross-Origin-Resource-Policy: same-origin\r\n\
    Referrer-Policy: no-referrer\r\n\
    X-Content-Type-Options: nosniff\r\n";

/// How often a client hears something, so that it is noticed when it has gone.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// The page, with a script that nothing else can pass for.
pub(super) fn page(client: &mut impl Write, head: bool) -> io::Result<()> {
    let nonce = nonce();
    let page = page::live_page();
    let (before, after) = page.rsplit_once("<script>\n").expect("the page ends with its script");
    let page = format!("{before}<script nonce=\"{nonce}\">\n{after}");
    let header = format!(
        "HTTP/1.1 200 OK\r\n\
         Content-Type: text/html; charset=utf-8\r\n\
         Content-Length: {}\r\n\
         Content-Security-Policy: default-src 'none'; script-src 'nonce-{nonce}'; \
         style-src 'unsafe-inline'; img-src data:; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'\r\n\
         {ALWAYS}\r\n",
        page.len(),
    );
    client.write_all(header.as_bytes())?;
    if head { Ok(()) } else { client.write_all(page.as_bytes()) }
}

/// Not to be guessed: the keys of hash maps are random for this very reason.
fn nonce() -> String {
    let [high, low] = [0, 1].map(|part: u8| RandomState::new().hash_one(part));
    format!("{high:016x}{low:016x}")
}

/// What happens, until the client goes or the server stops.
pub(super) fn events(client: &mut impl Write, head: bool, history: &History) -> io::Result<()> {
    let header = format!("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n{ALWAYS}\r\n");
    client.write_all(header.as_bytes())?;
    if head {
        return Ok(());
    }
    let mut position = 0;
    let mut encoder = Encoder::default();
    loop {
        match history.next(&mut position, HEARTBEAT) {
            Next::Events(events) => {
                client.write_all(message(&mut encoder, &events).as_bytes())?;
            }
            Next::Quiet => client.write_all(b":\n\n")?,
            Next::Stopped => return Ok(()),
        }
    }
}

/// A server-sent event, whose data is a JSON array of records.
fn message(encoder: &mut Encoder, events: &[Event]) -> String {
    let mut records = String::new();
    for event in events {
        encoder.event(&mut records, event);
    }
    // A record is a line, since strings have no line ends of their own.
    let mut message = String::with_capacity(records.len() + 6 * 2 * events.len() + 16);
    let mut lines = records.trim_end_matches(",\n").lines();
    let _ = write!(message, "data: [{}", lines.next().unwrap_or_default());
    for line in lines {
        let _ = write!(message, "\ndata: {line}");
    }
    message.push_str("]\n\n");
    message
}

/// A status and a sentence.
pub(super) fn refusal(client: &mut impl Write, status: &str, text: &str) -> io::Result<()> {
    let allow = if status.starts_with("405") { "Allow: GET, HEAD\r\n" } else { "" };
    let response = format!(
        "HTTP/1.1 {status}\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\
         Content-Length: {}\r\n\
         {allow}{ALWAYS}\r\n{text}\n",
        text.len() + 1,
    );
    client.write_all(response.as_bytes())
}
