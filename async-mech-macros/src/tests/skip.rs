//! `skip(..)` and `skip_all`.

use insta::assert_snapshot;
use proc_macro2::TokenStream;
use quote::quote;

use super::items;
use crate::invocable;

/// The names that are shown, whether the result is hidden, and the mistakes.
fn shown(args: TokenStream, item: TokenStream) -> String {
    let text = items(invocable::expand(args, item));
    let mut out = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if let Some((_, name)) = line.split_once("Argument(&") {
            out.push(name.split_once(')').unwrap().0.to_owned());
        } else if line.contains("Returns::<") {
            out.push("its result".to_owned());
        } else if line.contains("hiding_result") {
            out.push("no result".to_owned());
        } else if line.starts_with('"') && line.contains('`') || line.starts_with("fn ") {
            out.push(line.to_owned());
        }
    }
    out.join("\n")
}

fn login() -> TokenStream {
    quote! {
        fn login(&self, name: &str, (pass, word): (A, B)) -> u32 {
            (self, name, pass, word)
        }
    }
}

#[test]
fn arguments_and_results_can_be_skipped() {
    assert_snapshot!(shown(quote!(skip(pass, r#name)), login()), @"
    fn login(&self, name: &str, (pass, word): (A, B)) -> u32 {
    self
    word
    its result
    ");
    assert_snapshot!(shown(quote!(skip(return, self,)), login()), @"
    fn login(&self, name: &str, (pass, word): (A, B)) -> u32 {
    no result
    name
    pass
    word
    ");
    assert_snapshot!(shown(quote!(skip_all), login()), @"
    fn login(&self, name: &str, (pass, word): (A, B)) -> u32 {
    its result
    ");
    assert_snapshot!(shown(quote!(skip_all, skip(return), own_thread), login()), @"
    fn login(&self, name: &str, (pass, word): (A, B)) -> u32 {
    no result
    ");
}

#[test]
fn an_impl_block_may_skip_for_all() {
    let method = login();
    let item = quote! {
        impl Account {
            #[invocable(skip(name))]
            #method

            fn new() -> u32 {}

            #[invocable(skip_all)]
            fn more(a: A) -> u32 {
                a
            }
        }
    };
    assert_snapshot!(shown(quote!(skip(self, return)), item.clone()), @"
    fn login(&self, name: &str, (pass, word): (A, B)) -> u32 {
    no result
    pass
    word
    fn new() -> u32 {
    no result
    fn more(a: A) -> u32 {
    no result
    ");
    assert_snapshot!(shown(quote!(skip_all), item), @"
    fn login(&self, name: &str, (pass, word): (A, B)) -> u32 {
    its result
    fn new() -> u32 {
    its result
    fn more(a: A) -> u32 {
    its result
    ");
}

#[test]
fn mistakes_are_told_one_by_one() {
    let mistakes_of = |args: TokenStream| {
        let text = shown(args.clone(), login());
        let mistakes: Vec<_> = text.lines().filter(|line| line.starts_with('"')).collect();
        format!("{args}: {}", mistakes.join(" "))
    };
    let all = [
        quote!(skip),
        quote!(skip = "name"),
        quote!(skip()),
        quote!(skip[name]),
        quote!(skip("name")),
        quote!(skip(name.0)),
        quote!(skip(name word)),
        quote!(skip(name), skip(word)),
        quote!(skip(name, word, name)),
        quote!(skip(name) = 1),
        quote!(skip(nmae, return, salt)),
        quote!(skip(_)),
        quote!(skip_all(name)),
        quote!(skip_all, skip_all),
    ];
    assert_snapshot!(all.map(mistakes_of).join("\n"), @r#"
    skip: "`skip` takes names of parameters, or `return`: `skip(password)`"
    skip = "name": "`skip` takes names of parameters, or `return`: `skip(password)`"
    skip (): "`skip` takes names of parameters, or `return`: `skip(password)`"
    skip [name]: "`skip` takes names of parameters, or `return`: `skip(password)`"
    skip ("name"): "`skip` takes names of parameters, or `return`: `skip(password)`"
    skip (name . 0): "`skip` takes names of parameters, or `return`: `skip(password)`"
    skip (name word): "`skip` takes names of parameters, or `return`: `skip(password)`"
    skip (name) , skip (word): "`skip` is given twice"
    skip (name , word , name): "`name` is given twice"
    skip (name) = 1: "`skip` takes names of parameters, or `return`: `skip(password)`"
    skip (nmae , return , salt): "unknown parameter `nmae`: expected `self`, `name`, `pass`, `word` or `return`" "unknown parameter `salt`: expected `self`, `name`, `pass`, `word` or `return`"
    skip (_): "unknown parameter `_`: expected `self`, `name`, `pass`, `word` or `return`"
    skip_all (name): "`skip_all` takes no names: write `skip(..)` to skip some"
    skip_all , skip_all: "`skip_all` is given twice"
    "#);
    assert_snapshot!(shown(quote!(skip(n)), quote!(fn f() {})), @r#"
    fn f() {}
    "unknown parameter `n`: expected `return`"
    "#);
    assert_snapshot!(shown(quote!(skip(name, self, a)), quote!(impl A { fn f(a: u32) { a } })), @r#"
    fn f(a: u32) {
    a
    "`skip(name)` is for one function: write `#[invocable(skip(name))]` on it"
    "`skip(a)` is for one function: write `#[invocable(skip(a))]` on it"
    "#);
}
