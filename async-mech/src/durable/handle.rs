//! An engine as programs use it.

use std::any::type_name;
use std::error::Error as StdError;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use super::engine::{Call, Engine};
use super::owner::Active;
use super::registry::{self, Callable, Function};
use super::remote;
use crate::promise::Promise;

/// An engine that this program is connected to. Cheap to clone; when the last one is dropped, so is
/// the engine's adapter, which then runs nothing in this process any more.
#[derive(Clone)]
pub struct Handle {
    engine: Arc<dyn Engine>,
    _active: Arc<Active>,
}

impl Handle {
    /// For adapters.
    ///
    /// # Errors
    ///
    /// If two durable functions of the program have one name.
    pub fn new(engine: impl Engine) -> Result<Handle, Error> {
        registry::check()?;
        Ok(Handle { engine: Arc::new(engine), _active: Arc::new(Active::new(true)) })
    }

    pub(super) fn embedded(engine: impl Engine) -> Handle {
        Handle { engine: Arc::new(engine), _active: Arc::new(Active::new(false)) }
    }

    /// Invokes a durable function as the promise `id`, which the caller chooses: an engine that
    /// knows the id runs nothing, and gives the outcome that was, or will be. The promise can be
    /// awaited in every way, and by every execution.
    ///
    /// `args` is the tuple of the arguments.
    ///
    /// ```
    /// use async_mech::{durable, invocable};
    ///
    /// #[invocable(durable)]
    /// fn greet(name: String) -> String {
    ///     format!("hello, {name}")
    /// }
    ///
    /// # fn main() -> Result<(), durable::Error> {
    /// let engine = durable::embedded()?;
    /// let first = engine.invoke("greet-world", greet, ("world".to_owned(),))?;
    /// let again = engine.invoke("greet-world", greet, ("world".to_owned(),))?;
    /// assert_eq!(first.wait(), again.wait());
    ///
    /// let other = engine.invoke("greet-world", greet, ("moon".to_owned(),));
    /// assert!(other.unwrap_err().to_string().contains("greet"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the function is not annotated with `#[invocable(durable)]`, the id is empty or has a dot
    /// (those are for what executions invoke), the arguments cannot be written as JSON, the engine
    /// cannot be reached, or it knows the id as that of another call ([`Mismatch`](super::Mismatch)).
    #[track_caller]
    pub fn invoke<F, A>(
        &self,
        id: impl Into<String>,
        function: F,
        args: A,
    ) -> Result<Promise<F::Output>, Error>
    where
        F: Callable<A> + 'static,
        F::Output: Send + 'static,
        A: 'static,
    {
        // Its type says all.
        drop(function);
        let function = registry::durable::<F>()?;
        let id = id.into();
        if id.is_empty() || id.contains('.') {
            return Err(Error::Id { id });
        }
        let args = function
            .encode(&args)
            .map_err(|source| Error::Arguments { function, source: source.into() })?;
        let call = Call { id, function: function.name().to_owned(), args };
        let (engine, at) = (&self.engine, Location::caller());
        let (promise, settle) = remote::root(engine, &call, function, type_name::<F>, at);
        match self.engine.start(call, settle) {
            Ok(()) => Ok(promise),
            Err(error) => {
                promise.ignore();
                Err(Error::Engine(error))
            }
        }
    }

    /// Cancels what runs under that id, as far as the engine can, and does not wait for that.
    pub fn cancel(&self, id: &str) {
        self.engine.cancel(id);
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handle")
    }
}

/// Why an engine could not be started, or a durable function not be invoked.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The function is not annotated with `#[invocable(durable)]`.
    NotDurable {
        /// Its path.
        function: &'static str,
    },
    /// Two durable functions of the program have one name.
    Duplicate {
        /// One of them.
        first: &'static Function,
        /// The other.
        second: &'static Function,
    },
    /// The id of a root is empty or has a dot.
    Id {
        /// The id.
        id: String,
    },
    /// The arguments cannot be written as JSON.
    Arguments {
        /// Whose.
        function: &'static Function,
        /// What is wrong with them.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The engine, or its adapter, says no.
    Engine(Box<dyn StdError + Send + Sync>),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NotDurable { function } => {
                write!(
                    f,
                    "`{function}` is no durable function: annotate it with \
                           `#[invocable(durable)]`, and name the function itself"
                )
            }
            Error::Duplicate { first, second } => {
                write!(
                    f,
                    "two durable functions are called `{}`: at {}:{} and at {}:{}; give one of them \
                     another name, `#[invocable(durable, name = \"..\")]`",
                    first.name(),
                    first.file(),
                    first.line(),
                    second.file(),
                    second.line()
                )
            }
            Error::Id { id } if id.is_empty() => {
                f.write_str("the id of a durable promise is empty")
            }
            Error::Id { id } => write!(
                f,
                "the id `{id}` has a dot: such ids are for what durable executions invoke"
            ),
            Error::Arguments { function, source } => {
                write!(f, "the arguments of `{}` do not encode: {source}", function.name())
            }
            Error::Engine(error) => write!(f, "{error}"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Error::Arguments { source, .. } => Some(&**source),
            Error::Engine(error) => error.source(),
            _ => None,
        }
    }
}
