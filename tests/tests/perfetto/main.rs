//! Traces as Perfetto's JSON: the format's rules hold, and the run is in it.

mod made;
mod recorded;
mod rules;
