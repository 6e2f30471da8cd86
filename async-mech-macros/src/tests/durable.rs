//! `#[invocable(durable)]`.

use insta::assert_snapshot;
use quote::quote;

use super::items;
use crate::invocable;

#[test]
fn a_durable_function() {
    let expansion = invocable::expand(
        quote!(durable, name = "resize"),
        quote!(
            fn resize_image(image: Image, size: [u32; 2]) -> Result<Thumb, Error> {
                body
            }
        ),
    );
    assert_snapshot!(items(expansion), @r#"
    fn resize_image(image: Image, size: [u32; 2]) -> Result<Thumb, Error> {
        ::async_mech::__durable! {
            "resize", ::async_mech::__private::Here.line(), {
            ::async_mech::__private::Made::of(resize_image, (::async_mech::__private::codec::
            < Image > (), ::async_mech::__private::codec:: < [u32; 2] > (),),
            ::async_mech::__private::codec:: < Result < Thumb, Error > > ()) }
        }
        let _frame = ::async_mech::__private::enter({
            static META: ::async_mech::__private::Function = ::async_mech::__private::Function::new(
                "resize",
                ::core::module_path!(),
                ::core::file!(),
                ::async_mech::__private::Here.line(),
            );
            &META
        });
        if ::async_mech::__private::seen(&_frame) {
            let __mech_seen = ::async_mech::__private::Seen::begin();
            #[allow(unused_imports)]
            use ::async_mech::__private::ShowNoResult as _;
            let __mech_seen = ::async_mech::__private::Returns::<
                Result<Thumb, Error>,
            >::known()
                .__async_mech_show(__mech_seen);
            __mech_seen.enter();
        }
        body
    }
    "#);
}

#[test]
fn what_no_durable_function_may_be() {
    let expansion = invocable::expand(
        quote!(durable),
        quote!(
            fn f<T>(&self, text: &str, words: Words<'static>) -> impl Iterator<Item = u32> {}
        ),
    );
    assert_snapshot!(items(expansion), @r#"
    fn f<T>(&self, text: &str, words: Words<'static>) -> impl Iterator<Item = u32> {}
    ::core::compile_error! {
        "a durable function is a free function: an engine knows it by its name alone, and runs it with nothing but its arguments"
    }
    ::core::compile_error! {
        "a durable function has no generics: an engine knows it by its name alone"
    }
    ::core::compile_error! {
        "a durable function takes and returns owned values, which another process can read: no references"
    }
    ::core::compile_error! {
        "a durable function takes and returns owned values, which another process can read: no lifetimes"
    }
    ::core::compile_error! {
        "a durable function names the types that it takes and returns, so that another process knows how to read them: no `impl`"
    }
    "#);
}

#[test]
fn no_impl_block_is_durable() {
    let expansion = invocable::expand(quote!(durable), quote!(impl Account { fn f() {} }));
    assert_snapshot!(items(expansion), @r#"
    impl Account {
        fn f() {
            let _frame = ::async_mech::__private::enter({
                static META: ::async_mech::__private::Function = ::async_mech::__private::Function::new(
                    "Account::f",
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
        }
    }
    ::core::compile_error! {
        "a durable function is a free function: an engine knows it by its name alone, and runs it with nothing but its arguments"
    }
    "#);
}
