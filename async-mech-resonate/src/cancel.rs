//! Cancellation goes down: the server tells nobody, and those who are suspended are told by nobody
//! else.

use std::sync::Arc;

use resonate_sdk::types::PromiseState;
use tokio::task::JoinSet;

use crate::shared::{AT_ONCE, Shared};

/// Cancels what that execution has invoked, and what that has invoked. It has been cancelled itself,
/// so nothing is added meanwhile.
pub(crate) async fn down(shared: Arc<Shared>, id: String) {
    let (mut waiting, mut going) = (vec![id], JoinSet::new());
    loop {
        while going.len() < AT_ONCE
            && let Some(id) = waiting.pop()
        {
            going.spawn(children(Arc::clone(&shared), id));
        }
        match going.join_next().await {
            Some(children) => waiting.extend(children.unwrap_or_default()),
            None => return,
        }
    }
}

/// Cancels its children, and names those that have been.
async fn children(shared: Arc<Shared>, parent: String) -> Vec<String> {
    let (mut cancelled, mut missing) = (Vec::new(), 0);
    for n in 0_usize.. {
        let id = format!("{parent}.{n}");
        match shared.server.cancel(&id).await {
            Ok(promise) => {
                missing = 0;
                if promise.state == PromiseState::RejectedCanceled {
                    cancelled.push(id);
                }
            }
            // Some may have been under way when the process died.
            Err(_) if missing < n.clamp(1, AT_ONCE) => missing += 1,
            Err(_) => break,
        }
    }
    cancelled
}
