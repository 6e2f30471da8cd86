//! Whatever the macros are given: no panic, what they make can be parsed, and the item is there.
//!
//! `ASYNC_MECH_FUZZ=N` tries N inputs of each kind. The inputs of a number are always the same, as
//! long as the sources are.

mod check;
mod corpus;
mod generate;
mod mutate;
mod random;

use std::panic::{AssertUnwindSafe, catch_unwind};

use proc_macro2::TokenStream;
use quote::quote;

use crate::args::Accepts;
use crate::{entry, invocable, invoke, mech};
use corpus::Corpus;
use random::Random;

#[test]
fn arbitrary_tokens() {
    for_numbers(800, |random| {
        let args = generate::stream(random, 12);
        let item = generate::stream(random, 60);
        attributes(args, item.clone());
        functions(item);
    });
}

#[test]
fn mutated_items() {
    let mut corpus = Corpus::new();
    for_numbers(600, |random| {
        let item = mutated(corpus.item(random), random);
        let args = match random.once_in(3) {
            true => generate::arguments(random),
            false => TokenStream::new(),
        };
        attributes(args, item.clone());
        assert_holds("mech", &item, || check::mech(item.clone(), expand_mech(item.clone())));
    });
}

#[test]
fn mutated_calls() {
    let mut corpus = Corpus::new();
    for_numbers(1_500, |random| {
        let call = mutated(corpus.call(random), random);
        let call = match random.below(4) {
            0 => quote!(s => #call),
            1 => {
                let scope = corpus.call(random);
                quote!(#scope => #call)
            }
            _ => call,
        };
        functions(call);
    });
}

/// Calls `test` for as many numbers as the environment asks for.
fn for_numbers(default: u64, mut test: impl FnMut(&mut Random)) {
    let count = std::env::var("ASYNC_MECH_FUZZ")
        .map_or(default, |count| count.parse().expect("`ASYNC_MECH_FUZZ` is the number of inputs"));
    for number in 0..count {
        test(&mut Random::new(number));
    }
}

/// Changed in up to three places, and maybe with more statements.
fn mutated(mut tokens: TokenStream, random: &mut Random) -> TokenStream {
    if random.once_in(2) {
        tokens = mutate::add_statement(tokens, random);
    }
    for _ in 0..random.below(4) {
        tokens = mutate::mutate(tokens, random);
    }
    tokens
}

/// All attributes.
fn attributes(args: TokenStream, item: TokenStream) {
    type Expand = fn(TokenStream, TokenStream) -> TokenStream;
    let durable: Expand = |args, item| invocable::expand(quote!(durable, #args), item);
    let main: Expand = |args, item| entry::expand(entry::Kind::Main, args, item);
    let test: Expand = |args, item| entry::expand(entry::Kind::Test, args, item);
    for (name, accepts, expand) in [
        ("invocable", Accepts::Invocable, invocable::expand as Expand),
        ("invocable(durable)", Accepts::Invocable, durable),
        ("main", Accepts::Entry, main),
        ("test", Accepts::Entry, test),
    ] {
        assert_holds(&format!("{name} ({args})"), &item, || {
            let expansion = expand(args.clone(), item.clone());
            check::attribute(accepts, args.clone(), item.clone(), expansion)
        });
    }
}

/// The macros that look like functions.
fn functions(input: TokenStream) {
    assert_holds("invoke", &input, || {
        check::invoke(input.clone(), invoke::expand(quote!((krate) #input)))
    });
    assert_holds("mech", &input, || check::mech(input.clone(), expand_mech(input.clone())));
}

fn expand_mech(items: TokenStream) -> TokenStream {
    mech::expand(quote!((krate) #items))
}

/// Says what the input was if it panics, or if something does not hold.
fn assert_holds(what: &str, input: &TokenStream, test: impl FnOnce() -> Result<(), String>) {
    let problem = match catch_unwind(AssertUnwindSafe(test)) {
        Ok(Ok(())) => return,
        Ok(Err(problem)) => problem,
        Err(_) => "a panic".to_owned(),
    };
    panic!("{what}: {problem}\ninput: {input}");
}
