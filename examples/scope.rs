//! The most frequent words of some files, each counted in place: `scope FILE..`.
//!
//! The texts stay where they are: every invocation borrows its part of them, and the scope ends
//! when all of them have.

use async_mech::{invocable, invoke, scope};
use std::collections::HashMap;
use std::process::ExitCode;

/// How often each word of the text occurs.
fn count(text: &str) -> HashMap<&str, usize> {
    let mut counts = HashMap::new();
    for word in text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()) {
        *counts.entry(word).or_default() += 1;
    }
    counts
}

/// The same of several texts, side by side.
#[invocable]
fn count_all(texts: &[String]) -> HashMap<&str, usize> {
    scope(|s| {
        let counts: Vec<_> = texts.iter().map(|text| invoke!(s => count(text))).collect();
        let mut total = HashMap::new();
        for count in counts {
            for (word, times) in count.await {
                *total.entry(word).or_default() += times;
            }
        }
        total
    })
}

#[async_mech::main]
fn main() -> ExitCode {
    let texts: Result<Vec<_>, _> = std::env::args().skip(1).map(std::fs::read_to_string).collect();
    let texts = match texts {
        Ok(texts) if !texts.is_empty() => texts,
        Ok(_) => {
            eprintln!("usage: scope FILE..");
            return ExitCode::from(2);
        }
        Err(error) => {
            eprintln!("scope: {error}");
            return ExitCode::FAILURE;
        }
    };

    let mut counts: Vec<_> = count_all(&texts).into_iter().collect();
    counts.sort_by(|(a, m), (b, n)| n.cmp(m).then(a.cmp(b)));
    for (word, times) in counts.iter().take(10) {
        println!("{times:6} {word}");
    }
    ExitCode::SUCCESS
}
