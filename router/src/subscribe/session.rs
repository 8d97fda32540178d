//! Whose stream it is: the caller's token may be replaced while the stream runs, and ends it when it expires.

use std::{future::pending, sync::Arc, time::Duration};

use tokio::{sync::watch, time::sleep};

use crate::{auth::Identity, config::Now};

/// A view of the caller's current identity.
#[derive(Clone)]
pub(crate) struct Session {
    identity: watch::Receiver<Option<Arc<Identity>>>,
    now: Now,
}

impl Session {
    /// A caller whose token cannot be replaced: HTTP.
    pub(crate) fn fixed(identity: Option<Arc<Identity>>, now: Now) -> Self {
        Self { identity: watch::channel(identity).1, now }
    }

    /// A caller whose token is replaced through the sender: WebSocket.
    pub(crate) fn following(identity: watch::Receiver<Option<Arc<Identity>>>, now: Now) -> Self {
        Self { identity, now }
    }

    /// The caller now.
    pub(crate) fn identity(&self) -> Option<Arc<Identity>> {
        self.identity.borrow().clone()
    }

    /// Resolves when the caller's latest token has expired. Never for anonymous callers.
    pub(crate) async fn expired(&mut self) {
        loop {
            let expires = self.identity.borrow_and_update().as_ref().map(|identity| identity.expires);
            let left = expires.map(|at| Duration::from_secs(at.saturating_sub(self.now.seconds())));
            let end = async {
                match left {
                    Some(left) => sleep(left).await,
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
