//! Second attempts: what only reads is sent again when its subgraph could not be reached, as long as that is the exception.
//!
//! A subgraph that restarts breaks a few connections, and nobody should notice. One that is down gets few requests more than
//! without this: attempts are paid from a purse that requests fill slowly.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use federation::operation::OperationKind;
use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep};

use crate::transport::{EventStream, SubgraphRequest, SubgraphResponse, Transport, TransportError};

/// The pauses before the second and the third attempt.
const PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(250)];
/// What an attempt costs in requests: in the long run one in ten requests may be sent again.
const PRICE: u32 = 10;
/// The most that a purse holds, and what it begins with.
const FULL: u32 = 20 * PRICE;

/// One subgraph, how long it may take, and what may still be sent to it again.
pub(crate) struct Route {
    pub(crate) transport: Arc<dyn Transport>,
    /// For one request, all attempts together.
    pub(crate) timeout: Duration,
    purse: Purse,
}

impl Route {
    pub(crate) fn new(transport: Arc<dyn Transport>, timeout: Duration) -> Self {
        Self { transport, timeout, purse: Purse::default() }
    }

    /// Asks the subgraph; a mutation is never sent twice.
    pub(crate) async fn execute(&self, request: SubgraphRequest) -> Result<SubgraphResponse, TransportError> {
        let pauses = if request.operation == OperationKind::Mutation { &[] } else { &PAUSES[..] };
        self.send(request, pauses, |request| self.transport.execute(request)).await
    }

    /// Opens a stream. Once it is open, its end is not for us to mend: only the client knows what it has seen.
    pub(crate) async fn subscribe(&self, request: SubgraphRequest) -> Result<EventStream, TransportError> {
        self.send(request, &PAUSES, |request| self.transport.subscribe(request)).await
    }

    /// Sends a request, and again after each pause while there is reason to.
    async fn send<'a, T>(
        &'a self,
        request: SubgraphRequest,
        pauses: &[Duration],
        attempt: impl Fn(SubgraphRequest) -> BoxFuture<'a, Result<T, TransportError>>,
    ) -> Result<T, TransportError> {
        self.purse.fill();
        for pause in pauses {
            let answer = attempt(request.clone()).await;
            if !self.goes_again(answer.as_ref().err(), request.deadline, *pause).await {
                return answer;
            }
        }
        attempt(request).await
    }

    /// Waits for the next attempt, if there is a reason, time and means for one.
    async fn goes_again(&self, error: Option<&TransportError>, deadline: Instant, pause: Duration) -> bool {
        let Some(error @ TransportError::Unreachable(_)) = error else { return false };
        let goes = Instant::now() + pause < deadline && self.purse.pay();
        if goes {
            tracing::debug!(%error, "a subgraph is asked again");
            sleep(pause).await;
        }
        goes
    }
}

/// What second attempts are paid from.
struct Purse(AtomicU32);

impl Default for Purse {
    fn default() -> Self {
        Self(AtomicU32::new(FULL))
    }
}

impl Purse {
    /// A request was made.
    fn fill(&self) {
        let add = |purse: u32| (purse < FULL).then_some(purse + 1);
        // A full purse stays as it is.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }

    /// Whether another attempt can be paid.
    fn pay(&self) -> bool {
        let take = |purse: u32| purse.checked_sub(PRICE);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
    use futures_util::FutureExt;

    use super::*;

    /// Counts how often it is asked, and is never reached.
    struct Down(AtomicU32);

    impl Transport for Down {
        fn execute(&self, _: SubgraphRequest) -> BoxFuture<'_, Result<SubgraphResponse, TransportError>> {
            self.0.fetch_add(1, Ordering::Relaxed);
            async { Err(TransportError::Unreachable("down".into())) }.boxed()
        }

        fn subscribe(&self, _: SubgraphRequest) -> BoxFuture<'_, Result<EventStream, TransportError>> {
            self.0.fetch_add(1, Ordering::Relaxed);
            async { Err(TransportError::Unreachable("down".into())) }.boxed()
        }
    }

    fn request(operation: OperationKind) -> SubgraphRequest {
        let deadline = Instant::now() + Duration::from_secs(600);
        SubgraphRequest { body: "{}".into(), headers: HeaderMap::new(), operation, deadline }
    }

    #[tokio::test]
    async fn reads_are_sent_again_and_mutations_are_not() {
        for (operation, attempts) in
            [(OperationKind::Query, 3), (OperationKind::Subscription, 3), (OperationKind::Mutation, 1)]
        {
            let down = Arc::new(Down(AtomicU32::new(0)));
            let route = Route::new(Arc::clone(&down) as Arc<dyn Transport>, Duration::from_secs(1));
            let failed = match operation {
                OperationKind::Subscription => route.subscribe(request(operation)).await.is_err(),
                _ => route.execute(request(operation)).await.is_err(),
            };
            assert!(failed && down.0.load(Ordering::Relaxed) == attempts, "{operation:?}");
        }
    }

    #[test]
    fn a_subgraph_that_stays_down_is_spared() {
        let purse = Purse::default();
        let mut more = 0;
        for _ in 0..1000 {
            purse.fill();
            more += u32::from(purse.pay());
        }
        assert_eq!(more, (FULL + 1000 - 1) / PRICE, "a reserve, then one in ten");
    }
}
