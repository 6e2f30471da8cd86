//! Which types of a signature can be checked where it is written.

use proc_macro2::Ident;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Expr, ExprLit, FnArg, Generics, Lifetime, ReturnType, Signature, Type, TypePath,
    TypeReference,
};

/// The generics around a function.
#[derive(Clone, Copy)]
pub(crate) enum Around<'a> {
    /// Those of the annotated impl block.
    Impl(&'a Generics),
    /// Those of an impl block or trait, which the attribute on one of its functions does not see.
    Unseen,
    /// None, as it seems: only a function that mentions neither `self` nor `Self` may yet have
    /// some.
    Module,
}

/// The parameter and return types that mention no generics, lifetimes, `impl` or `Self`: every use
/// of the function has them as they are.
///
/// An open type is left to `invoke!`. So is a type that might be a generic parameter of an impl
/// block out of sight.
pub(crate) fn closed_types<'a>(sig: &'a Signature, around: Around<'_>) -> Vec<&'a Type> {
    let parameters = sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(input) if !input.attrs.iter().any(is_cfg) => Some(&*input.ty),
        _ => None,
    });
    let output = match &sig.output {
        ReturnType::Type(_, ty) => Some(&**ty),
        ReturnType::Default => None,
    };
    parameters
        .chain(output)
        .filter(|ty| {
            let mut search = Search { sig, around, open: false };
            search.visit_type(ty);
            !search.open
        })
        .collect()
}

fn is_cfg(attr: &Attribute) -> bool {
    attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr")
}

struct Search<'a> {
    sig: &'a Signature,
    around: Around<'a>,
    open: bool,
}

impl Search<'_> {
    /// Whether a path that begins with `first` is, or begins with, a generic parameter.
    fn is_parameter(&self, first: &Ident, is_alone: bool) -> bool {
        let declared = |generics: &Generics| {
            let mut types = generics.type_params().map(|param| &param.ident);
            let mut consts = generics.const_params().map(|param| &param.ident);
            types.any(|ident| ident == first) || consts.any(|ident| ident == first)
        };
        if first == "Self" || declared(&self.sig.generics) {
            return true;
        }
        match self.around {
            Around::Impl(generics) => declared(generics),
            Around::Unseen => is_like_a_type(first),
            Around::Module => is_like_a_type(first) && (is_like_a_parameter(first) || !is_alone),
        }
    }
}

fn is_like_a_type(name: &Ident) -> bool {
    name != "String" && name.to_string().starts_with(char::is_uppercase)
}

/// `T`, `K2`, `KEY`.
fn is_like_a_parameter(name: &Ident) -> bool {
    !name.to_string().contains(char::is_lowercase)
}

impl<'a> Visit<'a> for Search<'_> {
    fn visit_type(&mut self, ty: &'a Type) {
        match ty {
            Type::ImplTrait(_) | Type::Infer(_) | Type::Macro(_) | Type::Verbatim(_) => {
                self.open = true;
            }
            Type::Never(_) => self.open = true,
            ty => visit::visit_type(self, ty),
        }
    }

    fn visit_type_path(&mut self, ty: &'a TypePath) {
        if let (None, None, Some(first)) =
            (&ty.qself, ty.path.leading_colon, ty.path.segments.first())
        {
            let is_alone = ty.path.segments.len() == 1;
            self.open |= first.arguments.is_none() && self.is_parameter(&first.ident, is_alone);
        }
        visit::visit_type_path(self, ty);
    }

    fn visit_type_reference(&mut self, ty: &'a TypeReference) {
        self.open |= ty.lifetime.is_none();
        visit::visit_type_reference(self, ty);
    }

    fn visit_lifetime(&mut self, lifetime: &'a Lifetime) {
        self.open |= lifetime.ident != "static";
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        self.open |= !matches!(expr, Expr::Lit(ExprLit { .. }));
    }
}
