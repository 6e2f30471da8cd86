//! What clients are sent: all that has happened, and what happens then, without gap or duplicate.

use async_mech::trace::{Event, Server};
use async_mech::{EventLoop, Promise, invocable, invoke};
use std::io::Read;
use std::net::TcpStream;
use std::thread;
use tests::{Watchdog, until_no_promises};
use tests_live::{Events, assert_different};

#[invocable]
fn fib(n: u32) -> u32 {
    if n < 2 {
        return n;
    }
    let (a, b) = (invoke!(fib(n - 1)), invoke!(fib(n - 2)));
    a.await + b.await
}

/// Completes a promise, once all others are over: a client that has seen that has seen everything.
fn end(event_loop: &EventLoop) {
    until_no_promises(event_loop);
    let (_promise, resolver) = event_loop.run(async_mech::promise);
    resolver.resolve(String::from("the end"));
}

/// The events up to the end.
fn until_end(events: Events) -> Vec<(u64, String, Vec<serde_json::Value>)> {
    let mut seen = Vec::new();
    for event in events {
        let is_end = event.1 == "complete" && event.2[0] == "\"the end\"";
        seen.push(event);
        if is_end {
            return seen;
        }
    }
    panic!("the stream ended after {} events", seen.len());
}

/// The numbers of the same events in a channel.
fn numbers_until_end(events: impl Iterator<Item = Event>) -> Vec<u64> {
    let mut numbers = Vec::new();
    for event in events {
        numbers.push(event.number);
        if format!("{:?}", event.kind).contains("the end") {
            return numbers;
        }
    }
    panic!("the channel ended after {} events", numbers.len());
}

#[test]
fn a_client_sees_what_has_been_and_what_comes_without_gap_or_duplicate() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let server =
        Server::builder().event_loop(&event_loop).keep(1_000_000).serve("127.0.0.1:0").unwrap();
    let channel = event_loop.subscribe_bounded(1_000_000);
    let addr = server.addr();
    thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| {
                // Half of the run goes on while they connect.
                let works: Vec<_> = (0..4).map(|_| event_loop.run(|| invoke!(fib(8)))).collect();
                let client = scope.spawn(move || until_end(Events::connect(addr)));
                works.into_iter().for_each(|work| assert_eq!(work.wait(), 21));
                client
            })
            .collect();
        end(&event_loop);
        let mut expected = numbers_until_end(channel.iter());
        expected.sort();
        assert!(expected.len() > 4 * 4 * 67 * 5);
        for client in clients {
            let mut seen: Vec<_> =
                client.join().unwrap().into_iter().map(|event| event.0).collect();
            assert_different(&seen);
            seen.sort();
            assert_eq!(seen.len(), expected.len());
            assert_eq!(seen, expected);
        }
    });
}

#[test]
fn who_connects_late_is_told_how_much_is_gone() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let server = Server::builder().event_loop(&event_loop).keep(50).serve("127.0.0.1:0").unwrap();
    let channel = event_loop.subscribe_bounded(1_000_000);
    event_loop.run(|| assert_eq!(invoke!(fib(9)).wait(), 34));
    until_no_promises(&event_loop);
    let all = channel.try_iter().count();
    let mut events = Events::connect(server.addr());
    let (first, kind, lost) = events.next().unwrap();
    assert_eq!((&*kind, lost[0].as_u64()), ("lost", Some(all as u64 - 50)));
    let kept: Vec<_> = events.take(50).map(|event| event.0).collect();
    assert_eq!(kept[0], first);
    assert_different(&kept);
}

#[test]
fn a_client_that_does_not_read_holds_up_nobody_and_loses_what_it_is_too_slow_for() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let server =
        Server::builder().event_loop(&event_loop).keep(1_000).serve("127.0.0.1:0").unwrap();
    let channel = event_loop.subscribe_bounded(10_000_000);
    let addr = server.addr();
    let slow = Events::connect(addr);
    thread::scope(|scope| {
        let quick = scope.spawn(move || until_end(Events::connect(addr)));
        // More than the system keeps for a client that does not read, and then some.
        let mut texts = 0;
        while texts < 64 {
            let works: Vec<Promise<String>> = (0..1_000)
                .map(|_| event_loop.run(|| invoke!("a text that is seen ".repeat(10))))
                .collect();
            works.into_iter().for_each(|work| assert_eq!(work.wait().len(), 200));
            texts += 1;
        }
        end(&event_loop);
        let all = numbers_until_end(channel.iter()).len() as u64;
        for events in [quick.join().unwrap(), until_end(slow)] {
            let (lost, seen): (Vec<_>, Vec<_>) =
                events.into_iter().partition(|event| event.1 == "lost");
            let lost: u64 = lost.iter().map(|event| event.2[0].as_u64().unwrap()).sum();
            assert_different(&seen.iter().map(|event| event.0).collect::<Vec<_>>());
            assert_eq!(seen.len() as u64 + lost, all);
            println!("{} seen, {lost} lost", seen.len());
        }
    });
}

#[test]
fn a_client_that_never_read_has_lost_something() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let server = Server::builder().event_loop(&event_loop).keep(10).serve("127.0.0.1:0").unwrap();
    let mut slow = Events::connect(server.addr());
    // Until it does, however much the system keeps for it.
    loop {
        for _ in 0..10 {
            event_loop.run(|| invoke!("a text that is seen ".repeat(10)).wait());
        }
        let mut seen = 0;
        if slow.by_ref().take(20).any(|event| {
            seen += 1;
            event.1 == "lost"
        }) {
            break;
        }
        assert_eq!(seen, 20);
    }
}

#[test]
fn only_the_loop_that_was_asked_for_is_shown() {
    let (shown, other) = (EventLoop::builder().build(), EventLoop::builder().build());
    let _watchdog = Watchdog::over(&shown);
    let server = Server::builder().event_loop(&shown).serve("127.0.0.1:0").unwrap();
    end(&other);
    shown.run(|| assert_eq!(invoke!(fib(1)).wait(), 1));
    end(&shown);
    let seen = until_end(Events::connect(server.addr()));
    assert_eq!(seen.iter().filter(|event| event.1 == "invoke").count(), 1);

    let all = async_mech::trace::serve("127.0.0.1:0").unwrap();
    end(&other);
    until_end(Events::connect(all.addr()));
}

#[test]
fn values_cannot_break_out_of_a_message() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let server = Server::builder().event_loop(&event_loop).serve("127.0.0.1:0").unwrap();
    let text = "a\n\ndata: [1]\r\rid: 7\n],\n<script>\u{2028}\",\n";
    event_loop.run(|| invoke!(text.to_owned()).wait());
    end(&event_loop);
    let seen = until_end(Events::connect(server.addr()));
    let value = seen.iter().find(|event| event.1 == "complete").unwrap().2[0].clone();
    assert_eq!(value, format!("{text:?}"));
}

#[test]
fn a_message_is_what_the_format_says() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let server = Server::builder().event_loop(&event_loop).serve("127.0.0.1:0").unwrap();
    event_loop.run(|| invoke!(fib(0)).wait());
    until_no_promises(&event_loop);
    let mut stream = TcpStream::connect(server.addr()).unwrap();
    std::io::Write::write_all(
        &mut stream,
        format!("GET /events HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr()).as_bytes(),
    )
    .unwrap();
    drop(server);
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text);
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    assert!(body.lines().all(|line| line.is_empty() || line.starts_with("data: ")), "{body}");
    assert!(!body.contains('\r'));
}
