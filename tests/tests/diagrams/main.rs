//! Diagrams of runs: what they say, that they can be read by what reads them, and that no name, no
//! value and no part of a run breaks them.

mod drawn;
mod hostile;
mod large;
mod mermaid;
mod partial;
mod recorded;
mod stories;
