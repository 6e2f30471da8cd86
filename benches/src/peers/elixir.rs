//! Elixir: `Task.async` and `Task.await`, and the article's own event loop.

use std::ffi::OsString;
use std::path::Path;

use super::external::{COMMON, Program, run, version, write};
use super::{How, Peer};

pub(super) static TASK: Peer = Peer {
    id: "elixir-task",
    name: "Elixir Task",
    about: "`Task.async` and `Task.await`, compiled, with room for 5,000,000 processes; `Enum.map` and `await_many` for lists",
    how: How::Elsewhere(&Program {
        workloads: &[COMMON],
        refuses: &[],
        build: |below| build(below, "task"),
        version: || version(&["elixir", "--version"]),
    }),
};

pub(super) static ARTICLE: Peer = Peer {
    id: "elixir-article",
    name: "Elixir, the article's loop",
    about: "the article's `EventLoop`, a GenServer that keeps all promises, and its `Async`, as written there",
    how: How::Elsewhere(&Program {
        workloads: &[COMMON],
        refuses: &[],
        build: |below| build(below, "article"),
        version: || version(&["elixir", "--version"]),
    }),
};

const SOURCES: &[(&str, &str)] = &[
    ("article.ex", include_str!("../../peers/elixir/article.ex")),
    ("task_peer.ex", include_str!("../../peers/elixir/task_peer.ex")),
    ("article_peer.ex", include_str!("../../peers/elixir/article_peer.ex")),
    ("bench.ex", include_str!("../../peers/elixir/bench.ex")),
];

fn build(below: &Path, peer: &str) -> Result<Vec<OsString>, String> {
    // A directory for each, since both are built and one may be cut short.
    let directory = below.join(format!("elixir-{peer}"));
    write(&directory, SOURCES)?;
    let mut command = vec!["elixirc", "--ignore-module-conflict"];
    command.extend(SOURCES.iter().map(|(name, _)| *name));
    run(&directory, &command)?;
    let mut command: Vec<OsString> =
        ["elixir", "--erl", "+P 5000000", "-pa"].map(Into::into).into();
    command.push(directory.into());
    command.extend(["-e", "Bench.main()", "--", peer].map(OsString::from));
    Ok(command)
}
