//! What Elixir's `Task` documents, and what becomes of it here: each row is a test in a module.
//!
//! | Elixir | here | |
//! |---|---|---|
//! | `await` gives the result | `wait` | same |
//! | `await` of a task that died ends the caller | `wait` unwinds with the failure | same |
//! | a task that dies ends its caller even if nobody awaits (a link) | only an await tells | differs |
//! | a caller that dies ends its tasks (a link) | they run on; a scope's children end | differs |
//! | `await` gives up after 5 s and ends the caller | `wait` waits for good | differs |
//! | `await` with a timeout ends the caller | `wait_timeout` gives the promise back | differs |
//! | only the process that started a task may await it | anybody who has the promise | differs |
//! | a task can be awaited once | a promise is consumed, its clones are not | same, by types |
//! | `await_many` keeps the order of the tasks | `Promise::all`, a tuple | same |
//! | `await_many` fails as soon as one of them does | the same | same |
//! | `await_many` has one timeout for all | `Promise::all(..).wait_timeout` | same |
//! | `yield` gives ok, exit, or nothing yet | `wait_timeout`: its three cases | same |
//! | `yield` again after nothing | `into_promise`, and wait again | same |
//! | `yield` with 0 looks without waiting | `try_wait` | same |
//! | `yield_many` pairs each task with what it has | `wait_deadline` of each | same |
//! | `yield_many` up to `limit` results | `Promise::as_completed(..).take(limit)` | same |
//! | `shutdown` gives the result that came meanwhile | `cancel` says so; the promise has it | same |
//! | `shutdown` ends the task at once | at an await, `sleep` or `checkpoint` | differs |
//! | a task that was shut down has no result | it fails as `Cancelled` | same |
//! | `ignore` lets it run on | `detach` | same |
//! | `ignore` gives what is there | `try_wait`, then `detach` | same |
//! | `start` has no result to await | `invoke!(..).detach()` | same |
//! | `completed` is a task with a result | a resolved `promise()` | same |
//! | `async_stream` keeps the order, or not | `map_bounded`, `unordered` | same |
//! | .. its `max_concurrency` counts tasks that wait | those that await are not counted | differs |
//! | .. a task that dies ends the caller; `nolink`: is a value | is a value, always | as `nolink` |
//! | .. a task's timeout ends the caller or the task | the function waits with a timeout | differs |
//! | .. tasks under way end with the consumer's `take` | they run on | differs |
//! | .. it is lazy | nothing is invoked before `next` | same |
//! | `$callers` leads to the first caller | `caller()` is the id of the nearest | differs |

mod awaiting;
mod shutting_down;
mod starting;
mod streaming;
mod yielding;

use std::panic::resume_unwind;
use std::time::Duration;

/// Short, for waits that nothing will end before.
const SOON: Duration = Duration::from_millis(1);
/// For waits that something will end.
const LATE: Duration = Duration::from_secs(3_600);

/// A function that ends as it should not.
fn dies() -> u32 {
    resume_unwind(Box::new("oops"))
}
