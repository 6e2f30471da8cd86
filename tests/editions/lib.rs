//! Programs that every edition must compile and run: the packages beside this file share it.

#![cfg(test)]

#[macro_use]
extern crate async_mech;

#[path = "spellings.rs"]
mod spellings;
