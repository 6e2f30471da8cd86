//! `bench-core [--rounds N] [WORKLOAD ..]`: what invoke and await cost, beside plain threads.

use std::process::ExitCode;

fn main() -> ExitCode {
    benches::core::main()
}
