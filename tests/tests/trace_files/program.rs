//! `ASYNC_MECH_TRACE`, as the person who runs a program sees it.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::scratch::Scratch;

struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn run(what: &str, vars: &[(&str, &OsStr)]) -> Ended {
    let output = Command::new(env!("CARGO_BIN_EXE_traced"))
        .arg(what)
        .env("RUST_BACKTRACE", "0")
        .env_remove("ASYNC_MECH_TRACE")
        .env_remove("ASYNC_MECH_TRACE_VALUES")
        .envs(vars.iter().copied())
        .output()
        .expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn traced(what: &str, path: &Path) -> Ended {
    run(what, &[("ASYNC_MECH_TRACE", path.as_os_str())])
}

/// Lines of stderr without ids and threads: who runs what is a matter of luck.
fn lines(stderr: &str) -> Vec<String> {
    let thread = |line: &str| match line.strip_prefix("thread '") {
        Some(rest) => rest.find(" panicked").map_or_else(String::new, |at| rest[at..].to_owned()),
        None => line.to_owned(),
    };
    let digits = |line: String| line.chars().filter(|c| !c.is_ascii_digit()).collect();
    stderr.lines().map(thread).map(digits).collect()
}

/// The slices that are runs of executions.
fn runs(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("the trace is there");
    let root: Value = serde_json::from_str(&text).expect("it is JSON");
    let events = root["traceEvents"].as_array().expect("a list").clone();
    events.into_iter().filter(|event| event["cat"] == "run").collect()
}

#[test]
fn whatever_ends_main_the_trace_is_written_and_nothing_else_changes() {
    let scratch = Scratch::new();
    let ends = [
        ("article", 0),
        ("fails", 1),
        ("panics", 101),
        ("awaits-a-panic", 101),
        ("deadlocks", 101),
        ("leaves-one-running", 0),
        ("calls-itself", 0),
    ];
    for (what, code) in ends {
        let path = scratch.path(format!("{what}.json"));
        let (plain, ended) = (run(what, &[]), traced(what, &path));
        assert_eq!((plain.code, ended.code), (Some(code), Some(code)), "{what}: {}", ended.stderr);
        assert_eq!(plain.stdout, ended.stdout, "{what}");
        assert_eq!(lines(&plain.stderr), lines(&ended.stderr), "{what}");
        let runs = runs(&path);
        for name in ["main", "outer", "inner"] {
            assert!(runs.iter().any(|run| run["name"] == name), "{what}: no {name} in {runs:#?}");
        }
    }
    assert_eq!(scratch.names().len(), ends.len());
}

#[test]
fn how_it_ended_is_in_the_trace() {
    let scratch = Scratch::new();
    let failed = |what: &str, kind: &str| {
        let path = scratch.path(format!("{what}.json"));
        traced(what, &path);
        assert!(runs(&path).iter().any(|run| run["args"]["failed"] == kind), "{what}");
    };
    failed("awaits-a-panic", "Panicked");
    failed("deadlocks", "Deadlock");
    let path = scratch.path("running.json");
    traced("leaves-one-running", &path);
    assert!(runs(&path).iter().any(|run| run["args"]["unfinished"] == true));
    // All of `main`, also what comes after another `main` in it.
    let path = scratch.path("twice.json");
    traced("calls-itself", &path);
    assert_eq!(runs(&path).iter().filter(|run| run["name"] == "outer").count(), 2);
}

#[test]
fn an_exit_in_main_leaves_no_trace() {
    let scratch = Scratch::new();
    let ended = traced("exits", &scratch.path("run.json"));
    assert_eq!((ended.code, &*ended.stdout, &*ended.stderr), (Some(7), "1000\n", ""));
    assert!(scratch.names().is_empty());
}

#[test]
fn an_empty_variable_is_none() {
    let ended = traced("article", Path::new(""));
    assert_eq!((ended.code, &*ended.stderr), (Some(0), ""));
}

#[test]
fn an_unknown_extension_is_told_at_once_and_nothing_is_recorded() {
    let scratch = Scratch::new();
    let path = scratch.path("run.docx");
    let ended = traced("panics", &path);
    assert_eq!((ended.code, &*ended.stdout), (Some(101), "1000\n"));
    let first = ended.stderr.lines().next().expect("a line");
    for word in ["ASYNC_MECH_TRACE", &*path.display().to_string(), ".html", ".json", "nothing"] {
        assert!(first.contains(word), "{word}: {first}");
    }
    assert!(scratch.names().is_empty());
}

#[test]
fn a_path_that_cannot_be_written_is_told() {
    let scratch = Scratch::new();
    let path = scratch.path("nowhere").join("run.svg");
    for (what, code) in [("article", 0), ("fails", 1), ("panics", 101)] {
        let ended = traced(what, &path);
        assert_eq!((ended.code, &*ended.stdout), (Some(code), "1000\n"), "{}", ended.stderr);
        let told = |line: &&str| line.starts_with("async-mech: ASYNC_MECH_TRACE: cannot write");
        let told: Vec<_> = ended.stderr.lines().filter(told).collect();
        assert_eq!(told.len(), 1, "{}", ended.stderr);
        assert!(told[0].contains(&path.display().to_string()), "{told:?}");
    }
}

#[test]
fn all_formats_are_written() {
    let scratch = Scratch::new();
    for name in ["a.html", "a.svg", "a.entities.svg", "a.timeline.svg", "a.mmd", "a.entities.mmd"] {
        let ended = traced("article", &scratch.path(name));
        assert_eq!((ended.code, &*ended.stderr), (Some(0), ""), "{name}");
        let text = fs::read_to_string(scratch.path(name)).expect("it is there");
        assert!(text.contains("outer") && text.contains("inner"), "{name}: {text:.300}");
    }
}

#[test]
fn the_length_of_values_can_be_set() {
    let scratch = Scratch::new();
    let path = scratch.path("run.json");
    let shown = |length: &str| {
        let vars =
            [("ASYNC_MECH_TRACE", path.as_os_str()), ("ASYNC_MECH_TRACE_VALUES", length.as_ref())];
        let ended = run("article", &vars);
        assert_eq!((ended.code, &*ended.stdout), (Some(0), "1000\n"));
        let runs = runs(&path);
        let inner = runs.iter().find(|run| run["name"] == "inner").expect("it has run");
        let value = inner["args"]["value"].as_str().expect("a value").to_owned();
        (value, ended.stderr)
    };
    assert_eq!(shown("9"), ("\"forty-tw…".into(), String::new()));
    assert_eq!(shown("5000").0.len(), 1_002);
    let usual = shown("").0;
    assert_eq!((usual.chars().count(), shown("").1), (201, String::new()));
    for bad in ["many", "-1", "1e9", " 5"] {
        let (value, stderr) = shown(bad);
        assert_eq!(value, usual, "{bad}");
        assert_eq!(stderr.lines().count(), 1);
        assert!(stderr.contains("ASYNC_MECH_TRACE_VALUES") && stderr.contains(bad), "{stderr}");
    }
}

#[cfg(unix)]
#[test]
fn a_path_need_not_be_unicode() {
    use std::os::unix::ffi::OsStrExt;
    let scratch = Scratch::new();
    let path = scratch.path(OsStr::from_bytes(b"r\xfcn.json"));
    let ended = traced("article", &path);
    assert_eq!((ended.code, &*ended.stderr), (Some(0), ""));
    assert!(!runs(&path).is_empty());
}
