//! Traces in files, in the format that the file's name asks for.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::recording::Trace;

impl Trace {
    /// Writes the trace to a file. The extension is the format:
    ///
    /// | extension | what |
    /// |---|---|
    /// | `.html` | [a page](Trace::html) with everything |
    /// | `.svg`, or `.sequence.svg` | [the sequence diagram](Trace::sequence) as a picture |
    /// | `.entities.svg` | [the entity diagram](Trace::entities) |
    /// | `.timeline.svg` | [the timeline](Trace::timeline) |
    /// | `.mmd`, or `.sequence.mmd` | the sequence diagram as Mermaid text |
    /// | `.entities.mmd` | the entity diagram |
    /// | `.json` | [for Perfetto](Trace::perfetto) |
    ///
    /// A file that is there is replaced when the new one is complete.
    ///
    /// ```
    /// use async_mech::{invoke, trace::Trace};
    ///
    /// let (_, trace) = Trace::record(|| invoke!(|| 42).wait());
    /// # let folder = std::env::temp_dir().join(format!("async-mech-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let path = folder.join("run.entities.mmd");
    /// trace.write(&path)?;
    /// assert!(std::fs::read_to_string(&path)?.contains("flowchart"));
    /// # std::fs::remove_dir_all(&folder)?;
    /// let unknown = trace.write("run.docx").unwrap_err();
    /// assert!(unknown.to_string().contains(".html"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the extension is none of these, or the file cannot be written. The error's text says so,
    /// with the path. What was in the file is lost only where no file beside it can be made, and
    /// where the path leads to something other than a file.
    pub fn write(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let path = path.as_ref();
        let text = Format::of(path)?.text(self);
        replace(path, text.as_bytes()).map_err(|error| {
            let why = format!("cannot write the trace to {}: {error}", path.display());
            io::Error::new(error.kind(), why)
        })
    }
}

/// What to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Page,
    SequenceSvg,
    EntitiesSvg,
    TimelineSvg,
    SequenceMermaid,
    EntitiesMermaid,
    Perfetto,
}

impl Format {
    /// The one that the path asks for.
    pub(crate) fn of(path: &Path) -> io::Result<Format> {
        let lower = |text: Option<&OsStr>| text.map(|text| text.to_ascii_lowercase());
        let outer = lower(path.extension());
        let inner = lower(path.file_stem().and_then(|stem| Path::new(stem).extension()));
        let is_inner = |name: &str| inner.as_deref().is_some_and(|inner| inner == name);
        match outer.as_deref().and_then(OsStr::to_str) {
            Some("html") => Ok(Format::Page),
            Some("svg") if is_inner("entities") => Ok(Format::EntitiesSvg),
            Some("svg") if is_inner("timeline") => Ok(Format::TimelineSvg),
            Some("svg") => Ok(Format::SequenceSvg),
            Some("mmd") if is_inner("entities") => Ok(Format::EntitiesMermaid),
            Some("mmd") => Ok(Format::SequenceMermaid),
            Some("json") => Ok(Format::Perfetto),
            _ => Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!(
                    "the extension of {} is no format of a trace: .html (a page with everything), \
                     .svg (sequence diagram), .entities.svg, .timeline.svg, .mmd (sequence diagram \
                     for Mermaid), .entities.mmd and .json (for Perfetto) are",
                    path.display()
                ),
            )),
        }
    }

    fn text(self, trace: &Trace) -> String {
        match self {
            Format::Page => trace.html(),
            Format::SequenceSvg => trace.sequence().svg(),
            Format::EntitiesSvg => trace.entities().svg(),
            Format::TimelineSvg => trace.timeline().svg(),
            Format::SequenceMermaid => trace.sequence().mermaid(),
            Format::EntitiesMermaid => trace.entities().mermaid(),
            Format::Perfetto => trace.perfetto(),
        }
    }
}

/// Puts a file with this content in the place of the one that is there, if there is one.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    // Through links, which stay what they are.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let before = fs::metadata(path).ok();
    // A device or a pipe cannot be replaced, only written to.
    if before.as_ref().is_some_and(|before| !before.is_file()) {
        return File::create(path)?.write_all(content);
    }
    let (new, mut file) = match beside(path) {
        Ok(new) => new,
        // Where no file can be made one may still be written, and if not this says why.
        Err(_) => return File::create(path)?.write_all(content),
    };
    // One that is read-only says that it is to stay.
    let may_replace = before.as_ref().map_or(Ok(()), |before| {
        OpenOptions::new().write(true).open(path)?;
        file.set_permissions(before.permissions())
    });
    let written =
        may_replace.and_then(|()| file.write_all(content)).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written
}

/// A new file in the same folder.
fn beside(path: &Path) -> io::Result<(PathBuf, File)> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    loop {
        let mut new = OsStr::new(".").to_owned();
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        new.push(name);
        new.push(format!(".{}-{next}.new", std::process::id()));
        let new = path.with_file_name(new);
        match OpenOptions::new().write(true).create_new(true).open(&new) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            file => return Ok((new, file?)),
        }
    }
}
