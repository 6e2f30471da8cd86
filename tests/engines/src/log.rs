//! What has happened in all processes, a line each: `what id pid more`.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The environment variable that tells a worker where to write.
pub const FILE: &str = "ENGINES_LOG";

/// Notes what happens to the current execution, if this is a worker.
pub fn note(what: &str, more: &str) {
    static LOG: OnceLock<Option<File>> = OnceLock::new();
    let open = || OpenOptions::new().append(true).open(std::env::var_os(FILE)?).ok();
    let current = async_mech::current();
    let id = current.durable_id().unwrap_or("-");
    if let Some(mut log) = LOG.get_or_init(open).as_ref() {
        // One write, so that lines stay whole.
        let line = format!("{what} {id} {} {more}\n", std::process::id());
        log.write_all(line.as_bytes()).expect("the log can be written");
    }
}

/// Notes that the body has been left, however.
#[derive(Debug)]
pub struct Leaves;

impl Drop for Leaves {
    fn drop(&mut self) {
        note("left", "");
    }
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// `start`, `end`, ..
    pub what: String,
    /// The execution's durable id.
    pub id: String,
    /// The process.
    pub pid: u32,
    /// What else there is.
    pub more: String,
}

/// A log of its own.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
}

impl Log {
    /// An empty one, in that folder.
    pub fn new(folder: &Path) -> Log {
        let path = folder.join("log");
        File::create(&path).expect("the log can be made");
        Log { path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All that has happened.
    pub fn entries(&self) -> Vec<Entry> {
        let text = std::fs::read_to_string(&self.path).expect("the log can be read");
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let entry = |line: &str| {
            let mut words = line.splitn(4, ' ').map(str::to_owned);
            Some(Entry {
                what: words.next()?,
                id: words.next()?,
                pid: words.next()?.parse().ok()?,
                more: words.next().unwrap_or_default(),
            })
        };
        whole.lines().filter_map(entry).collect()
    }

    /// Those of one kind that are about one id.
    pub fn of(&self, what: &str, id: &str) -> Vec<Entry> {
        let mut entries = self.entries();
        entries.retain(|entry| entry.what == what && entry.id == id);
        entries
    }

    /// How many there are.
    pub fn count(&self, what: &str, id: &str) -> usize {
        self.of(what, id).len()
    }

    /// Blocks until there are so many; a watchdog ends a test that waits for ever.
    pub fn wait(&self, what: &str, id: &str, count: usize) -> Vec<Entry> {
        loop {
            let entries = self.of(what, id);
            if entries.len() >= count {
                return entries;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}
