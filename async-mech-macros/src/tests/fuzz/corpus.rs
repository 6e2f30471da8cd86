//! Real code: the sources of this workspace.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{Expr, ImplItem, Item, Macro, TraitItem};

use super::mutate::count;
use super::random::Random;

/// What is larger takes long, and has nothing that smaller ones have not.
const MAX_TOKENS: usize = 500;

/// The files, each parsed when it is first needed.
pub(super) struct Corpus {
    paths: Vec<PathBuf>,
    parts: HashMap<usize, Parts>,
}

/// What a file has.
#[derive(Default)]
pub(super) struct Parts {
    /// Functions, methods and impl blocks.
    pub(super) items: Vec<TokenStream>,
    /// Other items.
    pub(super) others: Vec<TokenStream>,
    /// Calls, closures and blocks, and what stands in `invoke!`.
    pub(super) calls: Vec<TokenStream>,
}

impl Corpus {
    /// All that is there: the published package has but its own sources.
    pub(super) fn new() -> Corpus {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut paths = Vec::new();
        walk(&here.join("src"), &mut paths);
        for other in ["async-mech/src", "async-mech-bridge/src", "examples", "tests"] {
            walk(&here.join("..").join(other), &mut paths);
        }
        paths.sort();
        Corpus { paths, parts: HashMap::new() }
    }

    pub(super) fn item(&mut self, random: &mut Random) -> TokenStream {
        match random.once_in(10) {
            true => self.one(random, |parts| &parts.others),
            false => self.one(random, |parts| &parts.items),
        }
    }

    pub(super) fn call(&mut self, random: &mut Random) -> TokenStream {
        self.one(random, |parts| &parts.calls)
    }

    fn one(&mut self, random: &mut Random, of: fn(&Parts) -> &Vec<TokenStream>) -> TokenStream {
        loop {
            let file = random.below(self.paths.len());
            let parts = self.parts.entry(file).or_insert_with(|| Parts::read(&self.paths[file]));
            let choices = of(parts);
            if !choices.is_empty() {
                return choices[random.below(choices.len())].clone();
            }
        }
    }
}

impl Parts {
    fn read(path: &Path) -> Parts {
        // Where syn cannot parse an `await!`, it can parse this.
        let text = fs::read_to_string(path).unwrap_or_default().replace(" await!(", " r#await!(");
        let mut parts = Parts::default();
        if let Ok(file) = syn::parse_file(&text) {
            parts.visit_file(&file);
        }
        parts
    }
}

fn add(to: &mut Vec<TokenStream>, what: &impl ToTokens) {
    let tokens = unraw(what.to_token_stream());
    if count(&tokens) <= MAX_TOKENS {
        to.push(tokens);
    }
}

/// `r#await` to `await`.
fn unraw(tokens: TokenStream) -> TokenStream {
    let unraw_one = |token| match token {
        TokenTree::Group(group) => Group::new(group.delimiter(), unraw(group.stream())).into(),
        TokenTree::Ident(ident) if ident == "r#await" => Ident::new("await", ident.span()).into(),
        token => token,
    };
    tokens.into_iter().map(unraw_one).collect()
}

impl<'a> Visit<'a> for Parts {
    fn visit_item(&mut self, item: &'a Item) {
        match item {
            Item::Fn(_) | Item::Impl(_) => add(&mut self.items, item),
            _ => add(&mut self.others, item),
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &'a ImplItem) {
        if let ImplItem::Fn(_) = item {
            add(&mut self.items, item);
        }
        visit::visit_impl_item(self, item);
    }

    fn visit_trait_item(&mut self, item: &'a TraitItem) {
        if let TraitItem::Fn(_) = item {
            add(&mut self.items, item);
        }
        visit::visit_trait_item(self, item);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if matches!(expr, Expr::Call(_) | Expr::MethodCall(_) | Expr::Closure(_) | Expr::Block(_)) {
            add(&mut self.calls, expr);
        }
        visit::visit_expr(self, expr);
    }

    fn visit_macro(&mut self, call: &'a Macro) {
        if call.path.segments.last().is_some_and(|last| last.ident == "invoke") {
            add(&mut self.calls, &call.tokens);
        }
    }
}

/// The Rust files below a directory.
fn walk(directory: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.is_dir() && !path.ends_with("target") {
            walk(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}
