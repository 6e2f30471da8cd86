//! `skip(..)` and `skip_all`: what observers must not see.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, Result, Token, parenthesized, token};

/// What of a function is not shown.
#[derive(Clone, Default)]
pub(crate) struct Skip {
    /// `skip(..)`, if it is given: names of parameters, and `return`.
    names: Option<Vec<Ident>>,
    /// `skip_all`: no argument.
    all: Option<Ident>,
    /// Those of the annotated impl block: `self` or `return`.
    around: Vec<Ident>,
}

impl Skip {
    /// Takes what follows `key`, which is `skip` or `skip_all`.
    pub(crate) fn parse(&mut self, key: &Ident, input: ParseStream) -> Result<()> {
        let is_given = if key == "skip_all" {
            if !input.is_empty() {
                return Err(input.error("`skip_all` takes no names: write `skip(..)` to skip some"));
            }
            self.all.replace(key.clone()).is_some()
        } else {
            self.names.replace(names(key, input)?).is_some()
        };
        if is_given {
            return Err(Error::new_spanned(key, format!("`{key}` is given twice")));
        }
        Ok(())
    }

    /// For a method of a block with these arguments.
    pub(crate) fn within(mut self, block: &Skip) -> Skip {
        self.all = self.all.or_else(|| block.all.clone());
        self.around =
            block.names.iter().flatten().filter(|name| is_for_all(name)).cloned().collect();
        self
    }

    /// Reports what an impl block's arguments cannot say of all its functions.
    pub(crate) fn check_block(&self, errors: &mut Vec<Error>) {
        for name in self.names.iter().flatten().filter(|name| !is_for_all(name)) {
            let message = format!(
                "`skip({name})` is for one function: write `#[invocable(skip({name}))]` on it",
            );
            errors.push(Error::new_spanned(name, message));
        }
    }

    /// Reports what is no parameter.
    pub(crate) fn check(&self, parameters: &[String], errors: &mut Vec<Error>) {
        for name in self.names.iter().flatten() {
            let text = name.unraw().to_string();
            if text == "return" || parameters.contains(&text) {
                continue;
            }
            let known = match parameters {
                [] => "`return`".to_owned(),
                _ => format!("`{}` or `return`", parameters.join("`, `")),
            };
            let message = format!("unknown parameter `{text}`: expected {known}");
            errors.push(Error::new_spanned(name, message));
        }
    }

    /// Whether that argument is not shown.
    pub(crate) fn argument(&self, name: &str) -> bool {
        self.all.is_some() || self.mentions(name)
    }

    /// Whether the result is not shown.
    pub(crate) fn result(&self) -> bool {
        self.mentions("return")
    }

    fn mentions(&self, name: &str) -> bool {
        self.names.iter().flatten().chain(&self.around).any(|other| other.unraw() == name)
    }
}

/// Whether every function may have it.
fn is_for_all(name: &Ident) -> bool {
    name == "self" || name == "return"
}

/// `(password, return)`.
fn names(key: &Ident, input: ParseStream) -> Result<Vec<Ident>> {
    let takes = "`skip` takes names of parameters, or `return`: `skip(password)`";
    if input.is_empty() {
        return Err(Error::new_spanned(key, takes));
    }
    if !input.peek(token::Paren) {
        return Err(input.error(takes));
    }
    let list;
    let parens = parenthesized!(list in input);
    if list.is_empty() {
        return Err(Error::new(parens.span.join(), takes));
    }
    let mut names: Vec<Ident> = Vec::new();
    while !list.is_empty() {
        let name = list.call(Ident::parse_any).map_err(|error| Error::new(error.span(), takes))?;
        if names.contains(&name) {
            return Err(Error::new_spanned(&name, format!("`{name}` is given twice")));
        }
        names.push(name);
        if !list.is_empty() && list.parse::<Token![,]>().is_err() {
            return Err(list.error(takes));
        }
    }
    if !input.is_empty() {
        return Err(input.error(takes));
    }
    Ok(names)
}
