//! The macros of async-mech.
