//! How the model walks a body: each step, and what it adds to what promises may give.

use std::collections::BTreeSet;
use std::slice::from_ref;

use crate::model::{Certain, Model, Names, Reason, Value};
use crate::program::{Await, Body, Child, Kept, Late, Path, Pick, Rule, Settle, Step};

/// A body as the model walks it.
pub(crate) struct Walk<'a> {
    model: &'a mut Model,
    me: &'a Path,
    pub(crate) mine: Names,
    /// Whether this step has to be reached.
    sure: bool,
    /// Promises that are completed.
    known: BTreeSet<Path>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(model: &'a mut Model, me: &'a Path, mine: Names, sure: bool) -> Walk<'a> {
        Walk { model, me, mine, sure, known: BTreeSet::new() }
    }

    fn use_resolvers(&mut self) {
        for held in std::mem::take(&mut self.mine.resolvers) {
            self.model.gives(&held, Value::Leaf(held.clone()));
        }
    }

    /// The body may unwind here for what this promise fails with. `None` if it has to.
    fn unwinds_with(&mut self, of: &Path) -> Option<()> {
        self.model.fails_as(self.me, of);
        let may_fail = self.model.may_fail(of);
        self.may_unwind(may_fail);
        self.model.may_give(of).then_some(())
    }

    fn may_unwind(&mut self, may: bool) {
        if may {
            self.sure = false;
            for held in &self.mine.resolvers {
                self.model.fails(held, Reason::Abandoned);
            }
        }
    }

    fn invoked(&mut self, body: &Body, path: &Path, mine: Names) -> Option<Names> {
        self.model.body(body, path, mine, self.sure)
    }

    /// `None` if the body cannot go on after this.
    pub(crate) fn step(&mut self, step: &Step, at: &Path) -> Option<()> {
        match step {
            Step::Promise => {
                self.model.fate(at);
                if self.model.is_cancelled(self.me) {
                    self.model.fails(at, Reason::Abandoned);
                }
                self.mine.promises.push(at.clone());
                self.mine.resolvers.push(at.clone());
            }
            Step::Settle { at, how, .. } => {
                let Some(held) = self.mine.resolver(*at) else { return Some(()) };
                match how {
                    Settle::Resolve => self.model.gives(&held, Value::Leaf(held.clone())),
                    Settle::Fail => self.model.fails(&held, Reason::Failed(held.clone())),
                    Settle::Drop => self.model.fails(&held, Reason::Abandoned),
                }
            }
            Step::Invoke { given, resolver, body, then, .. } => {
                let mut theirs = Names::new(self.mine.picks(given));
                if *resolver {
                    theirs.resolvers.extend(self.mine.resolver(0));
                }
                self.invoked(body, at, theirs);
                if *then == Kept::Here {
                    self.mine.promises.push(at.clone());
                }
            }
            Step::Clone(at) => {
                let clone = self.mine.peek(*at).cloned();
                self.mine.promises.extend(clone);
            }
            Step::Forget { at, .. } => drop(self.mine.remove(*at)),
            Step::Await { pick, how } => return self.r#await(*pick, *how),
            Step::Timed { pick, late, .. } => self.timed(at, *pick, *late),
            Step::Try(pick) => {
                let Some(of) = self.mine.pick(*pick) else { return Some(()) };
                self.look(at, &of);
            }
            Step::Gather { rule, inputs, awaited } => {
                let inputs = self.mine.picks(inputs);
                if *awaited {
                    self.use_resolvers();
                    self.model.follow(self.me, from_ref(at));
                } else {
                    self.mine.promises.push(at.clone());
                }
                self.gather(at, *rule, inputs);
            }
            Step::AsCompleted { inputs, take } => {
                let inputs = self.mine.picks(inputs);
                self.use_resolvers();
                self.model.follow(self.me, &inputs);
                if usize::from(*take) >= inputs.len() {
                    self.known.extend(inputs);
                }
            }
            Step::Tuple(inputs) => {
                let mut inputs = self.mine.picks(inputs);
                inputs.truncate(3);
                self.use_resolvers();
                if inputs.len() > 1 {
                    self.model.follow(self.me, &inputs);
                    for of in &inputs {
                        self.unwinds_with(of);
                    }
                    let may_go_on = inputs.iter().all(|of| self.model.may_give(of));
                    self.known.extend(inputs);
                    return may_go_on.then_some(());
                }
            }
            Step::Then { pick, given, body } => self.then(at, *pick, given, body),
            Step::Flatten { given, body, at: index } => {
                let theirs = Names::new(self.mine.picks(given));
                let end = self.invoked(body, at, theirs);
                let flat = at.part("flat");
                self.model.fails_as(&flat, at);
                if let Some(mut end) = end {
                    let none = at.part("none");
                    self.model.gives(&none, Value::Leaf(none.clone()));
                    let inner = end.remove(*index).unwrap_or(none);
                    self.model.ends_as(&flat, &inner);
                    self.model.follow(&flat, &[at.clone(), inner]);
                }
                self.model.follow(&flat, from_ref(at));
                self.mine.promises.push(flat);
            }
            Step::Cancel(pick) => {
                let of = if pick.moved {
                    self.mine.remove(pick.at)
                } else {
                    self.mine.peek(pick.at).cloned()
                };
                if let Some(of) = of.filter(|of| !self.known.contains(of)) {
                    self.model.cancel(&of);
                }
            }
            Step::Scope { children, panics, .. } => return self.scope(at, children, *panics),
            Step::MapBounded { .. } => self.map_bounded(step, at),
            Step::Circle(of) => self.circle(at, usize::from(*of)),
            Step::Checkpoint | Step::Sleep(_) => {}
            Step::Panic => {
                self.model.fails(self.me, Reason::Panicked(at.clone()));
                self.may_unwind(true);
                return None;
            }
        }
        Some(())
    }

    fn r#await(&mut self, pick: Pick, how: Await) -> Option<()> {
        let of = match how {
            Await::Reference => self.mine.peek(pick.at).cloned(),
            _ => self.mine.pick(pick),
        };
        if how == Await::Reference {
            self.use_resolvers();
        }
        let Some(of) = of else { return Some(()) };
        self.use_resolvers();
        self.model.follow(self.me, from_ref(&of));
        if how != Await::Outcome {
            self.unwinds_with(&of)?;
        }
        self.known.insert(of);
        Some(())
    }

    /// What a look without a wait has to find.
    fn look(&mut self, at: &Path, of: &Path) {
        let held = self.mine.resolvers.contains(of) && !self.model.is_cancelled(of);
        if self.known.contains(of) {
            self.model.looks.insert(at.clone(), Certain::Completed);
        } else if held {
            self.model.looks.insert(at.clone(), Certain::Pending);
        }
    }

    fn timed(&mut self, at: &Path, pick: Pick, late: Late) {
        let Some(of) = self.mine.pick(pick) else { return };
        if late == Late::Wait {
            self.use_resolvers();
        }
        self.model.follow(self.me, from_ref(&of));
        self.look(at, &of);
        if late == Late::Cancel && !self.known.contains(&of) {
            self.model.cancel(&of);
        }
    }

    fn gather(&mut self, at: &Path, rule: Rule, inputs: Vec<Path>) {
        self.model.inputs.insert(at.clone(), inputs.clone());
        self.model.fate(at);
        self.model.follow(at, &inputs);
        let all_may = |model: &mut Model, may: fn(&mut Model, &Path) -> bool| {
            inputs.iter().all(|of| may(model, of))
        };
        match rule {
            Rule::All => {
                if all_may(self.model, Model::may_give) {
                    self.model.gives(at, Value::All(at.clone()));
                }
                inputs.iter().for_each(|of| self.model.fails_as(at, of));
            }
            Rule::AllSettled => self.model.gives(at, Value::Settled(at.clone())),
            Rule::Any => {
                if all_may(self.model, Model::may_fail) {
                    self.model.fails(at, Reason::Aggregate(at.clone()));
                }
                for of in &inputs {
                    let values = self.model.fate(of).values.clone();
                    values.into_iter().for_each(|value| self.model.gives(at, value));
                }
            }
            Rule::Race if inputs.is_empty() => self.model.fails(at, Reason::EmptyRace),
            Rule::Race => inputs.iter().for_each(|of| self.model.ends_as(at, of)),
        }
    }

    fn then(&mut self, at: &Path, pick: Pick, given: &[Pick], body: &Body) {
        let Some(of) = self.mine.pick(pick) else { return };
        let theirs = Names::new(self.mine.picks(given));
        self.model.follow(at, from_ref(&of));
        self.model.fails_as(at, &of);
        if self.model.may_give(&of) {
            let sure = self.sure && !self.model.may_fail(&of);
            self.model.body(body, at, theirs, sure);
        }
        self.mine.promises.push(at.clone());
    }

    fn scope(&mut self, at: &Path, children: &[Child], panics: bool) -> Option<()> {
        let given: Vec<_> = children.iter().map(|child| self.mine.picks(&child.given)).collect();
        self.use_resolvers();
        let names: Vec<_> = (0..children.len()).map(|n| at.part(n)).collect();
        self.model.follow(self.me, &names);
        for ((child, given), name) in children.iter().zip(given).zip(&names) {
            self.invoked(&child.body, name, Names::new(given));
            // The first that fails cancels the others.
            if panics || self.model.may_fail(name) {
                let others: Vec<_> =
                    names.iter().filter(|other| panics || *other != name).collect();
                others.into_iter().for_each(|other| self.model.cancel(other));
            }
            self.model.fails_as(self.me, name);
        }
        let may_fail = names.iter().any(|name| self.model.may_fail(name));
        self.may_unwind(may_fail || panics);
        if panics {
            self.model.fails(self.me, Reason::Panicked(at.clone()));
            return None;
        }
        // One that is cancelled by itself is no failure of the scope.
        let may_go_on =
            names.iter().all(|name| self.model.may_give(name) || self.model.is_cancelled(name));
        if let Some(last) = names.last() {
            self.mine.promises.push(last.clone());
        }
        self.known.extend(names);
        may_go_on.then_some(())
    }

    fn map_bounded(&mut self, step: &Step, at: &Path) {
        let Step::MapBounded { items, take, given, body, .. } = step else {
            unreachable!("for this step only")
        };
        let given: Vec<_> = given.iter().map(|pick| Pick { moved: false, ..*pick }).collect();
        let names: Vec<_> = (0..*items).map(|n| at.part(n)).collect();
        let theirs: Vec<_> = names.iter().map(|_| self.mine.picks(&given)).collect();
        self.use_resolvers();
        self.model.follow(self.me, &names);
        let sure = self.sure && take >= items;
        for (name, theirs) in names.iter().zip(theirs) {
            self.model.body(body, name, Names::new(theirs), sure);
        }
    }

    fn circle(&mut self, at: &Path, of: usize) {
        for n in 0..of {
            let (name, next) = (at.part(n), at.part((n + 1) % of));
            let sure = self.sure && !self.model.is_cancelled(&name);
            self.model.bodies.insert(name.clone(), sure);
            self.model.fails(&name, Reason::Deadlock);
            self.model.fails_as(&name, &next);
            self.model.follow(&name, from_ref(&next));
            self.mine.promises.push(name);
        }
    }
}
