//! A tree of all that is hard to print, sort or walk.

use crate::scratch::Scratch;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

/// Fills a directory with all that is hard to print, sort or walk.
pub(crate) fn odd_tree(scratch: &Scratch) {
    // Whole paths sort as `a!`, `a-b`, `a.b`, `a/..`, `a0`, `ab`; names alone would put `a` first.
    for name in ["a-b", "a.b", "a0", "ab", "a!", "B", "Z", "b", "é", "ab.c"] {
        scratch.file(name, name.as_bytes());
    }
    scratch.directory("a/b/c");
    scratch.directory("a/b.c");
    for name in ["a/b/c/d", "a/b-", "a/b0", "a/b.c/d", "a/b/x", "a/z", "a/.z"] {
        scratch.file(name, name.as_bytes());
    }

    let odd = [
        " ",
        "two words",
        " lead",
        "trail ",
        "tab\there",
        "new\nline",
        "\n",
        "back\\slash",
        "\\",
        "\\n",
        "-",
        "--",
        "-rf",
        "--help",
        "'",
        "\"",
        "`",
        "$HOME",
        "$(id)",
        "*",
        "?",
        "[a]",
        "~",
        "#3",
        "%s",
        "a=b",
        ".hidden",
        "..two",
        "...",
        "\x01\x1b[31m\x7f",
        "日本語",
        "x\n\\\n\ty",
    ];
    for name in odd {
        scratch.file(name, name.as_bytes());
        let directory = scratch.directory(format!("in {name}"));
        fs::write(directory.join(name), name).expect("a file is made");
    }

    // Older releases of coreutils leave a carriage return as it is.
    let carriage_return = scratch.file("carriage\rreturn", b"");
    let output = Command::new("sha256sum").arg(&carriage_return).output();
    if !output.is_ok_and(|output| output.stdout.starts_with(b"\\")) {
        eprintln!("left out: sha256sum does not escape carriage returns");
        fs::remove_file(carriage_return).expect("a file is removed");
    }

    for name in [&b"\xff"[..], b"\xc3(", b"latin-\xe9", b"\x80\n\x80", b"\xed\xa0\x80"] {
        let path = scratch.0.join(OsStr::from_bytes(name));
        if let Err(error) = File::create(&path) {
            eprintln!("left out: this file system refuses {path:?}: {error}");
            continue;
        }
        let mut name = b"in ".to_vec();
        name.extend_from_slice(path.file_name().expect("a name").as_bytes());
        let directory = scratch.directory(OsString::from_vec(name));
        fs::write(directory.join("file"), "odd").expect("a file is made");
    }

    scratch.file("empty", b"");
    scratch.directory("no files/at all/here");
    scratch.directory(".git/objects");
    scratch.file(".git/objects/pack", b"hidden");
    for (index, size) in [1 << 20, (1 << 20) + 1, 65_535, 65_536, 65_537].iter().enumerate() {
        let content: Vec<u8> = (0..*size).map(|byte: u32| (byte % 251) as u8).collect();
        scratch.file(format!("big {index}"), &content);
    }

    scratch.directory("many");
    for index in 0..300 {
        scratch.file(format!("many/{index}"), index.to_string().as_bytes());
    }
    scratch.directory("wide");
    for index in 0..100 {
        scratch.directory(format!("wide/{index}"));
        scratch.file(format!("wide/{index}/file"), index.to_string().as_bytes());
        scratch.file(format!("wide/{index}.file"), index.to_string().as_bytes());
    }

    let mut deep = PathBuf::from("deep");
    for level in 0..200 {
        scratch.directory(&deep);
        scratch.file(deep.join("before"), level.to_string().as_bytes());
        scratch.file(deep.join("f"), level.to_string().as_bytes());
        deep.push("d");
    }

    let links = [
        ("a.b", "to a file"),
        ("a", "to a directory"),
        ("nowhere", "broken"),
        (".", "cycle"),
        ("../..", "a/upwards"),
        ("itself", "itself"),
    ];
    for (target, link) in links {
        symlink(target, scratch.0.join(link)).expect("a link is made");
    }
}
