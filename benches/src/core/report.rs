//! Prints the figures of a workload, and at the end the targets.

use super::plan::Results;
use super::workloads::{Figure, OURS, Target, Workload};
use crate::spread::Spread;

/// A table for each figure of a workload.
pub(super) fn print(workload: &'static Workload, results: &Results) {
    println!("\n{}: {}", workload.name, workload.title);
    for (at, figure) in workload.figures.iter().enumerate() {
        println!("  {} in {}", figure.name, figure.unit);
        let ours = results.spread(workload.name, OURS, at);
        for contender in workload.contenders {
            print!("    {:<22}", contender.name);
            match (results.spread(workload.name, contender.name, at), &ours) {
                (Err(why), _) => println!("{why}"),
                (Ok(spread), Ok(ours)) if contender.name != OURS && figure.compared => {
                    println!(
                        "{}  {:.1}x {OURS}",
                        show(spread, figure),
                        spread.median / ours.median
                    );
                }
                (Ok(spread), _) => println!("{}", show(spread, figure)),
            }
        }
    }
}

fn show(spread: Spread, figure: &Figure) -> String {
    let Spread { median, least, most } = spread;
    let extremes = format!("({}..{})", number(least, figure), number(most, figure));
    format!("{:>10} {extremes:<22}", number(median, figure))
}

fn number(value: f64, figure: &Figure) -> String {
    format!("{value:.*}", figure.decimals)
}

/// Which targets are reached.
pub(super) fn print_targets(workloads: &[&'static Workload], results: &Results) {
    println!("\n{:<10} {:<52} {:<24} reached", "workload", "target", "measured");
    for workload in workloads {
        for target in workload.targets {
            let (measured, reached) =
                judge(workload, target, results).unwrap_or_else(|why| (why, false));
            let reached = if reached { "yes" } else { "NO" };
            println!(
                "{:<10} {:<52} {measured:<24} {reached}",
                workload.name,
                target.text(workload)
            );
        }
    }
}

fn judge(
    workload: &'static Workload,
    target: &Target,
    results: &Results,
) -> Result<(String, bool), String> {
    match *target {
        Target::Faster { than, figure, times } => {
            let ours = results.spread(workload.name, OURS, figure)?;
            let other = results.spread(workload.name, than, figure)?;
            let measured = other.median / ours.median;
            Ok((format!("{measured:.2}x"), measured >= times))
        }
        Target::Below { limit, figure } => {
            let ours = results.spread(workload.name, OURS, figure)?.median;
            let figure = &workload.figures[figure];
            Ok((format!("{} {}", number(ours, figure), figure.unit), ours < limit))
        }
    }
}
