//! `invoke!`.

use insta::assert_snapshot;
use quote::quote;

use super::expression;

#[test]
fn an_invoked_function() {
    assert_snapshot!(expression(quote!(path::f::<T>(x, p.await))), @r#"
    fn caller() {
        {
            use krate::__private::{
                arg as __mech_arg, call2 as __mech_call, way as __mech_way,
                task_by as __mech_task,
            };
            let __mech_f = path::f::<T>;
            let (__mech_f, (__mech_a0, __mech_a1)) = __mech_call(__mech_f)
                .eval((x, (krate::wait)(p)));
            let __mech_f = __mech_arg(__mech_f);
            let __mech_a0 = __mech_arg(__mech_a0);
            let __mech_a1 = __mech_arg(__mech_a1);
            let __mech_w = __mech_way(|| "path::f", &__mech_f, &[&__mech_a0, &__mech_a1]);
            let __mech_t = __mech_task(
                || "path::f",
                __mech_w,
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
                arg as __mech_arg, call1 as __mech_call, way as __mech_way,
                task_by as __mech_task,
            };
            let __mech_r = a.clone();
            let mut __mech_r = __mech_arg(__mech_r);
            let __mech_f = move |__mech_p0| __mech_r.m::<T>(__mech_p0);
            let (__mech_f, (__mech_a0,)) = __mech_call(__mech_f).eval((x,));
            let __mech_f = __mech_arg(__mech_f);
            let __mech_a0 = __mech_arg(__mech_a0);
            let __mech_w = __mech_way(|| "m", &__mech_f, &[&__mech_a0]);
            let __mech_t = __mech_task(|| "m", __mech_w, move || __mech_f.go((__mech_a0,)));
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
                || "closure",
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
            let __mech_t = __mech_task(
                || "block",
                move || 'l: { break 'l (krate::wait)(p) },
            );
            krate::__private::spawn(__mech_t)
        }
    }
    "#);
}
