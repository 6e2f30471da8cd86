//! What observers are told, exactly.

mod cancelling;
mod causality;
mod combinators;
mod joins;
mod lent;
mod observers;
mod other_ways;
mod program;
mod seen;
mod sites;
mod unlent;
