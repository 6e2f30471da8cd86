//! Seeing a run: events, recordings, and what can be drawn of them.
//!
//! The article ends with two pictures of the run: an entity diagram (which executions and promises
//! there were, and who invoked and awaited whom) and a sequence diagram (what happened, in order).
//! [`Trace::record`] makes both, and more.

mod diagram;
mod emit;
mod event;
pub(crate) mod json;
mod observe;
mod page;
mod perfetto;
mod recording;
mod replay;
pub(crate) mod run;
pub(crate) mod values;

pub use self::diagram::{Entities, Sequence, Timeline};
pub(crate) use self::emit::{AwaitObserved, Subject, emit, emit_await, emit_end, emit_start, on};
pub use self::event::{Event, Kind, Returned, Site, Text, Thread};
pub use self::observe::{Observation, Observer};
pub use self::recording::{Recording, Trace};
pub use self::replay::{Progress, Replay};
pub use self::values::cut_values_at;
pub use crate::context::Function;
