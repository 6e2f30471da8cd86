//! Executions that a durable engine runs, in whichever process: no thread here is theirs.

use super::format::Point;
use super::{Drawing, End, STEP};
use crate::execution::Id;
use crate::trace::event::{Event, Text};

impl Drawing {
    /// An engine knows it under that id, and runs it, unless it is `at_home`.
    pub(super) fn durable(&mut self, event: &Event, here: Point, id: &Text, at_home: bool) {
        self.known(event).durable = Some(id.clone());
        if at_home {
            return;
        }
        self.on_engine.insert(event.execution, here);
        // Arrows and eyes find it where it was asked for.
        let name = format!("invoke {}", event.site.function());
        let args = self.args_of(event.execution, &End::Quiet);
        self.format.slice("invoke", &name, here, here.time + STEP - 1, &args);
    }

    /// It has ended, as far as this process hears. False if no engine runs it.
    pub(super) fn remote_ends(&mut self, event: &Event, here: Point) -> bool {
        let from = self.on_engine.remove(&event.execution);
        if let Some(from) = from {
            self.apart(event.execution, from, here.time, &End::With(&event.kind));
        }
        from.is_some()
    }

    /// What has not ended does so after the trace.
    pub(super) fn remotes_go_on(&mut self) {
        let mut rest: Vec<_> = self.on_engine.drain().collect();
        rest.sort_unstable_by_key(|(id, _)| *id);
        for (id, from) in rest {
            self.apart(id, from, self.last + STEP, &End::Unseen);
        }
    }

    fn apart(&mut self, id: Id, from: Point, to: u64, end: &End<'_>) {
        let name = match self.known.get(&id) {
            Some(known) => format!("{} on the engine", known.site.function()),
            None => id.to_string(),
        };
        let args = self.args_of(id, end);
        self.format.apart("engine", &name, id.as_u64(), from, to, &args);
    }
}
