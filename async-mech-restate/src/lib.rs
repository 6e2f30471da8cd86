#![doc = include_str!("../README.md")]

mod admin;
mod builder;
mod children;
mod engine;
mod error;
mod ingress;
mod journal;
mod listener;
mod patience;
mod recorded;
mod run;
mod wire;
mod worker;

pub use crate::builder::{Builder, connect};
