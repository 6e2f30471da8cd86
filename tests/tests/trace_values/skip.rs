//! What must not be seen.

use async_mech::trace::Event;
use async_mech::{invocable, invoke};

use crate::{arguments_in, events_of, results_in};

const SECRET: &str = "hunter2";

/// A secret in whatever `Debug` writes.
#[derive(Clone, Debug)]
struct Token(String);

fn token() -> Token {
    Token(SECRET.to_owned())
}

/// Searches all that observers get.
fn assert_untold(events: &[Event]) {
    assert!(!events.is_empty());
    assert!(!format!("{events:?}").contains(SECRET), "{events:#?}");
}

#[test]
fn skipped_arguments_are_in_no_event() {
    #[invocable(skip(password, token))]
    fn login(name: &str, password: &str, token: Token) -> usize {
        name.len() + password.len() + token.0.len()
    }
    let events = events_of(|| invoke!(login("ada", SECRET, token())).wait());
    assert_untold(&events);
    assert_eq!(arguments_in(&events), [r#"name = "ada""#]);
    assert_eq!(results_in(&events), ["17"]);
}

#[test]
fn any_name_of_a_pattern_can_be_skipped() {
    #[invocable(skip(b, r#type,))]
    fn f((a, b): (u32, u32), r#type: u32) -> u32 {
        a + b + r#type
    }
    assert_eq!(arguments!(f((1, 2), 3)), "a = 1");

    #[invocable(skip(r#plain))]
    fn g(plain: u32, n: u32) -> u32 {
        plain + n
    }
    assert_eq!(arguments!(g(1, 2)), "n = 2");
}

#[test]
fn a_skipped_parameter_that_is_unused_is_unused() {
    #[invocable(skip(password, _old))]
    #[expect(unused_variables)]
    fn f(password: &str, _old: &str) {}
    assert_eq!(arguments!(f(SECRET, SECRET)), "");
}

#[test]
fn skip_all_is_about_arguments() {
    #[invocable(skip_all)]
    fn f(a: u32, b: u32) -> u32 {
        a + b
    }
    let events = events_of(|| invoke!(f(1, 2)).wait());
    assert_eq!(arguments_in(&events), [""]);
    assert_eq!(results_in(&events), ["3"]);
}

#[test]
fn a_skipped_result_is_in_no_event() {
    #[invocable(skip(return))]
    fn text() -> String {
        SECRET.to_owned()
    }
    #[invocable(skip(return))]
    fn struct_() -> Token {
        token()
    }
    #[invocable(skip(return), own_thread)]
    fn apart() -> Token {
        token()
    }
    #[invocable(skip(return))]
    fn generic<T>(value: T) -> T {
        value
    }
    #[invocable(skip_all, skip(return), name = "both")]
    fn both(text: String) -> String {
        text
    }
    let events = events_of(|| {
        assert_eq!(invoke!(text()).wait(), SECRET);
        assert_eq!(invoke!(struct_()).wait().0, SECRET);
        assert_eq!(invoke!(apart()).wait().0, SECRET);
        assert_eq!(invoke!(|| text() + "!").wait(), "hunter2!");
        assert_eq!(invoke!(both(SECRET.into())).wait(), SECRET);
    });
    assert_untold(&events);
    assert_eq!(results_in(&events), ["-"; 5]);
    assert_eq!(result!(generic(1_u8)), "-");
    assert_eq!(result!(generic(String::new())), "-");
}

#[derive(Debug)]
struct Vault(&'static str);

#[invocable(skip(self, return), crate = async_mech)]
impl Vault {
    fn open(&self, n: usize) -> &'static str {
        &self.0[n..]
    }

    #[invocable(skip(code))]
    fn open_with(&self, code: &str, n: usize) -> &'static str {
        &self.0[n + code.len() - code.len()..]
    }

    fn new(n: usize) -> Vault {
        Vault(&SECRET[n..])
    }
}

#[test]
fn an_impl_block_skips_for_all_its_methods() {
    let events = events_of(|| {
        invoke!(Vault(SECRET).open(0)).wait();
        invoke!(Vault(SECRET).open_with(SECRET, 0)).wait();
        invoke!(Vault::new(0)).wait();
    });
    assert_untold(&events);
    assert_eq!(arguments_in(&events), ["n = 0", "n = 0", "n = 0"]);
    assert_eq!(results_in(&events), ["-", "-", "-"]);
}

#[invocable(skip_all)]
impl Token {
    fn len(&self, n: usize) -> usize {
        self.0.len() + n
    }

    #[invocable(skip(return), name = "the text")]
    fn text(self) -> String {
        self.0
    }
}

#[test]
fn a_method_adds_to_what_its_block_skips() {
    let events = events_of(|| {
        invoke!(token().len(0)).wait();
        invoke!(token().text()).wait();
    });
    assert_untold(&events);
    assert_eq!(arguments_in(&events), ["", ""]);
    assert_eq!(results_in(&events), ["7", "-"]);
}

#[test]
fn a_skipped_result_is_not_seen_where_it_is_passed_on() {
    use async_mech::Promise;

    #[invocable(skip(return))]
    fn secret() -> String {
        SECRET.to_owned()
    }
    let events = events_of(|| {
        let passed_on = [
            Promise::race([invoke!(secret())]),
            Promise::any([invoke!(secret())]),
            invoke!(|| invoke!(secret())).flatten(),
            invoke!(secret()).then(|secret| secret.len()).then(|_| String::new()),
        ];
        passed_on.map(Promise::wait)
    });
    assert_untold(&events);
}
