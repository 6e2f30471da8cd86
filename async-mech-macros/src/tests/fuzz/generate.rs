//! Arbitrary token streams.

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

use super::random::Random;

const WORDS: &str =
    "fn impl trait struct enum mod use let mut ref move async await const static unsafe
    extern pub crate super self Self dyn for in if else match while loop return break continue where
    as type macro_rules default union auto safe box yield gen try true false _ name durable
    own_thread skip skip_all invocable invoke wait f x p s T u8 String r#fn r#await r#async été";

/// One a line.
const LITERALS: &str = r###"0
1u8
0x_ff
1.5
2.
1e9f32
'a'
b'a'
""
"{x} {p:?} {:f$}"
b"x"
c"x"
r#"a"b"#
" "
"{été}"
"C"
1invalid
0b1_suffix"###;

/// Arguments of an attribute, one a line.
const ARGUMENTS: &str = r#"name = "n"
crate = a::b
skip(x, return)
skip_all
own_thread
durable"#;

/// What items are made of, so that the deeper parts of the macros are reached. One a line.
const SNIPPETS: &str = r##"p.await
await!(p)
r#await!(p)
a::b::await!(p)
p.await?
x.await.await
async { p.await }
async move |x| x.await
|| p.await
|x| x
move || { }
invoke!(f(x))
invoke!(s => f(x.await))
println!("{}", p.await)
vec![p.await; 3]
(#[a] (p)).await
select! { x = p.await => x }
f(x, y)
x.f::<T>(y)
<T as A>::f(x)
(f)(x)
f(x)(y)
unsafe { f() }
'a: { break 'a }
if x { p.await } else { }
s =>
=> f()
x: u8
fn f() { }
fn f(&self, x: &str) -> T { p.await }
fn f();
impl A { fn f() { } }
impl<T: A> B for T where T: C { fn f(self) -> Self { self } }
#[cfg(x)]
#![inner]
#[doc = "documentation"]
-> impl A + 'a
-> !
<const N: usize>
[u8; N]
&'a mut T
#[invocable(name = "m")]
#[invocable]
mod m { fn f() { m!(p.await) } }
match p.await { x if x.await => {} _ => () }"##;

/// What a body may have anywhere. One a line.
const STATEMENTS: &str = r#"#[cfg(x)] await!(p);
#[cfg(x)] p.await;
#[cfg(x)] m!(p.await);
await!(p)?;
m! { p.await; q }
let (x, y) = p.await else { return };
if let Some(x) = p.await && x.await { return p.await; }
loop { break p.await.x[y.await]; }
f(#[cfg(x)] await!(p), -p.await as u8);
x = async move { p.await }.await;
use a::String;
struct String;
fn f() { p.await }"#;

/// Up to `size` tokens, groups counted with what is in them.
pub(super) fn stream(random: &mut Random, size: usize) -> TokenStream {
    let mut tokens = TokenStream::new();
    let mut left = random.below(size + 1);
    while left > 0 {
        left -= 1;
        match random.below(10) {
            0 | 1 if left > 0 => {
                let inner = stream(random, left.min(12));
                tokens.extend([TokenTree::Group(Group::new(delimiter(random), inner))]);
                left /= 2;
            }
            2 | 3 => tokens.extend(snippet(random)),
            _ => tokens.extend([token(random)]),
        }
    }
    tokens
}

/// A token that is no group.
pub(super) fn token(random: &mut Random) -> TokenTree {
    match random.below(8) {
        0..4 => word(one(random, WORDS.split_whitespace())).into(),
        4 => one(random, LITERALS.lines()).parse::<Literal>().expect("a literal").into(),
        _ => {
            let chars: Vec<char> = "=<>!~+-*/%^&|@.,;:#$?".chars().collect();
            let spacing = if random.once_in(2) { Spacing::Joint } else { Spacing::Alone };
            Punct::new(chars[random.below(chars.len())], spacing).into()
        }
    }
}

/// Several tokens that belong together.
pub(super) fn snippet(random: &mut Random) -> TokenStream {
    one(random, SNIPPETS.lines()).parse().expect("tokens")
}

/// One that a body may have anywhere.
pub(super) fn statement(random: &mut Random) -> TokenStream {
    one(random, STATEMENTS.lines()).parse().expect("tokens")
}

/// Arguments of an attribute, most of them known.
pub(super) fn arguments(random: &mut Random) -> TokenStream {
    let mut arguments = TokenStream::new();
    for _ in 0..random.below(3) {
        let known = one(random, ARGUMENTS.lines()).parse().expect("tokens");
        arguments.extend(if random.once_in(6) { stream(random, 5) } else { known });
        if !random.once_in(8) {
            arguments.extend([TokenTree::Punct(Punct::new(',', Spacing::Alone))]);
        }
    }
    arguments
}

/// Any of the four: a group without delimiters is what `macro_rules!` makes of a fragment.
pub(super) fn delimiter(random: &mut Random) -> Delimiter {
    match random.below(4) {
        0 => Delimiter::Parenthesis,
        1 => Delimiter::Brace,
        2 => Delimiter::Bracket,
        _ => Delimiter::None,
    }
}

fn one<'a>(random: &mut Random, choices: impl Iterator<Item = &'a str> + Clone) -> &'a str {
    let at = random.below(choices.clone().count());
    choices.into_iter().nth(at).expect("it is counted")
}

fn word(word: &str) -> Ident {
    match word.strip_prefix("r#") {
        Some(raw) => Ident::new_raw(raw, Span::call_site()),
        None => Ident::new(word, Span::call_site()),
    }
}
