//! Awaits in parsed code: `p.await` to `<crate>::wait(p)`.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Block, Expr, ExprAwait, ExprCall, ImplItemFn, ItemFn, ItemMod, Macro, Stmt, Token,
    TraitItemFn, parse_quote_spanned,
};

use crate::invoke::without_parens;
use crate::krate::{Krate, site};
use crate::tokens;

/// Replaces the awaits of what it visits. What is async stays rustc's: async blocks, closures and
/// functions are not entered.
pub(crate) struct Rewrite<'a> {
    krate: &'a Krate,
    /// A postfix await was left, outside any function body: its trait has to be brought into scope.
    pub(crate) needs_trait: bool,
}

impl<'a> Rewrite<'a> {
    pub(crate) fn new(krate: &'a Krate) -> Rewrite<'a> {
        Rewrite { krate, needs_trait: false }
    }

    /// The trait of the postfix await, for the top of a body or module.
    pub(crate) fn import(&self) -> TokenStream {
        let span = proc_macro2::Span::mixed_site();
        let krate = self.krate.at(span);
        quote_spanned!(span=> use #krate::__private::AwaitExt as _;)
    }

    /// Replaces the awaits of a function's body and brings into scope what they need.
    pub(crate) fn body(&mut self, block: &mut Block) {
        let outside = std::mem::replace(&mut self.needs_trait, false);
        visit_mut::visit_block_mut(self, block);
        if std::mem::replace(&mut self.needs_trait, outside) {
            block.stmts.insert(0, Stmt::Item(syn::Item::Verbatim(self.import())));
        }
    }

    /// What an `await!(p)` that has been named awaits: like `p.await`, it becomes a call, since a
    /// macro's call would be located at the outermost macro around it.
    fn awaited(&self, attrs: &[Attribute], call: &Macro) -> Option<ExprAwait> {
        let name = &call.path.segments.last()?.ident;
        let named = tokens::name_await_macros(quote_spanned!(name.span()=> await!()), self.krate);
        let path = &call.path;
        if quote::quote!(#path!()).to_string() != named.to_string() {
            return None;
        }
        let mut arguments = expressions(&call.tokens).ok()?;
        let base = Box::new(arguments.pop()?);
        let await_token = Token![await](name.span());
        arguments.is_empty().then(|| ExprAwait {
            attrs: attrs.to_vec(),
            base,
            dot_token: Token![.](name.span()),
            await_token,
        })
    }

    fn replace(&self, expr: &mut Expr, is_closure: bool) {
        if let Expr::Await(_) = expr
            && let Expr::Await(await_) = std::mem::replace(expr, Expr::PLACEHOLDER)
        {
            *expr = self.call(await_, is_closure);
        }
    }

    /// `<crate>::wait(base)` in place of an await.
    ///
    /// It begins and ends with tokens of the user's, `(<crate>::wait)(base)`: as a statement it is
    /// what `unused_must_use` reports, and the deadlock message says where it stands. As the whole
    /// body of a closure it must not: clippy would suggest `wait` for `|p| p.await`.
    fn call(&self, await_: ExprAwait, is_closure: bool) -> Expr {
        let ExprAwait { attrs, base, await_token, .. } = await_;
        let span = site(await_token.span);
        let krate = self.krate.at(await_token.span);
        let mut callee = quote_spanned!(span=> #krate::wait);
        let mut end = span;
        if !is_closure {
            let mut parens = Group::new(Delimiter::Parenthesis, callee);
            parens.set_span(base.span());
            callee = TokenTree::from(parens).into();
            end = await_token.span;
        }
        let base = without_parens(*base);
        // The trailing comma marks the call as an await that the user wrote: see `is_await`.
        parse_quote_spanned!(end=> #(#attrs)* #callee(#base,))
    }

    /// The arguments of a macro: expressions if they parse as such, else tokens.
    fn arguments(&mut self, tokens: &mut TokenStream) {
        if !tokens::mention_await(tokens) {
            return;
        }
        if let Ok(mut list) = expressions(tokens) {
            list.iter_mut().for_each(|expr| self.visit_expr_mut(expr));
            *tokens = list.into_token_stream();
        } else if let Ok(mut repeat) = Repeat::parse.parse2(tokens.clone()) {
            self.visit_expr_mut(&mut repeat.value);
            self.visit_expr_mut(&mut repeat.len);
            let Repeat { value, semi, len } = repeat;
            *tokens = quote::quote!(#value #semi #len);
        } else if let Ok(mut arrow) = Arrow::parse.parse2(tokens.clone()) {
            self.visit_expr_mut(&mut arrow.left);
            self.visit_expr_mut(&mut arrow.right);
            let Arrow { left, arrow, right, comma } = arrow;
            *tokens = quote::quote!(#left #arrow #right #comma);
        } else {
            self.postfix(tokens);
        }
    }

    fn postfix(&mut self, tokens: &mut TokenStream) {
        self.needs_trait |= tokens::mention_await(tokens);
        *tokens = tokens::call_await_methods(std::mem::take(tokens));
    }
}

/// Whether `call` is what [`Rewrite`] made of an await.
///
/// `invoke!(f().await)` is a mistake to report, but in an annotated function `invoke!` sees the
/// call that replaced the await.
pub(crate) fn is_await(call: &ExprCall) -> bool {
    let callee = match &*call.func {
        Expr::Paren(callee) => &*callee.expr,
        callee => callee,
    };
    let Expr::Path(callee) = callee else {
        return false;
    };
    call.args.len() == 1
        && call.args.trailing_punct()
        && callee.path.segments.len() > 1
        && callee.path.segments.last().is_some_and(|last| last.ident == "wait")
}

impl VisitMut for Rewrite<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Async(_) => return,
            Expr::Closure(closure) if closure.asyncness.is_some() => return,
            Expr::Closure(closure) if matches!(*closure.body, Expr::Await(_)) => {
                visit_mut::visit_expr_mut(self, &mut closure.body);
                return self.replace(&mut closure.body, true);
            }
            Expr::Verbatim(tokens) => return self.postfix(tokens),
            Expr::Macro(call) => {
                if let Some(await_) = self.awaited(&call.attrs, &call.mac) {
                    *expr = Expr::Await(await_);
                }
                visit_mut::visit_expr_mut(self, expr);
            }
            _ => visit_mut::visit_expr_mut(self, expr),
        }
        self.replace(expr, false);
    }

    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        if let Stmt::Macro(call) = stmt
            && let Some(await_) = self.awaited(&call.attrs, &call.mac)
        {
            *stmt = Stmt::Expr(Expr::Await(await_), call.semi_token);
        }
        visit_mut::visit_stmt_mut(self, stmt);
    }

    fn visit_macro_mut(&mut self, call: &mut Macro) {
        let message = assertion(call);
        self.arguments(&mut call.tokens);
        call.tokens.extend(message);
    }

    fn visit_item_fn_mut(&mut self, item: &mut ItemFn) {
        if item.sig.asyncness.is_none() {
            self.body(&mut item.block);
        }
    }

    fn visit_impl_item_fn_mut(&mut self, item: &mut ImplItemFn) {
        if item.sig.asyncness.is_none() {
            self.body(&mut item.block);
        }
    }

    fn visit_trait_item_fn_mut(&mut self, item: &mut TraitItemFn) {
        if let (None, Some(block)) = (item.sig.asyncness, &mut item.default) {
            self.body(block);
        }
    }

    fn visit_item_mod_mut(&mut self, item: &mut ItemMod) {
        let outside = std::mem::replace(&mut self.needs_trait, false);
        visit_mut::visit_item_mod_mut(self, item);
        if std::mem::replace(&mut self.needs_trait, outside)
            && let Some((_, items)) = &mut item.content
        {
            items.insert(0, syn::Item::Verbatim(self.import()));
        }
    }

    fn visit_attribute_mut(&mut self, _: &mut Attribute) {}
}

fn expressions(tokens: &TokenStream) -> syn::Result<Punctuated<Expr, Token![,]>> {
    Punctuated::parse_terminated.parse2(tokens.clone())
}

/// What an `assert!` without a message is to say, which would else show what its awaits have become.
fn assertion(call: &Macro) -> Option<TokenStream> {
    let name = call.path.get_ident()?;
    if !(name == "assert" || name == "debug_assert") {
        return None;
    }
    // `r#await!` is what `await!` is called by now.
    if !tokens::mention(&call.tokens, &["await", "r#await"]) {
        return None;
    }
    let condition = expressions(&call.tokens).ok().filter(|list| list.len() == 1)?;
    let message = format!("assertion failed: {}", source(call)?);
    let comma = (!condition.trailing_punct()).then(<Token![,]>::default);
    Some(quote::quote!(#comma "{}", #message))
}

/// What stands between a macro's parentheses, on one line.
fn source(call: &Macro) -> Option<String> {
    let whole = call.delimiter.span().join().source_text()?;
    let inside = whole.get(1..whole.len().checked_sub(1)?)?.trim().trim_end_matches(',');
    Some(inside.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// `left => right`, as in `invoke!(s => f(x))`.
struct Arrow {
    left: Expr,
    arrow: Token![=>],
    right: Expr,
    comma: Option<Token![,]>,
}

impl Arrow {
    fn parse(input: ParseStream) -> syn::Result<Arrow> {
        let (left, arrow, right) = (input.parse()?, input.parse()?, input.parse()?);
        Ok(Arrow { left, arrow, right, comma: input.parse()? })
    }
}

/// `value; len`, as in `vec![value; len]`.
struct Repeat {
    value: Expr,
    semi: Token![;],
    len: Expr,
}

impl Repeat {
    fn parse(input: ParseStream) -> syn::Result<Repeat> {
        Ok(Repeat { value: input.parse()?, semi: input.parse()?, len: input.parse()? })
    }
}
