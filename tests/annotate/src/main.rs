//! Annotates every function of a crate with `#[invocable]`, where it is unpacked: does it still
//! compile, do its own tests still pass?
//!
//! `annotate [--impls] [--clippy] <directory> [arguments of cargo check]` edits the sources in
//! place, so it is for a scratch copy. What the compiler refuses is taken back and said. Then `cargo
//! test` in the directory tells the rest.
//!
//! With `--impls` the attribute goes on impl blocks, where all functions of a block can have it; with
//! `--clippy` clippy says what there is to warn of.

mod cargo;
mod functions;
mod manifest;
mod report;
mod sources;

use std::path::PathBuf;
use std::process::ExitCode;

use sources::Sources;

/// How to annotate.
#[derive(Clone, Copy, Default)]
struct Options {
    impls: bool,
    clippy: bool,
}

fn main() -> ExitCode {
    let mut options = Options::default();
    let mut args = std::env::args().skip(1).peekable();
    while let Some(option) = args.next_if(|arg| arg.starts_with("--")) {
        match option.as_str() {
            "--impls" => options.impls = true,
            "--clippy" => options.clippy = true,
            _ => return usage(),
        }
    }
    let Some(directory) = args.next().map(PathBuf::from) else { return usage() };
    match run(directory, options, args.collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: annotate [--impls] [--clippy] <directory> [arguments of cargo check]");
    ExitCode::FAILURE
}

/// Annotates and compiles until nothing is refused any more.
fn run(directory: PathBuf, options: Options, args: Vec<String>) -> Result<(), String> {
    let command = if options.clippy { "clippy" } else { "check" };
    let needs_extern_crate = manifest::prepare(&directory)?;
    let before = cargo::check(command, &directory, &args)?;
    if let Some(error) = before.errors.first() {
        return Err(format!("the crate does not compile as it is: {}", error.text));
    }
    manifest::depend_on_async_mech(&directory)?;
    let mut sources = Sources::read(&directory, needs_extern_crate, options.impls)?;
    loop {
        sources.write()?;
        let after = cargo::check(command, &directory, &args)?;
        if after.errors.is_empty() {
            report::print(&sources, &before.warnings, &after.warnings);
            return Ok(());
        }
        let refused = after.errors.iter().filter(|error| sources.refuse(error)).count();
        if refused == 0 {
            let error = &after.errors[0];
            return Err(format!("not in an annotated function: {}", error.rendered));
        }
        eprintln!("{refused} errors in annotated functions: once more without these");
    }
}
