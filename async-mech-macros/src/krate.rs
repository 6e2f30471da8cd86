//! The path to async-mech in generated code, and the spans of generated code.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};

/// The span of generated code: names resolve as the macro's own, diagnostics point at `user`.
///
/// With the user's own span clippy would take the code for the user's; without it every caret would
/// lie under the whole macro call.
pub(crate) fn site(user: Span) -> Span {
    Span::mixed_site().located_at(user)
}

/// The path to async-mech.
pub(crate) struct Krate(TokenStream);

impl Krate {
    /// The path that the user gave, or `$crate`.
    pub(crate) fn new(path: impl ToTokens) -> Krate {
        Krate(path.into_token_stream())
    }

    /// Takes `($crate)` off the input of a function-like macro.
    pub(crate) fn split(input: TokenStream) -> (Krate, TokenStream) {
        let mut rest = input.into_iter();
        match rest.next() {
            Some(TokenTree::Group(path)) => (Krate(path.stream()), rest.collect()),
            _ => unreachable!("the macro_rules of async-mech passes `$crate` first"),
        }
    }

    /// The path as code generated at `user`; but for `$crate`, which resolves by its span.
    pub(crate) fn at(&self, user: Span) -> TokenStream {
        let respan = |mut token: TokenTree| {
            if !matches!(&token, TokenTree::Ident(ident) if ident == "$crate") {
                token.set_span(site(user));
            }
            token
        };
        self.0.clone().into_iter().map(respan).collect()
    }
}

impl Default for Krate {
    fn default() -> Krate {
        Krate(quote!(::async_mech))
    }
}
