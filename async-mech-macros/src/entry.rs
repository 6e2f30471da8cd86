//! `#[async_mech::main]` and `#[async_mech::test]`: functions that await and that the program, or
//! the test runner, calls.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::visit_mut::VisitMut;
use syn::{Error, ItemFn, parse_quote_spanned};

use crate::args::{Accepts, Args};
use crate::invocable::{closure_output, keyword, with_errors};
use crate::krate::{Krate, site};
use crate::parse::{Target, check};
use crate::rewrite::Rewrite;
use crate::tokens;

/// Which of the two attributes.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// `#[async_mech::main]`.
    Main,
    /// `#[async_mech::test]`.
    Test,
}

impl Kind {
    fn attribute(self) -> &'static str {
        match self {
            Kind::Main => "#[async_mech::main]",
            Kind::Test => "#[async_mech::test]",
        }
    }
}

/// The function, and an error for each mistake.
pub(crate) fn expand(kind: Kind, args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Vec::new();
    let args = Args::parse(args, Accepts::Entry, &mut errors);
    let krate = args.krate();
    let item = match Target::parse(tokens::name_await_macros(item, &krate)) {
        Target::Fn(mut item) => {
            function(kind, &mut item, &krate, &mut errors);
            item.into_token_stream()
        }
        Target::Impl(item) => refuse(kind, item.impl_token, &item, &mut errors),
        Target::Bodiless(item) => refuse(kind, item.semi_token, &item, &mut errors),
        Target::Other(mut item) => {
            Rewrite::new(&krate).visit_item_mut(&mut item);
            refuse(kind, keyword(&item), &item, &mut errors)
        }
        Target::Unknown(item, error) => {
            errors.push(error);
            item
        }
    };
    with_errors(item, errors)
}

fn refuse(
    kind: Kind,
    at: impl ToTokens,
    item: impl ToTokens,
    errors: &mut Vec<Error>,
) -> TokenStream {
    let message = format!("`{}` goes on a function with a body", kind.attribute());
    errors.push(Error::new_spanned(at, message));
    item.into_token_stream()
}

/// From `fn main() -> R { p.await }` to `fn main() -> R { ::async_mech::__private::run_main(|| -> R
/// { ::async_mech::wait(p) }) }`.
fn function(kind: Kind, item: &mut ItemFn, krate: &Krate, errors: &mut Vec<Error>) {
    let mistakes = errors.len();
    check(&item.sig, kind.attribute(), "", errors);
    if !item.sig.inputs.is_empty() {
        let message = format!("`{}` takes a function without parameters", kind.attribute());
        errors.push(Error::new_spanned(&item.sig.inputs, message));
    }
    let test = item.attrs.iter().find(|attr| attr.path().is_ident("test"));
    if let (Kind::Test, Some(test)) = (kind, test) {
        errors.push(Error::new_spanned(
            test,
            "`#[async_mech::test]` makes the function a test: remove `#[test]`",
        ));
    }
    // rustc would refuse an async `main` once more, in other words.
    item.sig.asyncness = None;
    Rewrite::new(krate).body(&mut item.block);
    if errors.len() > mistakes {
        return;
    }

    let span = site(item.sig.ident.span());
    let krate = krate.at(item.sig.ident.span());
    let output = closure_output(&item.sig.output);
    let stmts = &item.block.stmts;
    let run = match kind {
        Kind::Main => quote_spanned!(span=> run_main),
        Kind::Test => {
            let test = parse_quote_spanned!(span=> #[::core::prelude::v1::test]);
            item.attrs.push(test);
            quote_spanned!(span=> run_test)
        }
    };
    let body = quote_spanned!(span=> #krate::__private::#run(|| #output { #(#stmts)* }));
    item.block.stmts = vec![syn::Stmt::Item(syn::Item::Verbatim(body))];
}
