//! Traces in files: by `Trace::write`, and of programs that know nothing of it.

mod formats;
mod program;
mod replacing;
mod scratch;
