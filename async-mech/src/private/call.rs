//! A callee and its arguments: one `callN` an arity.
//!
//! The callee goes by value into `callN`, whose bound gives the arguments their expected types
//! before they are evaluated. `eval` repeats the bound: rustc then looks at the callee's own bounds
//! once more, and knows the parameter types of a closure among the arguments.
//!
//! Written out, and not by a macro: rustc shows these lines to users.

use std::marker::PhantomData;

/// A callee and how to call it, which is no pointer: that would be a word of each promise, and a call
/// that cannot be inlined.
#[must_use]
pub struct Fun<F, A, R, Go> {
    f: F,
    go: Go,
    types: PhantomData<fn(A) -> R>,
}

impl<F, A, R, Go: FnOnce(F, A) -> R> Fun<F, A, R, Go> {
    /// Calls it.
    pub fn go(self, args: A) -> R {
        (self.go)(self.f, args)
    }
}

/// Takes a callee of 0 arguments.
pub fn call0<F, R>(f: F) -> Fun<F, (), R, impl FnOnce(F, ()) -> R>
where
    F: FnOnce() -> R,
{
    let go = |f: F, (): ()| f();
    Fun { f, go, types: PhantomData }
}

impl<F, R, Go> Fun<F, (), R, Go> {
    /// Evaluates the arguments.
    pub fn eval(self, args: ()) -> (Self, ())
    where
        F: FnOnce() -> R,
    {
        (self, args)
    }
}

/// Takes a callee of 1 argument.
pub fn call1<F, A, R>(f: F) -> Fun<F, (A,), R, impl FnOnce(F, (A,)) -> R>
where
    F: FnOnce(A) -> R,
{
    let go = |f: F, (a,): (A,)| f(a);
    Fun { f, go, types: PhantomData }
}

impl<F, A, R, Go> Fun<F, (A,), R, Go> {
    /// Evaluates the arguments.
    pub fn eval(self, args: (A,)) -> (Self, (A,))
    where
        F: FnOnce(A) -> R,
    {
        (self, args)
    }
}

/// Takes a callee of 2 arguments.
pub fn call2<F, A, B, R>(f: F) -> Fun<F, (A, B), R, impl FnOnce(F, (A, B)) -> R>
where
    F: FnOnce(A, B) -> R,
{
    let go = |f: F, (a, b): (A, B)| f(a, b);
    Fun { f, go, types: PhantomData }
}

impl<F, A, B, R, Go> Fun<F, (A, B), R, Go> {
    /// Evaluates the arguments.
    pub fn eval(self, args: (A, B)) -> (Self, (A, B))
    where
        F: FnOnce(A, B) -> R,
    {
        (self, args)
    }
}

/// Takes a callee of 3 arguments.
pub fn call3<F, A, B, C, R>(f: F) -> Fun<F, (A, B, C), R, impl FnOnce(F, (A, B, C)) -> R>
where
    F: FnOnce(A, B, C) -> R,
{
    let go = |f: F, (a, b, c): (A, B, C)| f(a, b, c);
    Fun { f, go, types: PhantomData }
}

impl<F, A, B, C, R, Go> Fun<F, (A, B, C), R, Go> {
    /// Evaluates the arguments.
    pub fn eval(self, args: (A, B, C)) -> (Self, (A, B, C))
    where
        F: FnOnce(A, B, C) -> R,
    {
        (self, args)
    }
}

/// Takes a callee of 4 arguments.
pub fn call4<F, A, B, C, D, R>(f: F) -> Fun<F, (A, B, C, D), R, impl FnOnce(F, (A, B, C, D)) -> R>
where
    F: FnOnce(A, B, C, D) -> R,
{
    let go = |f: F, (a, b, c, d): (A, B, C, D)| f(a, b, c, d);
    Fun { f, go, types: PhantomData }
}

impl<F, A, B, C, D, R, Go> Fun<F, (A, B, C, D), R, Go> {
    /// Evaluates the arguments.
    pub fn eval(self, args: (A, B, C, D)) -> (Self, (A, B, C, D))
    where
        F: FnOnce(A, B, C, D) -> R,
    {
        (self, args)
    }
}

