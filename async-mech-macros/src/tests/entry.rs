//! `#[async_mech::main]` and `#[async_mech::test]`.

use insta::assert_snapshot;
use quote::quote;

use super::items;
use crate::entry::{self, Kind};

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
