//! `health URL`: asks a health address once; what container health checks run.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};

use crate::{args::HealthArgs, terminal};

/// Succeeds when the address answers 2xx within five seconds.
pub(crate) async fn run(args: &HealthArgs) -> Result<(), String> {
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let url = args.url.parse().map_err(|error| format!("{}: {error}", args.url))?;
    let answer = tokio::time::timeout(Duration::from_secs(5), client.get(url)).await;
    let response = answer
        .map_err(|_| format!("{}: no answer within 5 s", args.url))?
        .map_err(|error| format!("{}: {error}", args.url))?;
    if !response.status().is_success() {
        return Err(format!("{}: {}", args.url, response.status()));
    }
    terminal::say(format_args!("{}: {}", args.url, response.status()));
    Ok(())
}
