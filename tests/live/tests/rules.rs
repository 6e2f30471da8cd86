//! Who may ask a live run for what, and in which way.

use async_mech::trace::{Server, serve};
use std::io;
use std::net::{SocketAddr, TcpListener};
use tests::{Random, watched};
use tests_live::{Client, Events, ask, get};

fn server() -> (Server, SocketAddr) {
    let server = serve("127.0.0.1:0").unwrap();
    let addr = server.addr();
    (server, addr)
}

/// The status of a request for the page with these lines besides the first.
fn status(addr: SocketAddr, headers: &str) -> u16 {
    ask(addr, &format!("GET / HTTP/1.1\r\n{headers}\r\n")).status
}

#[test]
fn the_page_allows_its_own_script_alone_and_may_be_read_by_no_other_origin() {
    let _watchdog = watched();
    let (server, addr) = server();
    assert_eq!(server.url(), format!("http://{addr}/"));
    let [first, second] = [0; 2].map(|_| get(addr, "/", ""));
    assert_eq!(first.status, 200);
    assert_eq!(first.header("Content-Type"), Some("text/html; charset=utf-8"));
    assert_eq!(first.header("Content-Length"), Some(&*first.body.len().to_string()));
    assert_eq!(first.header("X-Content-Type-Options"), Some("nosniff"));
    assert_eq!(first.header("Cross-Origin-Resource-Policy"), Some("same-origin"));
    assert!(!first.head.to_lowercase().contains("access-control"), "{}", first.head);
    let nonces = [&first, &second].map(|page| {
        let policy = page.header("Content-Security-Policy").unwrap();
        let rules: Vec<_> = policy.split("; ").collect();
        assert!(rules.contains(&"default-src 'none'") && rules.contains(&"connect-src 'self'"));
        let script = rules.iter().find_map(|rule| rule.strip_prefix("script-src 'nonce-"));
        let nonce = script.unwrap().strip_suffix('\'').unwrap();
        assert_eq!(page.body.matches(&format!("<script nonce=\"{nonce}\">")).count(), 1);
        assert_eq!(page.body.matches("\n<script>").count(), 0);
        nonce
    });
    assert_ne!(nonces[0], nonces[1]);
    assert!(first.body.contains("new EventSource(\"events\")"));
}

#[test]
fn head_gives_the_head() {
    let _watchdog = watched();
    let (_server, addr) = server();
    for path in ["/", "/events"] {
        let request = format!("HEAD {path} HTTP/1.1\r\nHost: {addr}\r\n\r\n");
        let response = ask(addr, &request);
        assert_eq!((response.status, &*response.body), (200, ""));
    }
}

#[test]
fn only_get_and_head_of_the_page_and_its_events() {
    let _watchdog = watched();
    let (_server, addr) = server();
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE", "get", "X"] {
        let response = ask(addr, &format!("{method} / HTTP/1.1\r\nHost: {addr}\r\n\r\n"));
        assert_eq!(
            (response.status, response.header("Allow")),
            (405, Some("GET, HEAD")),
            "{method}"
        );
    }
    for path in ["/index.html", "//", "/events/", "/../", "*", "http://localhost/", "/%2e"] {
        assert_eq!(get(addr, path, "").status, 404, "{path}");
    }
    assert_eq!(get(addr, "/?tab=state", "").status, 200);
}

