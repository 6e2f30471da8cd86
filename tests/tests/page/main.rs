//! The page of a run: what is in the file, and what it does in a browser.

mod bound;
mod browser;
mod escaping;
mod file;
mod held;
mod hostile;
mod program;
mod records;
