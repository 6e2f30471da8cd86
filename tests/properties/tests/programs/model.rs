//! The reference: a program walked step by step, without a thread, and what each promise may give.
//!
//! What a promise may give is a set, and every rule only ever adds to one: so the walk is repeated
//! until nothing is added, and depends on no order. Where nothing races, a set has one member.
//!
//! A body that may be cancelled may give `Cancelled` as well, and then what it awaits may be
//! cancelled too, its scopes' children, and so on. The model does not know who else holds a promise
//! at that moment, and allows both.

use std::collections::{BTreeMap, BTreeSet};

use crate::predict::Walk;
use crate::program::{Body, Has, Path, Program};
use crate::seen::{Outcome, Tree, Why};

/// Why a promise may fail.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    Panicked(Path),
    Failed(Path),
    Abandoned,
    Cancelled,
    Deadlock,
    /// All inputs of the `any` with this path.
    Aggregate(Path),
    EmptyRace,
}

/// What value it may have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    Leaf(Path),
    /// Of the `all` with this path.
    All(Path),
    Settled(Path),
}

/// What a promise may give.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fate {
    pub(crate) values: BTreeSet<Value>,
    reasons: BTreeSet<Reason>,
}

/// What a look at a promise has to find, where that is certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certain {
    Completed,
    Pending,
}

/// What the program may do.
#[derive(Debug, Default)]
pub(crate) struct Model {
    fates: BTreeMap<Path, Fate>,
    /// Of what is made of others.
    pub(crate) inputs: BTreeMap<Path, Vec<Path>>,
    /// What somebody may cancel.
    cancelled: BTreeSet<Path>,
    /// The bodies that may be invoked, and whether each of them has to run.
    pub(crate) bodies: BTreeMap<Path, bool>,
    pub(crate) looks: BTreeMap<Path, Certain>,
    /// Whether this walk has added anything.
    changed: bool,
}

pub(crate) type Names = Has<Path, Path>;

impl Model {
    /// Walks the program until nothing is added.
    pub(crate) fn of(program: &Program) -> Model {
        let mut model = Model::default();
        loop {
            model.changed = false;
            model.bodies.clear();
            model.looks.clear();
            if program.cancelled {
                model.cancel(&Path::root());
            }
            model.body(&program.root, &Path::root(), Names::new(Vec::new()), true);
            if !model.changed {
                return model;
            }
        }
    }

    /// What the promise may give, for a message.
    pub(crate) fn told(&self, of: &Path) -> String {
        self.fates.get(of).map_or("anything".into(), |fate| format!("{fate:?}"))
    }

    /// How many different things the promise may give.
    pub(crate) fn choices(&self, of: &Path) -> usize {
        self.fates.get(of).map_or(0, |fate| fate.values.len() + fate.reasons.len())
    }

    /// Whether the promise may give that.
    pub(crate) fn allows(&self, of: &Path, outcome: &Outcome) -> bool {
        let Some(fate) = self.fates.get(of) else { return false };
        match outcome {
            Ok(tree) => fate.values.iter().any(|value| self.is_value(value, tree)),
            Err(why) => fate.reasons.iter().any(|reason| self.is_reason(reason, why)),
        }
    }

    fn is_value(&self, value: &Value, tree: &Tree) -> bool {
        match (value, tree) {
            (Value::Leaf(path), Tree::Leaf(of)) => path == of,
            (Value::All(of), Tree::All(values)) => {
                let of = &self.inputs[of];
                of.len() == values.len()
                    && of.iter().zip(values).all(|(of, tree)| self.allows(of, &Ok(tree.clone())))
            }
            (Value::Settled(of), Tree::Settled(outcomes)) => {
                let of = &self.inputs[of];
                of.len() == outcomes.len()
                    && of.iter().zip(outcomes).all(|(of, outcome)| self.allows(of, outcome))
            }
            _ => false,
        }
    }

    fn is_reason(&self, reason: &Reason, why: &Why) -> bool {
        match (reason, why) {
            (Reason::Panicked(path), Why::Panicked(of)) => path == of,
            (Reason::Failed(path), Why::Failed(of)) => path == of,
            (Reason::Aggregate(any), Why::Aggregate(whys)) => {
                let of = &self.inputs[any];
                of.len() == whys.len()
                    && of.iter().zip(whys).all(|(of, why)| self.allows(of, &Err(why.clone())))
            }
            (Reason::Abandoned, Why::Abandoned)
            | (Reason::Cancelled, Why::Cancelled)
            | (Reason::Deadlock, Why::Deadlock)
            | (Reason::EmptyRace, Why::EmptyRace) => true,
            _ => false,
        }
    }

    pub(crate) fn fate(&mut self, of: &Path) -> &mut Fate {
        self.fates.entry(of.clone()).or_default()
    }

    pub(crate) fn gives(&mut self, of: &Path, value: Value) {
        self.changed |= self.fate(of).values.insert(value);
    }

    pub(crate) fn fails(&mut self, of: &Path, reason: Reason) {
        self.changed |= self.fate(of).reasons.insert(reason);
    }

    pub(crate) fn fails_as(&mut self, of: &Path, input: &Path) {
        let reasons = self.fate(input).reasons.clone();
        reasons.into_iter().for_each(|reason| self.fails(of, reason));
    }

    pub(crate) fn ends_as(&mut self, of: &Path, input: &Path) {
        let values = self.fate(input).values.clone();
        values.into_iter().for_each(|value| self.gives(of, value));
        self.fails_as(of, input);
    }

    pub(crate) fn may_give(&mut self, of: &Path) -> bool {
        !self.fate(of).values.is_empty()
    }

    pub(crate) fn may_fail(&mut self, of: &Path) -> bool {
        !self.fate(of).reasons.is_empty()
    }

    pub(crate) fn cancel(&mut self, of: &Path) {
        self.changed |= self.cancelled.insert(of.clone());
        self.fails(of, Reason::Cancelled);
    }

    pub(crate) fn is_cancelled(&self, of: &Path) -> bool {
        self.cancelled.contains(of)
    }

    /// Whoever waits for these may be cancelled, and with it what it waits for.
    pub(crate) fn follow(&mut self, awaiter: &Path, awaited: &[Path]) {
        if self.is_cancelled(awaiter) {
            awaited.iter().for_each(|of| self.cancel(of));
        }
    }

    /// A body that may be invoked: what it has at its end, if it may come to one. `sure` if nothing
    /// keeps it from running.
    pub(crate) fn body(
        &mut self,
        body: &Body,
        path: &Path,
        mine: Names,
        sure: bool,
    ) -> Option<Names> {
        let sure = sure && !self.is_cancelled(path);
        self.bodies.insert(path.clone(), sure);
        self.fate(path);
        if self.is_cancelled(path) {
            for held in &mine.resolvers {
                self.fails(held, Reason::Abandoned);
            }
        }
        let mut walk = Walk::new(self, path, mine, sure);
        for (index, step) in body.steps.iter().enumerate() {
            walk.step(step, &path.step(index))?;
        }
        let mine = walk.mine;
        for held in &mine.resolvers {
            self.fails(held, Reason::Abandoned);
        }
        self.gives(path, Value::Leaf(path.clone()));
        Some(mine)
    }
}
