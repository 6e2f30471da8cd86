//! Examples of async-mech, each run as `cargo run --example NAME`.
//!
//! Read them in this order:
//! - `article`: the program that "The Mechanics of Async Await" ends with;
//! - `literal`: the article's event loop, ported line by line, without this library;
//! - `fib [N]`: recursion, one invocation a call;
//! - `scope FILE..`: invocations that borrow from the stack;
//! - `race`: the first of several promises, any, all, or as many as it takes;
//! - `deadlock`: executions that await each other in a circle, and are told so;
//! - `checksum DIR`: a whole tool, one invocation a directory and one a file;
//! - `crawl [URL]`: another, one invocation a page, with limits, a deadline and Ctrl-C;
//! - `live [SECONDS]`: a program that can be watched in a browser while it runs.
