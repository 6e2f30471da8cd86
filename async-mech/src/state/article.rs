//! A state in the article's form, `%State{promises, awaiters}`.

use std::fmt;

use super::{State, Status};

pub(super) struct Article<'a>(pub(super) &'a State);

impl fmt::Display for Article<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let State { promises, awaiters, .. } = self.0;
        write!(f, "%State{{\n  promises: %{{")?;
        for (n, (id, status)) in promises.iter().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            write!(f, "{comma}{id} => {status}")?;
        }
        write!(f, "}},\n  awaiters: %{{")?;
        for (n, (id, awaiters)) in awaiters.iter().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            write!(f, "{comma}{id} => {awaiters:?}")?;
        }
        write!(f, "}}\n}}")
    }
}

/// As the article prints it.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Status::Queued | Status::Pending => f.write_str(":pending"),
            Status::Completed => f.write_str(":completed"),
            Status::Failed(failure) => write!(f, "{{:failed, {:?}}}", failure.message()),
        }
    }
}
