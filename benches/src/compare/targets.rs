//! What is asked of async-mech, and whether it is reached.

use super::results::Results;
use super::table::times;
use crate::peers::{self, OURS};
use crate::workloads::{Target, Workload};

/// A target in words, what was measured, and whether that is enough.
pub(super) struct Verdict {
    pub(super) workload: &'static str,
    pub(super) target: String,
    pub(super) measured: String,
    pub(super) reached: bool,
}

/// Prints all targets of the workloads.
pub(super) fn print(workloads: &[&'static Workload], results: &Results) {
    println!("\n{:<14} {:<56} {:<16} reached", "workload", "target", "measured");
    for verdict in verdicts(workloads, results) {
        let Verdict { workload, target, measured, reached } = verdict;
        let reached = if reached { "yes" } else { "NO" };
        println!("{workload:<14} {target:<56} {measured:<16} {reached}");
    }
}

/// Of all targets whose peers were measured.
pub(super) fn verdicts(workloads: &[&'static Workload], results: &Results) -> Vec<Verdict> {
    let of = |workload: &&'static Workload| {
        let workload = *workload;
        workload.targets.iter().filter_map(move |target| judge(workload, OURS, target, results))
    };
    workloads.iter().flat_map(of).collect()
}

/// A target of this peer of ours.
fn judge(
    workload: &'static Workload,
    ours: &str,
    target: &Target,
    results: &Results,
) -> Option<Verdict> {
    let median = |peer, figure| results.spread(workload, peer, figure).map(|spread| spread.median);
    let verdict = |target, measured, reached| {
        Some(Verdict { workload: workload.name, target, measured, reached })
    };
    match *target {
        Target::Faster { than: peer, figure, times: least } => {
            let words = format!(
                "{}: {}",
                workload.figure(figure).name,
                if least == 1.0 {
                    format!("no slower than {}", name(peer))
                } else {
                    format!("{least} times faster than {}", name(peer))
                }
            );
            let measured = median(peer, figure)? / median(ours, figure)?;
            verdict(words, times(measured), measured >= least)
        }
        Target::Within { of: peer, figure, times: most } => {
            let words =
                format!("{}: within {most} times {}", workload.figure(figure).name, name(peer));
            let measured = median(ours, figure)? / median(peer, figure)?;
            verdict(words, times(measured), measured <= most)
        }
        Target::Below { limit, figure: at } => {
            let figure = workload.figure(at);
            let words = format!("{}: at most {limit} {}", figure.name, figure.unit);
            let measured = median(ours, at)?;
            verdict(words, format!("{} {}", figure.show(measured), figure.unit), measured <= limit)
        }
        Target::By(peer, target) => {
            let verdict = judge(workload, peer, target, results)?;
            Some(Verdict { target: format!("{}, {}", name(peer), verdict.target), ..verdict })
        }
    }
}

fn name(peer: &str) -> &str {
    peers::find(peer).map_or(peer, |peer| peer.name)
}
