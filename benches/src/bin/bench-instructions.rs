//! `bench-instructions [--check | --update]`: instructions of a few workloads, and their ceilings.

use std::process::ExitCode;

fn main() -> ExitCode {
    benches::instructions::main()
}
