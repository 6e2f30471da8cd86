//! The steps of a body as they are taken.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_mech::{Failure, Promise, checkpoint, invoke, map_bounded, promise, scope, sleep, wait};

use crate::program::{Await, Body, Child, Kept, Late, Path, Pick, Rule, Settle, Step};
use crate::run::{Mine, Run, Slot, Token, told};
use crate::seen::{PANICS, Seen, Tree};

/// Takes the steps; what the body has at their end.
pub(crate) fn walk(run: &Arc<Run>, body: &Body, path: &Path, mine: Mine) -> Mine {
    run.see(Seen::Began(path.clone()));
    let mut walk = Walk { run, mine };
    for (index, step) in body.steps.iter().enumerate() {
        walk.step(step, &path.step(index));
    }
    walk.mine
}

struct Walk<'a> {
    run: &'a Arc<Run>,
    mine: Mine,
}

fn settle(run: &Run, (of, resolver): (Path, async_mech::Resolver<Token>), how: Settle) {
    match how {
        Settle::Resolve => resolver.resolve(run.leaf(&of)),
        Settle::Fail => resolver.fail(run.error(&of)),
        Settle::Drop => drop(resolver),
    }
}

impl Walk<'_> {
    fn keep(&mut self, of: &Path, promise: Promise<Token>) {
        self.mine.promises.push(Slot { of: of.clone(), promise });
    }

    /// Whoever waits holds nothing that others wait for.
    fn use_resolvers(&mut self) {
        for held in self.mine.resolvers.drain(..) {
            settle(self.run, held, Settle::Resolve);
        }
    }

    /// A callee: the body with what it is given, on whatever thread.
    fn callee(
        &mut self,
        body: &Arc<Body>,
        path: &Path,
        given: &[Pick],
        resolver: bool,
    ) -> impl FnOnce() -> Mine + Send + use<> {
        let mut theirs = Mine::new(self.mine.picks(given));
        if resolver {
            theirs.resolvers.extend(self.mine.resolver(0));
        }
        let (run, body, path) = (Arc::clone(self.run), Arc::clone(body), path.clone());
        let callee = run.callee();
        move || {
            let _callee = callee;
            walk(&run, &body, &path, theirs)
        }
    }

    fn step(&mut self, step: &Step, at: &Path) {
        let run = self.run;
        match step {
            Step::Promise => {
                let (promise, resolver) = promise();
                self.keep(at, promise);
                self.mine.resolvers.push((at.clone(), resolver));
            }
            Step::Settle { at, how, abroad } => {
                let Some(held) = self.mine.resolver(*at) else { return };
                if *abroad {
                    let (theirs, how) = (Arc::clone(run), *how);
                    run.abroad(move || settle(&theirs, held, how));
                } else {
                    settle(run, held, *how);
                }
            }
            Step::Invoke { on, given, resolver, body, then } => {
                let callee = self.callee(body, at, given, *resolver);
                let (theirs, of) = (Arc::clone(run), at.clone());
                let f = move || {
                    drop(callee());
                    theirs.leaf(&of)
                };
                let p = match on {
                    Some(on) => run.loops[usize::from(*on) % run.loops.len()].invoke(f),
                    None => invoke!(f()),
                };
                match then {
                    Kept::Here => self.keep(at, p),
                    Kept::Dropped => drop(p),
                    Kept::Detached => p.detach(),
                }
            }
            Step::Clone(at) => {
                let clone = self.mine.peek(*at).cloned();
                self.mine.promises.extend(clone);
            }
            Step::Forget { at, detach } => match self.mine.remove(*at) {
                Some(slot) if *detach => slot.promise.detach(),
                slot => drop(slot),
            },
            Step::Await { pick, how } => self.r#await(at, *pick, *how),
            Step::Timed { pick, micros, late } => self.timed(at, *pick, *micros, *late),
            Step::Try(pick) => {
                let Some(Slot { of, promise }) = self.mine.pick(*pick) else { return };
                match promise.try_wait() {
                    Ok(outcome) => run.outcome(at, &of, told(&outcome)),
                    Err(_) => run.see(Seen::Pending { at: at.clone(), of }),
                }
            }
            Step::Gather { rule, inputs, awaited } => self.gather(at, *rule, inputs, *awaited),
            Step::AsCompleted { inputs, take } => {
                let inputs = self.mine.picks(inputs);
                self.use_resolvers();
                let names: Vec<_> = inputs.iter().map(|slot| slot.of.clone()).collect();
                let outcomes = Promise::as_completed(inputs.into_iter().map(|slot| slot.promise));
                for (index, outcome) in outcomes.take(usize::from(*take)) {
                    run.outcome(at, &names[index], told(&outcome));
                }
            }
            Step::Tuple(inputs) => {
                let mut inputs = self.mine.picks(inputs).into_iter();
                self.use_resolvers();
                let values = match [inputs.next(), inputs.next(), inputs.next()] {
                    [Some(a), Some(b), None] => {
                        let (x, y) = wait((a.promise, b.promise));
                        vec![(a.of, x), (b.of, y)]
                    }
                    [Some(a), Some(b), Some(c)] => {
                        let (x, (y, z)) = wait((a.promise, (b.promise, c.promise)));
                        vec![(a.of, x), (b.of, y), (c.of, z)]
                    }
                    _ => return,
                };
                for (of, value) in values {
                    run.outcome(at, &of, Ok(value.tree.clone()));
                }
            }
            Step::Then { pick, given, body } => {
                let Some(Slot { of, promise }) = self.mine.pick(*pick) else { return };
                let callee = self.callee(body, at, given, false);
                let (theirs, here) = (Arc::clone(run), at.clone());
                let p = promise.then(move |value| {
                    theirs.outcome(&here, &of, Ok(value.tree.clone()));
                    drop((callee(), value));
                    theirs.leaf(&here)
                });
                self.keep(at, p);
            }
            Step::Flatten { given, body, at: index } => {
                let callee = self.callee(body, at, given, false);
                let (theirs, leaf, index) = (Arc::clone(run), at.part("none"), *index);
                let p = invoke!(move || match callee().remove(index) {
                    Some(slot) => slot.promise,
                    None => {
                        let (p, resolver) = promise();
                        resolver.resolve(theirs.leaf(&leaf));
                        p
                    }
                });
                self.keep(&at.part("flat"), p.flatten());
            }
            Step::Cancel(pick) if pick.moved => {
                let Some(Slot { of, promise }) = self.mine.pick(*pick) else { return };
                let canceller = promise.canceller();
                drop(promise);
                run.see(Seen::Cancel { of, met: canceller.cancel() });
            }
            Step::Cancel(pick) => {
                let Some(slot) = self.mine.peek(pick.at) else { return };
                run.see(Seen::Cancel { of: slot.of.clone(), met: slot.promise.cancel() });
            }
            Step::Scope { children, look, panics } => self.scope(at, children, *look, *panics),
            Step::MapBounded { .. } => self.map_bounded(step, at),
            Step::Circle(of) => self.circle(at, usize::from(*of)),
            Step::Checkpoint => checkpoint(),
            Step::Sleep(micros) => sleep(Duration::from_micros(u64::from(*micros))),
            Step::Panic => std::panic::panic_any(format!("{PANICS}{at}")),
        }
    }

    fn r#await(&mut self, at: &Path, pick: Pick, how: Await) {
        let run = self.run;
        if how == Await::Reference {
            self.use_resolvers();
            let Some(Slot { of, promise }) = self.mine.peek(pick.at) else { return };
            let value = wait(promise);
            return run.outcome(at, of, Ok(value.tree.clone()));
        }
        let Some(Slot { of, promise }) = self.mine.pick(pick) else { return };
        self.use_resolvers();
        match how {
            Await::Outcome => run.outcome(at, &of, told(&promise.outcome())),
            _ => run.outcome(at, &of, Ok(promise.wait().tree.clone())),
        }
    }

    fn timed(&mut self, at: &Path, pick: Pick, micros: u8, late: Late) {
        let Some(Slot { of, promise }) = self.mine.pick(pick) else { return };
        if late == Late::Wait {
            self.use_resolvers();
        }
        match promise.wait_timeout(Duration::from_micros(u64::from(micros))) {
            Ok(outcome) => self.run.outcome(at, &of, told(&outcome)),
            Err(timed_out) => {
                let promise = timed_out.into_promise();
                self.run.see(Seen::Pending { at: at.clone(), of: of.clone() });
                match late {
                    Late::Drop => drop(promise),
                    Late::Wait => self.run.outcome(&at.part("late"), &of, told(&promise.outcome())),
                    Late::Cancel => self.run.see(Seen::Cancel { of, met: promise.cancel() }),
                }
            }
        }
    }

    fn gather(&mut self, at: &Path, rule: Rule, inputs: &[Pick], awaited: bool) {
        let run = self.run;
        let inputs = self.mine.picks(inputs).into_iter().map(|slot| slot.promise);
        if awaited {
            self.use_resolvers();
        }
        let (theirs, callee) = (Arc::clone(run), run.callee());
        let p = match rule {
            Rule::Any => Promise::any(inputs),
            Rule::Race => Promise::race(inputs),
            Rule::All => Promise::all(inputs).then(move |values| {
                let _callee = callee;
                theirs.token(Tree::All(values.iter().map(|value| value.tree.clone()).collect()))
            }),
            Rule::AllSettled => Promise::all_settled(inputs).then(move |outcomes| {
                let _callee = callee;
                theirs.token(Tree::Settled(outcomes.iter().map(told).collect()))
            }),
        };
        match awaited {
            true => run.outcome(at, at, told(&p.outcome())),
            false => self.keep(at, p),
        }
    }

    fn scope(&mut self, at: &Path, children: &[Child], look: bool, panics: bool) {
        let run = self.run;
        let bodies: Vec<_> = (children.iter().enumerate())
            .map(|(n, child)| {
                (at.part(n), self.callee(&child.body, &at.part(n), &child.given, false))
            })
            .collect();
        self.use_resolvers();
        let last = scope(|s| {
            let mut children = Vec::new();
            for (of, callee) in bodies {
                let named = of.clone();
                let body = move || {
                    drop(callee());
                    run.leaf(&of)
                };
                children.push((named, s.invoke(body)));
            }
            let last = children.pop();
            if look {
                for (of, child) in children {
                    run.outcome(at, &of, told(&child.outcome()));
                }
            }
            if panics {
                std::panic::panic_any(format!("{PANICS}{at}"));
            }
            last
        });
        if let Some((of, child)) = last {
            self.keep(&of, child);
        }
    }

    fn map_bounded(&mut self, step: &Step, at: &Path) {
        let Step::MapBounded { items, at_once, take, unordered, given, body } = step else {
            unreachable!("for this step only")
        };
        let run = self.run;
        let given: Vec<_> = given.iter().map(|pick| Pick { moved: false, ..*pick }).collect();
        let items: Vec<_> = (0..*items)
            .map(|n| (at.part(n), self.callee(body, &at.part(n), &given, false)))
            .collect();
        self.use_resolvers();
        let theirs = Arc::clone(run);
        let results = map_bounded(items, usize::from(*at_once), move |(of, callee)| {
            drop(callee());
            theirs.leaf(&of)
        });
        let see = |(index, outcome): (usize, Result<Token, Failure>)| {
            run.outcome(at, &at.part(index), told(&outcome));
        };
        match unordered {
            true => results.unordered().take(usize::from(*take)).for_each(see),
            false => results.take(usize::from(*take)).enumerate().for_each(see),
        }
    }

    fn circle(&mut self, at: &Path, of: usize) {
        let run = self.run;
        let table: Arc<OnceLock<Vec<Promise<Token>>>> = Arc::default();
        let members = (0..of).map(|n| {
            let (theirs, named, table) = (Arc::clone(run), at.part(n), Arc::clone(&table));
            let callee = run.callee();
            invoke!(move || {
                let _callee = callee;
                theirs.see(Seen::Began(named.clone()));
                let next = table.wait()[(n + 1) % of].clone();
                drop(table);
                drop(next.wait());
                theirs.leaf(&named)
            })
        });
        let members: Vec<_> = members.collect();
        table.set(members.clone()).expect("set once");
        for (n, promise) in members.into_iter().enumerate() {
            self.keep(&at.part(n), promise);
        }
    }
}
