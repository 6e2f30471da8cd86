//! Attributes on what the macros change.

use insta::assert_snapshot;
use quote::quote;

use super::{expression, items};
use crate::mech;

#[test]
fn an_await_keeps_its_attributes() {
    let expansion = mech::expand(quote! {
        (krate)
        fn f() {
            #[cfg(x)]
            await!(p);
            #[cfg(x)]
            p.await;
            #[cfg(x)]
            println!("{}", p.await);
            g(#[cfg(x)] await!(p));
        }
    });
    assert_snapshot!(items(expansion), @r#"
    fn f() {
        #[cfg(x)] (krate::wait)(p);
        #[cfg(x)] (krate::wait)(p);
        #[cfg(x)]
        println!("{}", (krate::wait) (p,));
        g(#[cfg(x)] (krate::wait)(p));
    }
    "#);
}

#[test]
fn an_invocation_has_none() {
    for invocation in [
        quote!(
            #[cfg(x)]
            f(y)
        ),
        quote!(
            (#[cfg(x)]
            || y)
        ),
    ] {
        assert!(expression(invocation).contains("`invoke!` takes no attributes"));
    }
}
