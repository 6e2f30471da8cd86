//! `invoke!(s => call)`: an invocation in the scope `s`, which may borrow what outlives the scope.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::spanned::Spanned;
use syn::visit_mut::VisitMut;
use syn::{Error, Expr, Result};

use crate::krate::{Krate, site};
use crate::rewrite::Rewrite;

/// The scope that an invocation belongs to.
pub(crate) struct Scope(Expr);

/// Takes `s =>` off the input. No call, closure or block has a `=>` outside braces, so the first
/// one decides.
pub(crate) fn split(input: TokenStream) -> Result<(Option<Scope>, TokenStream)> {
    let tokens: Vec<TokenTree> = input.into_iter().collect();
    let Some(at) = tokens.windows(2).position(is_arrow) else {
        return Ok((None, tokens.into_iter().collect()));
    };
    let mut tokens = tokens.into_iter();
    let scope: TokenStream = tokens.by_ref().take(at).collect();
    let arrow: TokenStream = tokens.by_ref().take(2).collect();
    let call: TokenStream = tokens.collect();
    if scope.is_empty() {
        let message = "the scope is missing: write `invoke!(s => f(x))`, or `invoke!(f(x))`";
        return Err(Error::new_spanned(arrow, message));
    }
    if call.is_empty() {
        let message = "the call is missing: write `invoke!(s => f(x, y))`";
        return Err(Error::new_spanned(arrow, message));
    }
    Ok((Some(Scope(syn::parse2(scope)?)), call))
}

fn is_arrow(tokens: &[TokenTree]) -> bool {
    let [TokenTree::Punct(equals), TokenTree::Punct(greater)] = tokens else { return false };
    equals.as_char() == '='
        && greater.as_char() == '>'
        && equals.spacing() == proc_macro2::Spacing::Joint
}

impl Scope {
    pub(crate) fn rewrite(&mut self, rewrite: &mut Rewrite<'_>) {
        rewrite.visit_expr_mut(&mut self.0);
    }

    /// The statement that evaluates the scope, before the callee and its arguments.
    pub(crate) fn expand(self, krate: &Krate) -> TokenStream {
        let Scope(scope) = self;
        let span = site(scope.span());
        let krate = krate.at(scope.span());
        quote_spanned!(span=> let __mech_s = #krate::__private::scope(#scope);)
    }
}

/// What checks callee, arguments and result: `Send + 'static`, or in a scope `Send + 'scope`.
#[derive(Clone, Copy)]
pub(crate) struct Checks {
    pub(crate) scoped: bool,
}

impl Checks {
    /// The function that an argument passes through.
    pub(crate) fn arg(self, span: Span) -> Ident {
        Ident::new(if self.scoped { "scoped_arg" } else { "arg" }, span)
    }

    /// The function that invokes.
    pub(crate) fn task(self, span: Span) -> Ident {
        Ident::new(if self.scoped { "scoped_task" } else { "task" }, span)
    }

    /// The same, for a callee that may be durable.
    pub(crate) fn task_by(self, span: Span) -> Ident {
        Ident::new(if self.scoped { "scoped_task" } else { "task_by" }, span)
    }

    /// The first argument of both, in a scope.
    pub(crate) fn scope(self, span: Span) -> Option<TokenStream> {
        self.scoped.then(|| quote_spanned!(span=> __mech_s,))
    }
}
