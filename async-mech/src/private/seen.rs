//! What an annotated function shows to observers when it is entered: its arguments, and how its
//! result is shown.
//!
//! Of a value of any type it must be asked whether that has `Debug`, and no answer may be an error.
//! So the macros call a method that several traits have, each for a type with one reference less
//! than the one before: rustc takes the first that applies. The method's name is nobody else's.
//!
//! All of this is out of line. The function itself only looks whether somebody observes, and must
//! not pay for more: no text in its frame, and no parameter that has to be in memory, rather than in
//! a register, because a reference to it is passed on.

use std::fmt::Debug;
use std::marker::PhantomData;

use super::Frame;
#[cfg(feature = "trace")]
use crate::context;
#[cfg(feature = "trace")]
use crate::trace::{self, Kind, Text};

/// Whether somebody sees an execution enter its function.
#[inline(always)]
pub fn seen(frame: &Frame) -> bool {
    #[cfg(feature = "trace")]
    let on = trace::on();
    #[cfg(not(feature = "trace"))]
    let on = false;
    on && frame.first
}

/// What has been shown so far. It is handed on in a register.
#[must_use]
pub struct Seen {
    #[cfg(feature = "trace")]
    arguments: Arguments,
}

#[cfg(feature = "trace")]
#[allow(clippy::box_collection, reason = "one word, so that it needs no room in the frame")]
type Arguments = Box<Vec<(&'static str, Text)>>;

impl Seen {
    /// Nothing.
    #[cold]
    #[inline(never)]
    pub fn begin() -> Seen {
        Seen {
            #[cfg(feature = "trace")]
            arguments: Arguments::default(),
        }
    }

    /// Emits the event.
    #[cold]
    #[inline(never)]
    pub fn enter(self) {
        #[cfg(feature = "trace")]
        context::with_current(|header| {
            let arguments = (*self.arguments).into();
            let definition = context::subject().site.definition;
            trace::emit(header, definition, Kind::Enter { arguments });
        });
    }

    #[cold]
    #[inline(never)]
    #[cfg_attr(not(feature = "trace"), expect(unused_mut, unused_variables))]
    fn argument(mut self, name: &'static str, value: &dyn Debug) -> Seen {
        #[cfg(feature = "trace")]
        if let Some(text) = Text::of(value) {
            self.arguments.push((name, text));
        }
        self
    }
}

/// A parameter.
pub struct Argument<'a, T>(pub &'a T);

#[cold]
#[inline(never)]
fn by_value<T: Debug>(value: T, name: &'static str, seen: Seen) -> Seen {
    seen.argument(name, &value)
}

#[cold]
#[inline(never)]
#[cfg_attr(not(feature = "trace"), expect(unused_mut, unused_variables))]
fn by_text(text: &str, name: &'static str, mut seen: Seen) -> Seen {
    #[cfg(feature = "trace")]
    if let Some(text) = Text::of_str(text) {
        seen.arguments.push((name, text));
    }
    seen
}

/// Shows a parameter that refers to something else.
pub trait ShowReferred {
    /// By what it refers to.
    fn __async_mech_show(&self, name: &'static str, seen: Seen) -> Seen;
}

impl<T: Debug + ?Sized> ShowReferred for &&&Argument<'_, &mut T> {
    #[inline(always)]
    fn __async_mech_show(&self, name: &'static str, seen: Seen) -> Seen {
        by_value(&**self.0, name, seen)
    }
}

impl ShowReferred for &&&Argument<'_, &str> {
    #[inline(always)]
    fn __async_mech_show(&self, name: &'static str, seen: Seen) -> Seen {
        by_text(self.0, name, seen)
    }
}

impl ShowReferred for &&&Argument<'_, String> {
    #[inline(always)]
    fn __async_mech_show(&self, name: &'static str, seen: Seen) -> Seen {
        by_text(self.0, name, seen)
    }
}

/// Shows a parameter that can be copied.
pub trait ShowCopy {
    /// By value, if that fits into two registers.
    fn __async_mech_show(&self, name: &'static str, seen: Seen) -> Seen;
}

impl<T: Copy + Debug> ShowCopy for &&Argument<'_, T> {
    #[inline(always)]
    fn __async_mech_show(&self, name: &'static str, seen: Seen) -> Seen {
        if const { size_of::<T>() <= 2 * size_of::<usize>() } {
            by_value(*self.0, name, seen)
        } else {
            seen.argument(name, self.0)
        }
    }
}

/// Shows any other parameter that can be shown.
pub trait ShowDebug {
    /// By reference.
    fn __async_mech_show(&self, name: &'static str, seen: Seen) -> Seen;
}

impl<T: Debug> ShowDebug for &Argument<'_, T> {
    #[inline(always)]
    fn __async_mech_show(&self, name: &'static str, seen: Seen) -> Seen {
        seen.argument(name, self.0)
    }
}

/// Leaves out what cannot be shown.
pub trait ShowNothing {
    /// Not.
    fn __async_mech_show(&self, name: &'static str, seen: Seen) -> Seen;
}

impl<T> ShowNothing for Argument<'_, T> {
    #[inline(always)]
    fn __async_mech_show(&self, _: &'static str, seen: Seen) -> Seen {
        seen
    }
}

/// A result type, which is written out and `'static`.
pub struct Returns<R>(PhantomData<R>);

impl<R> Returns<R> {
    /// That of the function.
    pub fn known() -> Returns<R> {
        Returns(PhantomData)
    }
}

impl<R: Debug + 'static> Returns<R> {
    /// Notes that the result is shown.
    #[cold]
    #[inline(never)]
    pub fn __async_mech_show(self, seen: Seen) -> Seen {
        #[cfg(feature = "trace")]
        context::show_result_by(|value| {
            value.downcast_ref::<R>().and_then(|value| Text::of(value))
        });
        seen
    }
}

/// Leaves out a result that cannot be shown.
pub trait ShowNoResult {
    /// Not.
    fn __async_mech_show(self, seen: Seen) -> Seen;
}

impl<R> ShowNoResult for Returns<R> {
    #[inline(always)]
    fn __async_mech_show(self, seen: Seen) -> Seen {
        seen
    }
}
