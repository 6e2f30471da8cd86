//! A layer that keeps what happens to spans, as one that exports them would.

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Debug, Write};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, ThreadId};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

/// The spans so far, in the order in which they were made.
#[derive(Clone, Default)]
pub struct Spans(Arc<Mutex<Vec<Seen>>>);

/// What has happened to a span.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Its metadata's name and target.
    pub name: &'static str,
    /// See `name`.
    pub target: &'static str,
    /// Its fields as text, with what was recorded later.
    pub fields: BTreeMap<&'static str, String>,
    /// Which of the spans.
    pub parent: Option<usize>,
    /// How often it was entered.
    pub enters: usize,
    /// How often each thread is in it at the moment.
    pub inside: HashMap<ThreadId, usize>,
    /// How often it was closed.
    pub closed: usize,
    /// The messages of the events in it.
    pub events: Vec<String>,
}

impl Seen {
    /// The function, or the span's own name.
    pub fn function(&self) -> &str {
        self.field("otel.name").unwrap_or(self.name)
    }

    /// The field's value as text, if it has one.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }
}

impl Spans {
    /// What has happened to each span.
    pub fn seen(&self) -> Vec<Seen> {
        self.lock().clone()
    }

    /// The only span of that function.
    pub fn of(&self, function: &str) -> Seen {
        let mut found = self.seen();
        found.retain(|seen| seen.function() == function);
        assert_eq!(found.len(), 1, "spans of {function}");
        found.remove(0)
    }

    /// Who is whose child, one span a line; of several children by their names.
    pub fn tree(&self) -> String {
        fn write(tree: &mut String, seen: &[Seen], parent: Option<usize>, depth: usize) {
            let of_parent = seen.iter().enumerate().filter(|(_, seen)| seen.parent == parent);
            let mut children: Vec<_> = of_parent
                .map(|(index, child)| {
                    let mut subtree = String::new();
                    let _ = writeln!(subtree, "{:1$}{2}", "", 2 * depth, child.function());
                    write(&mut subtree, seen, Some(index), depth + 1);
                    subtree
                })
                .collect();
            children.sort();
            tree.extend(children);
        }
        let mut tree = String::new();
        write(&mut tree, &self.lock(), None, 0);
        tree
    }

    /// Asserts that every span was entered at least so often, has been left as often, and was closed
    /// once.
    pub fn assert_over(&self, enters: usize) {
        for seen in self.lock().iter() {
            assert!(seen.enters >= enters, "not entered: {seen:?}");
            assert!(seen.inside.values().all(|times| *times == 0), "not left: {seen:?}");
            assert_eq!(seen.closed, 1, "closed once: {seen:?}");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Seen>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Debug for Spans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tree())
    }
}

/// Which of the spans it is: kept with the span, as an exporter keeps its own.
struct Index(usize);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attrs: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        let span = ctx.span(id).expect("it is new");
        let metadata = attrs.metadata();
        let mut seen = Seen { name: metadata.name(), target: metadata.target(), ..Seen::default() };
        let parent = span.parent();
        seen.parent = parent.map(|parent| parent.extensions().get::<Index>().expect("seen").0);
        attrs.record(&mut Fields(&mut seen.fields));
        let mut all = self.lock();
        span.extensions_mut().insert(Index(all.len()));
        all.push(seen);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, ctx: Context<'_, S>) {
        self.with(id, &ctx, |seen| values.record(&mut Fields(&mut seen.fields)));
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let mut fields = BTreeMap::new();
        event.record(&mut Fields(&mut fields));
        let message = fields.remove("message").unwrap_or_default();
        if let Some(span) = ctx.event_span(event) {
            self.with(&span.id(), &ctx, |seen| seen.events.push(message));
        }
    }

    fn on_enter(&self, id: &Id, ctx: Context<'_, S>) {
        self.with(id, &ctx, |seen| {
            seen.enters += 1;
            *seen.inside.entry(thread::current().id()).or_default() += 1;
        });
    }

    fn on_exit(&self, id: &Id, ctx: Context<'_, S>) {
        self.with(id, &ctx, |seen| {
            let inside = seen.inside.entry(thread::current().id()).or_default();
            *inside = inside.checked_sub(1).expect("a thread leaves what it is in");
        });
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        self.with(&id, &ctx, |seen| seen.closed += 1);
    }
}

impl Spans {
    fn with<S>(&self, id: &Id, ctx: &Context<'_, S>, f: impl FnOnce(&mut Seen))
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let span = ctx.span(id).expect("it is open");
        let index = span.extensions().get::<Index>().expect("it was seen").0;
        f(&mut self.lock()[index]);
    }
}

struct Fields<'a>(&'a mut BTreeMap<&'static str, String>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}
