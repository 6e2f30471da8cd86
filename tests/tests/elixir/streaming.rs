//! `Task.async_stream`: `map_bounded`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use crate::{LATE, SOON, dies};
use async_mech::{Promise, invoke, map_bounded, promise};
use tests::watched;

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
