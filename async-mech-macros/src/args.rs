//! The arguments of the attributes: `name = ".."`, `crate = path`, `own_thread`,
//! `durable`, `skip(..)`, `skip_all`.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Error, LitStr, Path, Result, Token};

use crate::krate::Krate;
use crate::skip::Skip;

/// What an attribute takes.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Accepts {
    /// `#[invocable]`.
    Invocable,
    /// `#[async_mech::main]` and `#[async_mech::test]`.
    Entry,
}

/// The arguments of an attribute.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) name: Option<LitStr>,
    pub(crate) krate: Option<Path>,
    pub(crate) own_thread: Option<Ident>,
    pub(crate) durable: Option<Ident>,
    pub(crate) skip: Skip,
}

impl Args {
    /// Parses what can be parsed and reports the rest, so that one mistake hides no other.
    pub(crate) fn parse(tokens: TokenStream, accepts: Accepts, errors: &mut Vec<Error>) -> Args {
        let mut args = Args::default();
        for arg in split_at_commas(tokens) {
            let parser = |input: ParseStream| args.parse_one(input, accepts);
            if let Err(error) = parser.parse2(arg) {
                errors.push(error);
            }
        }
        args
    }

    fn parse_one(&mut self, input: ParseStream, accepts: Accepts) -> Result<()> {
        let key = input.call(Ident::parse_any)?;
        match (key.to_string().as_str(), accepts) {
            ("name", Accepts::Invocable) => {
                let name = value::<LitStr>(&key, input, "a string: `name = \"..\"`")?;
                if name.value().trim().is_empty() {
                    return Err(Error::new_spanned(name, "`name` is empty"));
                }
                set(&mut self.name, &key, name)
            }
            ("crate", _) => {
                let path = value::<Path>(&key, input, "a path: `crate = path::to::async_mech`")?;
                set(&mut self.krate, &key, path)
            }
            ("own_thread", Accepts::Invocable) => {
                if !input.is_empty() {
                    return Err(input.error("`own_thread` takes no value"));
                }
                set(&mut self.own_thread, &key, key.clone())
            }
            ("durable", Accepts::Invocable) => {
                if !input.is_empty() {
                    return Err(input.error("`durable` takes no value"));
                }
                set(&mut self.durable, &key, key.clone())
            }
            ("skip" | "skip_all", Accepts::Invocable) => self.skip.parse(&key, input),
            _ => {
                // The value of an unknown argument is not looked at.
                input.parse::<TokenStream>()?;
                let known = match accepts {
                    Accepts::Invocable => {
                        "`name = \"..\"`, `crate = path`, `own_thread`, `durable`, `skip(..)` or \
                         `skip_all`"
                    }
                    Accepts::Entry => "`crate = path`",
                };
                let message = format!("unknown argument `{key}`: expected {known}");
                Err(Error::new_spanned(key, message))
            }
        }
    }

    /// The path to async-mech.
    pub(crate) fn krate(&self) -> Krate {
        self.krate.as_ref().map(Krate::new).unwrap_or_default()
    }
}

fn value<T: syn::parse::Parse>(key: &Ident, input: ParseStream, what: &str) -> Result<T> {
    let takes = format!("`{key}` takes {what}");
    if input.is_empty() {
        return Err(Error::new_spanned(key, takes));
    }
    if !input.peek(Token![=]) {
        return Err(input.error(takes));
    }
    input.parse::<Token![=]>()?;
    if input.is_empty() {
        return Err(Error::new_spanned(key, takes));
    }
    let value = input.fork().parse::<T>().map_err(|_| input.error(&takes))?;
    input.parse::<T>()?;
    if !input.is_empty() {
        return Err(input.error(takes));
    }
    Ok(value)
}

fn set<T>(slot: &mut Option<T>, key: &Ident, value: T) -> Result<()> {
    if slot.replace(value).is_some() {
        return Err(Error::new_spanned(key, format!("`{key}` is given twice")));
    }
    Ok(())
}

fn split_at_commas(tokens: TokenStream) -> Vec<TokenStream> {
    let mut parts = vec![Vec::new()];
    for token in tokens {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => parts.push(Vec::new()),
            token => parts.last_mut().expect("never empty").push(token),
        }
    }
    parts.into_iter().filter(|part| !part.is_empty()).map(TokenStream::from_iter).collect()
}
