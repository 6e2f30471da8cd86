//! Awaits in tokens that are not parsed.

use std::iter::Peekable;

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{format_ident, quote_spanned};

use crate::krate::{Krate, site};

/// Whether one of `words` occurs.
pub(crate) fn mention(tokens: &TokenStream, words: &[&str]) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Group(group) => mention(&group.stream(), words),
        token => words.iter().any(|word| is_word(&token, word)),
    })
}

/// Whether `await` occurs.
pub(crate) fn mention_await(tokens: &TokenStream) -> bool {
    mention(tokens, &["await"])
}

/// `await!(p)` to `<crate>::r#await!(p)`, and `path::await!(p)` to `path::r#await!(p)`.
///
/// Neither rustc, since edition 2018, nor syn parses `await!`, so this comes before all parsing.
pub(crate) fn name_await_macros(tokens: TokenStream, krate: &Krate) -> TokenStream {
    if !mention_await(&tokens) {
        return tokens;
    }
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut out = TokenStream::new();
    for (i, token) in tokens.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| &tokens[i]);
        let is_macro = is_word(token, "await")
            && !before.is_some_and(|before| is_punct(before, '.'))
            && tokens.get(i + 1).is_some_and(|next| is_punct(next, '!'))
            && matches!(tokens.get(i + 2), Some(TokenTree::Group(_)));
        if is_macro {
            if !before.is_some_and(|before| is_punct(before, ':')) {
                let krate = krate.at(token.span());
                out.extend(quote_spanned!(site(token.span())=> #krate::));
            }
            out.extend([TokenTree::Ident(Ident::new_raw("await", token.span()))]);
        } else {
            out.extend([map_group(token.clone(), |inner| name_await_macros(inner, krate))]);
        }
    }
    out
}

/// `.await` to a method call, for macro arguments of unknown grammar: only a postfix form leaves
/// the tokens around it alone.
///
/// The method is that of `AwaitExt`. It has a name that no other type's method has: `wait` would be
/// `std::process::Child`'s.
pub(crate) fn call_await_methods(tokens: TokenStream) -> TokenStream {
    if !mention_await(&tokens) {
        return tokens;
    }
    let mut out = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        if is_word(&token, "async") {
            out.push(token);
            copy_async(&mut tokens, &mut out);
        } else if is_word(&token, "await") && out.last().is_some_and(|last| is_punct(last, '.')) {
            let span = site(token.span());
            out.push(format_ident!("__async_mech_await", span = span).into());
            let mut arguments = Group::new(Delimiter::Parenthesis, TokenStream::new());
            arguments.set_span(span);
            out.push(arguments.into());
        } else {
            out.push(map_group(token, call_await_methods));
        }
    }
    out.into_iter().collect()
}

/// Copies what belongs to an `async`: its block, its closure up to the next `,` or `;`, or its
/// function.
fn copy_async(tokens: &mut Peekable<impl Iterator<Item = TokenTree>>, out: &mut Vec<TokenTree>) {
    out.extend(tokens.next_if(|token| is_word(token, "move")));
    match tokens.peek() {
        Some(next) if is_block(next) => out.extend(tokens.next()),
        Some(next) if is_punct(next, '|') => {
            let mut bars = 0;
            while let Some(token) =
                tokens.next_if(|token| bars < 2 || !is_punct(token, ',') && !is_punct(token, ';'))
            {
                bars += usize::from(is_punct(&token, '|'));
                out.push(token);
            }
        }
        Some(next) if ["fn", "unsafe", "extern"].iter().any(|word| is_word(next, word)) => {
            out.extend(std::iter::from_fn(|| tokens.next_if(|token| !is_block(token))));
            out.extend(tokens.next());
        }
        _ => {}
    }
}

/// Changes the inside of a group. A group that does not mention `await` stays the same token, with
/// its exact spans.
fn map_group(token: TokenTree, change: impl Fn(TokenStream) -> TokenStream) -> TokenTree {
    match token {
        TokenTree::Group(group) if mention_await(&group.stream()) => {
            let mut changed = Group::new(group.delimiter(), change(group.stream()));
            changed.set_span(group.span());
            changed.into()
        }
        token => token,
    }
}

/// Whether `#` comes first.
pub(crate) fn begins_with_attribute(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().next().is_some_and(|token| is_punct(&token, '#'))
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

fn is_block(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

fn is_punct(token: &TokenTree, char: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == char)
}
