//! `invoke!` of a durable function.

use std::any::Any;
use std::panic::Location;
use std::sync::Arc;

use super::engine::{Call, Interrupted};
use super::owner::{Owner, any_active, any_engine};
use super::pull;
use super::registry::{self, Function};
use crate::cell::Name;
use crate::context;
use crate::failure::FailureKind;
use crate::promise::Promise;

/// How an invocation goes on.
#[allow(missing_debug_implementations, reason = "it is in no public signature")]
pub enum Way<R> {
    /// As ever.
    Local,
    /// As ever, but for the id that the execution is to have.
    LocalAs(Arc<Owner>),
    /// It lives on an engine, or was refused.
    Durable(Promise<R>),
}

/// The current execution invokes a function of type `F` with these arguments.
#[inline]
pub(crate) fn way<F: 'static, R: 'static>(
    name: Name,
    location: &'static Location<'static>,
    args: &[&dyn Any],
) -> Way<R> {
    if !any_active() {
        return Way::Local;
    }
    match registry::of_type::<F>() {
        None => Way::Local,
        Some(function) => durable(function, name, location, args),
    }
}

const FOREIGN: &str = "a durable function can be invoked by a durable execution, on its own thread, \
                       or by its engine's `invoke(id, f, args)`: what is invoked here has no place \
                       in the order of a durable execution's invocations (to run it in this \
                       process, invoke a closure: `invoke!(|| f(..))`)";

#[cold]
#[inline(never)]
fn durable<R: 'static>(
    function: &'static Function,
    name: Name,
    location: &'static Location<'static>,
    args: &[&dyn Any],
) -> Way<R> {
    // The function's own codec made it, so it is of the function's own result.
    let unboxed = |promise: Box<dyn Any>| Way::Durable(*promise.downcast().expect("of its result"));
    let refuse =
        |message: &str| unboxed(function.refused()(name, location, FailureKind::Failed, message));
    let owner = match context::durable() {
        Some(owner) if owner.is_remote() => owner,
        Some(owner) => return Way::LocalAs(Owner::new(owner.next_id(), None)),
        None if any_engine() => return refuse(FOREIGN),
        None => return Way::Local,
    };
    let id = owner.next_id();
    let args = match function.encode_each(args) {
        Ok(args) => args,
        Err(error) => {
            let name = function.name();
            return refuse(&format!("the arguments of `{name}` do not encode: {error}"));
        }
    };
    let call = Call { id, function: function.name().to_owned(), args };
    let (promise, remote) = function.child()(&owner, &call, function, name, location);
    if let Err(Interrupted) = owner.invoke(call, Arc::clone(&remote)) {
        remote.leave();
        // Not in a destructor while it unwinds: there the promise has failed, and that is all.
        let _ = pull::interrupted();
    }
    unboxed(promise)
}
