//! The macros of async-mech. Use them through the crate `async-mech`, which re-exports them.

mod args;
mod closed;
mod durable;
mod entry;
mod invocable;
mod invoke;
mod krate;
mod mech;
mod name;
mod parse;
mod rewrite;
mod scope;
mod shown;
mod skip;
mod tokens;

#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Lets a function await, and makes its executions known to the event loop by its name.
///
/// The function stays an ordinary function: signature, visibility and other attributes are kept,
/// and a plain call `f(x)` is a plain call, which blocks. `invoke!(f(x))` starts it and returns its
/// promise.
///
/// ```
/// use async_mech::{invocable, invoke};
///
/// #[invocable]
/// fn fib(n: u64) -> u64 {
///     if n <= 1 {
///         return n;
///     }
///     let left = invoke!(fib(n - 1));
///     let right = invoke!(fib(n - 2));
///     left.await + right.await
/// }
///
/// assert_eq!(fib(10), 55);
/// assert_eq!(invoke!(fib(11)).wait(), 89);
/// ```
///
/// # Where it goes
///
/// On functions, on methods, on the methods of trait impls and the provided methods of traits, and
/// on an impl block, for each of its functions but `const` ones. Closures, functions and modules inside may await as
/// well.
///
/// ```
/// use async_mech::{invocable, invoke};
///
/// struct Account(u64);
///
/// #[invocable]
/// impl Account {
///     fn balance(&self) -> u64 {
///         let interest = invoke!(interest(self.0));
///         self.0 + interest.await
///     }
/// }
///
/// fn interest(amount: u64) -> u64 {
///     amount / 100
/// }
///
/// assert_eq!(Account(200).balance(), 202);
/// ```
///
/// Not on functions that are `async`, `const`, `unsafe`, `extern` or without a body.
///
/// # Awaiting
///
/// `p.await` blocks until the promise is completed, and gives its value; it is
/// [`wait(p)`](fn.wait.html), and also works within the arguments of macros such as `println!` and
/// `vec!`, where `await!(p)` may be written too. What is `async` is left alone: the `.await` of an
/// `async` block inside the function is rustc's own.
///
/// Limits: a macro of yours whose pattern spells `.await` no longer matches inside the function,
/// and one that is async without saying so, as `tokio::select!` is, has its awaits replaced. A
/// `macro_rules!` outside the function must write `r#await!($p)`.
///
/// # Parameters and result
///
/// Whatever is invoked passes to another thread, so types that are known where the function is
/// written must be `Send + 'static`. Generic and borrowed types are checked where they become
/// known, at `invoke!`: `fn f(s: &str)` stays legal, and so does `invoke!(f("literal"))`.
///
/// # Arguments
///
/// - `name = ".."` is how events, failures and deadlock messages call the function. Without it they
///   use its own name, after its type's in an annotated impl block.
/// - `own_thread`: an execution may otherwise run on the thread of the caller that awaits it, and
///   share its thread-locals and thread id. With `own_thread` it never does. Parameters and result
///   must be `Send`, though they may borrow.
/// - `durable` (with the feature of that name): the function can live on a durable engine; see
///   [`durable`](durable/index.html). For free functions without generics, whose arguments and
///   result are owned and can be written and read by serde. Engines know it by its `name`, which
///   must not change while they remember it.
/// - `skip(password, return)`: which arguments, and whether the result, observers are not shown.
///   `skip_all` is about all arguments, and not about the result.
/// - `crate = path`: where async-mech is, if not at `::async_mech`. `invoke!` needs nothing for
///   that.
///
/// ```
/// use async_mech::{invocable, invoke};
/// use std::thread;
///
/// #[invocable(name = "who am I", own_thread)]
/// fn who() -> thread::ThreadId {
///     thread::current().id()
/// }
///
/// assert_ne!(invoke!(who()).wait(), thread::current().id());
/// ```
///
/// # What observers are shown
///
/// Whoever observes the event loop, or records a run, is told when an execution enters the function
/// it runs, with its arguments as their `Debug` writes them, by the names that the parameters bind;
/// and with what value it completes. All that costs nothing but a look while nobody observes.
///
/// - Types without `Debug` are left out, and so is what is generic without a bound that says it.
/// - A parameter that the body does not mention is left out, so that rustc can say that it is
///   unused; one whose name begins with `_` is shown.
/// - The result is shown if its type is known where the function is written (no generics, `impl` or
///   `Self`), or is a number, a string or the like.
/// - `skip(..)` takes names of parameters, among them `self`, and `return`, which is the result. A
///   value that is passed on, as an argument or result of another function, is skipped there. A
///   `Debug` that holds for some lifetimes only is an error here until it is skipped.
/// - On an impl block, `skip_all`, `skip(self)` and `skip(return)` are about all its functions, which
///   may add to it.
///
/// ```
/// use async_mech::{EventLoop, invocable, invoke, trace::Kind};
///
/// #[invocable(skip(password))]
/// fn login(name: String, password: String) -> bool {
///     name == "ada" && password == "lovelace"
/// }
///
/// let event_loop = EventLoop::builder().build();
/// let events = event_loop.subscribe();
/// assert!(event_loop.run(|| invoke!(login("ada".into(), "lovelace".into())).wait()));
///
/// let entered = events.try_iter().find_map(|event| match event.kind {
///     Kind::Enter { arguments } => Some(format!("{arguments:?}")),
///     _ => None,
/// });
/// assert_eq!(entered.unwrap(), r#"[("name", "ada")]"#);
/// ```
#[proc_macro_attribute]
pub fn invocable(args: TokenStream, item: TokenStream) -> TokenStream {
    invocable::expand(args.into(), item.into()).into()
}

