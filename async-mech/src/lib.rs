//! Async await without colour.
