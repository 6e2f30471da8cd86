//! A server's process: killed, and its state removed, when it is dropped.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

pub(crate) struct Server {
    child: Option<Child>,
    state: PathBuf,
    start: Box<dyn Fn(&Path) -> Command + Send + Sync>,
    /// The port and the path at which it says that it is ready.
    ready: Vec<(u16, &'static str)>,
}

/// So many ports that nobody listens at.
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
    let bound = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").expect("there are ports"));
    bound.map(|listener| listener.local_addr().expect("it is bound").port())
}

impl Server {
    /// `start` is the command that starts it, with its state in that folder.
    pub(crate) fn start(
        start: impl Fn(&Path) -> Command + Send + Sync + 'static,
        ready: Vec<(u16, &'static str)>,
    ) -> Server {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let state = env::temp_dir().join(format!("async-mech-server-{}-{count}", process::id()));
        fs::create_dir_all(&state).expect("a folder can be made");
        let mut server = Server { child: None, state, start: Box::new(start), ready };
        server.run();
        server
    }

    /// Starts the process, and waits until it answers.
    fn run(&mut self) {
        let log = File::create(self.state.join("log")).expect("a file can be made");
        let server = (self.start)(&self.state);
        // The shell kills it when this process has gone, however it goes.
        let mut command = Command::new("sh");
        command.args(["-c", "\"$@\" & read gone; kill -9 $!; wait", "sh"]);
        command.arg(server.get_program()).args(server.get_args());
        command.envs(server.get_envs().filter_map(|(key, value)| Some((key, value?))));
        command.stdin(Stdio::piped()).stdout(log.try_clone().expect("a handle")).stderr(log);
        let child = command.current_dir(&self.state).spawn();
        self.child = Some(child.unwrap_or_else(|error| panic!("sh: {error}")));
        let end = Instant::now() + Duration::from_secs(60);
        while !self.ready.iter().all(|(port, path)| is_healthy(*port, path)) {
            let log = || fs::read_to_string(self.state.join("log")).unwrap_or_default();
            assert!(Instant::now() < end, "the server does not start: {}", log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }

    /// Kills it, and starts it again with what it has on disk.
    pub(crate) fn restart(&mut self) {
        self.kill();
        self.run();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.state);
    }
}

fn is_healthy(port: u16, path: &str) -> bool {
    ask(port, &format!("GET {path}"), "", "").is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

/// What an HTTP server there answers.
pub(crate) fn ask(port: u16, what: &str, head: &str, body: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    write!(stream, "{what} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{head}\r\n{body}")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
