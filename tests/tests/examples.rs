//! The small examples print what they say they print.

mod example_binary;

use std::collections::HashSet;
use std::process::{Command, Output};

fn run(name: &str, arguments: &[&str]) -> Output {
    Command::new(example_binary::build(name)).args(arguments).output().expect("the example starts")
}

fn lines(output: &Output) -> Vec<&str> {
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    std::str::from_utf8(&output.stdout).expect("the output is UTF-8").lines().collect()
}

/// Asserts that the lines are three ids, no two the same, and 84; an id is a number between the two texts.
fn assert_three_ids_and_84(lines: &[&str], before: &str, after: &str) {
    let [ids @ .., last] = lines else {
        panic!("no lines");
    };
    assert_eq!(ids.len(), 3, "{lines:?}");
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 3, "{lines:?}");
    for id in ids {
        let number = id
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .unwrap_or_else(|| panic!("{id:?} is not {before}N{after}"));
        number.parse::<u64>().expect("an id holds a number");
    }
    assert_eq!(*last, "84");
}

#[test]
fn the_article_prints_three_execution_ids_and_84() {
    let output = run("article", &[]);
    assert_eq!(lines(&output), ["#1", "#2", "#3", "84"]);
}

#[test]
fn the_literal_port_prints_three_thread_ids_and_84() {
    let output = run("literal", &[]);
    assert_three_ids_and_84(&lines(&output), "ThreadId(", ")");
}

#[test]
fn fib_prints_its_value_and_counts_its_invocations() {
    for (n, value, invocations) in [("0", 0, 1), ("1", 1, 1), ("2", 1, 3), ("10", 55, 177)] {
        let output = run("fib", &[n]);
        let lines = lines(&output);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0], format!("fib({n}) = {value}"));
        let counted = format!("{invocations} invocations in ");
        assert!(lines[1].starts_with(&counted), "{lines:?}");
    }
}

#[test]
fn fib_of_no_argument_is_fib_of_20() {
    let output = run("fib", &[]);
    assert_eq!(lines(&output)[0], "fib(20) = 6765");
}

#[test]
fn fib_refuses_what_is_not_one_small_number() {
    for arguments in [&["x"][..], &["-1"], &["94"], &["1", "2"]] {
        let output = run("fib", arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stderr.starts_with(b"usage: fib "), "{arguments:?}");
    }
}

#[test]
fn scope_counts_the_words_of_its_files() {
    let folder = std::env::temp_dir().join(format!("async-mech-scope-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a scratch folder");
    let files = [("a", "one two, two"), ("b", "two three"), ("c", "three\nthree three")];
    let paths = files.map(|(name, text)| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_str().expect("UTF-8").to_owned()
    });
    let output = run("scope", &paths.each_ref().map(String::as_str));
    std::fs::remove_dir_all(&folder).expect("the scratch folder goes");
    assert_eq!(lines(&output), ["     4 three", "     3 two", "     1 one"]);

    let output = run("scope", &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stderr.starts_with(b"usage: scope "));
}

#[test]
fn race_names_who_was_needed_and_cancels_the_others() {
    let output = run("race", &[]);
    let expected = [
        "race: north has 1.4",
        "race: the other is Cancelled",
        "any: north has 1.4",
        "any: moon is unknown, mars is unknown",
        "all: not within 200 ms",
        "as_completed: two mirrors have 1.4",
    ];
    assert_eq!(lines(&output), expected);
}

#[test]
fn deadlock_names_the_circle_and_releases_everybody_in_it() {
    let output = run("deadlock", &[]);
    let lines = lines(&output);
    let expected = [
        "Payment on delivery, shipment on payment",
        "seller: Deadlock",
        "carrier: Deadlock",
        "buyer: Deadlock",
    ];
    assert_eq!(lines[..4], expected);
    // Any of the three may be the last to await.
    let circle = ["ship", "pay", "deliver"];
    let (closer, what) = lines[4].split_once(": ").expect("who closed the circle");
    assert_eq!(what, "it awaits itself, through others");
    let first = circle.iter().position(|name| *name == closer).expect("one of the three");
    let mut ids = Vec::new();
    for (line, name) in lines[5..8].iter().zip(circle.iter().cycle().skip(first)) {
        let (id, rest) = line.trim_start().split_once(' ').expect("an id");
        assert!(rest.starts_with(&format!("`{name}` (examples/deadlock.rs:")), "{lines:?}");
        let (_, next) = rest.split_once(" awaits ").expect("whom it awaits");
        let (next, place) = next.split_once(" at ").expect("where");
        assert!(place.starts_with("examples/deadlock.rs:"), "{lines:?}");
        ids.push((id, next));
    }
    for (n, (_, next)) in ids.iter().enumerate() {
        assert_eq!(*next, ids[(n + 1) % 3].0, "{lines:?}");
    }
    let expected = [
        "Payment in advance",
        "seller: paid, shipped",
        "carrier: paid, shipped, delivered",
        "buyer: paid",
    ];
    assert_eq!(lines[8..], expected);
}
