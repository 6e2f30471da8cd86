//! A state in the article's form, `%State{promises, awaiters}`.

use std::collections::BTreeMap;
use std::fmt;

use super::Status;
use crate::execution::Id;

/// Of a snapshot, or of a moment of a recorded run.
pub(crate) struct Article<'a, S> {
    pub(crate) promises: &'a BTreeMap<Id, S>,
    pub(crate) awaiters: &'a BTreeMap<Id, Vec<Id>>,
}

impl<S: fmt::Display> fmt::Display for Article<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Article { promises, awaiters } = self;
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
