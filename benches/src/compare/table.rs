//! Results as text on the terminal, and the cells that `BENCHMARKS.md` shows as well.

use super::results::{Results, Runs};
use crate::peers::OURS;
use crate::spread::Spread;
use crate::workloads::{Figure, Workload};

/// Prints a table for each figure of a workload.
pub(super) fn print(workload: &Workload, results: &Results) {
    println!("\n{}: {}", workload.name, workload.title);
    for at in 0..workload.width() {
        let figure = workload.figure(at);
        println!("  {} in {}", figure.name, figure.unit);
        for (peer, runs) in results.peers(workload) {
            let ratio = ratio(workload, results, runs, at).unwrap_or_default();
            println!("    {:<34}{:<36}{ratio}", peer.name, cell(runs, at, figure));
        }
    }
    for (name, why) in reasons(workload, results) {
        println!("  {name}: {why}");
    }
}

/// Median, least and most; or why there is none.
pub(super) fn cell(runs: &Runs, at: usize, figure: &Figure) -> String {
    let figures = runs.spread(at).map(|Spread { median, least, most }| {
        let [median, least, most] = [median, least, most].map(|value| figure.show(value));
        if least == most { median } else { format!("{median} ({least}..{most})") }
    });
    match (figures, runs.remark()) {
        (Some(figures), None) => figures,
        (Some(figures), Some(remark)) => format!("{figures}, {remark}"),
        (None, Some(remark)) => remark,
        (None, None) => "—".to_owned(),
    }
}

/// How many times async-mech's figure it is.
pub(super) fn ratio(
    workload: &Workload,
    results: &Results,
    runs: &Runs,
    at: usize,
) -> Option<String> {
    let ours = results.spread(workload, OURS, at)?;
    let ratio = runs.spread(at)?.median / ours.median;
    let shown = workload.figure(at).compared && ratio.is_finite();
    shown.then(|| times(ratio))
}

/// A ratio, with as many digits as make sense.
pub(super) fn times(ratio: f64) -> String {
    match ratio {
        ..0.1 => format!("{ratio:.3}x"),
        ..10.0 => format!("{ratio:.2}x"),
        _ => format!("{ratio:.0}x"),
    }
}

/// Why some have no figures.
pub(super) fn reasons(workload: &Workload, results: &Results) -> Vec<(&'static str, String)> {
    let reason = |(peer, runs): (&'static crate::peers::Peer, &Runs)| {
        let failure = runs.failures.last()?;
        Some((peer.name, format!("{}, {}", failure.word(), failure.reason())))
    };
    results.peers(workload).filter_map(reason).collect()
}
