//! How failures are shown to people.

use std::fmt;

use super::{Failure, FailureKind, Node, Who};

impl fmt::Display for FailureKind {
    /// What happened to an execution, so that its name may stand before it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            FailureKind::Panicked => "panicked",
            FailureKind::Cancelled => "was cancelled",
            FailureKind::Deadlock => "is in a deadlock",
            FailureKind::Abandoned => "was abandoned",
            FailureKind::Failed => "failed",
        })
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "execution {} `{}` ({}:{})", self.id, self.name, self.file, self.line)
    }
}

impl Failure {
    /// Each execution that failed, down to the origin. A new line begins `between` two.
    fn write(&self, f: &mut fmt::Formatter<'_>, between: &str) -> fmt::Result {
        for failure in self.chain() {
            let Node { link, cause, omitted } = &*failure.node;
            write!(f, "{}", link.who)?;
            if cause.is_some() {
                write!(f, " failed, for it awaited{between}")?;
                match omitted {
                    0 => {}
                    1 => write!(f, "(1 execution left out){between}")?,
                    omitted => write!(f, "({omitted} executions left out){between}")?,
                }
                continue;
            }
            write!(f, " {}", link.kind)?;
            if let Some(place) = &link.panicked_at {
                write!(f, " at {place}")?;
            }
            if !link.message.is_empty() {
                write!(f, ": {}", link.message)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Failure {
    /// On one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, " ")
    }
}

impl fmt::Debug for Failure {
    /// For a person, to whom `main`, `unwrap` and `expect` show it so: a line for each execution. With
    /// `{:#?}`, its fields.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return self.write(f, "\n  ");
        }
        let link = &self.node.link;
        f.debug_struct("Failure")
            .field("kind", &link.kind)
            .field("id", &link.who.id)
            .field("name", &link.who.name)
            .field("at", &format_args!("{}:{}", link.who.file, link.who.line))
            .field("message", &self.message())
            .field("cause", &self.node.cause)
            .finish()
    }
}
