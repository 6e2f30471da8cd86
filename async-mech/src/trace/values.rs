//! Values as text: arguments, results and failures, by their `Debug`.
//!
//! Which values there are to show is decided where types are known. A call may leave its result's
//! type to be inferred later, so nothing asks there whether it has `Debug`. An annotated function
//! writes its types: it shows its arguments when it is entered, and says how to show its result. Of
//! all others the value is shown if it is a number, a string or the like.

use std::any::Any;
use std::cell::Cell;
use std::fmt::{self, Debug, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::event::Text;
use crate::context::{self, Function};
use crate::execution::Id;
use crate::failure::discard;
use crate::panic_hook::put_location;

static LENGTH: AtomicUsize = AtomicUsize::new(200);

/// Cuts the text of values at so many bytes, 200 unless set; for the whole process, from now on.
/// What `Debug` would write beyond it is never made.
///
/// ```
/// use async_mech::{EventLoop, invoke, trace};
///
/// trace::cut_values_at(4);
/// let (_, trace) = trace::Trace::record(|| invoke!(|| String::from("123456789")).wait());
/// assert!(trace.events().iter().any(|event| format!("{:?}", event.kind).contains(r#""123…"#)));
/// ```
pub fn cut_values_at(bytes: usize) {
    LENGTH.store(bytes, Ordering::Relaxed);
}

impl Text {
    /// What `Debug` writes. `None` if it does not, but panics.
    pub(crate) fn of(value: &dyn Debug) -> Option<Text> {
        let mut cutter = Cutter::after(LENGTH.load(Ordering::Relaxed));
        match catch_unwind(AssertUnwindSafe(|| write!(cutter, "{value:?}"))) {
            Ok(written) => Some(cutter.text(written)),
            Err(payload) => {
                discard(payload);
                // That is not where the execution itself panics, should it yet do so.
                put_location(context::here(|id, _| id), None);
                None
            }
        }
    }

    /// The same for a string, which `Debug` would search for what to escape, to its very end.
    pub(crate) fn of_str(value: &str) -> Option<Text> {
        let length = LENGTH.load(Ordering::Relaxed);
        // An escape is longer than what it stands for, so all that is kept is in here.
        let end = (length..value.len()).find(|&at| value.is_char_boundary(at));
        Text::of(&&value[..end.unwrap_or(value.len())])
    }

    /// What `Display` writes.
    pub(crate) fn displayed(value: &dyn fmt::Display) -> Text {
        let mut cutter = Cutter::after(LENGTH.load(Ordering::Relaxed).max(1_000));
        let written = write!(cutter, "{value}");
        cutter.text(written)
    }
}

/// Takes so many bytes, then refuses the rest.
struct Cutter {
    text: String,
    left: usize,
    /// Whether it has refused any. Whoever writes may not pass the error on.
    cut: bool,
}

impl Cutter {
    fn after(bytes: usize) -> Cutter {
        Cutter { text: String::new(), left: bytes, cut: false }
    }

    fn text(self, written: fmt::Result) -> Text {
        Text { text: self.text.into(), cut: self.cut || written.is_err() }
    }
}

impl Write for Cutter {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        if more.len() <= self.left && !self.cut {
            self.left -= more.len();
            self.text.push_str(more);
            return Ok(());
        }
        if !self.cut {
            let end = (0..=self.left).rev().find(|&at| more.is_char_boundary(at)).unwrap_or(0);
            self.text.push_str(&more[..end]);
            self.cut = true;
        }
        Err(fmt::Error)
    }
}

/// Shows a value of one type.
pub(crate) type Show = fn(&dyn Any) -> Option<Text>;

/// Shows a value whose type every program knows.
pub(crate) fn show_known(value: &dyn Any) -> Option<Text> {
    macro_rules! known {
        ($($ty:ty),*) => {
            $(if let Some(value) = value.downcast_ref::<$ty>() {
                return Text::of(value);
            })*
        };
    }
    let text = (value.downcast_ref::<String>().map(String::as_str))
        .or_else(|| value.downcast_ref::<&'static str>().copied())
        .or_else(|| value.downcast_ref::<Arc<str>>().map(|text| &**text));
    if let Some(text) = text {
        return Text::of_str(text);
    }
    known!(
        (),
        bool,
        char,
        u8,
        u16,
        u32,
        u64,
        u128,
        usize,
        i8,
        i16,
        i32,
        i64,
        i128,
        isize,
        f32,
        f64,
        std::time::Duration
    );
    None
}

thread_local! {
    /// The text of the value that an execution on this thread is about to complete with.
    static NOTED: Cell<Option<(Id, Text)>> = const { Cell::new(None) };
}

fn note(id: Id, text: Text) {
    let _ = NOTED.try_with(|noted| noted.set(Some((id, text))));
}

/// What was noted last on this thread, if that is about this execution.
pub(super) fn noted(id: Id) -> Option<Text> {
    let (whose, text) = NOTED.try_with(Cell::take).ok().flatten()?;
    (whose == id).then_some(text)
}

/// Notes the value of a promise without a function.
pub(crate) fn note_known<T: 'static>(value: &T, id: Id) {
    if let Some(text) = show_known(value) {
        note(id, text);
    }
}

/// Notes the result of the current execution, unless it cannot be shown or must not be.
#[cold]
#[inline(never)]
pub(crate) fn note_result(value: &dyn Any) {
    let Some((id, function, show)) = context::result_shown_by() else { return };
    let hidden = function.is_some_and(Function::hides_result);
    let shown = || show_known(value).or_else(|| show?(value));
    if let Some(text) = if hidden { None } else { shown() } {
        note(id, text);
    }
}

/// The same callee, whose result is noted if somebody observes.
#[inline(always)]
pub(crate) fn showing<T: 'static>(callee: impl FnOnce() -> T) -> impl FnOnce() -> T {
    move || {
        let value = callee();
        if super::on() { noting(value) } else { value }
    }
}

/// By value, for the sake of the frame that calls it: deep chains of awaits keep it.
#[cold]
#[inline(never)]
fn noting<T: 'static>(value: T) -> T {
    note_result(&value);
    value
}
