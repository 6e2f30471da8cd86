//! The kinds of load. Each does a little, looks at what came of it, and returns; what it detached
//! may still run then.

mod circles;
mod ends;
mod loops;
mod others;
mod shapes;
mod together;
mod watching;

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use tests::Random;

use crate::books::{Account, Balance};

/// One kind of load, and its account.
#[derive(Debug)]
pub struct Kind {
    /// What it is called in the table.
    pub name: &'static str,
    /// What it has invoked.
    pub account: Account,
    /// Does a little of it.
    pub run: fn(&'static Account, &mut Random),
    /// How many times it comes up where the rarest comes up once.
    pub weight: u64,
}

const fn kind(name: &'static str, weight: u64, run: fn(&'static Account, &mut Random)) -> Kind {
    Kind { name, account: Account::new(), run, weight }
}

/// All of them.
pub static KINDS: [Kind; 22] = [
    kind("recursion", 8, shapes::recursion),
    kind("fan-out", 8, shapes::fan_out),
    kind("deep chain", 3, shapes::deep_chain),
    kind("sleepers", 3, shapes::sleepers),
    kind("scopes", 8, shapes::scopes),
    kind("map_bounded", 8, shapes::bounded),
    kind("all, any, race", 8, together::combinators),
    kind("then, flatten", 8, together::linked),
    kind("clones", 8, together::clones),
    kind("cancellation", 4, ends::cancellation),
    kind("panics", 8, ends::panics),
    kind("timeouts", 4, ends::timeouts),
    kind("resolvers", 8, ends::resolvers),
    kind("circles", 4, circles::circles),
    kind("receivers", 8, others::receivers),
    kind("block_on", 8, others::futures),
    kind("tokio", 4, others::on_tokio),
    kind("inherit", 8, others::inherited),
    kind("observers", 2, watching::observers),
    kind("recordings", 1, watching::recordings),
    kind("served", 1, watching::served),
    kind("own loops", 4, loops::own_loops),
];

/// The durable functions, which have no entry of their own in their arguments.
pub static DURABLE: Kind = kind("durable roots", 4, loops::durable_roots);

/// Every kind.
pub fn kinds() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().chain([&DURABLE])
}

/// Some kind, by weight.
///
/// # Panics
///
/// Never: a number below the sum of the weights is within one of them.
pub fn any_kind(random: &mut Random) -> &'static Kind {
    let mut left = random.below(kinds().map(|kind| kind.weight).sum());
    let within = |kind: &&Kind| {
        let within = left < kind.weight;
        left = left.saturating_sub(kind.weight);
        within
    };
    kinds().find(within).expect("less than all weights")
}

/// The sum of all accounts.
#[must_use]
pub fn balance() -> Balance {
    kinds().map(|kind| kind.account.balance()).sum()
}

/// The message of the panics that are meant.
pub(crate) const MEANT: &str = "meant";

/// Whether something panicked that was not meant to.
static WRONG: AtomicBool = AtomicBool::new(false);

/// Whether something panicked that was not meant to, on any thread.
#[must_use]
pub fn went_wrong() -> bool {
    WRONG.load(Ordering::Relaxed)
}

/// Panics that are meant are many: no message. Others count.
pub fn watch_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if info.payload().downcast_ref::<&str>() != Some(&MEANT) {
                WRONG.store(true, Ordering::Relaxed);
                previous(info);
            }
        }));
    });
}
