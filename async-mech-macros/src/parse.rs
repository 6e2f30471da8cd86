//! What an attribute may stand on.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Error, Item, ItemFn, ItemImpl, Safety, Signature, TraitItemFn};

/// The annotated item.
pub(crate) enum Target {
    /// A function or method.
    Fn(ItemFn),
    /// An impl block.
    Impl(ItemImpl),
    /// A trait's method without a body.
    Bodiless(TraitItemFn),
    /// Anything else.
    Other(Item),
    /// What syn cannot parse.
    Unknown(TokenStream, Error),
}

impl Target {
    pub(crate) fn parse(item: TokenStream) -> Target {
        match syn::parse2(item.clone()) {
            Ok(Item::Fn(item)) => Target::Fn(item),
            Ok(Item::Impl(item)) => Target::Impl(item),
            Ok(Item::Verbatim(_)) | Err(_) => match syn::parse2::<ItemFn>(item.clone()) {
                // A method: only outside impls does syn refuse its `self`.
                Ok(item) => Target::Fn(item),
                Err(error) => match syn::parse2(item.clone()) {
                    Ok(item) => Target::Bodiless(item),
                    Err(_) => Target::Unknown(item, error),
                },
            },
            Ok(item) => Target::Other(item),
        }
    }
}

/// Reports what no annotated function may be. `attribute` is how users know the attribute, `or` what
/// else they can do.
pub(crate) fn check(sig: &Signature, attribute: &str, or: &str, errors: &mut Vec<Error>) {
    let mut refuse = |token: Option<&dyn ToTokens>, message: &str| {
        let message = format!("`{attribute}` {message}{or}");
        errors.extend(token.map(|token| Error::new_spanned(token.to_token_stream(), message)));
    };
    let unsafety = match &sig.safety {
        Safety::Unsafe(token) => Some(token),
        _ => None,
    };
    refuse(
        as_tokens(&sig.asyncness),
        "takes an ordinary function, whose awaits block: remove `async`",
    );
    refuse(as_tokens(&sig.constness), "takes a function that runs at run time: remove `const`");
    refuse(
        unsafety.map(|token| token as _),
        "takes a safe function: to invoke an unsafe one, write `invoke!(unsafe { .. })`",
    );
    refuse(as_tokens(&sig.abi), "takes a function of Rust's own ABI: remove `extern`");
    refuse(
        as_tokens(&sig.variadic),
        "takes a function with a fixed number of parameters: remove `...`",
    );
}

fn as_tokens<T: ToTokens>(token: &Option<T>) -> Option<&dyn ToTokens> {
    token.as_ref().map(|token| token as _)
}
