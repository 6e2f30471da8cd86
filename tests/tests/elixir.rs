//! What Elixir's `Task` documents, and what becomes of it here: each row is a test below.
//!
//! | Elixir | here | |
//! |---|---|---|
//! | `await` gives the result | `wait` | same |
//! | `await` of a task that died ends the caller | `wait` unwinds with the failure | same |
//! | a task that dies ends its caller even if nobody awaits (a link) | only an await tells | differs |
//! | a caller that dies ends its tasks (a link) | they run on; a scope's children end | differs |
//! | `await` gives up after 5 s and ends the caller | `wait` waits for good | differs |
//! | `await` with a timeout ends the caller | `wait_timeout` gives the promise back | differs |
//! | only the process that started a task may await it | anybody who has the promise | differs |
//! | a task can be awaited once | a promise is consumed, its clones are not | same, by types |
//! | `await_many` keeps the order of the tasks | `Promise::all`, a tuple | same |
//! | `await_many` fails as soon as one of them does | the same | same |
//! | `await_many` has one timeout for all | `Promise::all(..).wait_timeout` | same |
//! | `yield` gives ok, exit, or nothing yet | `wait_timeout`: its three cases | same |
//! | `yield` again after nothing | `into_promise`, and wait again | same |
//! | `yield` with 0 looks without waiting | `try_wait` | same |
//! | `yield_many` pairs each task with what it has | `wait_deadline` of each | same |
//! | `yield_many` up to `limit` results | `Promise::as_completed(..).take(limit)` | same |
//! | `shutdown` gives the result that came meanwhile | `cancel` says so; the promise has it | same |
//! | `shutdown` ends the task at once | at an await, `sleep` or `checkpoint` | differs |
//! | a task that was shut down has no result | it fails as `Cancelled` | same |
//! | `ignore` lets it run on | `detach` | same |
//! | `ignore` gives what is there | `try_wait`, then `detach` | same |
//! | `start` has no result to await | `invoke!(..).detach()` | same |
//! | `completed` is a task with a result | a resolved `promise()` | same |
//! | `async_stream` keeps the order, or not | `map_bounded`, `unordered` | same |
//! | .. its `max_concurrency` counts tasks that wait | those that await are not counted | differs |
//! | .. a task that dies ends the caller; `nolink`: is a value | is a value, always | as `nolink` |
//! | .. a task's timeout ends the caller or the task | the function waits with a timeout | differs |
//! | .. tasks under way end with the consumer's `take` | they run on | differs |
//! | .. it is lazy | nothing is invoked before `next` | same |
//! | `$callers` leads to the first caller | `caller()` is the id of the nearest | differs |

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use async_mech::{
    Cancellation, EventLoop, Failure, FailureKind, Promise, checkpoint, current, invoke,
    map_bounded, promise, scope, sleep, wait,
};
use tests::Watchdog;

/// Short, for waits that nothing will end before.
const SOON: Duration = Duration::from_millis(1);
/// For waits that something will end.
const LATE: Duration = Duration::from_secs(3_600);

fn watched() -> Watchdog {
    Watchdog::over(EventLoop::global())
}

/// A function that ends as it should not.
fn dies() -> u32 {
    resume_unwind(Box::new("oops"))
}

mod awaiting {
    use super::*;

    #[test]
    fn gives_the_result() {
        let _watchdog = watched();
        assert_eq!(invoke!(|| 1 + 1).wait(), 2);
    }

    #[test]
    fn of_one_that_died_ends_the_caller_with_its_failure() {
        let _watchdog = watched();
        let caller = invoke!(|| invoke!(dies()).wait() + 1);
        let failure = caller.outcome().unwrap_err();
        assert_eq!((failure.kind(), failure.message()), (FailureKind::Panicked, "oops"));
        assert_ne!(failure.id(), failure.origin().id(), "the caller's failure, then the callee's");
    }

    #[test]
    fn is_the_only_way_to_learn_of_a_death() {
        let _watchdog = watched();
        let caller = invoke!(|| {
            let p = invoke!(dies());
            while !p.is_completed() {
                thread::yield_now();
            }
            checkpoint();
            drop(p.outcome());
            "lives"
        });
        assert_eq!(caller.wait(), "lives");
    }

