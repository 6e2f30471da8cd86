//! No name and no value gets out of its string.

use async_mech::trace::{Kind, Trace};

use crate::hostile;
use crate::records::{events, records};

#[test]
fn the_records_end_no_script_and_begin_no_tag() {
    let (page, empty) = (hostile::run().html(), Trace::of([]).html());
    for tag in ["</script", "<script", "<img", "<!--", "<b>"] {
        assert_eq!(page.matches(tag).count(), empty.matches(tag).count(), "{tag}");
    }
}

#[test]
fn every_text_is_read_as_it_was() {
    let trace = hostile::run();
    let records = records(&trace.html());
    let mut compared = 0;
    for (event, record) in trace.events().iter().zip(events(&records)) {
        match &event.kind {
            Kind::Enter { arguments } => {
                for ((name, text), read) in
                    arguments.iter().zip(record[7].as_array().expect("arguments are a list"))
                {
                    assert_eq!(
                        (*name, text.as_str()),
                        (read[0].as_str().unwrap(), read[1].as_str().unwrap())
                    );
                    compared += 1;
                }
            }
            Kind::Complete { value: Some(text) } => {
                assert_eq!(record[7], text.as_str());
                compared += 1;
            }
            Kind::Fail { message, .. } => {
                assert_eq!(record[8], message.to_string());
                compared += 1;
            }
            _ => {}
        }
    }
    assert!(compared > 15, "{compared}");
}

#[test]
fn a_megabyte_is_there_in_full() {
    let records = records(&hostile::run().html());
    let longest = events(&records).filter_map(|event| event[7].as_str()).map(str::len).max();
    // With the quotes of its `Debug`.
    assert_eq!(longest, Some(hostile::LONG + 2));
}
