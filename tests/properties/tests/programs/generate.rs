//! How programs are made, and made smaller: what comes first in a list is what shrinking tries.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::program::{Await, Body, Child, Kept, Late, Pick, Program, Rule, Settle, Setup, Step};

/// What programs are made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mix {
    /// Bodies inside bodies.
    pub(crate) depth: u32,
    /// Steps of a body, and half of the root's.
    pub(crate) steps: usize,
    /// Whether anything is cancelled, raced or waited for with a deadline: what one outcome cannot
    /// be foretold of.
    pub(crate) races: bool,
    /// The ceiling of each loop; none for any.
    pub(crate) most: Option<usize>,
}

/// Programs of that mix.
pub(crate) fn programs(mix: Mix) -> BoxedStrategy<Program> {
    let setup = (option::of(1..=4_usize), any::<bool>())
        .prop_map(move |(most, lend)| Setup { most: mix.most.or(most), lend });
    let cancelled = if mix.races { prop::bool::weighted(0.1).boxed() } else { Just(false).boxed() };
    (vec(setup, 1..=3), body(mix.depth, 2 * mix.steps, mix), cancelled)
        .prop_map(|(loops, root, cancelled)| Program { loops, root, cancelled })
        .boxed()
}

fn body(depth: u32, most: usize, mix: Mix) -> BoxedStrategy<Arc<Body>> {
    vec(step(depth, mix), 0..=most).prop_map(|steps| Arc::new(Body { steps })).boxed()
}

fn pick() -> impl Strategy<Value = Pick> {
    (0..8_u8, any::<bool>()).prop_map(|(at, moved)| Pick { at, moved })
}

fn picks() -> impl Strategy<Value = Vec<Pick>> {
    vec(pick(), 0..4)
}

fn step(depth: u32, mix: Mix) -> BoxedStrategy<Step> {
    let leaf = leaf(mix);
    if depth == 0 {
        return leaf;
    }
    prop_oneof![3 => leaf, 4 => branch(depth, mix)].boxed()
}

/// Steps without a body.
fn leaf(mix: Mix) -> BoxedStrategy<Step> {
    let certain = prop_oneof![
        6 => Just(Step::Promise),
        2 => Just(Step::Checkpoint),
        6 => (0..4_u8, settle(), any::<bool>())
            .prop_map(|(at, how, abroad)| Step::Settle { at, how, abroad }),
        4 => (0..8_u8).prop_map(Step::Clone),
        2 => (0..8_u8, any::<bool>()).prop_map(|(at, detach)| Step::Forget { at, detach }),
        10 => (pick(), awaits()).prop_map(|(pick, how)| Step::Await { pick, how }),
        4 => (all(), picks(), any::<bool>())
            .prop_map(|(rule, inputs, awaited)| Step::Gather { rule, inputs, awaited }),
        2 => picks().prop_map(Step::Tuple),
        2 => (picks(), Just(u8::MAX))
            .prop_map(|(inputs, take)| Step::AsCompleted { inputs, take }),
        2 => (1..=3_u8).prop_map(Step::Circle),
        1 => Just(Step::Panic),
        2 => pick().prop_map(Step::Try),
    ];
    if !mix.races {
        return certain.boxed();
    }
    let races = prop_oneof![
        2 => (any_of(), picks(), any::<bool>())
            .prop_map(|(rule, inputs, awaited)| Step::Gather { rule, inputs, awaited }),
        1 => (picks(), 0..4_u8).prop_map(|(inputs, take)| Step::AsCompleted { inputs, take }),
        2 => (pick(), 0..200_u8, late())
            .prop_map(|(pick, micros, late)| Step::Timed { pick, micros, late }),
        3 => pick().prop_map(Step::Cancel),
        1 => (0..100_u8).prop_map(Step::Sleep),
    ];
    prop_oneof![2 => certain, 1 => races].boxed()
}

/// Steps with bodies of their own.
fn branch(depth: u32, mix: Mix) -> BoxedStrategy<Step> {
    let below = move || body(depth - 1, mix.steps, mix);
    let child = (picks(), below()).prop_map(|(given, body)| Child { given, body });
    // Taking only some of the results leaves open what else ran.
    let take = if mix.races { (0..5_u8).boxed() } else { Just(u8::MAX).boxed() };
    prop_oneof![
        8 => (option::of(0..3_u8), picks(), any::<bool>(), below(), kept()).prop_map(
            |(on, given, resolver, body, then)| Step::Invoke { on, given, resolver, body, then }
        ),
        2 => (pick(), picks(), below())
            .prop_map(|(pick, given, body)| Step::Then { pick, given, body }),
        1 => (picks(), below(), 0..8_u8)
            .prop_map(|(given, body, at)| Step::Flatten { given, body, at }),
        2 => (vec(child, 0..3), any::<bool>(), prop::bool::weighted(0.1))
            .prop_map(|(children, look, panics)| Step::Scope { children, look, panics }),
        1 => (0..4_u8, 1..3_u8, take, any::<bool>(), picks(), below()).prop_map(
            |(items, at_once, take, unordered, given, body)| Step::MapBounded {
                items, at_once, take, unordered, given, body
            }
        ),
    ]
    .boxed()
}

fn settle() -> impl Strategy<Value = Settle> {
    prop_oneof![3 => Just(Settle::Resolve), 1 => Just(Settle::Fail), 1 => Just(Settle::Drop)]
}

fn awaits() -> impl Strategy<Value = Await> {
    prop_oneof![4 => Just(Await::Outcome), 1 => Just(Await::Wait), 1 => Just(Await::Reference)]
}

fn kept() -> impl Strategy<Value = Kept> {
    prop_oneof![4 => Just(Kept::Here), 1 => Just(Kept::Dropped), 1 => Just(Kept::Detached)]
}

fn late() -> impl Strategy<Value = Late> {
    prop_oneof![Just(Late::Drop), Just(Late::Wait), Just(Late::Cancel)]
}

fn all() -> impl Strategy<Value = Rule> {
    prop_oneof![Just(Rule::All), Just(Rule::AllSettled)]
}

fn any_of() -> impl Strategy<Value = Rule> {
    prop_oneof![Just(Rule::Any), Just(Rule::Race)]
}
