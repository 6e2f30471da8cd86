//! The workers of a group, and their end.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use async_mech::durable::Handle;
use tests::Watchdog;

use crate::log::{FILE, Log};
use crate::rig::Rig;

/// A group of worker processes, a folder, a log, and a watchdog.
#[allow(missing_debug_implementations)]
pub struct Group<'a, R: Rig> {
    /// The engine.
    pub rig: &'a mut R,
    /// Its name: no other run has it.
    pub name: String,
    /// What happens.
    pub log: Log,
    folder: PathBuf,
    workers: Vec<Child>,
    client: Handle,
    binary: &'static str,
    _watchdog: Watchdog,
}

impl<'a, R: Rig> Group<'a, R> {
    /// So many workers of that binary.
    pub fn of(rig: &'a mut R, binary: &'static str, workers: usize) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let started = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("it is later").as_millis();
        let name = format!("group-{started}-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(&name);
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        let log = Log::new(&folder);
        let client = rig.client(&name);
        let mut group = Group {
            rig,
            client,
            name,
            log,
            folder,
            workers: Vec::new(),
            binary,
            _watchdog: tests::watched(),
        };
        (0..workers).for_each(|_| group.start());
        group
    }

    /// A file that is not there yet.
    pub fn gate(&self) -> PathBuf {
        self.folder.join("gate")
    }

    /// Makes that file.
    pub fn open(&self) {
        std::fs::write(self.gate(), "").expect("a file can be made");
    }

    /// An id that no other run has.
    pub fn id(&self, name: &str) -> String {
        format!("{}-{name}", self.name)
    }

    /// A client, which lives as long as this.
    pub fn client(&self) -> Handle {
        self.client.clone()
    }

    /// A client of its own.
    pub fn another_client(&self) -> Handle {
        self.rig.client(&self.name)
    }

    /// One more worker, which is ready.
    pub fn start(&mut self) {
        let binary = self.binary;
        self.start_of(binary);
    }

    /// One more worker, of that binary.
    pub fn start_of(&mut self, binary: &str) {
        let mut command = Command::new(binary);
        command.env(FILE, self.log.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        self.rig.connect(&mut command, &self.name);
        let mut worker = command.spawn().expect("a worker starts");
        let mut line = String::new();
        let out = worker.stdout.take().expect("piped");
        BufReader::new(out).read_line(&mut line).expect("a worker speaks");
        assert_eq!(line, "ready\n", "a worker connects");
        self.workers.push(worker);
    }

    /// The processes.
    pub fn pids(&self) -> Vec<u32> {
        self.workers.iter().map(Child::id).collect()
    }

    /// Kills that worker, without a word.
    pub fn kill(&mut self, pid: u32) {
        let at = self.workers.iter().position(|worker| worker.id() == pid).expect("a worker");
        let mut worker = self.workers.swap_remove(at);
        worker.kill().expect("it can be killed");
        worker.wait().expect("it can be waited for");
    }
}

impl<R: Rig> Drop for Group<'_, R> {
    fn drop(&mut self) {
        for worker in &mut self.workers {
            let _ = worker.kill();
            let _ = worker.wait();
        }
        if std::thread::panicking() {
            eprintln!("the log:\n{}", read(self.log.path()));
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}
