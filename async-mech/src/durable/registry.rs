//! The durable functions of this program, by name and by type.

use std::any::{Any, TypeId, type_name};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::codec::{Child, Codec, Codecs, Refused};
use super::engine::{Session, Settled};
use super::owner::Owner;
use super::{Error, Failed};
use crate::cancel::Canceller;
use crate::cell::Name;
use crate::event_loop;
use crate::execution::current;
use crate::failure::{Failure, FailureKind, Who};
use crate::settling;

/// A function annotated with `#[invocable(durable)]`, as engines know it.
pub struct Function {
    name: &'static str,
    file: &'static str,
    line: u32,
    made: Made,
}

#[allow(missing_debug_implementations, reason = "it is in no public signature")]
/// What the attribute submits: enough to make a [`Function`] at run time.
pub struct Entry {
    name: &'static str,
    file: &'static str,
    line: u32,
    make: fn() -> Made,
}

inventory::collect!(Entry);

impl Entry {
    /// What the attribute knows.
    #[must_use]
    pub const fn new(
        name: &'static str,
        file: &'static str,
        line: u32,
        make: fn() -> Made,
    ) -> Self {
        Entry { name, file, line, make }
    }
}

/// What is known of a function under its types, which are gone here.
type By<I, O> = Box<dyn Fn(&I) -> Result<O, String> + Send + Sync>;

type ByEach = Box<dyn Fn(&[&dyn Any]) -> Result<String, String> + Send + Sync>;

/// The function without its types.
#[allow(missing_debug_implementations, reason = "it is in no public signature")]
pub struct Made {
    type_id: TypeId,
    path: Name,
    /// The arguments, a tuple, as JSON.
    encode: By<dyn Any, String>,
    /// The same, one by one.
    encode_each: ByEach,
    child: Child,
    refused: Refused,
    /// The result, in a box, from JSON.
    decode: By<[u8], Box<dyn Any + Send>>,
    /// The result of the call as JSON, from the arguments'.
    call: By<[u8], String>,
}

impl Made {
    /// Of a function item.
    pub fn of<F, A, C>(function: F, args: C, result: Codec<F::Output>) -> Made
    where
        F: Callable<A> + Copy + Send + Sync + 'static,
        F::Output: 'static,
        A: 'static,
        C: Codecs<A>,
    {
        let (args, result) = (Arc::new(args), Arc::new(result));
        let (to_encode, to_decode) = (Arc::clone(&args), Arc::clone(&result));
        let each = Arc::clone(&args);
        Made {
            type_id: TypeId::of::<F>(),
            path: type_name::<F>,
            encode: Box::new(move |args| {
                to_encode.encode(args.downcast_ref().expect("the arguments of this function"))
            }),
            encode_each: Box::new(move |args| each.encode_each(args)),
            child: result.child(),
            refused: result.refused(),
            decode: Box::new(move |json| {
                let json = std::str::from_utf8(json).map_err(|error| error.to_string())?;
                to_decode.boxed(json).map_err(|error| error.to_string())
            }),
            call: Box::new(move |json| {
                let args = args
                    .decode(json)
                    .map_err(|error| format!("its arguments do not decode: {error}"))?;
                let value = function.call(args);
                // Under its type; what the execution itself returns is JSON.
                observed!(crate::trace::values::note_result(&value));
                result
                    .encode(&value)
                    .map_err(|error| format!("its result does not encode: {error}"))
            }),
        }
    }
}

/// A function and the tuple of its arguments. There is nothing to implement: functions of up to
/// twelve parameters do.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be called with the arguments `{A}`",
    label = "takes other arguments",
    note = "the arguments are a tuple, with a comma after the only one: `(x,)`"
)]
pub trait Callable<A> {
    /// What it returns.
    type Output;
    /// Calls it.
    #[doc(hidden)]
    fn call(self, args: A) -> Self::Output;
}

macro_rules! callable {
    ($($a:ident)*) => {
        impl<F: FnOnce($($a),*) -> R, R, $($a),*> Callable<($($a,)*)> for F {
            type Output = R;

            #[allow(non_snake_case, reason = "values are called as their types")]
            fn call(self, ($($a,)*): ($($a,)*)) -> R {
                self($($a),*)
            }
        }
    };
}
callable!();
callable!(A);
callable!(A B);
callable!(A B C);
callable!(A B C D);
callable!(A B C D E);
callable!(A B C D E G);
callable!(A B C D E G H);
callable!(A B C D E G H I);
callable!(A B C D E G H I J);
callable!(A B C D E G H I J K);
callable!(A B C D E G H I J K L);
callable!(A B C D E G H I J K L M);

