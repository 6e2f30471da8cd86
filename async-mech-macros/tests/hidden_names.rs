//! Items in a body that have the name of something in the signature.

use std::rc::Rc;

use async_mech::{invocable, invoke};

#[invocable]
fn with_an_alias(n: u32) -> Result<u32, String> {
    use std::fmt::Result;
    fn write(n: u32, to: &mut String) -> Result {
        std::fmt::Write::write_fmt(to, format_args!("{n}"))
    }
    let mut text = String::new();
    write(n, &mut text).map_err(|error| error.to_string())?;
    Ok(text.len() as u32)
}

#[derive(Debug)]
struct Job(u32);

#[invocable]
fn with_a_struct(job: Job) -> u32 {
    let n = job.0;
    // It is not `Send`, which is about the parameter's type only.
    struct Job(Rc<u32>);
    let job = Job(Rc::new(n));
    invoke!(with_an_alias(*job.0)).await.unwrap()
}

#[test]
fn a_signature_means_what_is_outside() {
    assert_eq!(with_an_alias(123), Ok(3));
    assert_eq!(invoke!(with_a_struct(Job(1234))).wait(), 4);
}