/// Takes a callee of 5 arguments.
pub fn call5<F, A, B, C, D, E, R>(
    f: F,
) -> Fun<F, (A, B, C, D, E), R, impl FnOnce(F, (A, B, C, D, E)) -> R>
where
    F: FnOnce(A, B, C, D, E) -> R,
{
    let go = |f: F, (a, b, c, d, e): (A, B, C, D, E)| f(a, b, c, d, e);
    Fun { f, go, types: PhantomData }
}

impl<F, A, B, C, D, E, R, Go> Fun<F, (A, B, C, D, E), R, Go> {
    /// Evaluates the arguments.
    pub fn eval(self, args: (A, B, C, D, E)) -> (Self, (A, B, C, D, E))
    where
        F: FnOnce(A, B, C, D, E) -> R,
    {
        (self, args)
    }
}

/// Takes a callee of 6 arguments.
pub fn call6<F, A, B, C, D, E, G, R>(
    f: F,
) -> Fun<F, (A, B, C, D, E, G), R, impl FnOnce(F, (A, B, C, D, E, G)) -> R>
where
    F: FnOnce(A, B, C, D, E, G) -> R,
{
    let go = |f: F, (a, b, c, d, e, g): (A, B, C, D, E, G)| f(a, b, c, d, e, g);
    Fun { f, go, types: PhantomData }
}

impl<F, A, B, C, D, E, G, R, Go> Fun<F, (A, B, C, D, E, G), R, Go> {
    /// Evaluates the arguments.
    pub fn eval(self, args: (A, B, C, D, E, G)) -> (Self, (A, B, C, D, E, G))
    where
        F: FnOnce(A, B, C, D, E, G) -> R,
    {
        (self, args)
    }
}

/// Takes a callee of 7 arguments.
pub fn call7<F, A, B, C, D, E, G, H, R>(
    f: F,
) -> Fun<F, (A, B, C, D, E, G, H), R, impl FnOnce(F, (A, B, C, D, E, G, H)) -> R>
where
    F: FnOnce(A, B, C, D, E, G, H) -> R,
{
    let go = |f: F, (a, b, c, d, e, g, h): (A, B, C, D, E, G, H)| f(a, b, c, d, e, g, h);
    Fun { f, go, types: PhantomData }
}

impl<F, A, B, C, D, E, G, H, R, Go> Fun<F, (A, B, C, D, E, G, H), R, Go> {
    /// Evaluates the arguments.
    pub fn eval(self, args: (A, B, C, D, E, G, H)) -> (Self, (A, B, C, D, E, G, H))
    where
        F: FnOnce(A, B, C, D, E, G, H) -> R,
    {
        (self, args)
    }
}

/// Takes a callee of 8 arguments.
pub fn call8<F, A, B, C, D, E, G, H, I, R>(
    f: F,
) -> Fun<F, (A, B, C, D, E, G, H, I), R, impl FnOnce(F, (A, B, C, D, E, G, H, I)) -> R>
where
    F: FnOnce(A, B, C, D, E, G, H, I) -> R,
{
    let go = |f: F, (a, b, c, d, e, g, h, i): (A, B, C, D, E, G, H, I)| f(a, b, c, d, e, g, h, i);
    Fun { f, go, types: PhantomData }
}

impl<F, A, B, C, D, E, G, H, I, R, Go> Fun<F, (A, B, C, D, E, G, H, I), R, Go> {
    /// Evaluates the arguments.
    pub fn eval(self, args: (A, B, C, D, E, G, H, I)) -> (Self, (A, B, C, D, E, G, H, I))
    where
        F: FnOnce(A, B, C, D, E, G, H, I) -> R,
    {
        (self, args)
    }
}

/// Takes a callee of 9 arguments.
pub fn call9<F, A, B, C, D, E, G, H, I, J, R>(
    f: F,
) -> Fun<F, (A, B, C, D, E, G, H, I, J), R, impl FnOnce(F, (A, B, C, D, E, G, H, I, J)) -> R>
where
    F: FnOnce(A, B, C, D, E, G, H, I, J) -> R,
{
    let go = |f: F, (a, b, c, d, e, g, h, i, j): (A, B, C, D, E, G, H, I, J)| {
        f(a, b, c, d, e, g, h, i, j)
    };
    Fun { f, go, types: PhantomData }
}

