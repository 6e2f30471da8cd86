//! What was seen of a run, held against the model.

use std::collections::BTreeMap;

use async_mech::Cancellation;

use crate::model::{Certain, Model};
use crate::program::{Path, Program};
use crate::run::Ran;
use crate::seen::{Outcome, Seen, Why};

/// How much was checked.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) outcomes: usize,
    /// Those of which the model allows no other.
    pub(crate) exact: usize,
    pub(crate) failures: usize,
    pub(crate) bodies: usize,
    /// Bodies of which the model says that they have to run.
    pub(crate) sure: usize,
}

/// Says what is wrong with the run, if anything.
///
/// # Errors
///
/// What was seen and what was allowed.
pub(crate) fn check(program: &Program, ran: &Ran) -> Result<Figures, String> {
    let model = Model::of(program);
    let mut figures = Figures::default();
    let mut began: BTreeMap<&Path, usize> = BTreeMap::new();
    let mut first: BTreeMap<&Path, &Outcome> = BTreeMap::new();
    for seen in &ran.seen {
        match seen {
            Seen::Began(path) => *began.entry(path).or_default() += 1,
            Seen::Outcome { at, of, outcome } => {
                figures.outcomes += 1;
                figures.exact += usize::from(model.choices(of) == 1);
                figures.failures += usize::from(outcome.is_err());
                if !model.allows(of, outcome) {
                    return Err(format!("at {at}, {of} gave {outcome:?}, not {}", model.told(of)));
                }
                if model.looks.get(at) == Some(&Certain::Pending) {
                    return Err(format!("at {at}, {of} is pending, and gave {outcome:?}"));
                }
                let before = *first.entry(of).or_insert(outcome);
                if before != outcome {
                    return Err(format!("{of} gave {before:?}, then {outcome:?} at {at}"));
                }
            }
            Seen::Pending { at, of } => {
                if model.looks.get(at) == Some(&Certain::Completed) {
                    return Err(format!("at {at}, {of} is completed, and gave nothing"));
                }
            }
            Seen::Cancel { .. } => {}
        }
    }
    for seen in &ran.seen {
        if let Seen::Cancel { of, met: Cancellation::Done } = seen
            && let Some(outcome) = first.get(of)
            && **outcome != Err(Why::Cancelled)
        {
            return Err(format!("{of} was cancelled for good, and gave {outcome:?}"));
        }
    }
    for (path, times) in &began {
        if *times > 1 || !model.bodies.contains_key(path) {
            return Err(format!("{path} began {times} times"));
        }
    }
    for (path, sure) in &model.bodies {
        figures.bodies += usize::from(began.contains_key(path));
        figures.sure += usize::from(*sure);
        if *sure && !began.contains_key(path) {
            return Err(format!("{path} never began"));
        }
    }
    match ran.left.first() {
        None => Ok(figures),
        Some(left) => Err(format!("left: {left}")),
    }
}
