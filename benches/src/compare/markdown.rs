//! Writes the tables of `BENCHMARKS.md` between its markers; the prose around them stays.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use super::About;
use super::chart;
use super::results::Results;
use super::table::{cell, ratio, reasons};
use super::targets::{self, Verdict};
use crate::peers;
use crate::workloads::Workload;

const BEGIN: &str = "<!-- results: what `cargo run --release -p benches` writes begins here -->\n";
const END: &str = "<!-- results: it ends here -->\n";

/// The repository, where it was when this was compiled.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Replaces what is between the markers.
pub(super) fn write(
    about: &About,
    workloads: &[&'static Workload],
    results: &Results,
) -> Result<(), String> {
    let path = root().join("BENCHMARKS.md");
    let text = fs::read_to_string(&path).map_err(|error| format!("BENCHMARKS.md: {error}"))?;
    let parts =
        text.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) = parts.ok_or("BENCHMARKS.md has lost its markers")?;
    let text = format!("{before}{BEGIN}\n{}\n{END}{after}", tables(about, workloads, results));
    fs::write(&path, text).map_err(|error| format!("BENCHMARKS.md: {error}"))
}

fn tables(about: &About, workloads: &[&'static Workload], results: &Results) -> String {
    let mut text = String::new();
    let mut line = |line: &str| {
        text.push_str(line);
        text.push('\n');
    };
    line("## The machine\n");
    line(&format!("- {}", about.machine));
    line(&format!("- {} rounds; load averages at the start: {}", about.rounds, about.load));
    about.versions.iter().for_each(|version| line(&format!("- {version}")));
    line("\n## The peers\n");
    line("| peer | how it is set up |\n|---|---|");
    for peer in peers::ALL {
        // A bar ends a cell, in code as well.
        line(&format!("| {} | {} |", peer.name, peer.about.replace('|', "\\|")));
    }
    line("\n## What is asked of async-mech\n");
    line("| workload | target | measured | reached |\n|---|---|---|---|");
    for verdict in targets::verdicts(workloads, results) {
        let Verdict { workload, target, measured, reached } = verdict;
        let reached = if reached { "yes" } else { "**no**" };
        line(&format!("| [{workload}](#{workload}) | {target} | {measured} | {reached} |"));
    }
    for workload in workloads {
        line("");
        line(of_workload(workload, results).trim_end());
    }
    text
}

fn of_workload(workload: &Workload, results: &Results) -> String {
    let mut text = format!("## {}\n\n{}. ", workload.name, capital(workload.title));
    let _ = writeln!(text, "Before the clock starts: {}.\n", workload.warm_up);
    if workload.chart {
        let _ = writeln!(text, "![{}]({})\n", workload.name, chart::link(workload));
    }
    let (mut head, mut rule) = ("| |".to_owned(), "|---|".to_owned());
    for at in 0..workload.width() {
        let figure = workload.figure(at);
        let _ = write!(head, " {}, {} |", figure.name, figure.unit);
        rule.push_str("---|");
        if figure.compared {
            head.push_str(" ratio |");
            rule.push_str("---|");
        }
    }
    let _ = writeln!(text, "{head}\n{rule}");
    for (peer, runs) in results.peers(workload) {
        let _ = write!(text, "| {} |", peer.name);
        for at in 0..workload.width() {
            let figure = workload.figure(at);
            let _ = write!(text, " {} |", cell(runs, at, figure));
            if figure.compared {
                let ratio = ratio(workload, results, runs, at).unwrap_or_default();
                let _ = write!(text, " {ratio} |");
            }
        }
        text.push('\n');
    }
    let reasons = reasons(workload, results);
    if !reasons.is_empty() {
        text.push('\n');
    }
    for (name, why) in reasons {
        // What a program printed may hold what Markdown takes for its own.
        let _ = writeln!(text, "- {name}: `{}`", why.replace('`', "'"));
    }
    text
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
