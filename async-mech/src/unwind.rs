//! What may be used on both sides of a `catch_unwind`.
//!
//! An await unwinds with the failure of what it awaited, so whoever catches that has a promise at
//! hand. A panic leaves none of these half changed: the state behind them changes under a lock, in
//! which no stranger's code runs, and a value is there as a whole or not at all.

use std::panic::{RefUnwindSafe, UnwindSafe};

use crate::cancel::Canceller;
use crate::execution::Execution;
use crate::failure::Failure;
use crate::future::{OutcomeFuture, PromiseFuture};
use crate::promise::Promise;
use crate::resolver::Resolver;

impl<T> UnwindSafe for Promise<T> {}
impl<T> RefUnwindSafe for Promise<T> {}

impl<T> UnwindSafe for Resolver<T> {}
impl<T> RefUnwindSafe for Resolver<T> {}

impl<T> UnwindSafe for PromiseFuture<T> {}
impl<T> RefUnwindSafe for PromiseFuture<T> {}

impl<T> UnwindSafe for OutcomeFuture<T> {}
impl<T> RefUnwindSafe for OutcomeFuture<T> {}

impl UnwindSafe for Canceller {}
impl RefUnwindSafe for Canceller {}

impl UnwindSafe for Execution {}
impl RefUnwindSafe for Execution {}

impl UnwindSafe for Failure {}
impl RefUnwindSafe for Failure {}
