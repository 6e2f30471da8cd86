//! `invoke!`, `await!` and `mech!`.

/// Invokes a function: starts it at once and returns its promise, without waiting for its value.
///
/// The caller evaluates the callee and its arguments, from left to right; the call itself runs in
/// an execution of its own, whether or not anybody awaits the promise. Callee, arguments and value
/// pass to another thread, so each must be `Send + 'static`.
///
/// ```
/// use async_mech::invoke;
///
/// fn add(x: u32, y: u32) -> u32 {
///     x + y
/// }
///
/// let promise = invoke!(add(1, 2));
/// assert_eq!(promise.wait(), 3);
/// ```
///
/// # What can be invoked
///
/// | form | the caller evaluates | the execution runs |
/// |---|---|---|
/// | `f(x, y)`, `path::to::f::<T>(x)`, `Type::assoc(x)`, `Some(x)`, a closure's `g(x)` | the arguments | the call |
/// | `(s.f)(x)`, `mk()(x)` | the callee, the arguments | the call |
/// | `obj.method(x)`, `a.clone().m()` | the receiver, which moves in, and the arguments | the last method |
/// | <code>\|\| e</code>, <code>move \|\| { .. }</code> | nothing; `move` is implied | the closure |
/// | `{ .. }`, `'l: { .. }`, `unsafe { .. }` | nothing; what it uses moves in | the block |
///
/// The function need not be annotated with [`#[invocable]`](macro@crate::invocable): functions of
/// other crates, constructors and closures are invoked just as well. A call takes at most 12
/// arguments. What is called only through a pointer, such as an `Arc<dyn Fn()>`, is no function
/// itself: `invoke!(|| f())`.
///
/// ```
/// use async_mech::invoke;
///
/// let text = String::from("1,2,3");
///
/// let method = invoke!(text.clone().len());
/// let closure = invoke!(|| text.split(',').count());
/// let block = invoke!({
///     let numbers = [1, 2, 3];
///     numbers.iter().sum::<i32>()
/// });
/// let constructor = invoke!(Some(4));
///
/// assert_eq!((method.wait(), closure.wait(), block.wait(), constructor.wait()), (5, 3, 6, Some(4)));
/// ```
///
/// # Awaiting inside
///
/// Everything between the parentheses may await, with `await!(p)` or `p.await`, in any function and
/// any edition:
///
/// ```
/// use async_mech::{invoke, r#await};
///
/// let outer = invoke!(|| {
///     let inner = invoke!(|| 42);
///     let v = await!(inner);
///     2 * v
/// });
/// assert_eq!(r#await!(outer), 84);
/// ```
///
/// An await among the *arguments* is the caller's own: `invoke!(f(p.await))` waits for `p` first,
/// and invokes `f` with its value.
///
/// # In a scope
///
/// `invoke!(s => ..)` invokes in the scope `s`, and takes the same forms. Callee, arguments and
/// value need only be `Send` and outlive the scope, so they may borrow: see
/// [`scope`](crate::scope()).
///
/// ```
/// use async_mech::{invoke, scope};
///
/// fn count(text: &str, letter: char) -> usize {
///     text.matches(letter).count()
/// }
///
/// let text = String::from("banana");
/// let mut copy = String::new();
/// scope(|s| {
///     let a = invoke!(s => count(&text, 'a'));
///     let n = invoke!(s => count(&text, 'n'));
///     invoke!(s => || copy.push_str(&text)).detach();
///     assert_eq!((a.wait(), n.wait()), (3, 2));
/// });
/// assert_eq!(copy, text);
/// ```
///
/// The caller evaluates `s` first. Arguments and receivers move in as ever: write
/// `(&obj).method(x)` to lend the receiver. A closure or block borrows what it uses; a closure that
/// says `move` moves it in, such as what belongs to the scope's own body.
#[macro_export]
macro_rules! invoke {
    ($($call:tt)*) => {
        $crate::__private::__invoke! { ($crate) $($call)* }
    };
}

/// Awaits a promise: its value at once if the promise is completed, else the caller is suspended
/// until it is.
///
/// It is [`wait`](crate::wait) as a macro, for every place where `.await` cannot be written: it
/// takes whatever `wait` takes, a tuple of promises included, and unwinds with the callee's
/// failure.
///
/// ```
/// use async_mech::{invoke, r#await};
///
/// let promise = invoke!(|| 42);
/// assert_eq!(r#await!(promise), 42);
/// ```
///
/// # How to spell it
///
/// `await` is a keyword since edition 2018, so an `await!(..)` directly in a function's body does
/// not parse there: write `r#await!(..)`, or annotate the function with
/// [`#[invocable]`](macro@crate::invocable) and write `.await`. Inside the parentheses of
/// [`invoke!`](crate::invoke), inside [`mech!`](crate::mech), and in edition 2015, `await!(..)`
/// stands as it is.
///
/// | where | `p.await` | `await!(p)` | `r#await!(p)`, `p.wait()` |
/// |---|---|---|---|
/// | an annotated function | yes | inside a macro's parentheses (2015: anywhere) | yes |
/// | inside `invoke!(..)` and `mech! { .. }` | yes | yes | yes |
/// | any other function | no | 2015 only | yes |
/// | the body of a `macro_rules!` of your own | no | 2015 only | yes |
#[macro_export]
macro_rules! r#await {
    ($promise:expr $(,)?) => {
        $crate::wait($promise)
    };
    () => {
        ::core::compile_error!("`await!` takes a promise: write `await!(promise)`")
    };
    ($promise:expr, $($more:tt)+) => {
        ::core::compile_error!(
            "`await!` takes one promise: to await several, write a tuple, `await!((a, b))`"
        )
    };
}

/// What `#[invocable(durable)]` puts into the function.
#[doc(hidden)]
#[macro_export]
#[cfg(feature = "durable")]
macro_rules! __durable {
    ($name:expr, $line:expr, { $($made:tt)* }) => {
        const _: () = {
            $crate::__private::inventory::submit! {
                $crate::__private::Entry::new($name, ::core::file!(), $line, || $($made)*)
            }
        };
    };
}

/// The same, without the feature.
#[doc(hidden)]
#[macro_export]
#[cfg(not(feature = "durable"))]
macro_rules! __durable {
    ($($rest:tt)*) => {
        ::core::compile_error!("`#[invocable(durable)]` needs the feature `durable` of async-mech");
    };
}

/// Lets the items inside write `await!(p)` and `p.await` in every edition.
///
/// No attribute can make `await!(..)` parse in a function's body since edition 2018; the braces of
/// a macro can. The items come out as they are, with their awaits replaced; nothing else changes.
///
/// ```
/// # #![allow(clippy::needless_doctest_main)]
/// async_mech::mech! {
///     use async_mech::invoke;
///
///     fn fib(n: u64) -> u64 {
///         if n <= 1 {
///             return n;
///         }
///         let left = invoke!(fib(n - 1));
///         let right = invoke!(fib(n - 2));
///         await!(left) + await!(right)
///     }
/// }
///
/// # fn main() {
/// assert_eq!(fib(10), 55);
/// # }
/// ```
#[macro_export]
macro_rules! mech {
    ($($item:tt)*) => {
        $crate::__private::__mech! { ($crate) $($item)* }
    };
}