impl<F, A, B, C, D, E, G, H, I, J, R, Go> Fun<F, (A, B, C, D, E, G, H, I, J), R, Go> {
    /// Evaluates the arguments.
    pub fn eval(self, args: (A, B, C, D, E, G, H, I, J)) -> (Self, (A, B, C, D, E, G, H, I, J))
    where
        F: FnOnce(A, B, C, D, E, G, H, I, J) -> R,
    {
        (self, args)
    }
}

/// Takes a callee of 10 arguments.
pub fn call10<F, A, B, C, D, E, G, H, I, J, K, R>(
    f: F,
) -> Fun<F, (A, B, C, D, E, G, H, I, J, K), R, impl FnOnce(F, (A, B, C, D, E, G, H, I, J, K)) -> R>
where
    F: FnOnce(A, B, C, D, E, G, H, I, J, K) -> R,
{
    let go = |f: F, (a, b, c, d, e, g, h, i, j, k): (A, B, C, D, E, G, H, I, J, K)| {
        f(a, b, c, d, e, g, h, i, j, k)
    };
    Fun { f, go, types: PhantomData }
}

impl<F, A, B, C, D, E, G, H, I, J, K, R, Go> Fun<F, (A, B, C, D, E, G, H, I, J, K), R, Go> {
    /// Evaluates the arguments.
    pub fn eval(
        self,
        args: (A, B, C, D, E, G, H, I, J, K),
    ) -> (Self, (A, B, C, D, E, G, H, I, J, K))
    where
        F: FnOnce(A, B, C, D, E, G, H, I, J, K) -> R,
    {
        (self, args)
    }
}

/// Takes a callee of 11 arguments.
pub fn call11<F, A, B, C, D, E, G, H, I, J, K, L, R>(
    f: F,
) -> Fun<
    F,
    (A, B, C, D, E, G, H, I, J, K, L),
    R,
    impl FnOnce(F, (A, B, C, D, E, G, H, I, J, K, L)) -> R,
>
where
    F: FnOnce(A, B, C, D, E, G, H, I, J, K, L) -> R,
{
    let go = |f: F, (a, b, c, d, e, g, h, i, j, k, l): (A, B, C, D, E, G, H, I, J, K, L)| {
        f(a, b, c, d, e, g, h, i, j, k, l)
    };
    Fun { f, go, types: PhantomData }
}

impl<F, A, B, C, D, E, G, H, I, J, K, L, R, Go> Fun<F, (A, B, C, D, E, G, H, I, J, K, L), R, Go> {
    /// Evaluates the arguments.
    pub fn eval(
        self,
        args: (A, B, C, D, E, G, H, I, J, K, L),
    ) -> (Self, (A, B, C, D, E, G, H, I, J, K, L))
    where
        F: FnOnce(A, B, C, D, E, G, H, I, J, K, L) -> R,
    {
        (self, args)
    }
}

/// Takes a callee of 12 arguments.
pub fn call12<F, A, B, C, D, E, G, H, I, J, K, L, M, R>(
    f: F,
) -> Fun<
    F,
    (A, B, C, D, E, G, H, I, J, K, L, M),
    R,
    impl FnOnce(F, (A, B, C, D, E, G, H, I, J, K, L, M)) -> R,
>
where
    F: FnOnce(A, B, C, D, E, G, H, I, J, K, L, M) -> R,
{
    let go = |f: F, (a, b, c, d, e, g, h, i, j, k, l, m): (A, B, C, D, E, G, H, I, J, K, L, M)| {
        f(a, b, c, d, e, g, h, i, j, k, l, m)
    };
    Fun { f, go, types: PhantomData }
}

impl<F, A, B, C, D, E, G, H, I, J, K, L, M, R, Go>
    Fun<F, (A, B, C, D, E, G, H, I, J, K, L, M), R, Go>
{
    /// Evaluates the arguments.
    pub fn eval(
        self,
        args: (A, B, C, D, E, G, H, I, J, K, L, M),
    ) -> (Self, (A, B, C, D, E, G, H, I, J, K, L, M))
    where
        F: FnOnce(A, B, C, D, E, G, H, I, J, K, L, M) -> R,
    {
        (self, args)
    }
}
