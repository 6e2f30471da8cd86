//! `#[invocable]`: the function stays an ordinary function, may await, and says when it begins and
//! ends.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Block, Error, ImplItem, ItemImpl, Meta, ReturnType, Signature, Stmt, Type,
    parse_quote_spanned,
};

use crate::args::{Accepts, Args};
use crate::closed::{Around, closed_types};
use crate::krate::site;
use crate::parse::{Target, check};
use crate::rewrite::Rewrite;
use crate::shown::Parameters;
use crate::{durable, name, tokens};

const ATTRIBUTE: &str = "#[invocable]";

/// The item, and an error for each mistake: never an error alone, which would make one of every use
/// of the item.
pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Vec::new();
    let args = Args::parse(args, Accepts::Invocable, &mut errors);
    let krate = args.krate();
    let item = match Target::parse(tokens::name_await_macros(item, &krate)) {
        Target::Fn(mut item) => {
            let name = item.sig.ident.unraw().to_string();
            let around = match tokens::mention(&item.to_token_stream(), &["self", "Self"]) {
                true => Around::Unseen,
                false => Around::Module,
            };
            function(&item.sig, &mut item.block, &name, &args, around, &mut errors);
            item.into_token_stream()
        }
        Target::Impl(mut item) => {
            impl_block(&mut item, &args, &mut errors);
            item.into_token_stream()
        }
        Target::Bodiless(item) => {
            check(&item.sig, ATTRIBUTE, "", &mut errors);
            errors.push(Error::new_spanned(
                item.semi_token,
                "`#[invocable]` needs a body: annotate the method where an impl block defines it",
            ));
            item.into_token_stream()
        }
        Target::Other(mut item) => {
            errors.push(Error::new_spanned(
                keyword(&item),
                "`#[invocable]` goes on a function or an impl block",
            ));
            Rewrite::new(&krate).visit_item_mut(&mut item);
            item.into_token_stream()
        }
        Target::Unknown(item, error) => {
            errors.push(error);
            item
        }
    };
    with_errors(item, errors)
}

/// `item` followed by every error.
pub(crate) fn with_errors(mut item: TokenStream, errors: Vec<Error>) -> TokenStream {
    item.extend(errors.into_iter().map(Error::into_compile_error));
    item
}

/// The word that says what `item` is.
pub(crate) fn keyword(item: &impl ToTokens) -> Option<Ident> {
    item.to_token_stream().into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) if ident != "pub" => Some(ident),
        _ => None,
    })
}

fn impl_block(item: &mut ItemImpl, args: &Args, errors: &mut Vec<Error>) {
    if let Some(name) = &args.name {
        errors.push(Error::new_spanned(
            name,
            "`name` is for one function: write `#[invocable(name = \"..\")]` on it",
        ));
    }
    if let Some(key) = &args.durable {
        errors.push(durable::is_method(key));
    }
    args.skip.check_block(errors);
    let self_ty = name::of_type(&item.self_ty);
    let krate = args.krate();
    for member in &mut item.items {
        let ImplItem::Fn(method) = member else {
            Rewrite::new(&krate).visit_impl_item_mut(member);
            continue;
        };
        let own = take_attribute(&mut method.attrs, errors);
        // It cannot be meant, unless it says so.
        if own.is_none() && method.sig.constness.is_some() {
            continue;
        }
        let mut own = own.unwrap_or_default();
        own.krate = own.krate.or_else(|| args.krate.clone());
        own.own_thread = own.own_thread.or_else(|| args.own_thread.clone());
        own.skip = own.skip.within(&args.skip);
        let name = method.sig.ident.unraw();
        let name = match &self_ty {
            Some(ty) => format!("{ty}::{name}"),
            None => name.to_string(),
        };
        let around = Around::Impl(&item.generics);
        function(&method.sig, &mut method.block, &name, &own, around, errors);
    }
}

/// Takes a method's own `#[invocable(..)]`, if it has one, out of an `#[invocable] impl`, where it
/// refines the block's and must not be expanded again.
fn take_attribute(attrs: &mut Vec<Attribute>, errors: &mut Vec<Error>) -> Option<Args> {
    let is_own = |attr: &mut Attribute| {
        let path = attr.path();
        path.segments.last().is_some_and(|last| last.ident == "invocable")
    };
    let own = attrs.extract_if(.., is_own).map(|attr| match attr.meta {
        Meta::List(list) => Args::parse(list.tokens, Accepts::Invocable, errors),
        _ => Args::default(),
    });
    own.last()
}