#[test]
fn a_host_that_somebody_else_may_have_pointed_here_is_refused() {
    let _watchdog = watched();
    let (_server, addr) = server();
    let port = addr.port();
    for host in ["localhost", "LocalHost", "127.0.0.1", "127.0.0.2", "[::1]"] {
        assert_eq!(status(addr, &format!("Host: {host}:{port}\r\n")), 200, "{host}");
        assert_eq!(status(addr, &format!("hOsT:{host}:{port}  \r\n")), 200, "{host}");
        let other = port.wrapping_add(1);
        assert_eq!(status(addr, &format!("Host: {host}:{other}\r\n")), 403, "{host}");
        assert_eq!(status(addr, &format!("Host: {host}\r\n")), 403, "{host}, port 80");
        assert_eq!(status(addr, &format!("Host: {host}:\r\n")), 403, "{host}");
    }
    let elsewhere = [
        "evil.example",
        "localhost.evil.example",
        "evil.localhost",
        "localhost.",
        "10.0.0.1",
        "[2001:db8::1]",
        "::1",
        "[::1",
        "user@localhost",
        "",
        "\u{e4}",
    ];
    for host in elsewhere {
        assert_eq!(status(addr, &format!("Host: {host}:{port}\r\n")), 403, "{host}");
    }
    assert_eq!(status(addr, ""), 400);
    let twice = format!("Host: localhost:{port}\r\nHost: evil.example\r\n");
    assert_eq!(status(addr, &twice), 400);
}

#[test]
fn names_may_be_given() {
    let _watchdog = watched();
    let builder = Server::builder().host("build-7").host("tunnel:9000");
    let server = builder.serve("127.0.0.1:0").unwrap();
    let (addr, port) = (server.addr(), server.addr().port());
    assert_eq!(status(addr, &format!("Host: Build-7:{port}\r\n")), 200);
    assert_eq!(status(addr, "Host: tunnel:9000\r\n"), 200);
    assert_eq!(status(addr, "Host: build-7:1\r\n"), 403);
    assert_eq!(status(addr, &format!("Host: tunnel:{port}\r\n")), 403);
    assert_eq!(status(addr, &format!("Host: build-8:{port}\r\n")), 403);
}

#[test]
fn a_page_of_another_origin_is_refused() {
    let _watchdog = watched();
    let (_server, addr) = server();
    let port = addr.port();
    for path in ["/", "/events"] {
        for origin in [
            "null",
            "http://evil.example",
            "http://127.0.0.1",
            "http://10.0.0.1:1",
            &format!("http://localhost:{port}"),
            &format!("ftp://{addr}"),
            &format!("http://{addr}.evil.example"),
            "",
        ] {
            let response = get(addr, path, &format!("Origin: {origin}\r\n"));
            assert_eq!(response.status, 403, "{path} {origin}");
        }
    }
    assert_eq!(get(addr, "/", &format!("Origin: http://{addr}\r\n")).status, 200);
    // A browser that says so, where it sends no origin.
    assert_eq!(get(addr, "/events", "Sec-Fetch-Site: cross-site\r\n").status, 403);
    assert_eq!(get(addr, "/events", "Sec-Fetch-Site: same-site\r\n").status, 403);
    assert_eq!(get(addr, "/", "Sec-Fetch-Site: cross-site\r\n").status, 200, "a link to it");
    let own =
        format!("HEAD /events HTTP/1.1\r\nHost: {addr}\r\nSec-Fetch-Site: same-origin\r\n\r\n");
    assert_eq!(ask(addr, &own).status, 200);
}

#[test]
fn other_machines_are_let_in_only_if_asked() {
    let _watchdog = watched();
    for addr in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let error = serve(addr).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert!(error.to_string().contains("allow_remote()"), "{error}");
    }
    let here: [SocketAddr; 2] = ["127.0.0.1:0", "0.0.0.0:0"].map(|addr| addr.parse().unwrap());
    assert!(serve(&here[..]).is_err(), "one of several");
    assert!(serve("127.0.0.1").is_err(), "no port");

    let server = Server::builder().allow_remote().serve("0.0.0.0:0").unwrap();
    let port = server.addr().port();
    assert_eq!(server.url(), format!("http://127.0.0.1:{port}/"));
    let addr = SocketAddr::from(([127, 0, 0, 1], port));
    assert_eq!(status(addr, &format!("Host: 192.0.2.1:{port}\r\n")), 200);
    assert_eq!(status(addr, &format!("Host: localhost:{port}\r\n")), 200);
    assert_eq!(status(addr, &format!("Host: evil.example:{port}\r\n")), 403);
}

#[test]
fn the_other_loopback_address_will_do_where_there_is_one() {
    let _watchdog = watched();
    if TcpListener::bind("[::1]:0").is_err() {
        return;
    }
    let server = serve("[::1]:0").unwrap();
    assert_eq!(get(server.addr(), "/", "").status, 200);
}

