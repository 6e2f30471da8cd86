//! A Resonate server over HTTP: requests, and the stream of its messages.
//!
//! The SDK has a network of its own, which does not tell when the stream is up, and so which messages
//! may have been lost; which waits for up to a minute before it tries again; and which takes the plain
//! text of a proxy or of a limit for an answer that cannot be read.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, RequestBuilder};
use resonate_sdk::error::{Error, Result};
use resonate_sdk::network::Network;
use tokio::sync::watch;
use tokio::task::AbortHandle;

type Callbacks = Arc<RwLock<Vec<Box<dyn Fn(String) + Send + Sync>>>>;

/// How long the stream stays down at the longest, if the server is there.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// See the module.
pub(crate) struct Http {
    url: String,
    token: Option<String>,
    group: String,
    pid: String,
    unicast: String,
    anycast: String,
    client: Client,
    callbacks: Callbacks,
    /// How often the stream has been up.
    connected: Arc<watch::Sender<u64>>,
    stream: Mutex<Option<AbortHandle>>,
}

impl Http {
    /// `group` is the one that it takes messages of.
    pub(crate) fn new(url: &str, token: Option<String>, group: &str, pid: &str) -> Result<Http> {
        let client = Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .tcp_keepalive(Duration::from_secs(15))
            .build()?;
        Ok(Http {
            url: url.trim_end_matches('/').to_owned(),
            token,
            group: group.to_owned(),
            pid: pid.to_owned(),
            unicast: format!("poll://uni@{group}/{pid}"),
            anycast: format!("poll://any@{group}/{pid}"),
            client,
            callbacks: Callbacks::default(),
            connected: Arc::new(watch::Sender::new(0)),
            stream: Mutex::new(None),
        })
    }

    /// How often the stream of messages has been up: whenever that grows, some may have been lost.
    pub(crate) fn connected(&self) -> Arc<watch::Sender<u64>> {
        Arc::clone(&self.connected)
    }
}

fn with_token(request: RequestBuilder, token: Option<&str>) -> RequestBuilder {
    match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    }
}

#[async_trait]
impl Network for Http {
    fn pid(&self) -> &str {
        &self.pid
    }

    fn group(&self) -> &str {
        &self.group
    }

    fn unicast(&self) -> &str {
        &self.unicast
    }

    fn anycast(&self) -> &str {
        &self.anycast
    }

    async fn start(&self) -> Result<()> {
        let url = format!("{}/poll/{}/{}", self.url, self.group, self.pid);
        let request = with_token(self.client.get(url), self.token.as_deref());
        let (callbacks, connected) = (Arc::clone(&self.callbacks), Arc::clone(&self.connected));
        let stream = tokio::spawn(async move {
            let mut pause = Duration::ZERO;
            loop {
                tokio::time::sleep(pause).await;
                let request = request.try_clone().expect("it has no body");
                if stream(request, &callbacks, &connected).await {
                    pause = Duration::from_millis(50);
                } else {
                    pause = (2 * pause).clamp(Duration::from_millis(50), LONGEST_PAUSE);
                }
            }
        });
        *self.stream.lock().unwrap_or_else(PoisonError::into_inner) = Some(stream.abort_handle());
        Ok(())
    }

    async fn stop(&self) -> Result<()> {
        if let Some(stream) = self.stream.lock().unwrap_or_else(PoisonError::into_inner).take() {
            stream.abort();
        }
        Ok(())
    }

    async fn send(&self, request: String) -> Result<String> {
        let request = self
            .client
            .post(format!("{}/", self.url))
            .header(CONTENT_TYPE, "application/json")
            .body(request);
        let answer = with_token(request, self.token.as_deref()).send().await?;
        let status = answer.status();
        let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let is_json = kind.is_some_and(|kind| kind.starts_with("application/json"));
        let text = answer.text().await?;
        if is_json {
            return Ok(text);
        }
        // Not from the protocol: from a limit, a proxy, or another program.
        let message = if text.trim_start().starts_with('<') {
            format!("{status}, and a page in place of an answer")
        } else {
            format!("{status}: {}", text.chars().take(200).collect::<String>())
        };
        if status.is_client_error() {
            return Err(Error::ServerError { code: 400, message });
        }
        Err(Error::NetworkError(message))
    }

    fn recv(&self, callback: Box<dyn Fn(String) + Send + Sync>) {
        self.callbacks.write().unwrap_or_else(PoisonError::into_inner).push(callback);
    }

    fn target_resolver(&self, target: &str) -> String {
        format!("poll://any@{target}")
    }
}

/// Passes messages on until the stream ends. Whether it was up.
async fn stream(
    request: RequestBuilder,
    callbacks: &Callbacks,
    connected: &watch::Sender<u64>,
) -> bool {
    let Ok(answer) = request.send().await else { return false };
    let Ok(mut answer) = answer.error_for_status() else { return false };
    connected.send_modify(|times| *times += 1);
    let mut buffer: Vec<u8> = Vec::new();
    while let Ok(Some(bytes)) = answer.chunk().await {
        buffer.extend_from_slice(&bytes);
        while let Some(end) = buffer.windows(2).position(|two| two == b"\n\n") {
            let event: Vec<u8> = buffer.drain(..end + 2).collect();
            for line in String::from_utf8_lossy(&event).lines() {
                let Some(message) = line.strip_prefix("data:") else { continue };
                let callbacks = callbacks.read().unwrap_or_else(PoisonError::into_inner);
                callbacks.iter().for_each(|callback| callback(message.trim().to_owned()));
            }
        }
    }
    true
}