    #[test]
    fn is_not_owed_by_the_caller_whose_functions_run_on_after_its_death() {
        let _watchdog = watched();
        let (go, goes) = channel();
        let (done, dones) = channel();
        let caller = invoke!(move || -> u32 {
            invoke!(move || done.send(goes.recv())).detach();
            dies()
        });
        caller.outcome().unwrap_err();
        go.send(7).unwrap();
        assert_eq!(dones.recv(), Ok(Ok(7)));
    }

    #[test]
    fn is_owed_in_a_scope_where_one_death_ends_the_others() {
        let _watchdog = watched();
        let (never, _open) = promise::<()>();
        let ended = catch_unwind(AssertUnwindSafe(|| {
            scope(|s| {
                let sleeper = s.invoke(|| never.clone().wait());
                s.invoke(dies).detach();
                sleeper.wait();
            });
        }));
        let failure = ended.unwrap_err().downcast::<Failure>().unwrap();
        assert_eq!(failure.message(), "oops");
    }

    #[test]
    fn with_a_timeout_leaves_caller_and_callee_alive() {
        let _watchdog = watched();
        let (gate, opens) = promise();
        let p = invoke!(move || gate.wait() + 1);
        let p = p.wait_timeout(SOON).unwrap_err().into_promise();
        assert!(!p.is_cancelled());
        opens.resolve(1);
        assert_eq!(p.wait(), 2);
    }

    #[test]
    fn is_for_anybody_who_has_the_promise() {
        let _watchdog = watched();
        let p = invoke!(|| 5);
        let other = invoke!(move || p.wait());
        let stranger = thread::spawn(move || other.wait());
        assert_eq!(stranger.join().unwrap(), 5);
    }

    #[test]
    fn consumes_a_promise_and_not_its_clones() {
        let _watchdog = watched();
        let p = invoke!(|| 5);
        let q = p.clone();
        assert_eq!((p.wait(), wait(&q), q.wait()), (5, 5, 5));
    }
}

mod awaiting_many {
    use super::*;

    #[test]
    fn keeps_the_order_of_the_promises() {
        let _watchdog = watched();
        let ((p, first), (q, second)) = (promise(), promise());
        let both = Promise::all([p, q]);
        second.resolve(2);
        first.resolve(1);
        assert_eq!(both.wait(), [1, 2]);
        assert_eq!(wait((invoke!(|| 1), invoke!(|| "two"))), (1, "two"));
        assert_eq!(Promise::<u32>::all([]).wait(), [0; 0]);
    }

    #[test]
    fn fails_as_soon_as_one_fails() {
        let _watchdog = watched();
        let (never, _open) = promise::<u32>();
        let failure = Promise::all([never, invoke!(dies())]).outcome().unwrap_err();
        assert_eq!(failure.message(), "oops");
        let (never, _open) = promise::<u32>();
        let failure =
            catch_unwind(AssertUnwindSafe(|| wait((never, invoke!(dies()))))).unwrap_err();
        assert_eq!(failure.downcast::<Failure>().unwrap().message(), "oops");
    }

    #[test]
    fn has_one_timeout_for_all() {
        let _watchdog = watched();
        let (p, opens) = promise();
        let both = Promise::all([p, invoke!(|| 2)]);
        let both = both.wait_timeout(SOON).unwrap_err().into_promise();
        opens.resolve(1);
        assert_eq!(both.wait_timeout(LATE).unwrap().unwrap(), [1, 2]);
    }
}

/// Elixir's `yield`: what is there after a while.
mod yielding {
    use super::*;

    /// `{:ok, value}`, `{:exit, reason}`, `nil`.
    #[derive(Debug, PartialEq)]
    enum Yielded {
        Ok(u32),
        Exit(String),
        Nothing,
    }

    fn yielded(p: Promise<u32>, patience: Duration) -> (Yielded, Option<Promise<u32>>) {
        match p.wait_timeout(patience) {
            Ok(Ok(value)) => (Yielded::Ok(value), None),
            Ok(Err(failure)) => (Yielded::Exit(failure.message().to_owned()), None),
            Err(timed_out) => (Yielded::Nothing, Some(timed_out.into_promise())),
        }
    }