#[test]
fn a_request_may_come_in_pieces() {
    let _watchdog = watched();
    let (_server, addr) = server();
    let mut client = Client::connect(addr);
    for byte in format!("GET / HTTP/1.1\r\nHost: {addr}\r\n\r\n").bytes() {
        client.send([byte]);
    }
    assert_eq!(client.response().unwrap().status, 200);
    let mut client = Client::connect(addr);
    assert_eq!(client.send("GET / HTTP/1.1\r\nHo").end().response().unwrap().status, 400);
    // Nothing is asked, and nothing answered.
    assert!(Client::connect(addr).end().is_closed());
}

#[test]
fn of_several_requests_on_a_connection_the_first_is_answered() {
    let _watchdog = watched();
    let (_server, addr) = server();
    let one = format!("GET / HTTP/1.1\r\nHost: {addr}\r\n\r\n");
    let response = ask(addr, &one.repeat(50));
    assert_eq!((response.status, response.header("Connection")), (200, Some("close")));
    assert_eq!(response.header("Content-Length"), Some(&*response.body.len().to_string()));
}

#[test]
fn a_head_that_is_too_long_and_what_is_no_request_are_refused() {
    let _watchdog = watched();
    let (_server, addr) = server();
    let long = "a".repeat(9 << 10);
    assert_eq!(get(addr, "/", &format!("Long: {long}\r\n")).status, 431);
    assert_eq!(get(addr, &format!("/{long}"), "").status, 431);
    assert_eq!(get(addr, "/", &"A: b\r\n".repeat(100)).status, 431);
    // Without an end.
    let endless = format!("GET / HTTP/1.1\r\nLong: {}", "a".repeat(60 << 10));
    assert_eq!(ask(addr, &endless).status, 431);
    for body in ["Content-Length: 5", "Content-Length: x", "Transfer-Encoding: chunked"] {
        assert_eq!(get(addr, "/", &format!("{body}\r\n")).status, 400, "{body}");
    }
    assert_eq!(get(addr, "/", "Content-Length: 0\r\n").status, 200);
    for garbage in
        ["\0\0\0\0", "GET / HTTP/9.9\r\n\r\n", "GET\r\n\r\n", "\x16\x03\x01\x02\0\x01\r\n"]
    {
        assert_eq!(ask(addr, garbage).status, 400, "{garbage:?}");
    }
}

#[test]
fn no_input_harms_the_server() {
    let _watchdog = watched();
    let (_server, addr) = server();
    let request =
        format!("GET /events?a HTTP/1.1\r\nHost: {addr}\r\nOrigin: http://{addr}\r\n\r\n");
    let mut random = Random::new(7);
    for _ in 0..300 {
        let mut bytes = request.clone().into_bytes();
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len() as u64) as usize;
            bytes[at] = random.below(256) as u8;
        }
        bytes.truncate(1 + random.below(bytes.len() as u64) as usize);
        // Whatever it says.
        let _ = Client::connect(addr).send(bytes).end().head();
    }
    assert_eq!(get(addr, "/", "").status, 200);
}

#[test]
fn there_are_only_so_many_connections_and_one_that_ends_makes_room() {
    let _watchdog = watched();
    let server = Server::builder().max_connections(2).serve("127.0.0.1:0").unwrap();
    let addr = server.addr();
    let (first, second) = (Events::connect(addr), Events::connect(addr));
    for _ in 0..3 {
        let mut third = Client::connect(addr);
        let request = format!("GET / HTTP/1.1\r\nHost: {addr}\r\n\r\n");
        // The refusal may be lost, since nobody waits for the request.
        assert!(third.send(request).response().map_or(true, |response| response.status == 503));
    }
    drop(first);
    // That it has gone is seen when there is something to send.
    let third = loop {
        async_mech::invoke!(|| ()).wait();
        if let Some(third) = Events::of(Client::connect(addr), addr) {
            break third;
        }
    };
    drop((second, third));
}
