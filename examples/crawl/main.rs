//! `crawl [URL] [--at-once N] [--pages N] [--timeout SECS] [--deadline SECS]`: a polite crawler.
//!
//! Fetches what URL leads to on its host: N pages at a time (8), N in all (1,000), each within its
//! timeout (5 s). Failures are reported on stderr and stop nothing; a summary ends it. Without a URL
//! it crawls a small site of its own, in which much is wrong. `http` only: there is no TLS in here.
//!
//! The fetches are plain blocking calls of `ureq`, each an invocation. Ctrl-C and the deadline
//! cancel one promise, that of the whole crawl, and the summary says how far it came.

mod arguments;
mod crawl;
mod fetch;
mod hosts;
mod links;
mod progress;
mod site;
mod summary;

use arguments::Arguments;
use async_mech::{FailureKind, invoke};
use crawl::crawl;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;
use summary::Summary;

/// As a shell has it for a program that Ctrl-C has ended.
const INTERRUPTED: u8 = 130;

#[async_mech::main]
fn main() -> ExitCode {
    let Some(arguments) = Arguments::parse(std::env::args().skip(1)) else {
        eprintln!(
            "usage: crawl [URL] [--at-once N] [--pages N] [--timeout SECS] [--deadline SECS]"
        );
        return ExitCode::from(2);
    };
    run(arguments).unwrap_or_else(|error| {
        eprintln!("crawl: {error}");
        ExitCode::FAILURE
    })
}

fn run(arguments: Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let start = match &arguments.start {
        Some(url) => url.clone(),
        None => site::start()?,
    };
    let (began, deadline) = (Instant::now(), arguments.deadline);
    // Not the crawl's value: that would be lost with it when it is cancelled.
    let summary = Arc::new(Summary::default());
    let crawl = invoke!(crawl(start.clone(), arguments, Arc::clone(&summary)));

    let interrupted = crawl.clone();
    ctrlc::set_handler(move || {
        interrupted.cancel();
    })?;
    eprintln!("crawl: {start}, Ctrl-C ends it");

    let outcome = crawl.wait_timeout(deadline).unwrap_or_else(|timed_out| {
        let crawl = timed_out.into_promise();
        crawl.cancel();
        // It ends at once, for it does nothing but await.
        crawl.outcome()
    });
    let (end, code) = match outcome {
        Ok(()) => ("to the end", ExitCode::SUCCESS),
        Err(failure) if failure.kind() != FailureKind::Cancelled => return Err(failure.into()),
        Err(_) if began.elapsed() >= deadline => ("until the deadline", ExitCode::SUCCESS),
        Err(_) => ("until interrupted", ExitCode::from(INTERRUPTED)),
    };
    print!("crawled {end}\n{summary}");
    println!("{:<14}{:>7.1}", "seconds", began.elapsed().as_secs_f64());
    Ok(code)
}
