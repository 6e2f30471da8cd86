//! What the slices are called, and what is shown of one that is selected.

use super::format::{Args, Point};
use super::{Drawing, End, What};
use crate::execution::Id;
use crate::trace::event::{Kind, Returned, Text};

impl Drawing {
    /// Writes a slice that has ended.
    pub(super) fn slice(&mut self, what: What, from: Point, to: u64, end: &End<'_>) {
        let name = |id: Id| match self.known.get(&id) {
            Some(known) => known.site.function().to_owned(),
            None => id.to_string(),
        };
        let mut args = Args::default();
        let (category, name) = match what {
            What::Run { id, lent_by, seen } => {
                args = self.args_of(id, end);
                args.id("lent by", lent_by);
                if !seen && self.known.get(&id).is_none_or(|known| known.caller.is_some()) {
                    args.text("began", "before the trace");
                }
                ("run", name(id))
            }
            What::Invoke(id) => {
                args.id("promise", Some(id));
                ("invoke", format!("invoke {}", name(id)))
            }
            What::Await { promise, at } => {
                args.id("promise", Some(promise));
                args.place("at", at.file(), at.line());
                args.end(end);
                ("await", format!("await {}", name(promise)))
            }
            What::Suspended(promise) => {
                args.id("promise", Some(promise));
                args.end(end);
                ("await", "suspended".to_owned())
            }
            What::Resumed(promise) => {
                args.id("promise", Some(promise));
                ("await", "resumed".to_owned())
            }
        };
        self.format.slice(category, &name, from, to, &args);
    }

    /// What there is to say about an execution or promise.
    pub(super) fn args_of(&self, id: Id, end: &End<'_>) -> Args {
        let mut args = Args::default();
        args.id("id", Some(id));
        if let Some(known) = self.known.get(&id) {
            args.id("caller", known.caller);
            if let Some(call) = known.site.call {
                args.place("call", call.file(), call.line());
            }
            if let Some(function) = known.site.definition {
                args.place("definition", function.file(), function.line());
                args.text("module", function.module());
            }
            args.engine(known.durable.as_ref());
            args.arguments(known.arguments.as_deref().unwrap_or_default());
        }
        args.end(end);
        args
    }
}

impl Args {
    pub(super) fn engine(&mut self, durable: Option<&Text>) {
        if let Some(id) = durable {
            self.text("durable id", &id.to_string());
        }
    }

    fn end(&mut self, end: &End<'_>) {
        match end {
            End::Quiet => {}
            End::Unseen => self.flag("unfinished"),
            End::With(Kind::Complete { value }) => {
                if let Some(value) = value {
                    self.text("value", &value.to_string());
                }
            }
            End::With(Kind::Fail { kind, message }) => {
                self.text("failed", &format!("{kind:?}"));
                self.text("failure", &message.to_string());
            }
            End::With(Kind::Return { with, .. }) => self.text(
                "returned",
                match with {
                    Returned::Outcome => "with the outcome",
                    Returned::TimedOut => "timed out",
                    Returned::Cancelled => "cancelled",
                    Returned::Deadlock => "deadlock",
                },
            ),
            End::With(_) => {}
        }
    }
}
