//! One run of a durable execution: its thread asks, and an async task answers.
//!
//! Requests go through one channel, so they are handled in the order of the program, and the end of
//! the body comes after all that it asked for. When the driver drops the body the channel's receiver
//! is gone, and with it the answers that nobody will give: whoever waits for one learns it at once.

use std::fmt;
use std::sync::{Arc, mpsc};

use async_mech::Canceller;
use async_mech::durable::{Call, Function, Interrupted, Session, Settled};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What a body asks its driver for. That a driver has to know all of them is meant: one that left a
/// question open would leave the body waiting.
#[derive(Debug)]
pub enum Request {
    /// See to it that this is run; the body goes on.
    Invoke(Call),
    /// The outcome of what was invoked under this id, whenever that is settled.
    Wait(String, Answer<Settled>),
    /// Which of those was settled first: its place in the list. To be recorded.
    Select(Vec<String>, Answer<usize>),
    /// Cancel what was invoked under this id; the body goes on.
    Cancel(String),
    /// The body has ended. This is the last one.
    End(Settled),
}

/// Answers a request. Dropped, it takes the execution away.
pub struct Answer<T>(mpsc::SyncSender<T>);

impl<T> Answer<T> {
    /// Gives the answer. It may be that nobody waits for it any more.
    pub fn give(self, answer: T) {
        let _ = self.0.send(answer);
    }
}

impl<T> fmt::Debug for Answer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answer")
    }
}

/// One run of a durable execution in this process. Dropped before its end, it is taken away: its
/// thread unwinds at its next await or invocation, or in the one that it is in.
#[derive(Debug)]
pub struct Body {
    requests: UnboundedReceiver<Request>,
    canceller: Canceller,
    ended: bool,
}

impl Body {
    /// Starts the function as the execution that the engine knows as `id`. `args` is the JSON of a
    /// [`Call`]'s arguments. Never blocks.
    #[must_use]
    pub fn start(function: &'static Function, id: &str, args: Vec<u8>) -> Body {
        let (asks, requests) = unbounded_channel();
        let session = Arc::new(Asks(asks.clone()));
        let canceller = function.start(id, args, session, move |settled| {
            let _ = asks.send(Request::End(settled));
        });
        Body { requests, canceller, ended: false }
    }

    /// The next request; `None` after [`Request::End`]. It can be dropped unfinished, as in
    /// `tokio::select!`: no request is lost.
    pub async fn next(&mut self) -> Option<Request> {
        if self.ended {
            return None;
        }
        let request = self.requests.recv().await;
        self.ended = matches!(request, None | Some(Request::End(_)));
        request
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        // First, so that whoever is woken finds it so.
        self.requests.close();
        while self.requests.try_recv().is_ok() {}
        if !self.ended {
            self.canceller.cancel();
        }
    }
}

/// The session of a body.
struct Asks(UnboundedSender<Request>);

impl Asks {
    fn ask<T>(&self, request: impl FnOnce(Answer<T>) -> Request) -> Result<T, Interrupted> {
        let (answer, answered) = mpsc::sync_channel(1);
        self.0.send(request(Answer(answer))).map_err(|_| Interrupted)?;
        answered.recv().map_err(|_| Interrupted)
    }
}

impl Session for Asks {
    fn invoke(&self, call: Call) -> Result<(), Interrupted> {
        self.0.send(Request::Invoke(call)).map_err(|_| Interrupted)
    }

    fn wait(&self, id: &str) -> Result<Settled, Interrupted> {
        self.ask(|answer| Request::Wait(id.to_owned(), answer))
    }

    fn select(&self, ids: &[String]) -> Result<usize, Interrupted> {
        self.ask(|answer| Request::Select(ids.to_vec(), answer))
    }

    fn cancel(&self, id: &str) {
        let _ = self.0.send(Request::Cancel(id.to_owned()));
    }
}
