//! What the macros expand to.

use insta::assert_snapshot;
use proc_macro2::TokenStream;
use quote::quote;

use crate::entry::{self, Kind};
use crate::{invocable, invoke, mech};

/// Items as rustfmt would print them.
fn items(tokens: TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(tokens).expect("the expansion is items"))
}

/// An expression as rustfmt would print it.
fn expression(call: TokenStream) -> String {
    let expression = invoke::expand(quote!((krate) #call));
    items(quote!(fn caller() { #expression }))
}

#[test]
fn an_invocable_function() {
    let expansion = invocable::expand(
        quote!(),
        quote! {
            /// Fibonacci's.
            pub fn fib(n: u64) -> u64 {
                if n <= 1 {
                    return n;
                }
                let left = invoke!(fib(n - 1));
                (invoke!(fib(n - 2))).await + await!(left)
            }
        },
    );
    assert_snapshot!(items(expansion), @r#"
    /// Fibonacci's.
    pub fn fib(n: u64) -> u64 {
        let _frame = ::async_mech::__private::enter({
            static META: ::async_mech::__private::Function = ::async_mech::__private::Function::new(
                "fib",
                ::core::module_path!(),
                ::core::file!(),
                ::async_mech::__private::Here.line(),
            );
            &META
        });
        let _ = ::async_mech::__private::invocable::<u64>;
        let _ = ::async_mech::__private::invocable::<u64>;
        if n <= 1 {
            return n;
        }
        let left = invoke!(fib(n - 1));
        (::async_mech::wait)(invoke!(fib(n - 2))) + (::async_mech::wait)(left)
    }
    "#);
}

#[test]
fn every_await_of_a_body() {
    let expansion = invocable::expand(
        quote!(),
        quote! {
            fn f<T: Tr>(open: T, also_open: &str) {
                println!("{}", p.await);
                vec![p.await; 2];
                assert!(matches!(x, Some(y) if y == p.await));
                unknown!(p.await -> async { p.await });
                invoke!(s => f(p.await));
                let left_alone = async { p.await };
                mod inner {
                    fn g() {
                        unknown!(p.await -> q)
                    }
                }
                p.await;
            }
        },
    );
    assert_snapshot!(items(expansion), @r#"
    fn f<T: Tr>(open: T, also_open: &str) {
        let _frame = ::async_mech::__private::enter({
            static META: ::async_mech::__private::Function = ::async_mech::__private::Function::new(
                "f",
                ::core::module_path!(),
                ::core::file!(),
                ::async_mech::__private::Here.line(),
            );
            &META
        });
        use ::async_mech::__private::AwaitExt as _;
        println!("{}", (::async_mech::wait) (p,));
        vec![(::async_mech::wait) (p,); 2];
        assert!(matches!(x, Some(y) if y == p.__async_mech_await()));
        unknown!(p.__async_mech_await() -> async { p. await });
        invoke!(s => f((::async_mech::wait) (p,)));
        let left_alone = async { p.await };
        mod inner {
            fn g() {
                use ::async_mech::__private::AwaitExt as _;
                unknown!(p.__async_mech_await() -> q)
            }
        }
        (::async_mech::wait)(p);
    }
    "#);
}

#[test]
fn an_invocable_impl_block_with_arguments() {
    let expansion = invocable::expand(
        quote!(crate = mech),
        quote! {
            impl<T> Account<T> {
                #[invocable(name = "balance of", own_thread)]
                fn balance(&self, of: &T, more: u64) -> Result<impl Iterator<Item = u64>, Error> {
                    p.await
                }
            }
        },
    );
    assert_snapshot!(items(expansion), @r#"
    impl<T> Account<T> {
        fn balance(&self, of: &T, more: u64) -> Result<impl Iterator<Item = u64>, Error> {
            let _frame = mech::__private::enter({
                static META: mech::__private::Function = mech::__private::Function::new(
                    "balance of",
                    ::core::module_path!(),
                    ::core::file!(),
                    mech::__private::Here.line(),
                );
                &META
            });
            let _ = mech::__private::invocable::<u64>;
            mech::__private::own_thread(
                _frame,
                move || -> Result<_, Error> { (mech::wait)(p) },
            )
        }
    }
    "#);
}

#[test]
fn a_refused_function_is_emitted_as_well() {
    let expansion = invocable::expand(
        quote!(durble),
        quote!(
            const fn f(p: Promise<u32>) -> u32 {
                p.await
            }
        ),
    );
    assert_snapshot!(items(expansion), @r#"
    const fn f(p: Promise<u32>) -> u32 {
        (::async_mech::wait)(p)
    }
    ::core::compile_error! {
        "unknown argument `durble`: expected `name = \"..\"`, `crate = path` or `own_thread`"
    }
    ::core::compile_error! {
        "`#[invocable]` takes a function that runs at run time: remove `const`"
    }
    "#);
}

#[test]
fn main_and_test() {
    let item = quote! {
        #[should_panic]
        fn f() -> Result<(), Error> {
            p.await?;
            Ok(())
        }
    };
    let main = entry::expand(Kind::Main, quote!(), item.clone());
    let test = entry::expand(Kind::Test, quote!(), item);
    assert_snapshot!(items(quote!(#main #test)), @r#"
    #[should_panic]
    fn f() -> Result<(), Error> {
        ::async_mech::__private::run_main(|| -> Result<(), Error> {
            (::async_mech::wait)(p)?;
            Ok(())
        })
    }
    #[should_panic]
    #[::core::prelude::v1::test]
    fn f() -> Result<(), Error> {
        ::async_mech::__private::run_test(|| -> Result<(), Error> {
            (::async_mech::wait)(p)?;
            Ok(())
        })
    }
    "#);
}

#[test]
fn an_invoked_function() {
    assert_snapshot!(expression(quote!(path::f::<T>(x, p.await))), @r#"
    fn caller() {
        {
            use krate::__private::{
                arg as __mech_arg, call2 as __mech_call, task as __mech_task,
            };
            let __mech_f = path::f::<T>;
            let (__mech_f, (__mech_a0, __mech_a1)) = __mech_call(__mech_f)
                .eval((x, (krate::wait)(p)));
            let __mech_f = __mech_arg(__mech_f);
            let __mech_a0 = __mech_arg(__mech_a0);
            let __mech_a1 = __mech_arg(__mech_a1);
            let __mech_t = __mech_task(
                "path::f",
                move || __mech_f.go((__mech_a0, __mech_a1)),
            );
            krate::__private::spawn(__mech_t)
        }
    }
    "#);
}

#[test]
fn an_invoked_method() {
    assert_snapshot!(expression(quote!(a.clone().m::<T>(x))), @r#"
    fn caller() {
        {
            use krate::__private::{
                arg as __mech_arg, call1 as __mech_call, task as __mech_task,
            };
            let __mech_r = a.clone();
            let mut __mech_r = __mech_arg(__mech_r);
            let __mech_f = move |__mech_p0| __mech_r.m::<T>(__mech_p0);
            let (__mech_f, (__mech_a0,)) = __mech_call(__mech_f).eval((x,));
            let __mech_f = __mech_arg(__mech_f);
            let __mech_a0 = __mech_arg(__mech_a0);
            let __mech_t = __mech_task("m", move || __mech_f.go((__mech_a0,)));
            krate::__private::spawn(__mech_t)
        }
    }
    "#);
}

#[test]
fn an_invoked_closure() {
    assert_snapshot!(expression(quote!(|| unknown!(await!(p); q.await))), @r#"
    fn caller() {
        {
            use krate::__private::task as __mech_task;
            let __mech_t = __mech_task(
                "closure",
                move || unknown!((krate::wait) (p,); (krate::wait) (q,)),
            );
            krate::__private::spawn(__mech_t)
        }
    }
    "#);
}

#[test]
fn an_invoked_block() {
    assert_snapshot!(expression(quote!('l: { break 'l p.await })), @r#"
    fn caller() {
        {
            use krate::__private::task as __mech_task;
            let __mech_t = __mech_task("block", move || 'l: { break 'l (krate::wait)(p) });
            krate::__private::spawn(__mech_t)
        }
    }
    "#);
}

#[test]
fn the_items_of_mech() {
    let expansion = mech::expand(quote! {
        (krate)
        fn f() -> u32 {
            await!(p) + q.await
        }
        macro_rules! value {
            ($p:expr) => { $p.await };
        }
    });
    assert_snapshot!(items(expansion), @r#"
    use krate::__private::AwaitExt as _;
    fn f() -> u32 {
        (krate::wait)(p) + (krate::wait)(q)
    }
    macro_rules! value {
        ($p:expr) => {
            $p .__async_mech_await()
        };
    }
    "#);
}

#[test]
fn an_invocation_in_a_scope() {
    assert_snapshot!(expression(quote!(s => f(&local, p.await))), @r#"
    fn caller() {
        {
            use krate::__private::{
                scoped_arg as __mech_arg, call2 as __mech_call, scoped_task as __mech_task,
            };
            let __mech_s = krate::__private::scope(s);
            let __mech_f = f;
            let (__mech_f, (__mech_a0, __mech_a1)) = __mech_call(__mech_f)
                .eval((&local, (krate::wait)(p)));
            let __mech_f = __mech_arg(__mech_s, __mech_f);
            let __mech_a0 = __mech_arg(__mech_s, __mech_a0);
            let __mech_a1 = __mech_arg(__mech_s, __mech_a1);
            let __mech_t = __mech_task(
                __mech_s,
                "f",
                move || __mech_f.go((__mech_a0, __mech_a1)),
            );
            krate::__private::spawn(__mech_t)
        }
    }
    "#);
}

#[test]
fn a_method_and_a_closure_and_a_block_in_a_scope() {
    assert_snapshot!(expression(quote!(self.scope => (&a).m(x))), @r#"
    fn caller() {
        {
            use krate::__private::{
                scoped_arg as __mech_arg, call1 as __mech_call, scoped_task as __mech_task,
            };
            let __mech_s = krate::__private::scope(self.scope);
            let __mech_r = &a;
            let mut __mech_r = __mech_arg(__mech_s, __mech_r);
            let __mech_f = move |__mech_p0| __mech_r.m(__mech_p0);
            let (__mech_f, (__mech_a0,)) = __mech_call(__mech_f).eval((x,));
            let __mech_f = __mech_arg(__mech_s, __mech_f);
            let __mech_a0 = __mech_arg(__mech_s, __mech_a0);
            let __mech_t = __mech_task(__mech_s, "m", move || __mech_f.go((__mech_a0,)));
            krate::__private::spawn(__mech_t)
        }
    }
    "#);
    assert_snapshot!(expression(quote!(s => || uses(&local))), @r#"
    fn caller() {
        {
            use krate::__private::scoped_task as __mech_task;
            let __mech_s = krate::__private::scope(s);
            let __mech_t = __mech_task(__mech_s, "closure", || uses(&local));
            krate::__private::spawn(__mech_t)
        }
    }
    "#);
    assert_snapshot!(expression(quote!(s => { uses(&local) })), @r#"
    fn caller() {
        {
            use krate::__private::scoped_task as __mech_task;
            let __mech_s = krate::__private::scope(s);
            let __mech_t = __mech_task(__mech_s, "block", || { uses(&local) });
            krate::__private::spawn(__mech_t)
        }
    }
    "#);
}

#[test]
fn half_an_invocation_in_a_scope_says_what_is_missing() {
    assert_snapshot!(expression(quote!(s =>)), @r#"
    fn caller() {
        ::core::compile_error! {
            "the call is missing: write `invoke!(s => f(x, y))`"
        }
    }
    "#);
    assert_snapshot!(expression(quote!(=> f())), @r#"
    fn caller() {
        ::core::compile_error! {
            "the scope is missing: write `invoke!(s => f(x))`, or `invoke!(f(x))`"
        }
    }
    "#);
}
