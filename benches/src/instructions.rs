//! `bench-instructions [--check | --update]`: not yet.

use std::process::ExitCode;

/// The command.
#[must_use]
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
