//! rustdoc, allowed to write its documentation as data.
//!
//! That output is unstable, so it takes `RUSTC_BOOTSTRAP`. Cargo gets this program as `RUSTDOC`, and
//! so the variable is that of rustdoc alone: set for Cargo, it would build all dependencies anew.

use std::env;
use std::process::{Command, exit};

fn main() {
    let status = Command::new("rustdoc")
        .args(env::args_os().skip(1))
        .env("RUSTC_BOOTSTRAP", "1")
        .env_remove("RUSTDOC")
        .status()
        .expect("rustdoc is there");
    exit(status.code().unwrap_or(1));
}
