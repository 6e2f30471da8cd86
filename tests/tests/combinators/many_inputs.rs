//! Many inputs, and inputs that complete meanwhile.

use std::sync::mpsc::channel;
use std::thread;

use crate::{Message, many};
use async_mech::{EventLoop, Promise, Resolver, promise};
use tests::{Random, Watchdog};

/// Uses the promises; calls the function when the last of them may be resolved.
type Use<'a> = &'a mut dyn FnMut(Vec<Promise<usize>>, &mut dyn FnMut());

#[test]
fn a_hundred_thousand_inputs_are_fine() {
    const N: usize = 100_000;
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        // Completed before, during and after registration, in whatever order.
        let mut random = Random::new(1);
        let mut split = |promises: Vec<Promise<usize>>,
                         mut resolvers: Vec<(usize, Resolver<usize>)>| {
            for at in (1..resolvers.len()).rev() {
                let other = random.below(at as u64 + 1) as usize;
                resolvers.swap(at, other);
            }
            let last = resolvers.split_off(2 * N / 3);
            let meanwhile = resolvers.split_off(N / 3);
            resolvers.into_iter().for_each(|(n, resolver)| resolver.resolve(n));
            let resolving = thread::spawn(|| {
                meanwhile.into_iter().for_each(|(n, resolver)| resolver.resolve(n));
            });
            (promises, resolving, last)
        };
        let mut each = |use_them: Use<'_>| {
            let (promises, resolvers) = many(N);
            let resolvers = resolvers.into_iter().enumerate().collect();
            let (promises, resolving, last) = split(promises, resolvers);
            let mut last = Some(last);
            use_them(promises, &mut || {
                for (n, resolver) in last.take().into_iter().flatten() {
                    resolver.resolve(n);
                }
            });
            resolving.join().unwrap();
        };
        each(&mut |promises, resolve_the_last| {
            let all = Promise::all(promises);
            resolve_the_last();
            assert!(all.wait().into_iter().eq(0..N));
        });
        each(&mut |promises, resolve_the_last| {
            let all = Promise::all_settled(promises);
            resolve_the_last();
            assert!(all.wait().into_iter().map(Result::unwrap).eq(0..N));
        });
        each(&mut |promises, resolve_the_last| {
            assert!(Promise::any(promises).wait() < N);
            resolve_the_last();
        });
        each(&mut |promises, resolve_the_last| {
            assert!(Promise::race(promises).wait() < N);
            resolve_the_last();
        });
        each(&mut |promises, resolve_the_last| {
            let outcomes = Promise::as_completed(promises);
            resolve_the_last();
            let mut seen = vec![false; N];
            for (index, outcome) in outcomes {
                assert_eq!(outcome.expect("a value"), index);
                assert!(!std::mem::replace(&mut seen[index], true));
            }
            assert!(seen.into_iter().all(|seen| seen));
        });
    });
}

#[test]
fn inputs_may_complete_while_they_are_registered() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        let (send, resolvers) = channel::<Vec<Resolver<usize>>>();
        let resolving = thread::spawn(move || {
            for resolvers in resolvers {
                for (n, resolver) in resolvers.into_iter().enumerate() {
                    if n % 5 == 3 { resolver.fail(Message("three")) } else { resolver.resolve(n) }
                }
            }
        });
        for round in 0..5_000 {
            let (promises, resolvers) = many(1 + round % 7);
            let n = promises.len();
            send.send(resolvers).unwrap();
            match round % 5 {
                0 => {
                    let all = Promise::all(promises).outcome();
                    match all {
                        Ok(values) => assert!(n <= 3 && values.into_iter().eq(0..n)),
                        Err(failure) => assert!(n > 3 && failure.message() == "three"),
                    }
                }
                1 => assert_eq!(Promise::all_settled(promises).wait().len(), n),
                2 => assert!(Promise::any(promises).wait() < n),
                3 => match Promise::race(promises).outcome() {
                    Ok(value) => assert!(value < n),
                    Err(failure) => assert_eq!(failure.message(), "three"),
                },
                _ => {
                    let mut indexes: Vec<_> =
                        Promise::as_completed(promises).map(|(index, _)| index).collect();
                    indexes.sort_unstable();
                    assert!(indexes.into_iter().eq(0..n));
                }
            }
        }
        drop(send);
        resolving.join().unwrap();
        assert!(event_loop.snapshot().promises.is_empty());
    });
}

#[test]
fn the_message_of_many_aggregates_in_each_other_is_bounded() {
    let (mut p, resolver) = promise::<u32>();
    for _ in 0..1_000 {
        p = Promise::any([p.clone(), p.clone(), p]);
    }
    drop(resolver);
    let failure = p.outcome().unwrap_err();
    assert!(failure.message().starts_with("all 3 promises failed: "), "{failure}");
    assert!(failure.message().len() < 4_000, "{} bytes", failure.message().len());
}
