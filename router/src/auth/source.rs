//! Asks the token issuer for a small JSON document, over HTTP or inside the process.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, header::ACCEPT},
};
use bytes::Bytes;
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout};
use tower::ServiceExt;

use crate::transport::http::HttpClient;

/// Longest time one document may take.
pub(super) const TIMEOUT: Duration = Duration::from_secs(5);

/// The document at a URL, up to `limit` bytes.
pub(super) async fn url(client: &HttpClient, url: &str, limit: usize) -> Result<Bytes, String> {
    client.get(url, Instant::now() + TIMEOUT, limit).await.map_err(|error| error.to_string())
}

/// The document at a path of a service in this process.
pub(super) async fn in_process(router: &axum::Router, path: &str) -> Result<Bytes, String> {
    let request = Request::get(path).header(ACCEPT, "application/json").body(Body::empty());
    let request = request.map_err(|error| error.to_string())?;
    let asking = async {
        let Ok(response) = router.clone().oneshot(request).await;
        if !response.status().is_success() {
            return Err(format!("status {}", response.status()));
        }
        response.into_body().collect().await.map(|body| body.to_bytes()).map_err(|error| error.to_string())
    };
    timeout(TIMEOUT, asking).await.map_err(|_| "it took too long".to_owned())?
}
