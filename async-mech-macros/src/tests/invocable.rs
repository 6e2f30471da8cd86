//! `#[invocable]`.

use insta::assert_snapshot;
use quote::quote;

use super::items;
use crate::invocable;

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
        if ::async_mech::__private::seen(&_frame) {
            #[allow(unused_imports)]
            use ::async_mech::__private::{
                ShowCopy as _, ShowDebug as _, ShowNothing as _, ShowReferred as _,
            };
            let __mech_seen = ::async_mech::__private::Seen::begin();
            let __mech_seen = (&&&&::async_mech::__private::Argument(&n))
                .__async_mech_show("n", __mech_seen);
            #[allow(unused_imports)]
            use ::async_mech::__private::ShowNoResult as _;
            let __mech_seen = ::async_mech::__private::Returns::<u64>::known()
                .__async_mech_show(__mech_seen);
            __mech_seen.enter();
        }
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
        if ::async_mech::__private::seen(&_frame) {
            let __mech_seen = ::async_mech::__private::Seen::begin();
            __mech_seen.enter();
        }
        {
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
    }
    "#);
}

#[test]
fn a_body_with_items() {
    let expansion = invocable::expand(
        quote!(),
        quote! {
            fn f(n: u32) -> Result<u32, String> {
                use std::fmt::Result;
                g(n).await
            }
        },
    );
    let expansion = items(expansion);
    let (_, body) = expansion.split_once("invocable::<Result<u32, String>>;").unwrap();
    // A block of its own.
    let body: Vec<&str> = body.split_whitespace().collect();
    assert_eq!(body.join(" "), "{ use std::fmt::Result; (::async_mech::wait)(g(n)) } }");
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
            if mech::__private::seen(&_frame) {
                let __mech_seen = mech::__private::Seen::begin();
                __mech_seen.enter();
            }
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
        "unknown argument `durble`: expected `name = \"..\"`, `crate = path`, `own_thread`, `durable`, `skip(..)` or `skip_all`"
    }
    ::core::compile_error! {
        "`#[invocable]` takes a function that runs at run time: remove `const`"
    }
    "#);
}
