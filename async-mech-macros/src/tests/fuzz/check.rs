//! What must hold of every expansion.

use std::collections::BTreeMap;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Expr, File, ImplItem, Item, ItemFn, ItemImpl, Signature, TraitItemFn};

use crate::args::{Accepts, Args};
use crate::krate::Krate;
use crate::parse::Target;
use crate::tokens::{mention, name_await_macros};

/// The item is there again, with the signature and the attributes that it had, and parses;
/// followed by nothing but errors.
pub(super) fn attribute(
    accepts: Accepts,
    args: TokenStream,
    item: TokenStream,
    expansion: TokenStream,
) -> Result<(), String> {
    let krate = Args::parse(args, accepts, &mut Vec::new()).krate();
    match Target::parse(name_await_macros(item, &krate)) {
        Target::Fn(mut item) => {
            let made: ItemFn = and_errors(expansion)?;
            if accepts == Accepts::Entry {
                item.sig.asyncness = None;
            }
            begins_with(&made.attrs, &item.attrs)?;
            same("visibility", &made.vis, &item.vis)?;
            nothing_lost(item.block.to_token_stream(), made.block.to_token_stream())?;
            // An await in a type stays there, and the type may be written once more.
            let may_await = mention(&item.to_token_stream(), &["async"])
                || mention(&item.sig.to_token_stream(), &["r#await"])
                || awaits(item.sig.to_token_stream());
            if !may_await && awaits(made.block.to_token_stream()) {
                return Err(format!("an await is left: {}", text(made.block)));
            }
            same("signature", &made.sig, &item.sig)
        }
        Target::Impl(item) => {
            let made: ItemImpl = and_errors(expansion)?;
            begins_with(&made.attrs, &item.attrs)?;
            same("type", &made.self_ty, &item.self_ty)?;
            let trait_of = |item: &ItemImpl| item.trait_.as_ref().map(|(.., path)| text(path));
            equal("trait", trait_of(&made), trait_of(&item))?;
            same("generics", &made.generics, &item.generics)?;
            same("bounds", &made.generics.where_clause, &item.generics.where_clause)?;
            let signatures = |item: &ItemImpl| {
                item.items.iter().filter_map(signature).map(text).collect::<Vec<_>>()
            };
            equal("methods", signatures(&made), signatures(&item))?;
            equal("number of members", made.items.len(), item.items.len())
        }
        Target::Bodiless(item) => same("method", &and_errors::<TraitItemFn>(expansion)?, &item),
        Target::Other(item) => {
            let made: Item = and_errors(expansion)?;
            match mention(&item.to_token_stream(), &["await", "r#await"]) {
                true => equal("first word", first(&made), first(&item)),
                false => same("item", &made, &item),
            }
        }
        Target::Unknown(item, _) => {
            let count = item.clone().into_iter().count();
            let mut expansion = expansion.into_iter();
            let made: TokenStream = expansion.by_ref().take(count).collect();
            equal("tokens", made.to_string(), item.to_string())?;
            errors.parse2(expansion.collect()).map_err(|error| format!("after it: {error}"))
        }
    }
}

/// An expression, be it an error.
pub(super) fn invoke(input: TokenStream, expansion: TokenStream) -> Result<(), String> {
    if errors.parse2(expansion.clone()).is_ok() {
        return Ok(());
    }
    syn::parse2::<Expr>(expansion.clone()).map_err(|error| error.to_string())?;
    nothing_lost(input, expansion)
}

/// The same items, or an error if they cannot be parsed.
pub(super) fn mech(items: TokenStream, expansion: TokenStream) -> Result<(), String> {
    let krate = Krate::new(quote::quote!(krate));
    let items = syn::parse2::<File>(name_await_macros(items, &krate));
    let Some(items) = items.ok().filter(|file| file.attrs.is_empty()) else {
        return errors.parse2(expansion).map_err(|error| error.to_string());
    };
    let made = syn::parse2::<File>(expansion).map_err(|error| error.to_string())?;
    let words = |file: &File| file.items.iter().map(first).collect::<Vec<_>>();
    let (made, items) = (words(&made), words(&items));
    // There may be a `use` before them.
    equal("items", &made[made.len().saturating_sub(items.len())..], &items[..])
}

/// What `expansion` begins with, if nothing but errors follows.
fn and_errors<T: syn::parse::Parse>(expansion: TokenStream) -> Result<T, String> {
    let parser = |input: ParseStream| {
        let item = input.parse()?;
        errors(input)?;
        Ok(item)
    };
    parser.parse2(expansion).map_err(|error| format!("does not parse: {error}"))
}

fn errors(input: ParseStream) -> syn::Result<()> {
    while !input.is_empty() {
        let item: syn::ItemMacro = input.parse()?;
        if item.mac.path.segments.last().is_none_or(|last| last.ident != "compile_error") {
            return Err(input.error("this is no error"));
        }
    }
    Ok(())
}

/// Every word and literal is there as often as it was, but for `await`. (A number may be spelt in
/// another way, where it is the index of a field.)
fn nothing_lost(given: TokenStream, made: TokenStream) -> Result<(), String> {
    let (mut given_words, mut made_words) = (BTreeMap::new(), BTreeMap::new());
    count_words(given, &mut given_words);
    count_words(made.clone(), &mut made_words);
    for (word, count) in given_words {
        if !word.contains("await") && made_words.get(&word).is_none_or(|made| *made < count) {
            return Err(format!("lost `{word}`: {made}"));
        }
    }
    Ok(())
}

fn count_words(tokens: TokenStream, counts: &mut BTreeMap<String, usize>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => count_words(group.stream(), counts),
            TokenTree::Punct(_) => {}
            number if number.to_string().starts_with(|c: char| c.is_ascii_digit()) => {}
            word => *counts.entry(word.to_string()).or_default() += 1,
        }
    }
}

/// Whether there is a `.await` outside attributes.
fn awaits(tokens: TokenStream) -> bool {
    let (mut before, mut last) = (None, None);
    tokens.into_iter().any(|token| {
        let is_attribute =
            matches!(last, Some('#')) || matches!((before, last), (Some('#'), Some('!')));
        let found = match &token {
            TokenTree::Group(group) => !is_attribute && awaits(group.stream()),
            TokenTree::Ident(ident) => ident == "await" && last == Some('.'),
            _ => false,
        };
        let punct = match &token {
            TokenTree::Punct(punct) => Some(punct.as_char()),
            _ => None,
        };
        (before, last) = (last, punct);
        found
    })
}

fn begins_with(made: &[Attribute], given: &[Attribute]) -> Result<(), String> {
    let texts = |attrs: &[Attribute]| attrs.iter().map(text).collect::<Vec<_>>();
    equal("attributes", texts(&made[..given.len().min(made.len())]), texts(given))
}

fn signature(member: &ImplItem) -> Option<&Signature> {
    match member {
        ImplItem::Fn(method) => Some(&method.sig),
        _ => None,
    }
}

fn same<T: ToTokens>(what: &str, made: &T, given: &T) -> Result<(), String> {
    equal(what, text(made), text(given))
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, made: T, given: T) -> Result<(), String> {
    match made == given {
        true => Ok(()),
        false => Err(format!("another {what}: {made:?} of {given:?}")),
    }
}

fn text(tokens: impl ToTokens) -> String {
    tokens.to_token_stream().to_string()
}

/// The first word outside attributes.
fn first(item: &Item) -> Option<String> {
    let word = |token| match token {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        _ => None,
    };
    item.to_token_stream().into_iter().find_map(word)
}
