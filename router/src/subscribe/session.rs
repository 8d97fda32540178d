//! Whose stream it is: the caller's token may be replaced while the stream runs, and ends it when it expires or is revoked.

use std::{future::pending, sync::Arc, time::Duration};

use tokio::{sync::watch, time::sleep};

use crate::{
    auth::{Identity, Revocations},
    config::Now,
    error::code,
    shared::Shared,
};

/// A view of the caller's current identity.
#[derive(Clone)]
pub(crate) struct Session {
    identity: watch::Receiver<Option<Arc<Identity>>>,
    revocations: Arc<Revocations>,
    now: Now,
}

/// Why a caller's streams end before they are through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Expired,
    Revoked,
}

impl Ended {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Expired => code::TOKEN_EXPIRED,
            Self::Revoked => code::UNAUTHENTICATED,
        }
    }

    /// As a close frame says it: without a full stop.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Expired => "The access token has expired",
            Self::Revoked => "The access token has been revoked",
        }
    }
}

impl Session {
    /// A caller whose token cannot be replaced: HTTP.
    pub(crate) fn fixed(identity: Option<Arc<Identity>>, shared: &Shared) -> Self {
        Self::following(watch::channel(identity).1, shared)
    }

    /// A caller whose token is replaced through the sender: WebSocket.
    pub(crate) fn following(identity: watch::Receiver<Option<Arc<Identity>>>, shared: &Shared) -> Self {
        let revocations = Arc::clone(&shared.authenticator.revocations);
        Self { identity, revocations, now: shared.config.now.clone() }
    }

    /// The caller now.
    pub(crate) fn identity(&self) -> Option<Arc<Identity>> {
        self.identity.borrow().clone()
    }

    /// Resolves when the caller's latest token is no longer good. Never for anonymous callers.
    pub(crate) async fn ended(&mut self) -> Ended {
        loop {
            let identity = self.identity.borrow_and_update().clone();
            let end = end_of(identity, &self.revocations, &self.now);
            tokio::pin!(end);
            tokio::select! {
                ended = &mut end => return ended,
                changed = self.identity.changed() => {
                    if changed.is_err() {
                        return end.await;
                    }
                }
            }
        }
    }
}

async fn end_of(identity: Option<Arc<Identity>>, revocations: &Revocations, now: &Now) -> Ended {
    let Some(identity) = identity else { return pending().await };
    let left = Duration::from_secs(identity.expires.saturating_sub(now.seconds()));
    tokio::select! {
        () = sleep(left) => Ended::Expired,
        () = revocations.revoked(&identity) => Ended::Revoked,
    }
}
