//! `#[invocable(durable)]`: what a durable function may be, and how engines come to know it.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::{Error, FnArg, Lifetime, ReturnType, Signature, Type, TypeImplTrait, TypeReference};

use crate::closed::Around;
use crate::krate::{Krate, site};

/// Engines pass the arguments as one tuple.
const MAX_PARAMETERS: usize = 12;

pub(crate) fn is_method(at: impl ToTokens) -> Error {
    let message = "a durable function is a free function: an engine knows it by its name alone, and \
                   runs it with nothing but its arguments";
    Error::new_spanned(at, message)
}

/// Reports what no durable function may be.
pub(crate) fn check(key: &Ident, sig: &Signature, around: Around<'_>, errors: &mut Vec<Error>) {
    let receiver = sig.inputs.iter().find(|input| matches!(input, FnArg::Receiver(_)));
    match (receiver, around) {
        (Some(receiver), _) => errors.push(is_method(receiver)),
        (None, Around::Impl(_)) => errors.push(is_method(key)),
        // It mentions `Self`.
        (None, Around::Unseen) => errors.push(is_method(key)),
        (None, Around::Module) => {}
    }
    if !sig.generics.params.is_empty() {
        let message = "a durable function has no generics: an engine knows it by its name alone";
        errors.push(Error::new_spanned(&sig.generics, message));
    }
    if let Some(excess) = sig.inputs.iter().nth(MAX_PARAMETERS) {
        let message = format!("a durable function takes at most {MAX_PARAMETERS} parameters");
        errors.push(Error::new_spanned(excess, message));
    }
    let mut owned = Owned { errors };
    types(sig).into_iter().for_each(|ty| owned.visit_type(&ty));
}

/// The types of the parameters, and of the result.
fn types(sig: &Signature) -> Vec<Type> {
    let parameters = sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(input) => Some((*input.ty).clone()),
        FnArg::Receiver(_) => None,
    });
    let result = match &sig.output {
        ReturnType::Type(_, ty) => (**ty).clone(),
        ReturnType::Default => syn::parse_quote_spanned!(site(sig.ident.span())=> ()),
    };
    parameters.chain([result]).collect()
}

struct Owned<'a> {
    errors: &'a mut Vec<Error>,
}

impl<'a> Visit<'a> for Owned<'_> {
    fn visit_type_reference(&mut self, ty: &'a TypeReference) {
        let message = "a durable function takes and returns owned values, which another process can \
                       read: no references";
        self.errors.push(Error::new_spanned(ty, message));
    }

    fn visit_type_impl_trait(&mut self, ty: &'a TypeImplTrait) {
        let message = "a durable function names the types that it takes and returns, so that another \
                       process knows how to read them: no `impl`";
        self.errors.push(Error::new_spanned(ty, message));
    }

    fn visit_lifetime(&mut self, lifetime: &'a Lifetime) {
        let message = "a durable function takes and returns owned values, which another process can \
                       read: no lifetimes";
        self.errors.push(Error::new_spanned(lifetime, message));
    }
}

/// The item that makes the function known. It stands in the function's body, where functions within
/// functions find their own name as well.
///
/// ```text
/// ::async_mech::__durable! { "resize", Here.line(), {
///     Made::of(resize, (codec::<Image>(),), codec::<Thumb>())
/// } }
/// ```
pub(crate) fn entry(
    key: &Ident,
    sig: &Signature,
    name: &TokenStream,
    krate: &Krate,
) -> TokenStream {
    let ident = &sig.ident;
    let span = site(ident.span());
    let at = krate.at(ident.span());
    let mut codecs: Vec<_> = types(sig)
        .into_iter()
        .map(|ty| {
            let krate = krate.at(ty.span());
            quote_spanned!(site(ty.span())=> #krate::__private::codec::<#ty>())
        })
        .collect();
    let result = codecs.pop();
    let made = quote_spanned! {span=>
        #at::__private::Made::of(#ident, (#(#codecs,)*), #result)
    };
    let line = quote_spanned!(ident.span()=> line());
    // Without the feature the whole of this is reported under `durable`.
    let path = krate.at(key.span());
    quote_spanned!(site(key.span())=> #path::__durable! {
        #name, #at::__private::Here.#line, { #made }
    })
}
