//! Seeing a run: events, recordings, and what can be drawn of them.
//!
//! The article ends with two pictures of the run: an entity diagram (which executions and promises
//! there were, and who invoked and awaited whom) and a sequence diagram (what happened, in order).
//! [`Trace::record`] makes both, and more.
//!
//! # The trace of a whole program
//!
//! A program whose `main` is an [`#[async_mech::main]`](macro@crate::main) writes its trace if the
//! environment names a file, whose extension [is the format](Trace::write):
//!
//! ```text
//! ASYNC_MECH_TRACE=run.html cargo run
//! ```
//!
//! It is recorded from before the first line of `main`, and written when `main` returns or unwinds:
//! also after a panic, a failure or a deadlock. What still runs then is in it, unfinished. There is
//! none if the process ends in another way: by [`std::process::exit`], by an abort, or by a signal. A
//! child process inherits the variable, and if it is such a program writes to the same file.
//!
//! What goes wrong with that is said on stderr; the program's output and exit code are what they
//! would have been. `ASYNC_MECH_TRACE_VALUES` is how many bytes of each value are kept, as by
//! [`cut_values_at`]. At most 2,000,000 events are kept, which are the first: what was not is said
//! on stderr, and [in the trace](Trace::lost).

mod diagram;
mod emit;
mod evcxr;
mod event;
pub(crate) mod json;
#[cfg(all(feature = "live", not(shuttle)))]
mod live;
mod observe;
mod page;
mod perfetto;
#[cfg(not(shuttle))]
mod program;
mod recording;
mod replay;
pub(crate) mod run;
pub(crate) mod values;
mod write;

pub use self::diagram::{Entities, Sequence, Timeline};
#[cfg(feature = "durable")]
pub(crate) use self::emit::emit_durable;
pub(crate) use self::emit::{
    AwaitObserved, LINKED, Subject, emit, emit_await, emit_end, emit_links, emit_start, ended, on,
};
pub use self::event::{Event, Kind, Returned, Site, Text, Thread};
#[cfg(all(feature = "live", not(shuttle)))]
pub use self::live::{Server, ServerBuilder, serve};
pub use self::observe::{Observation, Observer};
#[cfg(not(shuttle))]
pub(crate) use self::program::OfMain;
pub use self::recording::{Recording, Trace};
pub use self::replay::{Progress, Replay};
pub use self::values::cut_values_at;
pub use crate::context::Function;
