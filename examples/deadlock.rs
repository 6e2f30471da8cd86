//! A trade in which everybody waits for somebody else: a deadlock that is told, not one that hangs.
//!
//! The seller ships when he is paid, the buyer pays when he has the goods, and the carrier delivers
//! what was shipped. The await that closes the circle fails, with a line for each execution in it.
//! As it unwinds, it releases the others. Paid in advance, the same trade goes through.

use async_mech::{Promise, invocable, invoke};
use std::sync::{Arc, OnceLock};

/// What each party does once, and whoever needs it awaits.
struct Trade {
    in_advance: bool,
    shipment: OnceLock<Promise<String>>,
    delivery: OnceLock<Promise<String>>,
    payment: OnceLock<Promise<String>>,
}

impl Trade {
    fn new(in_advance: bool) -> Arc<Trade> {
        let (shipment, delivery, payment) = Default::default();
        Arc::new(Trade { in_advance, shipment, delivery, payment })
    }

    // Whoever asks first invokes it. Nobody waits here: a promise is a value.

    fn shipment(self: &Arc<Self>) -> Promise<String> {
        self.shipment.get_or_init(|| invoke!(ship(self.clone()))).clone()
    }

    fn delivery(self: &Arc<Self>) -> Promise<String> {
        self.delivery.get_or_init(|| invoke!(deliver(self.clone()))).clone()
    }

    fn payment(self: &Arc<Self>) -> Promise<String> {
        self.payment.get_or_init(|| invoke!(pay(self.clone()))).clone()
    }
}

#[invocable]
fn ship(trade: Arc<Trade>) -> String {
    let payment = trade.payment().await;
    format!("{payment}, shipped")
}

#[invocable]
fn deliver(trade: Arc<Trade>) -> String {
    let shipment = trade.shipment().await;
    format!("{shipment}, delivered")
}

#[invocable]
fn pay(trade: Arc<Trade>) -> String {
    if trade.in_advance {
        return "paid".to_owned();
    }
    let delivery = trade.delivery().await;
    format!("{delivery}, paid")
}

/// Asks each party how it went.
fn settle(trade: &Arc<Trade>) {
    let parties =
        [("seller", trade.shipment()), ("carrier", trade.delivery()), ("buyer", trade.payment())];
    let mut why = None;
    for (party, promise) in parties {
        match promise.outcome() {
            Ok(done) => println!("{party}: {done}"),
            Err(failure) => {
                println!("{party}: {:?}", failure.kind());
                why = Some(failure);
            }
        }
    }
    // They have one reason, which is that of the await that closed the circle.
    if let Some(failure) = why {
        println!("{}: {}", failure.origin().name(), failure.message());
    }
}

#[async_mech::main]
fn main() {
    println!("Payment on delivery, shipment on payment");
    settle(&Trade::new(false));
    println!("Payment in advance");
    settle(&Trade::new(true));
}
