//! `soak`: `ASYNC_MECH_SOAK` is for how many seconds, 120 unless it is set.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use tests::Random;
use tests_soak::books::Balance;
use tests_soak::figures::{Row, growth};
use tests_soak::{load, round, spans};

/// Of load, in a round.
const ROUND: Duration = Duration::from_secs(3);

fn main() -> ExitCode {
    let seconds = std::env::var("ASYNC_MECH_SOAK").ok().and_then(|text| text.parse().ok());
    match soak(Duration::from_secs(seconds.unwrap_or(120))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("\nfailed: {why}");
            ExitCode::FAILURE
        }
    }
}

fn soak(length: Duration) -> Result<(), String> {
    load::watch_panics();
    spans::count();
    let seed = std::env::var("ASYNC_MECH_SOAK_SEED").ok().and_then(|text| text.parse().ok());
    let mut random = Random::new(seed.unwrap_or(1));
    let began = Instant::now();
    let mut rows = Vec::with_capacity(10_000);
    let mut before = Balance::default();
    println!("{}", Row::HEADINGS);
    let mut rounds = |length| {
        let until = Instant::now() + length;
        while Instant::now() < until {
            round::round(ROUND, &mut random)?;
            let balance = load::balance();
            let row = Row::now(began.elapsed(), balance.since(&before));
            println!("{row}");
            rows.push(row);
            before = balance;
        }
        round::rest()?;
        let row = Row::now(began.elapsed(), Balance::default());
        println!("{row}  rested");
        Ok::<Row, String>(row)
    };
    let rested = [rounds(length / 3)?, rounds(length * 2 / 3)?];

    println!(
        "\n{:<14} {:>10} {:>10} {:>9} {:>9}",
        "load", "invoked", "completed", "failed", "cancelled"
    );
    let accounts = load::kinds().map(|kind| (kind.name, kind.account.balance()));
    for (name, Balance { invoked, completed, failed, cancelled }) in
        accounts.chain([("all", load::balance())])
    {
        println!("{name:<14} {invoked:>10} {completed:>10} {failed:>9} {cancelled:>9}");
    }
    println!("\ninvoked = completed + failed + cancelled; {} spans, all closed", spans::opened());

    println!("\n{:<19} {:>12} {:>12} {:>10} {:>10}", "", "before", "after", "growth", "at most");
    let growth = growth(&rows, &rested);
    growth.iter().for_each(|growth| println!("{growth}"));
    if growth.iter().all(|growth| growth.is_flat()) { Ok(()) } else { Err("a figure grows".into()) }
}
