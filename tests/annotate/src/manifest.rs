//! The manifest of the annotated crate.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

/// Makes the crate a workspace of its own. Says whether its edition is 2015, which sees only crates
/// that it names.
pub(crate) fn prepare(directory: &Path) -> Result<bool, String> {
    let path = directory.join("Cargo.toml");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    if text.contains("[dependencies.async-mech]") {
        return Err("the crate is annotated already: unpack it once more".to_owned());
    }
    if !text.lines().any(|line| line.starts_with("[workspace]")) {
        append(&path, "\n[workspace]\n")?;
    }
    let edition = text.lines().find(|line| line.starts_with("edition"));
    Ok(edition.is_none_or(|line| line.contains("2015")))
}

/// Adds the dependency, on the async-mech next to this program.
pub(crate) fn depend_on_async_mech(directory: &Path) -> Result<(), String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../async-mech");
    append(
        &directory.join("Cargo.toml"),
        &format!("\n[dependencies.async-mech]\npath = {path:?}\n"),
    )
}

fn append(path: &Path, text: &str) -> Result<(), String> {
    OpenOptions::new()
        .append(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| format!("{}: {error}", path.display()))
}
