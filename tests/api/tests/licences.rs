//! What may be done with the crates that the published ones depend on.
//!
//! `deny.toml` has the list of licences, for cargo-deny, which knows of advisories too; this needs
//! nothing but Cargo.

mod workspace;

use serde_json::Value;
use spdx::{Expression, ParseMode};
use std::collections::{BTreeMap, HashSet};

/// The licences that async-mech itself gets along with, whatever the adapters need. The last is that
/// of the tables of identifiers in the macros' parser.
const OF_ASYNC_MECH: [&str; 3] = ["MIT", "Apache-2.0", "Unicode-3.0"];

#[test]
fn async_mech_depends_on_what_is_mit_or_apache() {
    let metadata = workspace::metadata(&["--all-features"]);
    let mut refused = BTreeMap::new();
    for package in ["async-mech", "async-mech-macros", "async-mech-bridge"] {
        refused.extend(not_among(&OF_ASYNC_MECH, package, &metadata));
    }
    assert!(refused.is_empty(), "these dependencies have another licence: {refused:#?}");
}

#[test]
fn all_published_crates_depend_on_licences_of_the_list() {
    let metadata = workspace::metadata(&["--all-features"]);
    let text = include_str!("../../../deny.toml");
    let (_, list) = text.split_once("allow = [").expect("a list of licences");
    let (list, _) = list.split_once(']').expect("its end");
    let allowed: Vec<_> = list.split('"').skip(1).step_by(2).collect();
    let mut refused = BTreeMap::new();
    for package in workspace::published(&metadata) {
        refused.extend(not_among(&allowed, &package, &metadata));
    }
    assert!(refused.is_empty(), "the list of deny.toml does not allow these: {refused:#?}");
}

/// The crates that it is built with, on any system, whose licence cannot be had from these alone.
fn not_among(allowed: &[&str], package: &str, metadata: &Value) -> BTreeMap<String, String> {
    let packages = metadata["packages"].as_array().expect("packages");
    let tree = tree(package, metadata);
    let mut refused = BTreeMap::new();
    for it in packages.iter().filter(|it| tree.contains(it["id"].as_str().expect("an id"))) {
        let licence = it["license"].as_str().unwrap_or("none said");
        let allows = Expression::parse_mode(licence, ParseMode::LAX).is_ok_and(|expression| {
            expression.evaluate(|wanted| allowed.contains(&wanted.to_string().as_str()))
        });
        if !allows {
            refused.insert(it["id"].as_str().expect("an id").to_owned(), licence.to_owned());
        }
    }
    refused
}

/// The ids of that package and all it depends on, but for tests.
fn tree<'a>(package: &str, metadata: &'a Value) -> HashSet<&'a str> {
    let nodes = metadata["resolve"]["nodes"].as_array().expect("nodes");
    let packages = metadata["packages"].as_array().expect("packages");
    let root = packages.iter().find(|it| it["name"] == package && it["source"].is_null());
    let mut left = vec![root.expect("a package of the workspace")["id"].as_str().expect("an id")];
    let mut seen = HashSet::new();
    while let Some(id) = left.pop() {
        if !seen.insert(id) {
            continue;
        }
        let node = nodes.iter().find(|node| node["id"] == id).expect("a node");
        for dependency in node["deps"].as_array().expect("dependencies") {
            let mut kinds = dependency["dep_kinds"].as_array().expect("kinds").iter();
            if kinds.any(|kind| kind["kind"] != "dev") {
                left.push(dependency["pkg"].as_str().expect("an id"));
            }
        }
    }
    seen
}
