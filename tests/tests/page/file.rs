//! One file, complete in itself.

use async_mech::{invoke, trace::Trace};

use crate::records::{alone, events, record, records};

#[test]
fn a_page_asks_for_nothing_from_anywhere() {
    let page = Trace::of([]).html();
    for word in [" src=", " href=\"http", "@import", "url(", "fetch(", "import(", "XMLHttp"] {
        let found = page.match_indices(word).map(|(at, _)| &page[at..(at + 60).min(page.len())]);
        // Markers within a drawing are the page's own.
        let asked: Vec<_> = found.filter(|text| !text.starts_with("url(#")).collect();
        assert_eq!(asked, [""; 0]);
    }
    assert!(page.contains("default-src 'none'"));
    assert!(page.contains("connect-src 'none'"));
}

#[test]
fn a_page_never_makes_markup_of_data() {
    let page = Trace::of([]).html();
    for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn the_frame_of_a_page_is_small() {
    assert!(Trace::of([]).html().len() < 100_000);
}

#[test]
fn all_events_of_a_small_run_are_in_its_page_in_order() {
    let trace = record(|| invoke!(|| invoke!(|| 42).wait()).wait());
    let records = records(&trace.html());
    let numbers: Vec<_> = events(&records).map(|event| event[0].as_u64().unwrap()).collect();
    assert_eq!(numbers, trace.events().iter().map(|event| event.number).collect::<Vec<_>>());
}

#[test]
fn what_events_refer_to_comes_before_them() {
    let trace = record(|| invoke!(|| invoke!(|| 42).wait()).wait());
    let (mut sites, mut threads) = (0, 0);
    for record in records(&trace.html()) {
        match record[0].as_str() {
            Some("site") => sites += 1,
            Some("thread") => threads += 1,
            _ => {
                assert!(record[4].as_u64().unwrap() < threads);
                assert!(record[5].as_u64().unwrap() < sites);
            }
        }
    }
}

#[test]
fn a_page_says_what_its_recording_had_no_room_for() {
    let _alone = alone();
    let recording = Trace::start_with_room_for(3);
    invoke!(|| 42).wait();
    let trace = recording.stop();
    assert!(trace.lost() > 0);
    let records = records(&trace.html());
    assert_eq!(events(&records).count(), 3);
    assert_eq!(records.last().unwrap()[0], "lost");
    assert_eq!(records.last().unwrap()[1], trace.lost());
}