/// Lets `main` await, and prints a failure that leaves it.
///
/// ```
/// use async_mech::invoke;
///
/// #[async_mech::main]
/// fn main() {
///     let outer = invoke!(|| {
///         let inner = invoke!(|| 42);
///         let v = await!(inner);
///         2 * v
///     });
///     println!("{}", await!(outer));
/// }
/// ```
///
/// `main` may return a `Result`. Executions that still run when it returns end with the process.
///
/// With the environment variable `ASYNC_MECH_TRACE=run.html` the program writes down its run, as a page
/// or in another format: see the documentation of `async_mech::trace`.
///
/// ```
/// use async_mech::invoke;
///
/// #[async_mech::main]
/// fn main() -> Result<(), std::num::ParseIntError> {
///     let n: u32 = invoke!("42".parse()).await?;
///     assert_eq!(n, 42);
///     Ok(())
/// }
/// ```
///
/// It takes one argument, `crate = path`: where async-mech is, if not at `::async_mech`. How to
/// await is said at [`#[invocable]`](macro@invocable).
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    entry::expand(entry::Kind::Main, args.into(), item.into()).into()
}

/// Makes a function a test that may await.
///
/// `#[ignore]`, `#[should_panic]` and a `Result` to return work as they do with the standard
/// `#[test]`; a failure that leaves the test is a panic with its message.
///
/// ```
/// # #![allow(clippy::test_attr_in_doctest)]
/// use async_mech::invoke;
///
/// #[async_mech::test]
/// fn adds() {
///     let sum = invoke!(|| 1 + 2);
///     assert_eq!(sum.await, 3);
/// }
///
/// #[async_mech::test]
/// #[should_panic(expected = "too late")]
/// fn fails() {
///     invoke!(|| panic!("too late")).await;
/// }
/// # fn main() {}
/// ```
///
/// It takes one argument, `crate = path`: where async-mech is, if not at `::async_mech`. How to
/// await is said at [`#[invocable]`](macro@invocable).
#[proc_macro_attribute]
pub fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    entry::expand(entry::Kind::Test, args.into(), item.into()).into()
}

/// `invoke!`, after `($crate)`.
#[doc(hidden)]
#[proc_macro]
pub fn __invoke(input: TokenStream) -> TokenStream {
    invoke::expand(input.into()).into()
}

/// `mech!`, after `($crate)`.
#[doc(hidden)]
#[proc_macro]
pub fn __mech(input: TokenStream) -> TokenStream {
    mech::expand(input.into()).into()
}
