//! `live [SECONDS]`: a program that can be watched in a browser while it runs.
//!
//! A restaurant: tables order, a waiter invokes what each order needs, and three cooks at a time work
//! on it. Now and then something is burnt, or a guest leaves. It prints the page's address, and goes on
//! until Ctrl-C, or for so many seconds.

use async_mech::{Promise, invocable, invoke, map_bounded, sleep, trace};
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

/// How many orders are under way at a time.
const TABLES: usize = 3;

#[derive(Clone, Copy, Debug)]
enum Dish {
    Soup,
    Pasta,
    Cake,
}

const MENU: [Dish; 3] = [Dish::Soup, Dish::Pasta, Dish::Cake];

#[async_mech::main]
fn main() -> ExitCode {
    let seconds = match std::env::args().nth(1).map(|text| text.parse()) {
        None => None,
        Some(Ok(seconds)) => Some(Duration::from_secs(seconds)),
        Some(Err(_)) => {
            eprintln!("usage: live [SECONDS]");
            return ExitCode::from(2);
        }
    };
    run(seconds).map_or_else(
        |error| {
            eprintln!("live: {error}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

fn run(time: Option<Duration>) -> Result<(), Box<dyn Error>> {
    // The system chooses the port.
    let server = trace::serve("127.0.0.1:0")?;
    println!("{}", server.url());

    let evening = invoke!(evening());
    let closing = evening.clone();
    ctrlc::set_handler(move || {
        closing.cancel();
    })?;
    let Some(time) = time else {
        // Cancelled by Ctrl-C, which is how it is meant to end.
        let _ = evening.outcome();
        return Ok(());
    };
    if let Err(timed_out) = evening.wait_timeout(time) {
        let evening = timed_out.into_promise();
        evening.cancel();
        let _ = evening.outcome();
    }
    Ok(())
}

/// Serves one table after the other, and never ends.
#[invocable]
fn evening() {
    let served = map_bounded(1.., TABLES, serve);
    for (table, bill) in served.enumerate() {
        if let Err(failure) = bill {
            eprintln!("order {}: {}", table + 1, failure.message());
        }
    }
}

/// What one table orders: its dishes are cooked at once, and it pays for all of them.
#[invocable]
fn serve(table: u32) -> u32 {
    sleep(milliseconds(table, 400, 1_500));
    let dishes = (0..=table % 3).map(|n| invoke!(cook(MENU[n as usize], table + n)));
    Promise::all(dishes).await.into_iter().sum()
}

/// Cooks a dish, which may go wrong; gives its price.
#[invocable]
fn cook(dish: Dish, number: u32) -> u32 {
    let (chopped, fetched) = (invoke!(chop(number)), invoke!(fetch(number)));
    chopped.await;
    fetched.await;
    sleep(milliseconds(number, 200, 900));
    assert!(number % 7 != 6, "the {dish:?} is burnt");
    10 + number % 5
}

#[invocable]
fn chop(number: u32) {
    sleep(milliseconds(number, 100, 400));
}

#[invocable]
fn fetch(number: u32) {
    sleep(milliseconds(number, 50, 800));
}

/// A time between two others, which differs from one number to the next.
fn milliseconds(number: u32, from: u64, to: u64) -> Duration {
    Duration::from_millis(from + u64::from(number.wrapping_mul(2_654_435_761) >> 16) % (to - from))
}