    #[test]
    fn has_three_cases_and_after_nothing_the_promise_is_as_good_as_before() {
        let _watchdog = watched();
        assert_eq!(yielded(invoke!(|| 1), LATE).0, Yielded::Ok(1));
        assert_eq!(yielded(invoke!(dies()), LATE).0, Yielded::Exit("oops".to_owned()));
        let (p, opens) = promise();
        let (nothing, p) = yielded(p, SOON);
        assert_eq!(nothing, Yielded::Nothing);
        let (nothing, p) = yielded(p.unwrap(), Duration::ZERO);
        assert_eq!(nothing, Yielded::Nothing);
        opens.resolve(3);
        assert_eq!(yielded(p.unwrap(), Duration::ZERO).0, Yielded::Ok(3));
    }

    #[test]
    fn with_no_patience_is_a_look() {
        let (p, opens) = promise();
        let p = p.try_wait().unwrap_err();
        opens.resolve(3);
        assert_eq!(p.try_wait().unwrap().unwrap(), 3);
    }

    #[test]
    fn many_pairs_each_promise_with_what_it_has_by_a_common_deadline() {
        let _watchdog = watched();
        let (pending, opens) = promise();
        let promises = [invoke!(|| 1), pending, invoke!(dies())];
        for p in [&promises[0], &promises[2]] {
            while !p.is_completed() {
                thread::yield_now();
            }
        }
        let deadline = Instant::now() + SOON;
        let yielded = promises.map(|p| p.wait_deadline(deadline));
        let [Ok(Ok(1)), Err(late), Ok(Err(failure))] = yielded else {
            panic!("not what each of them has")
        };
        assert_eq!(failure.message(), "oops");
        // `on_timeout`: nothing, ignore, or kill; here the promise is there to be kept, detached,
        // or cancelled.
        opens.resolve(2);
        assert_eq!(late.into_promise().wait(), 2);
    }

    #[test]
    fn many_may_be_limited_to_the_first_results() {
        let _watchdog = watched();
        let (pending, opens): (Vec<_>, Vec<_>) = (0..3).map(|_| promise()).unzip();
        let mut opens: Vec<_> = opens.into_iter().map(Some).collect();
        let results = Promise::as_completed(pending);
        opens[2].take().unwrap().resolve(20);
        opens[0].take().unwrap().resolve(0);
        let first: Vec<_> = results.take(2).map(|(index, n)| (index, n.unwrap())).collect();
        assert_eq!(first, [(2, 20), (0, 0)]);
        opens[1].take().unwrap().resolve(10);
    }
}

mod shutting_down {
    use super::*;

    #[test]
    fn one_that_has_replied_gives_the_reply() {
        let _watchdog = watched();
        let p = invoke!(|| 1);
        while !p.is_completed() {
            thread::yield_now();
        }
        assert_eq!(p.cancel(), Cancellation::AlreadyCompleted);
        assert_eq!(p.wait(), 1);
    }

    #[test]
    fn one_that_replies_meanwhile_gives_the_reply_too() {
        let _watchdog = watched();
        let ((begun, begins), (go, goes)) = (channel(), channel());
        // It blocks where nothing of ours can end it.
        let p = invoke!(move || {
            begun.send(()).unwrap();
            goes.recv().unwrap()
        });
        begins.recv().unwrap();
        assert_eq!(p.cancel(), Cancellation::Requested);
        assert_eq!(p.cancel(), Cancellation::AlreadyCancelled);
        go.send(5).unwrap();
        assert_eq!(p.wait(), 5);
    }

    #[test]
    fn one_that_sleeps_or_awaits_ends_it_and_its_destructors_run() {
        let _watchdog = watched();
        let (never, _open) = promise::<()>();
        let awaits: fn(Promise<()>) = |p| p.wait();
        let sleeps: fn(Promise<()>) = |_| sleep(LATE);
        for body in [awaits, sleeps] {
            let ((begun, begins), never) = (channel::<()>(), never.clone());
            let p = invoke!(move || {
                let _told_by_the_drop = begun.clone();
                begun.send(()).unwrap();
                body(never);
            });
            begins.recv().unwrap();
            assert_eq!(p.cancel(), Cancellation::Requested);
            assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Cancelled);
            begins.recv().unwrap_err();
        }
    }

    #[test]
    fn one_that_died_gives_the_reason() {
        let _watchdog = watched();
        let p = invoke!(dies());
        while !p.is_completed() {
            thread::yield_now();
        }
        assert_eq!(p.cancel(), Cancellation::AlreadyCompleted);
        assert_eq!(p.outcome().unwrap_err().message(), "oops");
    }
}

