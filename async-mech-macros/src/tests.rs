//! What the macros expand to.

mod attributes;
mod durable;
mod entry;
mod fuzz;
mod invocable;
mod invoke;
mod mech;
mod scope;
mod shown;
mod skip;

use proc_macro2::TokenStream;
use quote::quote;

/// Items as rustfmt would print them.
fn items(tokens: TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(tokens).expect("the expansion is items"))
}

/// An expression as rustfmt would print it.
fn expression(call: TokenStream) -> String {
    let expression = crate::invoke::expand(quote!((krate) #call));
    items(quote!(fn caller() { #expression }))
}
