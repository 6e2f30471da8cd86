//! The functions of a file, and which of them cannot be annotated.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    File, ForeignItemFn, ImplItem, ImplItemFn, ItemFn, ItemImpl, Macro, Safety, Signature,
    TraitItemFn,
};

/// A function as it is written.
pub(crate) struct Function {
    pub(crate) name: String,
    name_at: usize,
    /// Where its attribute goes: behind its others.
    pub(crate) at: usize,
    /// Its lines.
    pub(crate) first: usize,
    pub(crate) last: usize,
    pub(crate) verdict: Verdict,
    /// The impl block around it that has the attribute, by its number in the file.
    pub(crate) block: Option<usize>,
}

/// An impl block that has the attribute.
pub(crate) struct Block {
    pub(crate) at: usize,
    /// Whether it has been taken back, so that its functions have theirs.
    pub(crate) is_refused: bool,
}

/// What becomes of a function.
pub(crate) enum Verdict {
    Annotated,
    /// It is of a kind that the attribute is not for.
    Skipped(&'static str),
    /// The compiler said no.
    Refused(String),
}

/// What there is in a file.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) functions: Vec<Function>,
    pub(crate) blocks: Vec<Block>,
    /// How many others there are in the arguments of macros.
    pub(crate) in_macros: usize,
    /// Whether to look for blocks.
    impls: bool,
}

/// The functions of a file, and with `impls` the blocks that can have the attribute in their place.
pub(crate) fn find(file: &File, impls: bool) -> Found {
    let mut found = Found { impls, ..Found::default() };
    found.visit_file(file);
    found
}

impl Found {
    /// `item` is the function without its attributes.
    fn add(&mut self, sig: &Signature, block: Option<&syn::Block>, item: TokenStream) {
        let first = first(item);
        let last = block.map_or_else(|| sig.span(), |block| block.brace_token.span.close());
        self.functions.push(Function {
            name: sig.ident.to_string(),
            name_at: sig.ident.span().byte_range().start,
            at: first.byte_range().start,
            first: first.start().line,
            last: last.end().line,
            verdict: verdict(sig, block),
            block: None,
        });
    }
}

/// Where an item begins.
fn first(item: TokenStream) -> Span {
    item.into_iter().next().expect("an item has tokens").span()
}

fn verdict(sig: &Signature, block: Option<&syn::Block>) -> Verdict {
    let reasons = [
        (block.is_none(), "without a body"),
        (sig.constness.is_some(), "const"),
        (sig.asyncness.is_some(), "async"),
        (matches!(sig.safety, Safety::Unsafe(_)), "unsafe"),
        (sig.abi.is_some(), "extern"),
    ];
    match reasons.into_iter().find(|(applies, _)| *applies) {
        Some((_, reason)) => Verdict::Skipped(reason),
        None => Verdict::Annotated,
    }
}

impl<'a> Visit<'a> for Found {
    fn visit_item_fn(&mut self, item: &'a ItemFn) {
        let bare = ItemFn { attrs: Vec::new(), ..item.clone() };
        self.add(&item.sig, Some(&item.block), bare.into_token_stream());
        visit::visit_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, item: &'a ItemImpl) {
        let functions = self.functions.len();
        visit::visit_item_impl(self, item);
        let methods = || {
            item.items.iter().filter_map(|member| match member {
                ImplItem::Fn(method) => Some(method),
                _ => None,
            })
        };
        let can_have_it = |method: &ImplItemFn| {
            matches!(verdict(&method.sig, Some(&method.block)), Verdict::Annotated)
        };
        if !self.impls || methods().next().is_none() || !methods().all(can_have_it) {
            return;
        }
        let bare = ItemImpl { attrs: Vec::new(), ..item.clone() };
        let at = first(bare.into_token_stream()).byte_range().start;
        for method in methods() {
            let name = method.sig.ident.span().byte_range().start;
            // Functions within methods keep their own.
            let own = self.functions[functions..].iter_mut().find(|own| own.name_at == name);
            own.expect("it was added").block = Some(self.blocks.len());
        }
        self.blocks.push(Block { at, is_refused: false });
    }

    fn visit_impl_item_fn(&mut self, item: &'a ImplItemFn) {
        let bare = ImplItemFn { attrs: Vec::new(), ..item.clone() };
        self.add(&item.sig, Some(&item.block), bare.into_token_stream());
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'a TraitItemFn) {
        let bare = TraitItemFn { attrs: Vec::new(), ..item.clone() };
        self.add(&item.sig, item.default.as_ref(), bare.into_token_stream());
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_foreign_item_fn(&mut self, item: &'a ForeignItemFn) {
        self.add(&item.sig, None, item.sig.to_token_stream());
    }

    fn visit_macro(&mut self, call: &'a Macro) {
        self.in_macros += count(call.tokens.clone());
    }
}

/// How often tokens say `fn` and a name.
fn count(tokens: TokenStream) -> usize {
    let mut count = 0;
    let mut after_fn = false;
    for token in tokens {
        match &token {
            TokenTree::Group(group) => count += self::count(group.stream()),
            // `fn $name` is the pattern of one as well.
            TokenTree::Ident(_) => count += usize::from(after_fn),
            TokenTree::Punct(punct) => count += usize::from(after_fn && punct.as_char() == '$'),
            TokenTree::Literal(_) => {}
        }
        after_fn = matches!(&token, TokenTree::Ident(ident) if ident == "fn");
    }
    count
}
