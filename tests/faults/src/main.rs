//! The program that faults are done to: each test runs it in a process of its own.
//!
//! `faulty WHAT [NUMBERS]`; what it prints at its end says that all was well.

mod ending;
mod million;
mod refusal;
mod signals;
mod spawning;
mod work;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().unwrap_or_default();
    let numbers: Vec<usize> = arguments.map(|text| text.parse().expect("a number")).collect();
    let number = |index: usize| numbers.get(index).copied();
    // At first, as there may be no thread for it later.
    let _watchdog = tests::watched();
    match what.as_str() {
        "work" => work::on_a_loop(number(0).unwrap_or(0), number(1).unwrap_or(0)),
        "work-without-files" => work::without_files(),
        "stranger-at-a-ceiling" => work::stranger_at_a_ceiling(),
        "work-again" => work::again(number(0).unwrap_or(1)),
        "join-after-a-refusal" => refusal::a_join_goes_on(),
        "chains" => work::chains(number(0).unwrap_or(0), number(1).unwrap_or(0)),
        "main-returns" => return ending::main_returns(),
        "exit-in-main" => ending::exit_in_main(),
        "exit-in-an-invocation" => ending::exit_in_an_invocation(),
        "abort-in-an-invocation" => ending::abort_in_an_invocation(),
        "spawn" => spawning::spawn(number(0).unwrap_or(1)),
        "signals" => signals::signals(number(0).unwrap_or(1)),
        "million" => million::million(number(0).unwrap_or(1)),
        _ => panic!("no such program: {what}"),
    }
    println!("all done");
    ExitCode::SUCCESS
}
