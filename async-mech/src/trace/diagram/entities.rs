//! The entity diagram, in Mermaid's language and as a drawing.

use std::fmt::{self, Write};

use super::graph::{Graph, Relation, State};
use super::{entities_svg, mermaid};
use crate::trace::recording::Trace;
use crate::trace::run::Run;

/// Executions, promises, and who invoked and awaited whom; see [`Trace::entities`].
///
/// A box is an execution, and what is round is a promise; a box with a double outline is an
/// execution that a durable engine runs, in this process or another. Arrows lead from callers to callees
/// (*invoke*), from executions to the promises that they *complete*, *create* or *await*, and from
/// promises to those that depend on them (*link*; *decides*, if a combinator had what it needed).
#[derive(Clone)]
pub struct Entities<'a> {
    trace: &'a Trace,
    most: usize,
}

impl<'a> Entities<'a> {
    pub(super) fn of(trace: &'a Trace) -> Entities<'a> {
        Entities { trace, most: 150 }
    }

    /// Draws so many executions at most, 150 unless set. If there are more, those that run the same
    /// function for the same callers are drawn as one; what is still too much is left out. The
    /// diagram says so.
    ///
    /// ```
    /// use async_mech::{invoke, trace::Trace};
    ///
    /// let (_, trace) = Trace::record(|| {
    ///     for n in 0..1_200 {
    ///         invoke!(move || n).wait();
    ///     }
    /// });
    /// assert!(trace.entities().svg().contains("closure ×1,200"));
    /// ```
    #[must_use]
    pub fn at_most(self, executions: usize) -> Entities<'a> {
        Entities { most: executions, ..self }
    }

    /// As text for [Mermaid](https://mermaid.js.org), which is drawn by many viewers of Markdown.
    /// There are fewer executions if Mermaid would refuse it for its size.
    #[must_use]
    pub fn mermaid(&self) -> String {
        let run = Run::of(self.trace.events());
        mermaid::fitting(self.most, |most| {
            let graph = Graph::of(self.trace, &run, most);
            (written(&graph), graph.nodes.len() + graph.edges.len())
        })
    }

    /// As an SVG document that needs nothing else. It is readable on light and on dark screens.
    #[must_use]
    pub fn svg(&self) -> String {
        let run = Run::of(self.trace.events());
        entities_svg::drawn(&Graph::of(self.trace, &run, self.most))
    }
}

impl fmt::Debug for Entities<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entities").field("at_most", &self.most).finish_non_exhaustive()
    }
}

fn written(graph: &Graph) -> String {
    let mut out = String::from("flowchart LR\n");
    let execution = |node: usize| format!("E{}", graph.nodes[node].id.as_u64());
    let promise = |node: usize| format!("P{}", graph.nodes[node].id.as_u64());
    for (n, node) in graph.nodes.iter().enumerate() {
        let title = mermaid::two_lines(&node.title, node.durable.as_deref());
        if node.remote {
            let _ = writeln!(out, "    {}[[\"{title}\"]]:::remote", execution(n));
        } else if node.execution {
            let _ = writeln!(out, "    {}[\"{title}\"]:::execution", execution(n));
        }
        if let Some(it) = &node.promise {
            let name = match node.execution {
                true => format!("promise {}", mermaid::escaped(&node.id.to_string())),
                false => title,
            };
            let (text, state) = (mermaid::escaped(&it.text), it.state.class());
            let _ = writeln!(out, "    {}([\"{name}: {text}\"]):::{state}", promise(n));
        }
        if node.execution && node.promise.is_some() {
            let _ = writeln!(out, "    {} -->|complete| {}", execution(n), promise(n));
        }
    }
    for edge in &graph.edges {
        let (from, to) = (&graph.nodes[edge.from], &graph.nodes[edge.to]);
        let tail = match edge.what {
            Relation::Link | Relation::Settle if from.promise.is_some() => promise(edge.from),
            _ if from.execution => execution(edge.from),
            _ => promise(edge.from),
        };
        let head = match edge.what {
            Relation::Invoke if to.execution => execution(edge.to),
            _ if to.promise.is_some() => promise(edge.to),
            _ => execution(edge.to),
        };
        let line = match edge.what {
            Relation::Invoke | Relation::Create => "-->",
            Relation::Await(_) => "-.->",
            Relation::Link => "-->",
            Relation::Settle => "==>",
        };
        let _ = writeln!(out, "    {tail} {line}|\"{}\"| {head}", mermaid::escaped(&edge.label()));
    }
    for (n, note) in graph.notes.iter().enumerate() {
        let _ = writeln!(out, "    N{n}[\"{}\"]:::note", mermaid::escaped(note));
    }
    out.push_str(CLASSES);
    if graph.nodes.iter().any(|node| node.remote) {
        out.push_str(REMOTE);
    }
    out
}

impl State {
    /// The class of its promises, in both languages.
    pub(super) fn class(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Completed => "completed",
            State::Failed => "failed",
            State::Cancelled => "cancelled",
            State::Mixed => "mixed",
        }
    }
}

/// Without semicolons: Mermaid would take the last of a line away.
const CLASSES: &str = "    \
    classDef execution fill:#ddf4ff,stroke:#0969da,color:#1f2328
    classDef pending fill:#f6f8fa,stroke:#8c959f,color:#1f2328,stroke-dasharray:4 2
    classDef completed fill:#dafbe1,stroke:#1a7f37,color:#1f2328
    classDef failed fill:#ffebe9,stroke:#cf222e,color:#1f2328
    classDef cancelled fill:#fff1e5,stroke:#bc4c00,color:#1f2328
    classDef mixed fill:#fff8c5,stroke:#9a6700,color:#1f2328
    classDef note fill:#f6f8fa,stroke:#d0d7de,color:#656d76
";
const REMOTE: &str =
    "    classDef remote fill:#d7f3f4,stroke:#1b7c83,color:#1f2328,stroke-dasharray:6 3\n";
