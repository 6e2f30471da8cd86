//! The server's ingress: sending roots, and hearing how they end.

use async_mech::durable::{Call, Failed, Kind, Settled};
use http::{HeaderName, HeaderValue, Uri};
use reqwest::Client;
use restate_sdk::context::RequestTarget;
use restate_sdk::ingress::{ClientError, InvocationHandle, Output, ReqwestClient, SendStatus};
use serde::Deserialize;
use tokio::time::timeout;

use crate::admin::said;
use crate::error::{Trouble, why};
use crate::patience::{A_FEW_SECONDS, Failure, patiently};
use crate::wire::{self, ROOT, Root, Stamp};

type Invocation = InvocationHandle<Client, Vec<u8>>;

/// The ingress at a URL, for the roots of a group.
pub(crate) struct Ingress {
    uri: Uri,
    service: String,
    client: ReqwestClient,
}

/// How a root has ended, and what it was, where that is known: Restate may have ended it itself.
pub(crate) struct Ended {
    pub(crate) settled: Settled,
    pub(crate) stamp: Option<Stamp>,
}

impl Ingress {
    pub(crate) fn new(uri: Uri, service: &str, http: Client) -> Result<Ingress, Trouble> {
        let client = ReqwestClient::new(uri.clone(), http);
        let client = client.map_err(|error| {
            Trouble::new(format_args!("`{uri}` is no ingress of Restate"), error)
        })?;
        Ok(Ingress { uri, service: service.to_owned(), client })
    }

    /// Hands a root over. The invocation's id, and whether the promise's id was known before.
    pub(crate) async fn send(&self, call: &Call) -> Result<(String, bool), Trouble> {
        let cannot = |why: String| {
            let Call { id, function, .. } = call;
            Trouble::new(
                format_args!("cannot invoke `{function}` as `{id}` on Restate at {}", self.uri),
                why,
            )
        };
        let key = wire::key(&call.id);
        let body = Root::encode(call).map_err(|error| cannot(error.to_string()))?;
        if body.len() > wire::LONGEST {
            let length = call.args.len();
            let longest = wire::LONGEST;
            return Err(cannot(format!("its arguments have {length} bytes, and {longest} go")));
        }
        let header = HeaderValue::try_from(&key).map_err(|error| cannot(error.to_string()))?;
        patiently(|| async {
            let target = RequestTarget::service(&self.service, ROOT);
            let request = self.client.request::<Vec<u8>, Vec<u8>>(target, body.clone());
            let request = request
                .idempotency_key(&key)
                .header(HeaderName::from_static(wire::ID), header.clone())
                .content_type(HeaderValue::from_static("application/json"));
            let sent = timeout(A_FEW_SECONDS, request.send()).await;
            let sent =
                sent.map_err(|_| Failure::Passing(cannot("it does not answer".to_owned())))?;
            let sent = sent.map_err(|error| self.refused(&error).map(cannot))?;
            let before = sent.send_status() == SendStatus::PreviouslyAccepted;
            Ok((sent.invocation_handle().invocation_id().clone(), before))
        })
        .await
    }

    /// How an invocation has ended, if it has.
    pub(crate) async fn output(
        &self,
        invocation: &str,
        function: &str,
    ) -> Result<Option<Ended>, Failure<String>> {
        let output = timeout(A_FEW_SECONDS, self.handle(invocation).output()).await;
        match output.map_err(|_| Failure::Passing("it does not answer".to_owned()))? {
            Ok(answer) => match answer.into_body() {
                Output::NotReady => Ok(None),
                Output::Ready(output) => Ok(Some(value(&output, function))),
            },
            Err(error) => self.ended(&error, function).map(Some),
        }
    }

    /// How an invocation ends, whenever it does.
    pub(crate) async fn attach(
        &self,
        invocation: &str,
        function: &str,
    ) -> Result<Ended, Failure<String>> {
        match self.handle(invocation).attach().await {
            Ok(output) => Ok(value(output.body(), function)),
            Err(error) => self.ended(&error, function),
        }
    }

    fn handle(&self, invocation: &str) -> Invocation {
        self.client.invocation_handle(invocation)
    }

    /// The failure that an invocation has ended with, if the error is such.
    fn ended(&self, error: &ClientError, function: &str) -> Result<Ended, Failure<String>> {
        #[derive(Deserialize)]
        struct Error {
            #[serde(default)]
            code: u16,
            message: String,
            source: String,
        }
        let body = error.response().map(|response| response.body());
        let said: Option<Error> = body.and_then(|body| serde_json::from_slice(body).ok());
        match said.filter(|said| said.source == "invocation") {
            Some(Error { code, message, .. }) => {
                let (failed, stamp) = wire::failed(code, &message, function);
                Ok(Ended { settled: Err(failed), stamp })
            }
            None => Err(match error {
                ClientError::Status { status, .. } if *status == 404 => {
                    Failure::Lasting("Restate does not know its outcome any more".to_owned())
                }
                _ => self.refused(error),
            }),
        }
    }

    fn refused(&self, error: &ClientError) -> Failure<String> {
        let ClientError::Status { status, response } = error else {
            let message = why(error);
            return match error {
                ClientError::Transport { .. } => Failure::Passing(message),
                _ => Failure::Lasting(message),
            };
        };
        let mut message = format!("it says {status}: {}", said(response.body()));
        match status.as_u16() {
            404 => {
                message.push_str(" (has a worker of this group been started?)");
                // A worker may be about to.
                Failure::Passing(message)
            }
            408 | 429 | 500.. => Failure::Passing(message),
            _ => Failure::Lasting(message),
        }
    }
}

fn value(output: &[u8], function: &str) -> Ended {
    match wire::value(output) {
        Ok((value, stamp)) => Ended { settled: Ok(value), stamp: Some(stamp) },
        Err(error) => {
            let message = format!("what Restate has of it is not understood: {error}");
            Ended { settled: Err(Failed::new(Kind::Failed, function, message)), stamp: None }
        }
    }
}
