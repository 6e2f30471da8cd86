//! What each published crate makes public, held against the listing that is committed.
//!
//! A line that goes away breaks what uses it, so it waits for a version that may; a new line is a
//! promise. After a change that is meant:
//!
//! ```text
//! ASYNC_MECH_UPDATE_LISTINGS=1 cargo test -p tests-api
//! ```

mod workspace;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Set to anything, it has the listings written anew.
const UPDATE: &str = "ASYNC_MECH_UPDATE_LISTINGS";
/// The version of rustdoc's data that the crate `public-api` reads as it is pinned.
const FORMAT: u64 = 57;
/// What the compiler implements for its own ends, so that a newer one may do it otherwise.
const UNSTABLE: [&str; 3] =
    ["core::marker::Freeze", "core::marker::StructuralPartialEq", "core::marker::UnsafeUnpin"];

#[test]
fn async_mech() {
    check("async-mech");
}

#[test]
fn the_bridge() {
    check("async-mech-bridge");
}

#[test]
fn the_adapter_of_resonate() {
    check("async-mech-resonate");
}

#[test]
fn the_adapter_of_restate() {
    check("async-mech-restate");
}

/// Every crate that is published has a listing, but the macros, which another crate re-exports.
#[test]
fn no_crate_is_left_out() {
    let mut listed: Vec<_> = fs::read_dir(folder())
        .expect("the folder of this package")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .map(|path| path.file_stem().expect("a name").to_str().expect("UTF-8").to_owned())
        .collect();
    listed.push("async-mech-macros".to_owned());
    listed.sort();
    assert_eq!(listed, workspace::published(&workspace::metadata(&[])));
}

fn check(package: &str) {
    let listing = listing(package);
    let path = folder().join(package).with_extension("txt");
    if env::var_os(UPDATE).is_some() {
        fs::write(path, listing).expect("the listing is written");
        return;
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let (gone, new) = (missing(&committed, &listing, '-'), missing(&listing, &committed, '+'));
    assert!(
        committed == listing,
        "the public API of {package} is not what tests/api/{package}.txt says:\n{gone}{new}\n\
         A line with - is gone, and breaks what uses it. If all of this is meant, run\n\
         {UPDATE}=1 cargo test -p tests-api\nand commit the listing, and a line in CHANGELOG.md.\n"
    );
}

/// The lines of one text that the other has not, or not as often.
fn missing(of: &str, from: &str, sign: char) -> String {
    let mut counts = HashMap::<&str, usize>::new();
    for line in from.lines() {
        *counts.entry(line).or_default() += 1;
    }
    let mut lines = String::new();
    for line in of.lines() {
        match counts.get_mut(line) {
            Some(count) if *count > 0 => *count -= 1,
            _ => lines.extend([&sign.to_string(), " ", line, "\n"]),
        }
    }
    lines
}

fn listing(package: &str) -> String {
    let data = data(package);
    let text = fs::read_to_string(&data).expect("what rustdoc wrote");
    let format =
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON")["format_version"].as_u64();
    assert_eq!(
        format,
        Some(FORMAT),
        "this toolchain's rustdoc writes another format: take the version of public-api that reads it"
    );
    let api = public_api::Builder::from_rustdoc_json(data).omit_blanket_impls(true).build();
    let items = api.expect("a public API").into_items().map(|item| item.to_string());
    let stable = items.filter(|item| !UNSTABLE.iter().any(|name| item.contains(name)));
    stable.map(|item| item + "\n").collect()
}

/// Where rustdoc wrote what it knows of that package, with all features.
fn data(package: &str) -> PathBuf {
    let status = workspace::cargo()
        .args(["rustdoc", "--quiet", "--locked", "--lib", "--all-features", "--package", package])
        .args(["--", "-Z", "unstable-options", "--output-format", "json", "--cap-lints", "warn"])
        .env("RUSTDOC", env!("CARGO_BIN_EXE_rustdoc-as-data"))
        .status();
    assert!(status.expect("cargo is there").success(), "rustdoc failed for {package}");
    let target = workspace::metadata(&["--no-deps"])["target_directory"].clone();
    let file = package.replace('-', "_") + ".json";
    Path::new(target.as_str().expect("a path")).join("doc").join(file)
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
