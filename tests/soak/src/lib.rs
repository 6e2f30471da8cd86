//! A mixed load with all features, for minutes on end: nothing is lost, and nothing is left.
//!
//! `tests/soak/run` runs it. A round is a few seconds of bursts and a pause; in the pause all
//! that was invoked has ended, so the books must balance, and what the process then has in memory
//! and threads is a row of the table. At the end the last third of the rows is compared with the
//! middle one. After the first third, which is the warm-up, and at the end the process also rests until
//! idle threads have ended, and then must have what it had before.

pub mod books;
pub mod figures;
pub mod load;
pub mod round;
pub mod spans;