/// From `fn fib(n: u64) -> u64 { fib(n - 1).await }` to
///
/// ```text
/// fn fib(n: u64) -> u64 {
///     let _frame = ::async_mech::__private::enter({ static META: Function = ..; &META });
///     if ::async_mech::__private::seen(&_frame) { .. }
///     let _ = ::async_mech::__private::invocable::<u64>;
///     ::async_mech::wait(fib(n - 1))
/// }
/// ```
///
/// With `own_thread` the body is a closure: `::async_mech::__private::own_thread(_frame, move || ->
/// u64 { .. })`.
fn function(
    sig: &Signature,
    block: &mut Block,
    name: &str,
    args: &Args,
    around: Around<'_>,
    errors: &mut Vec<Error>,
) {
    let mistakes = errors.len();
    let or = if let Around::Impl(_) = around { ", or move it to another impl block" } else { "" };
    check(sig, ATTRIBUTE, or, errors);
    let parameters = Parameters::of(sig);
    args.skip.check(&parameters.names(), errors);
    if let Some(key) = &args.durable {
        durable::check(key, sig, around, errors);
    }
    if sig.asyncness.is_some() {
        return;
    }
    let krate = args.krate();
    let has_items = has_items(block);
    // Before the awaits are replaced by names that the user did not write.
    let shown = parameters.shown(args, block).expand(sig, args, around);
    Rewrite::new(&krate).body(block);
    if errors.len() > mistakes {
        return;
    }

    let span = site(sig.ident.span());
    let krate = krate.at(sig.ident.span());
    let name = match &args.name {
        Some(name) => name.to_token_stream(),
        None => quote_spanned!(span=> #name),
    };
    // `line!()` would be the attribute's line. A method call's line is that of the method's name.
    let line = quote_spanned!(sig.ident.span()=> line());
    let hiding = args.skip.result().then(|| quote_spanned!(span=> .hiding_result()));
    let enter = quote_spanned! {span=>
        let _frame = #krate::__private::enter({
            static META: #krate::__private::Function = #krate::__private::Function::new(
                #name,
                ::core::module_path!(),
                ::core::file!(),
                #krate::__private::Here.#line,
            )#hiding;
            &META
        });
    };
    let durable = args.durable.as_ref().map(|key| durable::entry(key, sig, &name, &args.krate()));
    // A durable function's types are checked for more than that.
    let closed = if durable.is_some() { Vec::new() } else { closed_types(sig, around) };
    let checks = closed.into_iter().map(|ty| {
        let krate = args.krate().at(ty.span());
        quote_spanned!(site(ty.span())=> let _ = #krate::__private::invocable::<#ty>;)
    });
    let stmts = &block.stmts;
    let body = if args.own_thread.is_some() {
        let output = closure_output(&sig.output);
        quote_spanned!(span=> #krate::__private::own_thread(_frame, move || #output { #(#stmts)* }))
    } else if has_items {
        block.to_token_stream()
    } else {
        quote!(#(#stmts)*)
    };
    block.stmts =
        vec![Stmt::Item(syn::Item::Verbatim(quote!(#durable #enter #shown #(#checks)* #body)))];
}

/// Whether the body has items, which hide those outside by the same name: a block of its own keeps
/// them from the types of the signature, which are written once more.
fn has_items(block: &Block) -> bool {
    block.stmts.iter().any(|stmt| matches!(stmt, Stmt::Item(_)))
}

/// A function's return type on a closure, where `impl Trait` cannot be written and is inferred.
pub(crate) fn closure_output(output: &ReturnType) -> ReturnType {
    struct Infer;

    impl VisitMut for Infer {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            match ty {
                Type::ImplTrait(_) => {
                    *ty = parse_quote_spanned!(site(ty.span())=> _);
                }
                ty => visit_mut::visit_type_mut(self, ty),
            }
        }
    }

    let mut output = output.clone();
    Infer.visit_return_type_mut(&mut output);
    output
}
