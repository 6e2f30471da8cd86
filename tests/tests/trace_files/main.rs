//! Traces in files: by `Trace::write`, and of programs that know nothing of it.

mod evcxr;
mod formats;
mod program;
mod replacing;
mod scratch;
