//! Counts the lines of a folder's files: in this process, or by workers of a durable engine.
//!
//! ```text
//! durable run embedded lines-1 FOLDER
//! durable serve restate http://127.0.0.1:8080            any number of these
//! durable run restate http://127.0.0.1:8080 lines-1 FOLDER
//! ```
//!
//! `resonate` in place of `restate` works as well. A worker that is killed loses nothing: what it ran
//! runs again elsewhere, and what is counted is not counted again.

mod arguments;
mod lines;

use std::error::Error;
use std::io::Read;
use std::process::ExitCode;

use async_mech::durable::{self, Handle};

use crate::arguments::{Arguments, Engine, Mode};

#[async_mech::main]
fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(mistake) => {
            eprintln!("durable: {mistake}\n{}", arguments::USAGE);
            return ExitCode::from(2);
        }
    };
    match act(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("durable: {error}");
            ExitCode::FAILURE
        }
    }
}

fn act(Arguments { engine, mode }: Arguments) -> Result<(), Box<dyn Error>> {
    let engine = connect(&engine, matches!(mode, Mode::Serve))?;
    match mode {
        Mode::Serve => {
            eprintln!("serving as process {}, until the end of the input", std::process::id());
            std::io::stdin().read_to_end(&mut Vec::new())?;
        }
        Mode::Run { id, folder, millis } => {
            // The same id again runs nothing again.
            let report = engine.invoke(id, lines::report, (folder, millis))?.wait()?;
            for (file, lines) in &report {
                println!("{lines:7} {}", file.display());
            }
            println!("{:7} in all", report.iter().map(|(_, lines)| lines).sum::<u64>());
        }
    }
    Ok(())
}

/// A worker of that engine, or a client.
fn connect(engine: &Engine, serves: bool) -> Result<Handle, durable::Error> {
    match engine {
        Engine::Embedded => durable::embedded(),
        Engine::Resonate(url) => {
            let engine = async_mech_resonate::connect(url)?.group("lines");
            if serves { engine.start() } else { engine.client() }
        }
        Engine::Restate(url) => {
            let engine = async_mech_restate::connect(url)?.group("lines");
            if serves { engine.start() } else { engine.client() }
        }
    }
}
