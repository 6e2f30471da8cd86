//! Output as `sha256sum` has it: sums on stdout, failures on stderr.

use crate::hash::{Hashed, Sum};
use crate::progress::Progress;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::path::Path;

/// Where sums and failures go.
#[derive(Debug)]
pub(crate) struct Output<'p> {
    stdout: BufWriter<StdoutLock<'static>>,
    /// Whether stdout is a terminal, which then shows each sum at once.
    is_terminal: bool,
    progress: &'p Progress,
    /// Whether something failed.
    pub(crate) failed: bool,
}

impl<'p> Output<'p> {
    /// Takes stdout.
    pub(crate) fn new(progress: &'p Progress) -> Self {
        let stdout = io::stdout().lock();
        Output {
            is_terminal: stdout.is_terminal(),
            stdout: BufWriter::new(stdout),
            progress,
            failed: false,
        }
    }

    /// Writes the line for a file; fails only if stdout does.
    pub(crate) fn file(&mut self, file: &Hashed) -> io::Result<()> {
        match &file.sum {
            Ok(sum) => self.sum(&file.path, sum),
            Err(error) => {
                self.failure(&file.path, error);
                Ok(())
            }
        }
    }

    fn sum(&mut self, path: &Path, sum: &Sum) -> io::Result<()> {
        let line = line(path, sum);
        if self.is_terminal {
            let _paused = self.progress.pause();
            self.stdout.write_all(&line)?;
            self.stdout.flush()
        } else {
            self.stdout.write_all(&line)
        }
    }

    /// Says that `path` failed, and notes it for the exit status.
    pub(crate) fn failure(&mut self, path: &Path, error: &io::Error) {
        self.failed = true;
        let _paused = self.progress.pause();
        let message = format!("checksum: {}: {}\n", name(path), reason(error));
        // Nothing is left to do if stderr is closed.
        let _ = io::stderr().write_all(message.as_bytes());
    }

    /// Writes what is buffered.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }
}

/// The line for a file: `sum  path`, and a backslash before it if the path had to be escaped.
fn line(path: &Path, sum: &Sum) -> Vec<u8> {
    let path = path.as_os_str().as_encoded_bytes();
    let mut line = Vec::with_capacity(2 * sum.len() + path.len() + 4);
    if path.iter().any(|byte| escape(*byte).is_some()) {
        line.push(b'\\');
    }
    for byte in sum {
        // Writing to a vector cannot fail.
        let _ = write!(line, "{byte:02x}");
    }
    line.extend(b"  ");
    for byte in path {
        match escape(*byte) {
            Some(escaped) => line.extend(escaped),
            None => line.push(*byte),
        }
    }
    line.push(b'\n');
    line
}

/// The bytes that would break a line or an escape, as GNU coreutils 9 writes them.
fn escape(byte: u8) -> Option<&'static [u8]> {
    match byte {
        b'\\' => Some(br"\\"),
        b'\n' => Some(br"\n"),
        b'\r' => Some(br"\r"),
        _ => None,
    }
}

/// A path as a message shows it: quoted if it could be misread.
fn name(path: &Path) -> String {
    match path.to_str() {
        Some(plain) if !plain.is_empty() && !plain.contains(char::is_control) => plain.into(),
        _ => format!("{path:?}"),
    }
}

/// An error in the system's words, without the number that `std` adds.
fn reason(error: &io::Error) -> String {
    let mut text = error.to_string();
    if let Some(number) = text.find(" (os error ") {
        text.truncate(number);
    }
    text
}
