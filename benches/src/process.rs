//! One measurement in a process of its own: starting it, bounding it, reading what it found.

use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::machine;

/// The status with which a process says that it cannot do a workload; stderr says why.
pub(crate) const REFUSES: u8 = 3;

/// The most memory that a run may keep resident, in MiB, so that nobody takes the machine's.
const MOST_MEMORY: f64 = 8_192.0;

/// How much of stderr is kept, to say why there is no figure.
const KEPT: usize = 16 << 10;

/// Why a run gave no figures.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// It was not done when its time was up.
    Stalls(Duration),
    /// It ended in another way than by printing figures.
    Aborts(String),
    /// It says itself that it cannot do this, or it is not there.
    Refuses(String),
}

impl Failure {
    /// In one word, as a table shows it.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Failure::Stalls(_) => "stalls",
            Failure::Aborts(_) => "aborts",
            Failure::Refuses(_) => "refuses",
        }
    }

    /// Why, for a note below the table.
    pub(crate) fn reason(&self) -> String {
        match self {
            Failure::Stalls(limit) => format!("not done after {} s", limit.as_secs()),
            Failure::Aborts(why) | Failure::Refuses(why) => why.clone(),
        }
    }
}

/// Runs the command, which prints numbers on one line of stdout, for at most `limit`.
pub(crate) fn measure(command: &mut Command, limit: Duration) -> Result<Vec<f64>, Failure> {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A group of its own, so that what it starts ends with it.
        .process_group(0)
        .spawn();
    let mut child = child.map_err(|error| Failure::Aborts(error.to_string()))?;
    let stdout = child.stdout.take().map(keep);
    let stderr = child.stderr.take().map(keep);
    let status = wait(&mut child, limit)?;
    let text = |reader: Option<thread::JoinHandle<String>>| {
        reader.and_then(|reader| reader.join().ok()).unwrap_or_default()
    };
    let (stdout, stderr) = (text(stdout), text(stderr));
    if status.code() == Some(REFUSES.into()) {
        return Err(Failure::Refuses(last_line(&stderr)));
    }
    if !status.success() {
        return Err(Failure::Aborts(why(status, &stderr)));
    }
    let figures = stdout.split_whitespace().map(str::parse).collect::<Result<_, _>>();
    figures.map_err(|_| Failure::Aborts(format!("printed {stdout:?}")))
}

/// Reads to the end and keeps the beginning: a pipe that fills up would block the child.
fn keep(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut kept = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = pipe.read(&mut buffer) {
            let room = KEPT - kept.len().min(KEPT);
            kept.extend_from_slice(&buffer[..length.min(room)]);
        }
        String::from_utf8_lossy(&kept).into_owned()
    })
}

/// Waits for the child, which it kills at the limit.
fn wait(child: &mut Child, limit: Duration) -> Result<ExitStatus, Failure> {
    let deadline = Instant::now() + limit;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) => {}
            Err(error) => return Err(Failure::Aborts(error.to_string())),
        }
        if Instant::now() >= deadline {
            kill(child);
            return Err(Failure::Stalls(limit));
        }
        if machine::resident_in(child.id()) > MOST_MEMORY {
            kill(child);
            return Err(Failure::Aborts(format!("took more than {MOST_MEMORY} MiB of memory")));
        }
        // Seldom, so that the parent takes no time from the child.
        thread::sleep(Duration::from_millis(20));
    }
}

fn kill(child: &mut Child) {
    // The group first, while its number is surely the child's.
    let group = format!("-{}", child.id());
    let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
    let _ = child.kill();
    let _ = child.wait();
}

/// How it ended, and the first message that says why.
fn why(status: ExitStatus, stderr: &str) -> String {
    let how = match (status.signal(), status.code()) {
        (Some(signal), _) => format!("signal {signal}"),
        (None, Some(code)) => format!("status {code}"),
        (None, None) => "ended".to_owned(),
    };
    let mut lines = stderr.lines().filter(|line| !line.trim().is_empty());
    let told = lines.find(|line| !line.contains("panicked at") && !line.starts_with("note:"));
    match told {
        Some(line) => format!("{how}: {}", shorten(line)),
        None => how,
    }
}

fn last_line(text: &str) -> String {
    shorten(text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("says not why"))
}

fn shorten(line: &str) -> String {
    line.trim().chars().take(120).collect()
}
