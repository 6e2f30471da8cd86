//! What an annotated function shows to observers.

use insta::assert_snapshot;
use proc_macro2::TokenStream;
use quote::quote;

use super::items;
use crate::invocable;

/// The function without what every one has: its frame and its checks.
fn shown(args: TokenStream, item: TokenStream) -> String {
    let text = items(invocable::expand(args, item));
    let from = text.find("    if ::async_mech").unwrap();
    let to = from + text[from..].find("\n    }").unwrap();
    text[from..to].to_owned() + "\n    }"
}

#[test]
fn parameters_by_their_names() {
    let item = quote! {
        fn f(&self, (a, b): (u32, u32), P { x, y: ref z, .. }: P, mut n: u32, r#type: u32, w @ _: W) {
            uses(self, a, b, x, z, n, r#type, w)
        }
    };
    assert_snapshot!(shown(quote!(), item), @r#"
    if ::async_mech::__private::seen(&_frame) {
        #[allow(unused_imports)]
        use ::async_mech::__private::{
            ShowCopy as _, ShowDebug as _, ShowNothing as _, ShowReferred as _,
        };
        let __mech_seen = ::async_mech::__private::Seen::begin();
        let __mech_seen = (&&&&::async_mech::__private::Argument(&self))
            .__async_mech_show("self", __mech_seen);
        let __mech_seen = (&&&&::async_mech::__private::Argument(&a))
            .__async_mech_show("a", __mech_seen);
        let __mech_seen = (&&&&::async_mech::__private::Argument(&b))
            .__async_mech_show("b", __mech_seen);
        let __mech_seen = (&&&&::async_mech::__private::Argument(&x))
            .__async_mech_show("x", __mech_seen);
        let __mech_seen = (&&&&::async_mech::__private::Argument(&z))
            .__async_mech_show("z", __mech_seen);
        let __mech_seen = (&&&&::async_mech::__private::Argument(&n))
            .__async_mech_show("n", __mech_seen);
        let __mech_seen = (&&&&::async_mech::__private::Argument(&r#type))
            .__async_mech_show("type", __mech_seen);
        let __mech_seen = (&&&&::async_mech::__private::Argument(&w))
            .__async_mech_show("w", __mech_seen);
        __mech_seen.enter();
    }
    "#);
}

#[test]
fn a_result_of_a_known_type() {
    assert_snapshot!(shown(quote!(), quote!(fn f() -> Result<u32, Error> {})), @"
    if ::async_mech::__private::seen(&_frame) {
        let __mech_seen = ::async_mech::__private::Seen::begin();
        #[allow(unused_imports)]
        use ::async_mech::__private::ShowNoResult as _;
        let __mech_seen = ::async_mech::__private::Returns::<Result<u32, Error>>::known()
            .__async_mech_show(__mech_seen);
        __mech_seen.enter();
    }
    ");
    assert_snapshot!(shown(quote!(), quote!(fn f<T>() -> Result<u32, T> {})), @"
    if ::async_mech::__private::seen(&_frame) {
        let __mech_seen = ::async_mech::__private::Seen::begin();
        __mech_seen.enter();
    }
    ");
    assert_snapshot!(shown(quote!(skip(return)), quote!(fn f() -> u32 {})), @"
    if ::async_mech::__private::seen(&_frame) {
        let __mech_seen = ::async_mech::__private::Seen::begin();
        __mech_seen.enter();
    }
    ");
}

#[test]
fn what_the_body_mentions_or_cannot_be_unused() {
    let item = quote! {
        fn f(a: A, b: B, c: C, d: D, e: E, g: G, _h: H, _: I, j: J) {
            other!({ [a] });
            println!("{b} {c:?} {:d$} {e } {{ g }} _j$", 1);
        }
    };
    assert_snapshot!(shown(quote!(), item), @r#"
    if ::async_mech::__private::seen(&_frame) {
        #[allow(unused_imports)]
        use ::async_mech::__private::{
            ShowCopy as _, ShowDebug as _, ShowNothing as _, ShowReferred as _,
        };
        let __mech_seen = ::async_mech::__private::Seen::begin();
        let __mech_seen = (&&&&::async_mech::__private::Argument(&a))
            .__async_mech_show("a", __mech_seen);
        let __mech_seen = (&&&&::async_mech::__private::Argument(&b))
            .__async_mech_show("b", __mech_seen);
        let __mech_seen = (&&&&::async_mech::__private::Argument(&c))
            .__async_mech_show("c", __mech_seen);
        let __mech_seen = (&&&&::async_mech::__private::Argument(&d))
            .__async_mech_show("d", __mech_seen);
        let __mech_seen = (&&&&::async_mech::__private::Argument(&e))
            .__async_mech_show("e", __mech_seen);
        #[allow(clippy::used_underscore_binding)]
        let __mech_seen = (&&&&::async_mech::__private::Argument(&_h))
            .__async_mech_show("_h", __mech_seen);
        __mech_seen.enter();
    }
    "#);
}

#[test]
fn a_parameter_under_a_condition() {
    let item = quote! {
        fn f(#[cfg(unix)] #[allow(unused)] a: A, #[cfg_attr(unix, cfg(no))] b: B, #[cfg(x)] _c: C) {
            (a, b)
        }
    };
    assert_snapshot!(shown(quote!(), item), @r#"
    if ::async_mech::__private::seen(&_frame) {
        #[allow(unused_imports)]
        use ::async_mech::__private::{
            ShowCopy as _, ShowDebug as _, ShowNothing as _, ShowReferred as _,
        };
        let __mech_seen = ::async_mech::__private::Seen::begin();
        #[cfg(unix)]
        let __mech_seen = (&&&&::async_mech::__private::Argument(&a))
            .__async_mech_show("a", __mech_seen);
        #[cfg(x)]
        #[allow(clippy::used_underscore_binding)]
        let __mech_seen = (&&&&::async_mech::__private::Argument(&_c))
            .__async_mech_show("_c", __mech_seen);
        __mech_seen.enter();
    }
    "#);
}

#[test]
fn what_awaits_become_is_not_what_the_body_mentions() {
    let item = quote!(
        fn f(wait: u32, async_mech: u32, p: P) {
            p.await
        }
    );
    assert_snapshot!(shown(quote!(), item), @r#"
    if ::async_mech::__private::seen(&_frame) {
        #[allow(unused_imports)]
        use ::async_mech::__private::{
            ShowCopy as _, ShowDebug as _, ShowNothing as _, ShowReferred as _,
        };
        let __mech_seen = ::async_mech::__private::Seen::begin();
        let __mech_seen = (&&&&::async_mech::__private::Argument(&p))
            .__async_mech_show("p", __mech_seen);
        __mech_seen.enter();
    }
    "#);
}
