//! `invoke!`: evaluates the callee and its arguments here, and runs the call in an execution of its
//! own.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit_mut::VisitMut;
use syn::{Error, Expr, ExprCall, ExprClosure, ExprMethodCall, Macro, Result, Token};

use crate::krate::{Krate, site};
use crate::rewrite::{Rewrite, is_await};
use crate::scope::{self, Checks, Scope};
use crate::{name, tokens};

/// The largest number of arguments: there is one `callN` an arity.
const MAX_ARGUMENTS: usize = 12;

/// The promise of what `input` calls, or one error.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let (krate, input) = Krate::split(input);
    let input = tokens::name_await_macros(input, &krate);
    parse(input, &krate).unwrap_or_else(Error::into_compile_error)
}

fn parse(input: TokenStream, krate: &Krate) -> Result<TokenStream> {
    if input.is_empty() {
        return Err(Error::new(
            Span::call_site(),
            "`invoke!` takes a call, a closure or a block: write `invoke!(f(x, y))`",
        ));
    }
    let (scope, call) = scope::split(input)?;
    Ok(syn::parse2::<Invocation>(call)?.expand(scope, krate))
}

/// What can be invoked.
enum Invocation {
    Call(Call),
    /// A closure without parameters, or a block.
    Body(Expr),
}

struct Call {
    name: String,
    /// The token that errors about the callee and its result are reported at.
    span: Span,
    callee: Callee,
    arguments: Punctuated<Expr, Token![,]>,
}

enum Callee {
    Value(Expr),
    /// A receiver, and what stands between it and the arguments: `.method::<T>`.
    Method(Expr, TokenStream),
}

impl Parse for Invocation {
    fn parse(input: ParseStream) -> Result<Invocation> {
        let expr = input.parse::<Expr>()?;
        let comma = input.parse::<Option<Token![,]>>()?;
        if input.is_empty() {
            Invocation::new(expr)
        } else if comma.is_some() {
            let message =
                "`invoke!` takes one call: write `invoke!(f(x, y))`, not `invoke!(f, x, y)`";
            Err(input.error(message))
        } else {
            Err(input.error("`invoke!` takes one call, closure or block, and nothing after it"))
        }
    }
}

impl Invocation {
    fn new(expr: Expr) -> Result<Invocation> {
        let start: TokenStream = expr.to_token_stream().into_iter().take(2).collect();
        if tokens::begins_with_attribute(&start) {
            let message = "`invoke!` takes no attributes: write them on the statement around it";
            return Err(Error::new_spanned(start, message));
        }
        match expr {
            Expr::Group(group) => Invocation::new(*group.expr),
            Expr::Paren(paren) => Invocation::new(*paren.expr),
            Expr::Call(call) if is_await(&call) => Err(refuse_await(without_parens(*call.func))),
            Expr::Call(call) => Call::function(call).map(Invocation::Call),
            Expr::MethodCall(call) => Call::method(call).map(Invocation::Call),
            Expr::Block(_) | Expr::Unsafe(_) => Ok(Invocation::Body(expr)),
            Expr::Closure(closure) => check_closure(closure).map(Invocation::Body),
            expr => Err(refuse(&expr)),
        }
    }
}

