//! The server's admin API: registering, cancelling, and looking at what it has.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::{Client, Method, Response, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::error::{Trouble, why};
use crate::patience::{Failure, patiently};
use crate::wire;

/// Restate asks the worker what it serves before it answers.
const LONGEST: Duration = Duration::from_secs(30);

/// The admin API at a URL.
pub(crate) struct Admin {
    url: Url,
    http: Client,
}

#[derive(Deserialize)]
struct Deployment {
    services: Vec<Registered>,
}

#[derive(Deserialize)]
struct Registered {
    name: String,
    handlers: Vec<Handler>,
}

#[derive(Deserialize)]
struct Handler {
    name: String,
}

#[derive(Deserialize)]
struct Rows<T> {
    rows: Vec<T>,
}

impl Admin {
    pub(crate) fn new(url: Url, http: Client) -> Admin {
        Admin { url, http }
    }

    /// Tells the server to ask the worker at `uri`, and sees that it has found those handlers there:
    /// another process that shares the port may have answered.
    pub(crate) async fn register(
        &self,
        uri: &str,
        service: &str,
        handlers: &BTreeSet<String>,
    ) -> Result<(), Trouble> {
        let cannot = |why: String| self.cannot_register(uri, why);
        let body = json!({ "uri": uri, "force": true });
        patiently(|| async {
            let response = self.ask(Method::POST, "deployments", Some(&body)).await;
            let response = response.map_err(|failure| failure.map(cannot))?;
            let found: Deployment = read(response).await.map_err(|failure| failure.map(cannot))?;
            let mut found = found.services.into_iter();
            let Some(found) = found.find(|found| found.name == service) else {
                let why =
                    format!("another program answers there, which does not serve `{service}`");
                return Err(Failure::Passing(cannot(why)));
            };
            let missing = |handler: &&String| !found.handlers.iter().any(|it| it.name == **handler);
            match handlers.iter().find(missing) {
                None => Ok(()),
                Some(missing) => Err(Failure::Passing(cannot(format!(
                    "a worker without the function `{}` answers there; all workers of a group must \
                     have the same durable functions",
                    wire::function(missing)
                )))),
            }
        })
        .await
    }

    /// The handlers that the server knows a service to have, for the worker at `uri` to register;
    /// none if it does not know the service.
    pub(crate) async fn handlers(&self, uri: &str, service: &str) -> Result<Vec<String>, Trouble> {
        patiently(|| async {
            match self.ask(Method::GET, &format!("services/{service}"), None).await {
                Ok(response) => {
                    let known: Registered = read(response).await?;
                    Ok(known.handlers.into_iter().map(|handler| handler.name).collect())
                }
                Err(Failure::Lasting(_)) => Ok(Vec::new()),
                Err(failure) => Err(failure),
            }
        })
        .await
        .map_err(|why| self.cannot_register(uri, why))
    }

    fn cannot_register(&self, uri: &str, why: String) -> Trouble {
        let Admin { url, .. } = self;
        Trouble::new(format_args!("cannot register the worker {uri} with Restate at {url}"), why)
    }

    /// Cancels an invocation.
    pub(crate) async fn cancel(&self, invocation: &str) -> Result<(), Failure<String>> {
        self.ask(Method::PATCH, &format!("invocations/{invocation}/cancel"), None).await.map(drop)
    }

    /// The invocations of a service under an idempotency key.
    pub(crate) async fn invocations(
        &self,
        service: &str,
        key: &str,
    ) -> Result<Vec<String>, Failure<String>> {
        #[derive(Deserialize)]
        struct Row {
            id: String,
        }
        let query = format!(
            "SELECT id FROM sys_invocation WHERE target_service_name = '{service}' \
             AND idempotency_key = '{key}'"
        );
        Ok(self.query::<Row>(&query).await?.into_iter().map(|row| row.id).collect())
    }

    /// The rows of a query.
    pub(crate) async fn query<T: DeserializeOwned>(
        &self,
        query: &str,
    ) -> Result<Vec<T>, Failure<String>> {
        let response = self.ask(Method::POST, "query", Some(&json!({ "query": query }))).await?;
        let rows: Rows<T> = read(response).await?;
        Ok(rows.rows)
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Response, Failure<String>> {
        let base = self.url.as_str().trim_end_matches('/');
        let mut request = self.http.request(method, format!("{base}/{path}"));
        request = request.header("accept", "application/json");
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let response = timeout(LONGEST, request.send()).await;
        let response = response.map_err(|_| Failure::Passing("it does not answer".to_owned()))?;
        let response = response.map_err(|error| Failure::Passing(why(&error)))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let text = response.text().await.unwrap_or_default();
        let message = format!("it says {status}: {}", said(text.as_bytes()));
        let passing = status.is_server_error() || status.as_u16() == 429;
        Err(if passing { Failure::Passing(message) } else { Failure::Lasting(message) })
    }
}

/// The message in the server's answer.
pub(crate) fn said(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Said {
        message: String,
    }
    match serde_json::from_slice(body) {
        Ok(Said { message }) => message,
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    }
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Failure<String>> {
    let body = response.bytes().await.map_err(|error| Failure::Passing(why(&error)))?;
    serde_json::from_slice(&body)
        .map_err(|error| Failure::Lasting(format!("its answer is not understood: {error}")))
}