impl Function {
    /// Its name: what `name = ".."` says, or else the function's own.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The file of its definition.
    #[must_use]
    pub fn file(&self) -> &'static str {
        self.file
    }

    /// The line of its name.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.line
    }

    /// Runs it, on a thread of [`EventLoop::global`](crate::EventLoop::global), as the execution
    /// that the engine knows as `id`: what it invokes goes to `session`. `args` is the JSON of a
    /// [`Call`](super::Call). `done` is called when it has ended, on the thread that ran it.
    ///
    /// If the engine takes the execution away, cancel it, and let each call of the session return
    /// [`Interrupted`](super::Interrupted): its body then unwinds at the next await or invocation.
    pub fn start(
        &'static self,
        id: &str,
        args: Vec<u8>,
        session: Arc<dyn Session>,
        done: impl FnOnce(Settled) + Send + 'static,
    ) -> Canceller {
        self.run(Owner::new(id.to_owned(), Some(session)), args, done)
    }

    /// The same, with or without a session.
    pub(super) fn run(
        &'static self,
        owner: Arc<Owner>,
        args: Vec<u8>,
        done: impl FnOnce(Settled) + Send + 'static,
    ) -> Canceller {
        let body = move || {
            let _owning = owner.begin();
            (self.made.call)(&args).unwrap_or_else(|message| self.fail(message)).into_bytes()
        };
        let invoke = || event_loop::invoke(self.made.path, Location::caller(), body);
        // A loop that lasts would outlive each of a model checker's runs.
        #[cfg(shuttle)]
        let promise = invoke();
        #[cfg(not(shuttle))]
        let promise = event_loop::EventLoop::global().run(invoke);
        let canceller = promise.canceller();
        settling::when(promise, move |promise| {
            done(promise.completed().map_err(|failure| Failed::of(&failure)));
        });
        canceller
    }

    /// Ends the current execution, which is one of this function, as failed.
    fn fail(&self, message: String) -> ! {
        let id = current().id();
        let who = Who { id, name: self.name, file: self.file, line: self.line };
        std::panic::resume_unwind(Box::new(Failure::new(FailureKind::Failed, who, message)))
    }

    /// The arguments as JSON.
    pub(super) fn encode(&self, args: &dyn Any) -> Result<Vec<u8>, String> {
        (self.made.encode)(args).map(String::into_bytes)
    }

    /// The same, one by one.
    pub(super) fn encode_each(&self, args: &[&dyn Any]) -> Result<Vec<u8>, String> {
        (self.made.encode_each)(args).map(String::into_bytes)
    }

    /// Makes a promise of its result, in a box, that lives on an engine.
    pub(super) fn child(&self) -> Child {
        self.made.child
    }

    /// Makes a failed promise of its result, in a box.
    pub(super) fn refused(&self) -> Refused {
        self.made.refused
    }

    /// The result from JSON.
    pub(super) fn decode<R: 'static>(&self, json: &[u8]) -> Result<R, String> {
        let value = (self.made.decode)(json)?;
        Ok(*value.downcast().expect("the result of this function"))
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Function(`{}`, {}:{})", self.name, self.file, self.line)
    }
}

struct Registry {
    by_name: BTreeMap<&'static str, &'static Function>,
    by_type: HashMap<TypeId, &'static Function>,
    /// Two of a name.
    duplicates: Option<[&'static Function; 2]>,
}

fn registry() -> &'static Registry {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    REGISTRY.get_or_init(|| {
        let entries: Vec<&Entry> = inventory::iter::<Entry>().collect();
        let (mut by_name, mut by_type) = (BTreeMap::new(), HashMap::new());
        let mut duplicates = None;
        for Entry { name, file, line, make } in entries {
            let function = Function { name, file, line: *line, made: make() };
            let function: &'static Function = Box::leak(Box::new(function));
            by_type.insert(function.made.type_id, function);
            if let Some(other) = by_name.insert(*name, function) {
                let mut two = [other, function];
                two.sort_by_key(|function| (function.file, function.line));
                duplicates.get_or_insert(two);
            }
        }
        Registry { by_name, by_type, duplicates }
    })
}

/// Checks that no two functions have one name.
pub(super) fn check() -> Result<(), Error> {
    functions().map(drop)
}

/// The program's durable functions, by name.
///
/// # Errors
///
/// If two have one name.
pub fn functions() -> Result<impl Iterator<Item = &'static Function>, Error> {
    match registry().duplicates {
        None => Ok(registry().by_name.values().copied()),
        Some([first, second]) => Err(Error::Duplicate { first, second }),
    }
}

/// The program's durable function of that name.
#[must_use]
pub fn function(name: &str) -> Option<&'static Function> {
    registry().by_name.get(name).copied()
}

/// That name for good, and its place in this program, if it is known.
pub(super) fn known(name: &str) -> (&'static str, Option<(&'static str, u32)>) {
    /// Names that come from elsewhere: few, since a program has only so many functions.
    static STRANGE: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    if let Some(function) = function(name) {
        return (function.name, Some((function.file, function.line)));
    }
    let mut strange = STRANGE.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = strange.get(name).copied().unwrap_or_else(|| {
        let kept: &'static str = Box::leak(name.into());
        strange.insert(kept);
        kept
    });
    (kept, None)
}

/// The durable function whose type is `F`.
pub(super) fn of_type<F: 'static>() -> Option<&'static Function> {
    registry().by_type.get(&TypeId::of::<F>()).copied()
}

/// The same, of which there must be one.
pub(super) fn durable<F: 'static>() -> Result<&'static Function, Error> {
    of_type::<F>().ok_or(Error::NotDurable { function: type_name::<F>() })
}