impl Invocation {
    /// From `f(x, y)` to
    ///
    /// ```text
    /// {
    ///     use $crate::__private::{arg as __mech_arg, call2 as __mech_call};
    ///     use $crate::__private::{way as __mech_way, task_by as __mech_task};
    ///     let __mech_f = f;
    ///     let (__mech_f, (__mech_a0, __mech_a1)) = __mech_call(__mech_f).eval((x, y));
    ///     let __mech_f = __mech_arg(__mech_f);
    ///     let __mech_a0 = __mech_arg(__mech_a0);
    ///     let __mech_a1 = __mech_arg(__mech_a1);
    ///     let __mech_w = __mech_way(|| "f", &__mech_f, &[&__mech_a0, &__mech_a1]);
    ///     let __mech_t = __mech_task(|| "f", __mech_w, move || __mech_f.go((__mech_a0, __mech_a1)));
    ///     $crate::__private::spawn(__mech_t)
    /// }
    /// ```
    ///
    /// Each line has the span of what it is about, so that rustc's errors lie under the user's own
    /// words. Arguments are evaluated where their expected types are known, and checked afterwards.
    /// In a scope the checks are the scope's: see [`Scope`].
    fn expand(self, scope: Option<Scope>, krate: &Krate) -> TokenStream {
        let mut rewrite = Rewrite::new(krate);
        let scope = scope.map(|mut scope| {
            scope.rewrite(&mut rewrite);
            scope.expand(krate)
        });
        let checks = Checks { scoped: scope.is_some() };
        let (imports, stmts, task) = match self {
            Invocation::Call(mut call) => {
                call.rewrite(&mut rewrite);
                let (imports, stmts) = call.expand(checks);
                (imports, stmts, checks.task_by(Span::mixed_site()))
            }
            Invocation::Body(mut expr) => {
                rewrite.visit_expr_mut(&mut expr);
                (TokenStream::new(), body(expr, checks), checks.task(Span::mixed_site()))
            }
        };
        let awaits = rewrite.needs_trait.then(|| rewrite.import());
        let span = Span::mixed_site();
        let krate = krate.at(span);
        quote_spanned! {span=>
            {
                use #krate::__private::{#imports #task as __mech_task};
                #awaits
                #scope
                #stmts
                #krate::__private::spawn(__mech_t)
            }
        }
    }
}

impl Call {
    fn function(call: ExprCall) -> Result<Call> {
        let (name, span) = name::of_callee(&call.func);
        Call { name, span, callee: Callee::Value(without_parens(*call.func)), arguments: call.args }
            .check_arity()
    }

