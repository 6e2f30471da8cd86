//! Examples of async-mech: `cargo run --example article`.
