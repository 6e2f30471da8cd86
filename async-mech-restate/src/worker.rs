//! The service that Restate sees: a handler for each durable function of this program, and one that
//! runs roots.

use std::collections::{BTreeSet, HashMap};
use std::error::Error as StdError;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use async_mech::durable::{self, Call, Failed, Function, Kind};
use async_mech_bridge::Body;
use restate_sdk::discovery;
use restate_sdk::endpoint::{ContextInternal, Endpoint, InputMetadata, ServiceOptions};
use restate_sdk::errors::{HandlerResult, TerminalError};
use restate_sdk::service::macro_support::{ServiceBoxFuture, service_definition};
use restate_sdk::service::{Service, ServiceDefinition};
use serde_json::json;

use crate::admin::Admin;
use crate::recorded::{Diverged, Recorded, stopped};
use crate::run::{End, run};
use crate::wire::{self, ROOT, Root, Stamp};

/// What serves a group in this process.
pub(crate) struct Worker {
    /// By handler.
    functions: HashMap<String, &'static Function>,
    admin: Arc<Admin>,
    diverged: Diverged,
    /// For messages: its process, address and group.
    shown: String,
}

impl Worker {
    /// Of all durable functions of the program. `at` is where it listens.
    pub(crate) fn new(group: &str, at: &str, admin: Arc<Admin>) -> Result<Worker, durable::Error> {
        let functions = durable::functions()?;
        let functions = functions.map(|function| (wire::handler(function.name()), function));
        let shown = format!("process {} at {at}, group `{group}`", std::process::id());
        Ok(Worker { functions: functions.collect(), admin, diverged: Diverged::default(), shown })
    }

    /// The handlers that it is to have: those of its functions, and those that the group had before.
    /// What this worker lacks fails here. A handler that Restate did not know any more would be asked
    /// for again and again by whoever invokes it.
    pub(crate) fn handlers(&self, before: Vec<String>) -> BTreeSet<String> {
        self.functions.keys().cloned().chain([ROOT.to_owned()]).chain(before).collect()
    }

    /// The endpoint that Restate is to find.
    pub(crate) fn endpoint(
        self: Arc<Self>,
        service: &str,
        handlers: &BTreeSet<String>,
        options: ServiceOptions,
    ) -> Result<Endpoint, serde_json::Error> {
        let handlers = handlers.iter().map(|name| {
            json!({
                "name": name,
                "input": { "required": false, "contentType": "*/*" },
                "output": { "contentType": "application/json", "setContentTypeIfEmpty": false },
            })
        });
        let handlers: Vec<_> = handlers.collect();
        let found = json!({ "name": service, "ty": "SERVICE", "handlers": handlers });
        let found: discovery::Service = serde_json::from_value(found)?;
        let definition: ServiceDefinition = service_definition(Handlers(self), found);
        Ok(Endpoint::builder().bind(definition.options(options)).build())
    }

    async fn handle(
        &self,
        ctx: &ContextInternal,
        input: Vec<u8>,
        meta: InputMetadata,
    ) -> HandlerResult<Vec<u8>> {
        let id = meta.headers.get(wire::ID).map(|key| wire::id(key));
        // Who invokes a handler by hand need not give an id.
        let id = id.unwrap_or_else(|| meta.invocation_id.clone());
        let handler = ctx.handler_name();
        let (call, root) = match handler {
            ROOT => {
                let call = Root::decode(&id, &input)
                    .map_err(|error| TerminalError::new(format!("no call of a root: {error}")))?;
                let stamp = Stamp::of(&call);
                (call, Some(stamp))
            }
            _ => (Call::new(id, wire::function(handler), input), None),
        };
        let Some(function) = self.functions.get(&wire::handler(&call.function)) else {
            let message =
                format!("the worker that was to run it has no such function ({})", self.shown);
            let failed = Failed::new(Kind::Failed, &call.function, message);
            return Ok(wire::encode(Err(failed), &call.function, root)?);
        };
        let mut recorded = self.recorded(&meta.invocation_id).await;
        let body = Body::start(function, &call.id, call.args);
        let settled = match run(ctx, body, &mut recorded).await {
            End::Settled(settled) => recorded.ended(ctx, function.name(), settled),
            End::Cancelled => Err(Failed::new(Kind::Cancelled, function.name(), "")),
            End::Diverged => {
                self.diverged.insert(&meta.invocation_id);
                // The SDK drops this, and tells Restate why.
                return poll_fn(|task| {
                    task.waker().wake_by_ref();
                    Poll::Pending
                })
                .await;
            }
            End::Lost => return Err(Lost.into()),
        };
        Ok(wire::encode(settled, function.name(), root)?)
    }

    /// What Restate expects of an invocation that has diverged.
    async fn recorded(&self, invocation: &str) -> Recorded {
        if !self.diverged.contains(invocation) {
            return Recorded::default();
        }
        match self.admin.commands(invocation).await {
            Ok(commands) => Recorded::of(commands),
            // It diverges again, and is tried again.
            Err(_) => Recorded::default(),
        }
    }
}

/// Restate is to try again.
#[derive(Debug)]
struct Lost;

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the thread that ran the execution has gone")
    }
}

impl StdError for Lost {}

struct Handlers(Arc<Worker>);

impl Service for Handlers {
    type Future = ServiceBoxFuture;

    fn handle(&self, ctx: ContextInternal) -> ServiceBoxFuture {
        let worker = Arc::clone(&self.0);
        Box::pin(async move {
            let (input, meta) = ctx.input::<Vec<u8>>().await;
            let invocation = meta.invocation_id.clone();
            let result = worker.handle(&ctx, input, meta).await;
            ctx.handle_handler_result(result);
            match stopped(&ctx) {
                true => worker.diverged.insert(&invocation),
                false => worker.diverged.remove(&invocation),
            }
            ctx.end();
            Ok(())
        })
    }
}
