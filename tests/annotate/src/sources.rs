//! The files of a crate, with and without attributes.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cargo::Message;
use crate::functions::{self, Found, Verdict};

const ATTRIBUTE: &str = "#[::async_mech::invocable] ";

/// The files of a crate that can be parsed.
pub(crate) struct Sources {
    directory: PathBuf,
    pub(crate) files: Vec<Source>,
    /// Those that cannot.
    pub(crate) unparsed: Vec<PathBuf>,
}

/// A file.
pub(crate) struct Source {
    /// From the directory on.
    pub(crate) path: PathBuf,
    /// As it was.
    text: String,
    /// Where the root of a crate of edition 2015 names async-mech.
    extern_crate: Option<usize>,
    pub(crate) found: Found,
}

impl Sources {
    pub(crate) fn read(
        directory: &Path,
        needs_extern_crate: bool,
        impls: bool,
    ) -> Result<Sources, String> {
        let mut paths = Vec::new();
        for part in ["src", "tests"] {
            walk(&directory.join(part), &mut paths);
        }
        paths.sort();
        let directory = directory.to_owned();
        let mut sources = Sources { directory, files: Vec::new(), unparsed: Vec::new() };
        for path in paths {
            let text = fs::read_to_string(&path)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            let path = path.strip_prefix(&sources.directory).expect("it is in there").to_owned();
            match Source::parse(&path, text, needs_extern_crate, impls) {
                Some(source) => sources.files.push(source),
                None => sources.unparsed.push(path),
            }
        }
        Ok(sources)
    }

    /// Writes all files with the attributes that are left.
    pub(crate) fn write(&self) -> Result<(), String> {
        for file in &self.files {
            let path = self.directory.join(&file.path);
            fs::write(&path, file.annotated())
                .map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(())
    }

    /// Takes back the attribute of the function that an error is in. Says whether there is one.
    pub(crate) fn refuse(&mut self, error: &Message) -> bool {
        let mut is_in_one = false;
        for (path, line) in &error.places {
            let Some(file) = self.files.iter_mut().find(|file| file.path == *path) else {
                continue;
            };
            let Found { functions, blocks, .. } = &mut file.found;
            let around = functions.iter_mut().filter(|function| {
                (function.first..=function.last).contains(line)
                    && !matches!(function.verdict, Verdict::Skipped(_))
            });
            let Some(function) = around.min_by_key(|function| function.last - function.first)
            else {
                continue;
            };
            if let Some(block) = function.block.map(|block| &mut blocks[block])
                && !block.is_refused
            {
                block.is_refused = true;
            } else if let Verdict::Annotated = function.verdict {
                function.verdict = Verdict::Refused(format!("{} {}", error.code, error.text));
            }
            is_in_one = true;
        }
        is_in_one
    }
}

impl Source {
    fn parse(path: &Path, text: String, needs_extern_crate: bool, impls: bool) -> Option<Source> {
        // syn would take these off itself, and count from behind them.
        if text.starts_with('\u{feff}') || text.starts_with("#!") && !text.starts_with("#![") {
            return None;
        }
        let parsed = syn::parse_file(&text).ok()?;
        let is_root = path == Path::new("src/lib.rs") || path.parent() == Some(Path::new("tests"));
        let first = parsed.items.first().map(|item| {
            let mut tokens = quote::ToTokens::into_token_stream(item).into_iter();
            tokens.next().map_or(0, |token| token.span().byte_range().start)
        });
        let found = functions::find(&parsed, impls);
        let extern_crate = first.filter(|_| needs_extern_crate && is_root);
        Some(Source { path: path.to_owned(), text, extern_crate, found })
    }

    fn annotated(&self) -> String {
        let mut insertions: Vec<(usize, &str)> =
            self.extern_crate.map(|at| (at, "extern crate async_mech; ")).into_iter().collect();
        let Found { functions, blocks, .. } = &self.found;
        let annotated = functions.iter().filter(|function| {
            let has_block = function.block.is_some_and(|block| !blocks[block].is_refused);
            matches!(function.verdict, Verdict::Annotated) && !has_block
        });
        insertions.extend(annotated.map(|function| (function.at, ATTRIBUTE)));
        let annotated = blocks.iter().filter(|block| !block.is_refused);
        insertions.extend(annotated.map(|block| (block.at, ATTRIBUTE)));
        insertions.sort_by_key(|(at, _)| *at);
        let mut text = String::new();
        let mut from = 0;
        for (at, what) in insertions {
            text.push_str(&self.text[from..at]);
            text.push_str(what);
            from = at;
        }
        text + &self.text[from..]
    }
}

/// The Rust files below a directory.
fn walk(directory: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.is_dir() {
            walk(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}
