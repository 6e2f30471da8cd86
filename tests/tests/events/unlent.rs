//! Where every execution has a thread of its own: what happens to each, and what before what.

use std::sync::mpsc::channel;

use async_mech::{invoke, promise};

use crate::seen::unlent;

#[test]
fn the_articles_program() {
    let seen = unlent(|_, watch| {
        let (give, take) = channel();
        let (end, ended) = channel::<()>();
        let outer = invoke!(move || {
            let inner = invoke!(move || {
                ended.recv().unwrap();
                42
            });
            give.send(inner.id()).unwrap();
            2 * inner.wait()
        });
        take.recv().unwrap();
        watch.until_suspended(outer.id());
        end.send(()).unwrap();
        assert_eq!(outer.wait(), 84);
    });
    assert_eq!(
        seen.of_one(2),
        [
            "invoke by 1",
            "start",
            "await 3",
            "suspend 3",
            "resume 3",
            "return 3 Outcome",
            "complete 84",
            "free",
        ]
    );
    assert_eq!(seen.of_one(3), ["invoke by 2", "start", "complete 42", "free"]);
    let order = ["2 suspend 3", "3 complete 42", "2 resume 3", "3 free", "2 return 3 Outcome"];
    assert!(order.is_sorted_by_key(|line| seen.at(line)), "{:#?}", seen.lines());
    // The promise is given to the caller, whatever the callee does meanwhile.
    assert!(seen.at("2 promised") > seen.at("2 invoke by 1"));
    assert!(seen.at("3 promised") > seen.at("3 invoke by 2"));
    assert!(seen.at("2 promised") < seen.at("1 await 2"));
}

#[test]
fn a_resolver_resumes_all_awaiters() {
    let seen = unlent(|_, watch| {
        let (p, resolver) = promise::<u32>();
        let awaiters: Vec<_> = (0..2)
            .map(|_| {
                let p = p.clone();
                invoke!(move || p.wait())
            })
            .collect();
        awaiters.iter().for_each(|awaiter| watch.until_suspended(awaiter.id()));
        resolver.resolve(1);
        drop(p);
        awaiters.into_iter().for_each(|awaiter| assert_eq!(awaiter.wait(), 1));
    });
    for n in [3, 4] {
        let all = seen.of_one(n);
        let awaits = ["await 2", "suspend 2", "resume 2", "return 2 Outcome", "complete 1", "free"];
        assert_eq!(all[2..], awaits);
        assert!(seen.at("2 complete 1") < seen.at(&format!("{n} resume 2")));
    }
    assert_eq!(seen.of_one(2), ["create by 1", "complete 1", "free"]);
}

#[test]
fn what_is_detached_is_freed_when_it_ends() {
    let seen = unlent(|_, _| invoke!(|| 1).detach());
    assert_eq!(seen.of_one(2), ["invoke by 1", "start", "complete 1", "free"]);
    let seen = unlent(|_, _| drop(invoke!(|| panic!("meant"))));
    assert_eq!(seen.of_one(2), ["invoke by 1", "start", "fail Panicked", "free"]);
}
