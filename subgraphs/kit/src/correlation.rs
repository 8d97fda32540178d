//! The id that ties a request to every event it causes, carried beside the task rather than through every signature.

use std::future::Future;

use uuid::Uuid;

tokio::task_local! {
    static CORRELATION: String;
}

/// Runs `work` under a correlation id: a request's id, or the one of the event that is being handled.
pub async fn scope<F: Future>(id: String, work: F) -> F::Output {
    CORRELATION.scope(id, work).await
}

/// The id of the work at hand, or a fresh one outside of any.
pub fn current() -> String {
    CORRELATION.try_with(Clone::clone).unwrap_or_else(|_| Uuid::now_v7().to_string())
}
