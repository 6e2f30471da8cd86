//! `checksum DIR` prints, byte for byte, what `find | sort | xargs sha256sum` prints.
#![cfg(unix)]

#[path = "../example_binary/mod.rs"]
mod example_binary;
mod pipeline;
mod scratch;
mod tree;

use pipeline::{
    CHECKSUM, assert_reports, assert_same, assert_succeeds, checksum, command, has_tools, pipeline,
};
use scratch::Scratch;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tree::odd_tree;

#[test]
fn any_tree_prints_what_the_pipeline_prints() {
    if !has_tools() {
        return;
    }
    let scratch = Scratch::new("odd");
    odd_tree(&scratch);
    assert_succeeds(Path::new("/"), &scratch.0);
    // Each directory is printed as it was spelled.
    let spellings = [
        ".",
        "./",
        ".//",
        "a",
        "a/",
        "a//",
        "./a",
        "a/../a",
        "a/b/..",
        "../",
        "in \n",
        "in \\/",
        "no files",
        "deep",
        "many/",
        "to a directory/",
        "cycle/a",
    ];
    for directory in spellings {
        // `..` holds what other tests make.
        let base = if directory == "../" { scratch.0.join("a") } else { scratch.0.clone() };
        assert_succeeds(&base, directory);
    }
}

#[test]
fn a_file_is_hashed_and_a_link_is_not_followed() {
    if !has_tools() {
        return;
    }
    let scratch = Scratch::new("file");
    scratch.file("a\\b", b"content");
    scratch.directory("directory");
    scratch.file("directory/file", b"content");
    symlink("a\\b", scratch.0.join("to a file")).expect("a link is made");
    symlink("directory", scratch.0.join("to a directory")).expect("a link is made");
    symlink("nowhere", scratch.0.join("broken")).expect("a link is made");
    for name in ["a\\b", "./a\\b", "to a file", "to a directory", "broken", "/dev/null"] {
        assert_succeeds(&scratch.0, name);
    }
    assert!(!checksum(&scratch.0, "a\\b").stdout.is_empty());
    assert!(checksum(&scratch.0, "to a file").stdout.is_empty());
}

#[test]
fn the_sources_of_all_dependencies_print_what_the_pipeline_prints() {
    if !has_tools() {
        return;
    }
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cargo")));
    let sources = home.unwrap_or_default().join("registry/src");
    if !sources.is_dir() {
        eprintln!("skipped: cargo has no sources at {sources:?}");
        return;
    }
    loop {
        let before = pipeline(&[], Path::new("/"), &sources);
        let output = checksum(Path::new("/"), &sources);
        // If cargo is unpacking more just now, there is nothing to compare with.
        if pipeline(&[], Path::new("/"), &sources) == before {
            assert!(output.status.success(), "{:?}", output.status);
            assert!(output.stdout == before, "{sources:?}: the outputs differ");
            return;
        }
    }
}

#[test]
fn what_is_missing_is_reported_with_status_1() {
    let scratch = Scratch::new("missing");
    for name in ["missing", "mis/sing", "missing/"] {
        let output = checksum(&scratch.0, name);
        assert_reports(&output, &[name]);
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_wrong_number_of_arguments_is_a_usage_error_with_status_2() {
    for arguments in [&[][..], &[".", "."]] {
        let output = Command::new(&*CHECKSUM).args(arguments).output();
        let output = output.expect("checksum starts");
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        assert!(output.stderr.starts_with(b"usage: checksum DIR"));
    }
}

/// Nobody, not even root, can open a path longer than the system allows.
#[test]
fn what_cannot_be_opened_is_reported_and_the_rest_is_hashed() {
    if !has_tools() {
        return;
    }
    let scratch = Scratch::new("long");
    let long = "n".repeat(200);
    let file = format!("m{long}");
    scratch.file("a", b"before");
    scratch.file(&file, b"too long");
    scratch.directory(&long);
    scratch.file(format!("{long}/file"), b"below");
    scratch.file("z", b"after");
    // `DIR/././.` is DIR, in as many bytes as needed: 4,096 are too many.
    let mut directory = scratch.0.clone().into_os_string();
    while directory.len() < 4_000 {
        directory.push("/.");
    }

    let output = checksum(Path::new("/"), &directory);
    assert_same(&[], Path::new("/"), &directory, &output);
    assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), 2);
    let directory = Path::new(&directory);
    assert_reports(&output, &[directory.join(file), directory.join(long + "/")]);
}

#[test]
fn what_cannot_be_read_is_reported() {
    // Its first page is not mapped.
    let memory = "/proc/self/mem";
    if File::open(memory).is_err() {
        eprintln!("skipped: there is no {memory}");
        return;
    }
    let output = checksum(Path::new("/"), memory);
    assert_reports(&output, &[memory]);
    assert!(output.stdout.is_empty());
}

#[test]
fn what_one_may_not_read_is_reported_and_the_rest_is_hashed() {
    if !has_tools() {
        return;
    }
    let scratch = Scratch::new("modes");
    let program = scratch.file("checksum", &fs::read(&*CHECKSUM).expect("the example is built"));
    let tree = scratch.directory("tree");
    scratch.directory("tree/locked");
    let files = ["tree/a", "tree/forbidden", "tree/locked/file", "tree/z"]
        .map(|name| scratch.file(name, b"x"));
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("the mode changes");
    };
    mode(&scratch.0, 0o755);
    mode(&program, 0o755);
    mode(&tree, 0o755);
    mode(&files[1], 0o000);
    mode(&tree.join("locked"), 0o000);

    // Modes do not bind root, who therefore becomes somebody else.
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let user = if File::open(&files[1]).is_ok() { &nobody[..] } else { &[] };
    let output = command(user, &program).arg(&tree).output();
    let Some(output) = output.ok().filter(|output| output.stdout.starts_with(b"2d711642b7")) else {
        eprintln!("skipped: modes do not bind this user, who cannot run a program as another");
        return;
    };
    assert_same(user, Path::new("/"), &tree, &output);
    mode(&tree.join("locked"), 0o755);
    assert_reports(&output, &[&files[1], &tree.join("locked/")]);
}

#[test]
fn a_closed_pipe_ends_it_without_a_word() {
    let scratch = Scratch::new("pipe");
    let name = "long".repeat(50);
    // More than any buffer holds.
    for index in 0..2_000 {
        scratch.file(format!("{name}{index}"), b"");
    }
    let mut child = Command::new(&*CHECKSUM)
        .arg(&scratch.0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("checksum starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("checksum ends");
    assert_eq!(output.stderr.escape_ascii().to_string(), "");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_full_disk_is_reported() {
    let Ok(full) = File::create("/dev/full") else {
        eprintln!("skipped: there is no /dev/full");
        return;
    };
    let scratch = Scratch::new("full");
    scratch.file("file", b"");
    let output = Command::new(&*CHECKSUM).arg(&scratch.0).stdout(full).output();
    assert_reports(&output.expect("checksum starts"), &["write error"]);
}
