//! `mech!`: items that may write `await!(p)` and `p.await`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit_mut::VisitMut;
use syn::{Error, File};

use crate::krate::Krate;
use crate::rewrite::Rewrite;
use crate::tokens;

/// The items, their awaits replaced.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let (krate, items) = Krate::split(input);
    let items = tokens::name_await_macros(items, &krate);
    match syn::parse2::<File>(items) {
        Ok(file) if !file.attrs.is_empty() => Error::new_spanned(
            &file.attrs[0],
            "`mech!` takes items: write this attribute at the top of the file",
        )
        .into_compile_error(),
        Ok(mut file) => {
            let mut rewrite = Rewrite::new(&krate);
            rewrite.visit_file_mut(&mut file);
            let import = rewrite.needs_trait.then(|| rewrite.import());
            let items = &file.items;
            quote!(#import #(#items)*)
        }
        Err(error) => error.into_compile_error(),
    }
}
