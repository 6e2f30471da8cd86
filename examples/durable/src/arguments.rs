//! The command line.

use std::path::PathBuf;

pub(crate) const USAGE: &str = "\
usage: durable run embedded ID FOLDER [MILLIS]
       durable run restate|resonate URL ID FOLDER [MILLIS]
       durable serve restate|resonate URL
MILLIS is what counting a file takes at least";

pub(crate) struct Arguments {
    pub(crate) engine: Engine,
    pub(crate) mode: Mode,
}

pub(crate) enum Engine {
    Embedded,
    Resonate(String),
    Restate(String),
}

pub(crate) enum Mode {
    Serve,
    Run { id: String, folder: PathBuf, millis: u64 },
}

impl Arguments {
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Arguments, String> {
        let mut next = |what: &str| args.next().ok_or(format!("{what} is missing"));
        let mode = next("`run` or `serve`")?;
        let engine = match &*next("the engine")? {
            "embedded" => Engine::Embedded,
            "resonate" => Engine::Resonate(next("the server's URL")?),
            "restate" => Engine::Restate(next("the server's URL")?),
            other => return Err(format!("there is no engine `{other}`")),
        };
        let mode = match (&*mode, &engine) {
            ("serve", Engine::Embedded) => {
                return Err("`embedded` is this process alone: nobody could ask it".to_owned());
            }
            ("serve", _) => Mode::Serve,
            ("run", _) => {
                let (id, folder) = (next("the id")?, next("the folder")?.into());
                let millis = next("").unwrap_or("0".to_owned());
                let millis = millis.parse().map_err(|error| format!("`{millis}`: {error}"))?;
                Mode::Run { id, folder, millis }
            }
            (other, _) => return Err(format!("`{other}` is neither `run` nor `serve`")),
        };
        match args.next() {
            None => Ok(Arguments { engine, mode }),
            Some(more) => Err(format!("`{more}` is one too many")),
        }
    }
}
