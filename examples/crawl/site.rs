//! A small web site to crawl, on two ports of this machine: most of it is sound.
//!
//! It is the rest of the world, so it is written without async-mech: a thread for each connection,
//! and an answer for each connection.

use crate::links::Url;
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// Articles, in the form of a tree.
const ARTICLES: usize = 250;
/// What each of them leads to.
const BRANCHES: usize = 7;
/// Letters in the archive, each of which leads to two others.
const LETTERS: usize = 60;

/// How a request is answered.
enum Answer {
    Html(String),
    Slow(String),
    Picture,
    Moved(String),
    Status(&'static str),
    /// Nothing, ever.
    Silence,
    /// A page without an end.
    Endless,
    /// Less than it announces.
    CutOff,
    /// No HTTP.
    Babble,
}

/// Starts the site, which ends with the process. Gives its first page.
pub(crate) fn start() -> io::Result<Url> {
    let main = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let archive = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let start = address(&main)?;
    let to_archive = address(&archive)?;
    serve(main, move |path| main_site(path, &to_archive));
    serve(archive, archive_site);
    Ok(Url::try_from(start).expect("the address of a listener makes a URL"))
}

/// Five digits, so that pages are of the same length whatever port there is.
fn address(listener: &TcpListener) -> io::Result<String> {
    let address = listener.local_addr()?;
    Ok(format!("http://{}:{:05}/", address.ip(), address.port()))
}

fn serve(listener: TcpListener, site: impl Fn(&str) -> Answer + Clone + Send + 'static) {
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let site = site.clone();
            // If whoever asked does not listen to the end, that is all right.
            thread::spawn(move || request(&stream).and_then(|path| reply(&stream, site(&path))));
        }
    });
}

fn main_site(path: &str, archive: &str) -> Answer {
    let (path, _query) = path.split_once('?').unwrap_or((path, ""));
    let (folder, name) = path[1..].split_once('/').unwrap_or(("", &path[1..]));
    let number = name.parse::<usize>().unwrap_or(0);
    match (folder, name) {
        ("", "") => Answer::Html(page("Home", &home(archive))),
        ("", "picture.png") => Answer::Picture,
        ("", "silence") => Answer::Silence,
        ("", "endless") => Answer::Endless,
        ("", "cut-off") => Answer::CutOff,
        ("", "babble") => Answer::Babble,
        ("article", _) if number < ARTICLES => Answer::Html(page(name, &article(number))),
        ("slow", _) => Answer::Slow(page(name, &[])),
        ("old", _) => Answer::Moved(format!("/article/{number}")),
        ("ring", _) => Answer::Moved(format!("/ring/{}", (number + 1) % 3)),
        ("broken", _) => Answer::Status("500 Internal Server Error"),
        _ => Answer::Status("404 Not Found"),
    }
}

/// Everything that is odd is linked from here.
fn home(archive: &str) -> Vec<String> {
    let mut links: Vec<String> = [
        // The same page, in three spellings; this one, in another; and one that is the same to us.
        "article/0",
        "/article/0",
        "./article/../article/0#end",
        "#top",
        "?from=home&amp;again=1",
        // Not to be followed.
        "http://example.com/",
        "https://127.0.0.1/",
        "mailto:webmaster@example.com",
        // Nonsense.
        "http://[::1",
        "http://127.0.0.1:port/",
        "http://",
        // What may happen.
        "/silence",
        "/endless",
        "/cut-off",
        "/babble",
        "/picture.png",
        "/ring/0",
        "/gone",
    ]
    .map(str::to_owned)
    .into();
    links.push(archive.to_owned());
    for n in 0..5 {
        links.extend([format!("/slow/{n}"), format!("/old/{n}"), format!("/broken/{n}")]);
    }
    links
}

/// Up, and down the tree; now and then to what is not there any more.
fn article(number: usize) -> Vec<String> {
    let mut links = vec!["/".to_owned()];
    let below = number * BRANCHES + 1;
    links.extend((below..below + BRANCHES).filter(|n| *n < ARTICLES).map(|n| n.to_string()));
    if number % 20 == 7 {
        links.push(format!("/gone/{number}"));
    }
    links
}

fn archive_site(path: &str) -> Answer {
    let number = path[1..].parse().unwrap_or(0);
    let others = [2 * number + 1, 2 * number + 2].into_iter().filter(|other| *other < LETTERS);
    let others = Vec::from_iter(others.map(|other| other.to_string()));
    Answer::Html(page("Letter", &others))
}

fn page(title: &str, links: &[String]) -> String {
    let mut html = format!("<!doctype html>\n<title>{title}</title>\n");
    for link in links {
        let _ = writeln!(html, "<a href=\"{link}\">{link}</a>");
    }
    html
}

/// Reads a request to its end. Gives its path.
fn request(stream: &TcpStream) -> io::Result<String> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let path = first.split(' ').nth(1).filter(|path| path.starts_with('/'));
    path.map(str::to_owned).ok_or(io::ErrorKind::InvalidData.into())
}

fn reply(mut stream: &TcpStream, answer: Answer) -> io::Result<()> {
    match answer {
        Answer::Html(html) => send(stream, "200 OK", "text/html; charset=utf-8", html.as_bytes()),
        Answer::Slow(html) => {
            thread::sleep(Duration::from_millis(100));
            reply(stream, Answer::Html(html))
        }
        Answer::Picture => send(stream, "200 OK", "image/png", b"\x89PNG <a href=\"/in-picture\">"),
        Answer::Status(status) => send(stream, status, "text/plain", status.as_bytes()),
        Answer::Moved(to) => {
            let status = format!("302 Found\r\nLocation: {to}");
            send(stream, &status, "text/plain", to.as_bytes())
        }
        // Until whoever asked hangs up.
        Answer::Silence => stream.read(&mut [0]).map(drop),
        Answer::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            loop {
                stream.write_all(&[b' '; 1024])?;
            }
        }
        Answer::CutOff => stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
        Answer::Babble => stream.write_all(b"mene mene tekel\r\n\r\n"),
    }
}

fn send(mut stream: &TcpStream, status: &str, kind: &str, body: &[u8]) -> io::Result<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(&[head.as_bytes(), body].concat())
}
