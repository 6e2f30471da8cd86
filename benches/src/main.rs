//! `benches`: every workload against every peer that is here; see `benches --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    benches::compare::main()
}
