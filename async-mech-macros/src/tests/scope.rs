//! `invoke!(s => ..)`.

use insta::assert_snapshot;
use quote::quote;

use super::expression;

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
                || "f",
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
            let __mech_t = __mech_task(__mech_s, || "m", move || __mech_f.go((__mech_a0,)));
            krate::__private::spawn(__mech_t)
        }
    }
    "#);
    assert_snapshot!(expression(quote!(s => || uses(&local))), @r#"
    fn caller() {
        {
            use krate::__private::scoped_task as __mech_task;
            let __mech_s = krate::__private::scope(s);
            let __mech_t = __mech_task(__mech_s, || "closure", || uses(&local));
            krate::__private::spawn(__mech_t)
        }
    }
    "#);
    assert_snapshot!(expression(quote!(s => { uses(&local) })), @r#"
    fn caller() {
        {
            use krate::__private::scoped_task as __mech_task;
            let __mech_s = krate::__private::scope(s);
            let __mech_t = __mech_task(__mech_s, || "block", || { uses(&local) });
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
