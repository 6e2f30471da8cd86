//! `ASYNC_MECH_TRACE`: the trace of a whole program, whether its `main` knows of it or not.

use std::env;
use std::fmt;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use super::recording::{Recording, Trace};
use super::values;
use super::write::Format;

const PATH: &str = "ASYNC_MECH_TRACE";
const VALUES: &str = "ASYNC_MECH_TRACE_VALUES";

/// A recording of the program that the environment asks for.
pub(crate) struct OfMain {
    path: PathBuf,
    recording: Recording,
}

impl OfMain {
    /// Begins to record, if the environment says so. A `main` that is called within `main` is part of
    /// what is recorded.
    pub(crate) fn start() -> Option<OfMain> {
        static BEGUN: AtomicBool = AtomicBool::new(false);
        let path = PathBuf::from(env::var_os(PATH).filter(|path| !path.is_empty())?);
        if BEGUN.swap(true, Ordering::Relaxed) {
            return None;
        }
        // Now, rather than after a run that may have taken hours.
        if let Err(error) = Format::of(&path) {
            say(format_args!("{PATH}: {error}; nothing is recorded"));
            return None;
        }
        set_length();
        Some(OfMain { path, recording: Trace::start() })
    }

    /// Writes what has happened so far. Whatever goes wrong here is said, and changes nothing.
    pub(crate) fn write(self) {
        let trace = self.recording.stop();
        let path = self.path.display();
        let written = catch_unwind(AssertUnwindSafe(|| trace.write(&self.path)));
        match written {
            Ok(Ok(())) if trace.lost() > 0 => {
                say(format_args!("{PATH}: {path} lacks the last {} events", trace.lost()));
            }
            Ok(Ok(())) => {}
            Ok(Err(error)) => say(format_args!("{PATH}: {error}")),
            // The panic hook has said more.
            Err(_) => say(format_args!("{PATH}: cannot draw the trace for {path}: a panic")),
        }
    }
}

/// How much of a value is shown.
fn set_length() {
    let Some(length) = env::var_os(VALUES).filter(|length| !length.is_empty()) else { return };
    match length.to_str().map(str::parse) {
        Some(Ok(length)) => values::cut_values_at(length),
        _ => say(format_args!(
            "{VALUES}: {} is no number of bytes; values are cut as usual",
            length.display()
        )),
    }
}

/// A program without a stderr does not fail for that.
fn say(what: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "async-mech: {what}");
}