mod starting {
    use super::*;

    #[test]
    fn without_a_result_is_to_detach() {
        let _watchdog = watched();
        let (done, dones) = channel();
        invoke!(move || done.send(current().caller())).detach();
        assert_eq!(dones.recv(), Ok(Some(current().id())));
    }

    #[test]
    fn what_is_ignored_runs_on_after_a_look_at_what_is_there() {
        let _watchdog = watched();
        let ((go, goes), (done, dones)) = (channel(), channel());
        let p = invoke!(move || done.send(goes.recv()).unwrap());
        p.try_wait().unwrap_err().detach();
        go.send(1).unwrap();
        assert_eq!(dones.recv(), Ok(Ok(1)));
    }

    #[test]
    fn is_not_needed_for_a_result_that_is_known() {
        let (p, resolver) = promise();
        resolver.resolve("known");
        assert!(p.is_completed());
        assert_eq!(p.wait(), "known");
    }

    #[test]
    fn knows_the_nearest_caller() {
        let _watchdog = watched();
        let me = current().id();
        let p = invoke!(move || {
            let inner = invoke!(|| current().caller()).wait();
            (current().caller(), inner == Some(current().id()))
        });
        assert_eq!(p.wait(), (Some(me), true));
    }
}

mod streaming {
    use super::*;

    #[test]
    fn keeps_the_order_or_gives_indices() {
        let _watchdog = watched();
        let lengths = map_bounded(["a", "bb", "ccc"], 2, str::len);
        assert_eq!(lengths.collect::<Result<Vec<_>, _>>().unwrap(), [1, 2, 3]);
        for (index, length) in map_bounded(["a", "bb", "ccc"], 2, str::len).unordered() {
            assert_eq!(length.unwrap(), index + 1);
        }
    }

    #[test]
    fn is_lazy() {
        let runs = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&runs);
        let stream = map_bounded(0..10, 2, move |_| count.fetch_add(1, Ordering::Relaxed));
        drop(stream);
        assert_eq!(runs.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn counts_no_function_that_awaits() {
        let _watchdog = watched();
        let (gates, opens): (Vec<_>, Vec<_>) = (0..2).map(|_| promise()).unzip();
        let opens = Mutex::new(opens);
        // With one at a time, the third one has to begin while the others are under way.
        let items = gates.into_iter().map(Some).chain([None]);
        let results = map_bounded(items, 1, move |gate: Option<Promise<u32>>| match gate {
            Some(gate) => gate.wait(),
            None => {
                let opens = std::mem::take(&mut *opens.lock().unwrap());
                opens.into_iter().for_each(|opens| opens.resolve(1));
                2
            }
        });
        assert_eq!(results.map(Result::unwrap).collect::<Vec<_>>(), [1, 1, 2]);
    }

    #[test]
    fn gives_a_death_as_a_value() {
        let _watchdog = watched();
        let results = map_bounded(0..3, 3, |n| if n == 1 { dies() } else { n });
        let results: Vec<_> =
            results.map(|result| result.map_err(|f| f.message().to_owned())).collect();
        assert_eq!(results, [Ok(0), Err("oops".to_owned()), Ok(2)]);
    }

    #[test]
    fn has_a_timeout_where_the_function_has_one() {
        let _watchdog = watched();
        let (never, _open) = promise::<u32>();
        let results = map_bounded([true, false], 2, move |hangs| {
            let p = if hangs { never.clone() } else { invoke!(|| 1) };
            let patience = if hangs { SOON } else { LATE };
            p.wait_timeout(patience).ok().map(Result::unwrap)
        });
        assert_eq!(results.map(Result::unwrap).collect::<Vec<_>>(), [None, Some(1)]);
    }

    #[test]
    fn lets_run_on_what_is_under_way_when_enough_was_taken() {
        let _watchdog = watched();
        let ((go, goes), (done, dones)) = (channel::<()>(), channel());
        let goes = Mutex::new(goes);
        let results = map_bounded(0..3, 3, move |n| {
            if n > 0 {
                goes.lock().unwrap().recv().unwrap_err();
            }
            done.send(n).unwrap();
        });
        assert_eq!(results.take(1).filter(Result::is_ok).count(), 1);
        drop(go);
        let mut done: Vec<_> = dones.iter().collect();
        done.sort_unstable();
        assert_eq!(done, [0, 1, 2]);
    }
}
