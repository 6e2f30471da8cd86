//! What the message of a deadlock says.

use crate::circles::{Handed, circle};
use crate::{assert_one_deadlock, failures, steps, with_loop};
use async_mech::{Promise, invocable, invoke, promise};
use tests::until_awaited;

#[invocable(name = "the first")]
fn by_await(next: Handed<u32>) -> u32 {
    let next = next.await;
    next.await
}
const BY_AWAIT: (u32, u32) = (line!() - 4, line!() - 2);

#[invocable]
fn by_macro(next: Handed<u32>) -> u32 {
    let next = next.await;
    async_mech::r#await!(next)
}
const BY_MACRO: (u32, u32) = (line!() - 4, line!() - 2);

#[invocable]
fn by_wait(next: Handed<u32>) -> u32 {
    let next = next.wait();
    next.wait()
}
const BY_WAIT: (u32, u32) = (line!() - 4, line!() - 2);

#[invocable]
fn by_tuple(next: Handed<u32>) -> u32 {
    let (endless, _resolver) = promise::<u32>();
    let next = next.await;
    (next, endless).await.0
}
const BY_TUPLE: (u32, u32) = (line!() - 5, line!() - 2);

#[test]
fn the_message_has_a_line_for_each_execution_with_its_function_and_its_await() {
    with_loop(|event_loop| {
        let file = file!();
        let mut hands = Vec::new();
        let mut hand = || {
            let (handed, resolver) = promise::<Promise<u32>>();
            hands.push(resolver);
            handed
        };
        let (a, b, c, d) = (hand(), hand(), hand(), hand());
        let (e, f) = (hand(), hand());
        let in_a_closure = line!() + 1;
        let closure = invoke!(|| {
            let next = e.wait();
            next.wait()
        });
        let in_a_block = line!() + 1;
        let block = invoke!({
            let next = f.await;
            await!(next)
        });
        let executions = [
            invoke!(by_await(a)),
            invoke!(by_macro(b)),
            invoke!(by_wait(c)),
            invoke!(by_tuple(d)),
            closure,
            block,
        ];
        let ids = executions.each_ref().map(Promise::id);
        let names = [
            ("the first", BY_AWAIT),
            ("by_macro", BY_MACRO),
            ("by_wait", BY_WAIT),
            ("by_tuple", BY_TUPLE),
            (executions[4].name(), (in_a_closure, in_a_closure + 2)),
            (executions[5].name(), (in_a_block, in_a_block + 2)),
        ];
        let expected: Vec<_> = (0..6)
            .map(|at| {
                let (name, (defined, awaits)) = names[at];
                let (id, next) = (ids[at], ids[(at + 1) % 6]);
                format!("{id} `{name}` ({file}:{defined}) awaits {next} at {file}:{awaits}")
            })
            .collect();
        let n = executions.len();
        for (at, hands) in hands.into_iter().enumerate() {
            // The last one closes the circle, so the message begins with it.
            if at == n - 1 {
                executions[1..].iter().for_each(|p| until_awaited(event_loop, p.id()));
            }
            hands.resolve(executions[(at + 1) % n].clone());
        }
        let told = assert_one_deadlock(&failures(executions.clone()));
        assert_eq!(told.id(), ids[5]);
        let mut rotated = expected.clone();
        rotated.rotate_right(1);
        let mut found = steps(&told);
        // The tuple is a promise of its own, between its execution and the next one.
        let tuple = found.iter().position(|step| step.contains("`tuple`")).expect("a tuple");
        let step = found.remove(tuple);
        assert!(step.contains(&format!("`tuple` ({file}:{})", BY_TUPLE.1)), "{step}");
        assert!(step.ends_with(&format!(" depends on {}", ids[4])), "{step}");
        let id = step.split(' ').next().expect("an id");
        let to_tuple = format!("awaits {id} at");
        found[tuple - 1] = found[tuple - 1].replace(&to_tuple, &format!("awaits {} at", ids[4]));
        assert_eq!(found, rotated);
        drop(executions);
    });
}

#[test]
fn one_that_awaits_itself_is_one_line() {
    with_loop(|_| {
        let (handed, hands) = promise();
        let p = invoke!(by_await(handed));
        hands.resolve(p.clone());
        let id = p.id();
        let (defined, awaits) = BY_AWAIT;
        let failure = p.outcome().unwrap_err();
        let file = file!();
        assert_eq!(
            failure.to_string(),
            format!(
                "execution {id} `the first` ({file}:{defined}) is in a deadlock: it awaits itself\n  \
                 {id} `the first` ({file}:{defined}) awaits {id} at {file}:{awaits}"
            )
        );
    });
}

#[test]
fn the_message_of_a_long_circle_leaves_out_its_middle() {
    with_loop(|_| {
        let told = assert_one_deadlock(&failures(circle(1_500, 0..1_500)));
        let steps = steps(&told);
        assert_eq!(steps.len(), 1_001);
        assert_eq!(steps[500], "(500 more)");
    });
}
