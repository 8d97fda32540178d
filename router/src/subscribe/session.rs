//! Whose stream it is: the caller's token may be replaced while the stream runs, and ends it when it expires.

use std::{future::pending, sync::Arc, time::Duration};

use tokio::{sync::watch, time::sleep};

use crate::{auth::Identity, context};

/// A view of the caller's current identity.
#[derive(Clone)]
pub(crate) struct Session {
    identity: watch::Receiver<Option<Arc<Identity>>>,
}

impl Session {
    /// A caller whose token cannot be replaced: HTTP.
    pub(crate) fn fixed(identity: Option<Arc<Identity>>) -> Self {
        Self { identity: watch::channel(identity).1 }
    }

    /// A caller whose token is replaced through the sender: WebSocket.
    pub(crate) fn following(identity: watch::Receiver<Option<Arc<Identity>>>) -> Self {
        Self { identity }
    }

    /// The caller now.
    pub(crate) fn identity(&self) -> Option<Arc<Identity>> {
        self.identity.borrow().clone()
    }

    /// Resolves when the caller's latest token has expired. Never for anonymous callers.
    pub(crate) async fn expired(&mut self) {
        loop {
            let expires = self.identity.borrow_and_update().as_ref().map(|identity| identity.expires);
            let end = async {
                match expires {
                    Some(at) => sleep(Duration::from_secs(at.saturating_sub(context::now()))).await,
                    None => pending().await,
                }
            };
            tokio::pin!(end);
            tokio::select! {
                () = &mut end => return,
                changed = self.identity.changed() => {
                    if changed.is_err() {
                        return end.await;
                    }
                }
            }
        }
    }
}
