//! A server that is dropped leaves nothing. One test, since it counts the threads of its process.

use async_mech::trace::{Server, serve};
use async_mech::{invocable, invoke};
use std::fmt;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use tests::watched;
use tests_live::{Client, Events};

/// How many threads of this process are a server's; nothing where that cannot be told.
fn threads() -> usize {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else { return 0 };
    let name = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("comm")).ok();
    tasks.flatten().filter_map(name).filter(|name| name == "async-mech-live\n").count()
}

/// Counts how often it is shown.
struct Looked;

static LOOKS: AtomicUsize = AtomicUsize::new(0);

impl fmt::Debug for Looked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        LOOKS.fetch_add(1, Ordering::Relaxed);
        f.write_str("Looked")
    }
}

#[invocable]
fn takes(_looked: Looked) {}

#[test]
fn a_server_that_is_dropped_cuts_its_clients_off_and_frees_its_port_and_threads() {
    let _watchdog = watched();
    for _ in 0..20 {
        let server = serve("127.0.0.1:0").unwrap();
        let addr = server.addr();
        let mut streaming = Events::connect(addr);
        invoke!(|| ()).wait();
        assert!(streaming.next().is_some());
        let mut asking = Client::connect(addr);
        asking.send("GET / HTTP/1.1\r\n");
        let mut silent = Client::connect(addr);
        if cfg!(target_os = "linux") {
            assert!(threads() >= 2);
        }
        drop(server);
        assert_eq!(threads(), 0);
        // What was sent before may still come.
        streaming.for_each(drop);
        assert!(asking.is_closed() && silent.is_closed());
        assert!(TcpStream::connect(addr).is_err());
    }
    // The same port again; no client has closed first, so that none lingers there.
    let server = serve("127.0.0.1:0").unwrap();
    let addr = server.addr();
    assert!(TcpListener::bind(addr).is_err());
    drop(server);
    drop(serve(addr).unwrap());

    // One that is stuck, since its client does not read.
    let server = Server::builder().serve("127.0.0.1:0").unwrap();
    let stuck = Events::connect(server.addr());
    for _ in 0..20_000 {
        invoke!("a text that is seen ".repeat(10)).wait();
    }
    drop(server);
    assert_eq!(threads(), 0);
    stuck.for_each(drop);

    // Nobody observes any more, so values are not looked at.
    let server = serve("127.0.0.1:0").unwrap();
    invoke!(takes(Looked)).wait();
    let looks = LOOKS.load(Ordering::Relaxed);
    assert_ne!(looks, 0);
    drop(server);
    invoke!(takes(Looked)).wait();
    assert_eq!(LOOKS.load(Ordering::Relaxed), looks);
}
