//! Small damage to real code.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;

use super::generate::{delimiter, snippet, statement, token};
use super::random::Random;

/// Changes the tokens in one place.
pub(super) fn mutate(tokens: TokenStream, random: &mut Random) -> TokenStream {
    let count = count(&tokens);
    if count == 0 {
        return snippet(random);
    }
    let mut at = random.below(count);
    change(tokens, &mut at, random)
}

/// Adds a statement where one may begin: at the start of a block, or behind a `;`.
pub(super) fn add_statement(tokens: TokenStream, random: &mut Random) -> TokenStream {
    let mut out = TokenStream::new();
    for token in tokens {
        let ends = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ';');
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let start = random.once_in(6).then(|| statement(random));
                let inner = add_statement(group.stream(), random);
                let inner = start.into_iter().chain([inner]).collect();
                out.extend([TokenTree::Group(Group::new(Delimiter::Brace, inner))]);
            }
            token => out.extend([token]),
        }
        if ends && random.once_in(6) {
            out.extend(statement(random));
        }
    }
    out
}

/// How many tokens there are, groups counted with what is in them.
pub(super) fn count(tokens: &TokenStream) -> usize {
    let size = |token| match token {
        TokenTree::Group(group) => 1 + count(&group.stream()),
        _ => 1,
    };
    tokens.clone().into_iter().map(size).sum()
}

/// Changes the token with the number `at`; what is left of `at` says how far away that is.
fn change(tokens: TokenStream, at: &mut usize, random: &mut Random) -> TokenStream {
    let mut out = Vec::new();
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        if *at == 0 {
            *at = usize::MAX;
            let next = tokens.next();
            out.extend(change_here(token, next, random));
            out.extend(tokens);
            break;
        }
        *at -= 1;
        match token {
            TokenTree::Group(group) if *at < count(&group.stream()) => {
                let inner = change(group.stream(), at, random);
                out.push(Group::new(group.delimiter(), inner).into());
                out.extend(tokens);
                break;
            }
            token => {
                if let TokenTree::Group(group) = &token {
                    *at -= count(&group.stream());
                }
                out.push(token);
            }
        }
    }
    out.into_iter().collect()
}

fn change_here(here: TokenTree, next: Option<TokenTree>, random: &mut Random) -> Vec<TokenTree> {
    let mut out = match (random.below(12), here) {
        // Deleted, or nothing but what it holds.
        (0, TokenTree::Group(group)) if random.once_in(2) => group.stream().into_iter().collect(),
        (0, _) => Vec::new(),
        (1, here) => vec![here.clone(), here],
        (2, here) => return next.into_iter().chain([here]).collect(),
        (3, TokenTree::Group(group)) => {
            vec![Group::new(delimiter(random), group.stream()).into()]
        }
        (4, here) => vec![Group::new(delimiter(random), here.into()).into()],
        (5, here) => snippet(random).into_iter().chain([here]).collect(),
        (6, _) => snippet(random).into_iter().collect(),
        (7, _) => vec![token(random)],
        (8, here) => quote!(await!(#here)).into_iter().collect(),
        (_, here) => quote!(#here.await).into_iter().collect(),
    };
    out.extend(next);
    out
}
