//! The names of invocations: the callee's text without generics.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, Member, Path, QSelf, Type};

/// The name of a call's callee, and the token that stands for it.
pub(crate) fn of_callee(callee: &Expr) -> (String, Span) {
    match callee {
        Expr::Path(callee) => {
            (of_path(callee.qself.as_ref(), &callee.path), callee.path.segments.last().span())
        }
        Expr::Paren(callee) => of_callee(&callee.expr),
        Expr::Group(callee) => of_callee(&callee.expr),
        Expr::Field(callee) => match &callee.member {
            Member::Named(field) => (field.unraw().to_string(), field.span()),
            Member::Unnamed(_) => of_callee(&callee.base),
        },
        Expr::Index(callee) => of_callee(&callee.expr),
        Expr::Call(callee) => of_callee(&callee.func),
        Expr::MethodCall(callee) => (callee.method.unraw().to_string(), callee.method.span()),
        callee => ("closure".to_owned(), callee.span()),
    }
}

/// The name of a type, if it has one.
pub(crate) fn of_type(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(ty) => Some(of_path(ty.qself.as_ref(), &ty.path)),
        Type::Paren(ty) => of_type(&ty.elem),
        Type::Group(ty) => of_type(&ty.elem),
        Type::Reference(ty) => of_type(&ty.elem),
        _ => None,
    }
}

/// `path::to::f::<T>` is `path::to::f`; `<T as Trait>::m` is `T::m`. Where the path starts says
/// nothing to a reader of a name.
fn of_path(qself: Option<&QSelf>, path: &Path) -> String {
    let written_for_self = qself.map_or(0, |qself| qself.position);
    let this = qself.and_then(|qself| of_type(&qself.ty));
    let segments = path.segments.iter().skip(written_for_self);
    let names = segments
        .map(|segment| segment.ident.unraw().to_string())
        .filter(|name| !["crate", "$crate", "self", "super"].contains(&name.as_str()));
    let names: Vec<String> = this.into_iter().chain(names).collect();
    names.join("::")
}
