//! An annotated function: as messages and events name it, and entered.

use std::marker::PhantomData;

use super::with;
use crate::execution::Id;
use crate::failure::Who;

/// The definition of a function annotated with [`#[invocable]`](macro@crate::invocable).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Function {
    name: &'static str,
    module: &'static str,
    file: &'static str,
    line: u32,
    /// Whether its result must not be shown.
    hides_result: bool,
}

impl Function {
    /// Named as messages will name it.
    #[doc(hidden)]
    pub const fn new(
        name: &'static str,
        module: &'static str,
        file: &'static str,
        line: u32,
    ) -> Self {
        Function { name, module, file, line, hides_result: false }
    }

    /// The same function, whose result must not be shown.
    #[doc(hidden)]
    #[must_use]
    pub const fn hiding_result(self) -> Self {
        Function { hides_result: true, ..self }
    }

    /// Its name, or the one that `#[invocable(name = "..")]` gives it; a method's with its type's.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The module it is in.
    #[must_use]
    pub const fn module(&self) -> &'static str {
        self.module
    }

    /// The file it is in.
    #[must_use]
    pub const fn file(&self) -> &'static str {
        self.file
    }

    /// The line of its name.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.line
    }

    #[cfg(feature = "trace")]
    pub(crate) fn hides_result(&self) -> bool {
        self.hides_result
    }

    pub(crate) fn who(&self, id: Id) -> Who {
        Who { id, name: self.name, file: self.file, line: self.line }
    }
}

/// An annotated function that has been entered.
#[derive(Debug)]
pub struct Frame {
    /// Whether it is the first of its execution.
    pub(crate) first: bool,
    /// Whether it is the first of a lent execution.
    pub(crate) first_of_lent: bool,
    /// A frame belongs to the thread that entered it.
    here: PhantomData<*const ()>,
}

/// Enters an annotated function.
pub fn enter(function: &'static Function) -> Frame {
    let (first, lent) = with(|context| context.levels.enter(function));
    Frame { first, first_of_lent: first && lent, here: PhantomData }
}
