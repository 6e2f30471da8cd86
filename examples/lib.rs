//! Examples of async-mech, each run as `cargo run --example NAME`.
//!
//! Read them in this order:
//! - `article`: the program that "The Mechanics of Async Await" ends with;
//! - `literal`: the article's event loop, ported line by line, without this library;
//! - `fib [N]`: recursion, one invocation a call;
//! - `checksum DIR`: a whole tool, one invocation a directory and one a file.