    fn method(call: ExprMethodCall) -> Result<Call> {
        let (dot, method, turbofish) = (call.dot_token, call.method, call.turbofish);
        Call {
            name: method.unraw().to_string(),
            span: method.span(),
            callee: Callee::Method(without_parens(*call.receiver), quote!(#dot #method #turbofish)),
            arguments: call.args,
        }
        .check_arity()
    }

    fn check_arity(self) -> Result<Call> {
        let count = self.arguments.len();
        match self.arguments.iter().nth(MAX_ARGUMENTS) {
            None => Ok(self),
            Some(excess) => Err(Error::new_spanned(
                excess,
                format!(
                    "`invoke!` takes at most {MAX_ARGUMENTS} arguments, not {count}: write \
                     `invoke!(|| f(..))`",
                ),
            )),
        }
    }

    fn rewrite(&mut self, rewrite: &mut Rewrite<'_>) {
        match &mut self.callee {
            Callee::Value(callee) => rewrite.visit_expr_mut(callee),
            Callee::Method(receiver, _) => rewrite.visit_expr_mut(receiver),
        }
        self.arguments.iter_mut().for_each(|argument| rewrite.visit_expr_mut(argument));
    }

    /// The statements that end in `let __mech_t`, and the names that they import.
    fn expand(self, checks: Checks) -> (TokenStream, TokenStream) {
        let Call { name, span, callee, arguments } = self;
        let span = site(span);
        let names = |prefix: &str| -> Vec<Ident> {
            let name = |i| format_ident!("__mech_{prefix}{i}", span = span);
            (0..arguments.len()).map(name).collect()
        };
        let (values, parameters) = (names("a"), names("p"));

        let (receiver, callee) = match callee {
            Callee::Value(callee) => (None, callee.into_token_stream()),
            Callee::Method(receiver, method) => {
                let span = site(receiver.span());
                let scope = checks.scope(span);
                let receiver = quote_spanned! {span=>
                    let __mech_r = #receiver;
                    let mut __mech_r = __mech_arg(#scope __mech_r);
                };
                let callee = quote_spanned! {span=>
                    move |#(#parameters),*| __mech_r #method(#(#parameters),*)
                };
                (Some(receiver), callee)
            }
        };
        let checked = values.iter().zip(&arguments).map(|(value, argument)| {
            let span = site(argument.span());
            let (value, scope) = (Ident::new(&value.to_string(), span), checks.scope(span));
            quote_spanned!(span=> let #value = __mech_arg(#scope #value);)
        });
        let arguments = arguments.iter();
        let call = format_ident!("call{}", arguments.len(), span = span);
        let (arg, scope) = (checks.arg(span), checks.scope(span));
        let way = (!checks.scoped).then(|| quote_spanned!(span=> way as __mech_way,));
        let imports = quote_spanned!(span=> #arg as __mech_arg, #call as __mech_call, #way);
        let task = if checks.scoped {
            quote_spanned! {span=>
                let __mech_t = __mech_task(#scope || #name, move || __mech_f.go((#(#values,)*)));
            }
        } else {
            quote_spanned! {span=>
                let __mech_w = __mech_way(|| #name, &__mech_f, &[#(&#values),*]);
                let __mech_t = __mech_task(|| #name, __mech_w, move || __mech_f.go((#(#values,)*)));
            }
        };
        let stmts = quote_spanned! {span=>
            #receiver
            let __mech_f = #callee;
            let (__mech_f, (#(#values,)*)) = __mech_call(__mech_f).eval((#(#arguments,)*));
            let __mech_f = __mech_arg(#scope __mech_f);
            #(#checked)*
            #task
        };
        (imports, stmts)
    }
}

/// On the right of a `let`, rustc would call the parentheses unnecessary.
pub(crate) fn without_parens(mut expr: Expr) -> Expr {
    loop {
        match expr {
            Expr::Paren(paren) if paren.attrs.is_empty() => expr = *paren.expr,
            expr => return expr,
        }
    }
}

/// The statement `let __mech_t` that runs a closure or block. What it uses moves in; in a scope it
/// is borrowed, which is what scopes are for.
fn body(mut body: Expr, checks: Checks) -> TokenStream {
    let span = site(body.span());
    let scope = checks.scope(span);
    let (name, implied) = match &mut body {
        Expr::Closure(closure) => {
            // The user's span shows all of the closure, but makes clippy suggest `f` for `|| f()`.
            let is_redundant = matches!(&*closure.body, Expr::Call(call) if call.args.is_empty());
            let user = closure.span();
            let span = if is_redundant { site(user) } else { user };
            if !checks.scoped {
                closure.capture = Some(Token![move](span));
            } else if is_redundant {
                closure.inputs_begin = Token![|](span);
            }
            ("closure", None)
        }
        _ if checks.scoped => ("block", Some(quote_spanned!(span=> ||))),
        _ => ("block", Some(quote_spanned!(span=> move ||))),
    };
    quote_spanned!(span=> let __mech_t = __mech_task(#scope || #name, #implied #body);)
}

fn check_closure(closure: ExprClosure) -> Result<Expr> {
    if closure.asyncness.is_some() {
        return Err(refuse_async(closure.asyncness));
    }
    if !closure.inputs.is_empty() {
        return Err(Error::new_spanned(
            closure.inputs,
            "`invoke!` takes a closure without parameters, which captures what it uses",
        ));
    }
    Ok(Expr::Closure(closure))
}

fn refuse_async(at: impl ToTokens) -> Error {
    Error::new_spanned(at, "`invoke!` runs ordinary blocking code: remove `async`")
}

fn refuse_await(at: impl ToTokens) -> Error {
    Error::new_spanned(
        at,
        "the await applies to the promise: write `invoke!(..).await` or `await!(invoke!(..))`",
    )
}

fn is_await_macro(call: &Macro) -> bool {
    let name = call.path.segments.last();
    name.is_some_and(|name| name.ident.unraw() == "await")
}

fn refuse(expr: &Expr) -> Error {
    match expr {
        Expr::Await(expr) => refuse_await(expr.await_token),
        Expr::Macro(call) if is_await_macro(&call.mac) => {
            refuse_await(call.mac.path.segments.last())
        }
        Expr::Try(expr) => Error::new_spanned(
            expr.question_token,
            "`?` applies to the awaited value: write `invoke!(..).await?`",
        ),
        Expr::Async(expr) => refuse_async(expr.async_token),
        Expr::Path(path) => {
            let (name, _) = name::of_callee(expr);
            let message = format!("`invoke!` takes a call: write `invoke!({name}())`");
            Error::new_spanned(path, message)
        }
        Expr::Macro(call) => Error::new_spanned(
            &call.mac.path,
            "`invoke!` takes a call, and this is a macro: write a block, `invoke!({ .. })`",
        ),
        expr => Error::new_spanned(
            expr,
            "`invoke!` takes a call `f(x)`, a closure `|| ..` or a block `{ .. }`",
        ),
    }
}
