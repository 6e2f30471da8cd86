//! `mech!`.

use insta::assert_snapshot;
use quote::quote;

use super::items;
use crate::mech;

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
