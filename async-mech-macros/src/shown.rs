//! What observers are shown of an annotated function: which of its arguments, and whether its
//! result.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, FnArg, Pat, PatIdent, ReturnType, Signature, Type};

use crate::args::Args;
use crate::closed::{Around, closed_types};
use crate::krate::site;

/// What a parameter binds: `self`, or a name in its pattern.
struct Binding<'a> {
    ident: Ident,
    /// As people read it.
    name: String,
    /// The parameter's attributes. With a `cfg` among them it may not be there.
    attrs: &'a [Attribute],
}

/// The parameters of a function that can be shown.
pub(crate) struct Parameters<'a>(Vec<Binding<'a>>);

impl<'a> Parameters<'a> {
    pub(crate) fn of(sig: &'a Signature) -> Parameters<'a> {
        let mut bindings = Vec::<Binding<'a>>::new();
        for input in &sig.inputs {
            let (attrs, idents) = match input {
                FnArg::Receiver(this) => {
                    (&this.attrs, vec![Ident::new("self", this.self_token.span)])
                }
                FnArg::Typed(input) => (&input.attrs, bound_by(&input.pat)),
            };
            for ident in idents {
                let name = ident.unraw().to_string();
                bindings.push(Binding { ident, name, attrs });
            }
        }
        Parameters(bindings)
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.0.iter().map(|binding| binding.name.clone()).collect()
    }

    /// Leaves those that are shown.
    ///
    /// One that the body does not mention is not: to show it is to use it, and then rustc would not
    /// say that it is unused. If its name begins with `_`, rustc says nothing anyway.
    pub(crate) fn shown(mut self, args: &Args, body: &Block) -> Self {
        let body = body.to_token_stream();
        self.0.retain(|Binding { name, attrs, .. }| {
            // A `cfg_attr` may be a `cfg`, or what has no place on a statement.
            !args.skip.argument(name)
                && !attrs.iter().any(|attr| attr.path().is_ident("cfg_attr"))
                && (name.starts_with('_') || uses(&body, name))
        });
        self
    }

    /// Shows what is left, and the result, if somebody observes.
    ///
    /// ```text
    /// if ::async_mech::__private::seen(&_frame) {
    ///     use ::async_mech::__private::{ShowCopy as _, ..};
    ///     let seen = ::async_mech::__private::Seen::begin();
    ///     let seen = (&&&&::async_mech::__private::Argument(&n)).__async_mech_show("n", seen);
    ///     use ::async_mech::__private::ShowNoResult as _;
    ///     let seen = ::async_mech::__private::Returns::<u64>::known().__async_mech_show(seen);
    ///     seen.enter();
    /// }
    /// ```
    pub(crate) fn expand(&self, sig: &Signature, args: &Args, around: Around<'_>) -> TokenStream {
        let span = site(sig.ident.span());
        let krate = args.krate().at(sig.ident.span());
        let seen = format_ident!("__mech_seen", span = span);
        let arguments = self.0.iter().map(|Binding { ident, name, attrs }| {
            let span = site(ident.span());
            let cfgs = attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
            let krate = args.krate().at(ident.span());
            // What begins with `_` must not be used, says clippy.
            let quiet = name
                .starts_with('_')
                .then(|| quote_spanned!(span=> #[allow(clippy::used_underscore_binding)]));
            quote_spanned! {span=>
                #(#cfgs)* #quiet
                let #seen = (&&&&#krate::__private::Argument(&#ident))
                    .__async_mech_show(#name, #seen);
            }
        });
        let arguments: Vec<TokenStream> = arguments.collect();
        // A type's own method goes first, and a path of the user's own has a span that lints look at.
        let traits = (!arguments.is_empty()).then(|| {
            quote_spanned! {span=>
                #[allow(unused_imports)]
                use #krate::__private::{
                    ShowCopy as _, ShowDebug as _, ShowNothing as _, ShowReferred as _,
                };
            }
        });
        let result = self.result(sig, args, around).map(|ty| {
            let span = site(ty.span());
            let krate = args.krate().at(ty.span());
            quote_spanned! {span=>
                #[allow(unused_imports)]
                use #krate::__private::ShowNoResult as _;
                let #seen = #krate::__private::Returns::<#ty>::known().__async_mech_show(#seen);
            }
        });
        quote_spanned! {span=>
            if #krate::__private::seen(&_frame) {
                #traits
                let #seen = #krate::__private::Seen::begin();
                #(#arguments)*
                #result
                #seen.enter();
            }
        }
    }

    /// The result's type if it is shown. Of a type that is open, only `invoke!` knows whether it is
    /// `'static`.
    fn result<'s>(&self, sig: &'s Signature, args: &Args, around: Around<'_>) -> Option<&'s Type> {
        let ReturnType::Type(_, output) = &sig.output else { return None };
        let is_closed =
            closed_types(sig, around).into_iter().any(|ty| std::ptr::eq(ty, &raw const **output));
        (is_closed && !args.skip.result()).then_some(output)
    }
}

/// The names that a pattern binds, each once. (An identifier may stand for a constant, which does
/// no harm.)
fn bound_by(pat: &Pat) -> Vec<Ident> {
    struct Names(Vec<Ident>);

    impl<'a> Visit<'a> for Names {
        fn visit_pat_ident(&mut self, pat: &'a PatIdent) {
            if !self.0.contains(&pat.ident) {
                self.0.push(pat.ident.clone());
            }
            visit::visit_pat_ident(self, pat);
        }
    }

    let mut names = Names(Vec::new());
    names.visit_pat(pat);
    names.0
}

/// Whether the tokens mention a variable, be it in a format string.
fn uses(tokens: &TokenStream, name: &str) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Group(group) => uses(&group.stream(), name),
        TokenTree::Ident(ident) => ident.unraw() == name,
        TokenTree::Literal(literal) => formats(&literal.to_string(), name),
        TokenTree::Punct(_) => false,
    })
}

/// Whether a format string takes a variable: `{name}`, `{name:?}`, `{:name$}`.
fn formats(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        let after = after.trim_start();
        before.ends_with('{') && after.starts_with(['}', ':'])
            || after.starts_with('$')
                && !before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
    })
}
