//! What the macros' expansions call; none of it is public API.

#![allow(missing_debug_implementations, clippy::type_complexity)]

#[path = "private/call.rs"]
mod call;
#[path = "private/seen.rs"]
mod seen;

use std::any::Any;
#[cfg(not(feature = "durable"))]
use std::marker::PhantomData;
use std::panic::Location;

pub use async_mech_macros::{__invoke, __mech};

pub use self::call::*;
pub use self::seen::*;
use crate::cell::Name;
#[cfg(feature = "durable")]
use crate::durable;
#[cfg(feature = "durable")]
pub use crate::durable::codec::codec;
#[cfg(feature = "durable")]
pub use crate::durable::invoke::Way;
#[cfg(feature = "durable")]
pub use crate::durable::registry::{Entry, Made};
pub use crate::hooks::{Frame, Function, enter, own_thread, run_main, run_test};
use crate::{Awaitable, Promise, Scope, Takes, hooks};
#[cfg(feature = "durable")]
pub use inventory;

/// A callee, an argument or a receiver of `invoke!`, checked under its own span. Wrapping the
/// argument in place would lose its expected type.
pub fn arg<T>(value: T) -> T
where
    T: Send + 'static, // What borrows from the caller's stack is invoked in a `scope`.
{
    value
}

/// A parameter or result type of an `#[invocable]` function, checked where it is written.
pub fn invocable<T: Send + 'static>() {}

/// The place of a definition.
pub struct Here;

impl Here {
    /// Its line.
    #[track_caller]
    pub const fn line(self) -> u32 {
        Location::caller().line()
    }
}

/// An execution that has begun.
#[must_use]
pub struct Task<R>(Promise<R>);

/// Invokes `body`. Its bounds are proven here, under the callee's span, so that `spawn` has none.
#[track_caller]
pub fn task<R: Send + 'static, F: FnOnce() -> R + Send + 'static>(name: Name, body: F) -> Task<R> {
    Task(hooks::invoke_named(name, body))
}

/// How a call goes on: by its callee's type, which says whether it is durable.
#[track_caller]
#[inline(always)]
#[cfg_attr(not(feature = "durable"), expect(unused_variables))]
pub fn way<F: 'static, A, R: 'static, Go>(
    name: Name,
    _: &Fun<F, A, R, Go>,
    args: &[&dyn Any],
) -> Way<R> {
    #[cfg(feature = "durable")]
    return durable::way::<F, R>(name, Location::caller(), args);
    #[cfg(not(feature = "durable"))]
    Way(PhantomData)
}

/// There is but one.
#[cfg(not(feature = "durable"))]
pub struct Way<R>(PhantomData<fn() -> R>);

/// As [`task`], if the call goes on in this process.
#[track_caller]
#[inline(always)]
#[cfg_attr(not(feature = "durable"), expect(unused_variables))]
pub fn task_by<R: Send + 'static, F: FnOnce() -> R + Send + 'static>(
    name: Name,
    way: Way<R>,
    body: F,
) -> Task<R> {
    #[cfg(feature = "durable")]
    match way {
        Way::Local => {}
        Way::Durable(promise) => return Task(promise),
        Way::LocalAs(owner) => {
            return Task(hooks::invoke_named(name, move || {
                let _owning = owner.begin();
                body()
            }));
        }
    }
    Task(hooks::invoke_named(name, body))
}

/// The scope of `invoke!(s => ..)`, checked under its own span.
pub fn scope<'scope, 'env>(scope: &'scope Scope<'scope, 'env>) -> &'scope Scope<'scope, 'env> {
    scope
}

/// As [`arg`], for a scope's child.
pub fn scoped_arg<'scope, T: Send + 'scope>(_: &'scope Scope<'scope, '_>, value: T) -> T {
    value
}

/// As [`task`], for a scope's child.
#[track_caller]
pub fn scoped_task<'scope, R: Send + 'scope, F: FnOnce() -> R + Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: Name,
    body: F,
) -> Task<R> {
    Task(scope.invoke_named(name, body))
}

/// The value of `invoke!`, under the span of the whole macro call: an unused promise is reported
/// there.
pub fn spawn<R>(task: Task<R>) -> Promise<R> {
    task.0
}

/// `.await` in the arguments of macros whose grammar is unknown, where only a postfix form can
/// replace it.
pub trait AwaitExt {
    /// Awaits.
    #[track_caller]
    fn __async_mech_await<T>(self) -> T
    where
        Self: Awaitable<Output = T> + Takes + Sized,
    {
        crate::wait(self)
    }
}

impl<P> AwaitExt for P {}
