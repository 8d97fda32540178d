//! What identity serves beside GraphQL: the keys that verify tokens, the sessions that ended early, and its sweep.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use chrono::{DateTime, Duration as Span};
use kit::scheduler::Timer;
use kit::{Result, Service};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::Identity;
use crate::{keys, otp, session};

/// How often rows are deleted that nobody needs any more.
const SWEEP: Duration = Duration::from_secs(3600);
/// How long codes and spent sessions are kept for questions.
const KEEP_DAYS: i64 = 7;
/// How far an answer reaches back before the moment that was asked for: a session that ended just before may have been committed
/// just after.
const OVERLAP_SECONDS: i64 = 30;

/// Adds the routes and the timer.
pub fn add(service: Service, app: &Arc<Identity>) -> Service {
    service
        .route("/.well-known/jwks.json", get(jwks).with_state(app.clone()))
        .route("/sessions/revoked", get(revoked).with_state(app.clone()))
        .task(sweeper(app.clone()))
}

async fn jwks(State(app): State<Arc<Identity>>) -> Response {
    answer(app.keyring.published(app.clock.now()).await, "public, max-age=300")
}

/// What a poll of the ended sessions asks for.
#[derive(Deserialize)]
struct Since {
    /// `asOf` of the answer before: milliseconds since 1970. Everything that still matters when left out.
    since: Option<i64>,
}

/// Sessions that were ended although access tokens of theirs may still be alive: a router that wants to know at once
/// polls this, with `since` only for what is new. Answers overlap, so one session may come twice.
async fn revoked(State(app): State<Arc<Identity>>, Query(asked): Query<Since>) -> Response {
    answer(revoked_sessions(&app, asked.since).await, "no-store")
}

async fn revoked_sessions(app: &Identity, since: Option<i64>) -> Result<Value> {
    let now = app.clock.now();
    // A session that ended longer ago than an access token lives has none left.
    let all = now - keys::access_lifetime();
    let since = since.and_then(DateTime::from_timestamp_millis);
    let from = since.map_or(all, |since| all.max(since - Span::seconds(OVERLAP_SECONDS)));
    let mut conn = app.pool.acquire().await?;
    let rows = session::repository::revoked_since(&mut conn, from).await?;
    let sessions: Vec<Value> = rows
        .into_iter()
        .map(|(id, at)| json!({ "sid": id, "until": (at + keys::access_lifetime()).timestamp() }))
        .collect();
    Ok(json!({ "asOf": now.timestamp_millis(), "sessions": sessions }))
}

fn answer(body: Result<Value>, cache: &'static str) -> Response {
    match body {
        Ok(body) => ([(header::CACHE_CONTROL, cache)], Json(body)).into_response(),
        Err(error) => {
            tracing::error!(cause = error.log_line(), "route failed");
            (StatusCode::SERVICE_UNAVAILABLE, kit::error::MASKED).into_response()
        }
    }
}

fn sweeper(app: Arc<Identity>) -> kit::server::BackgroundTask {
    let (pool, clock) = (app.pool.clone(), app.clock.clone());
    let sweep = move |tick: kit::scheduler::Tick| {
        let pool = app.pool.clone();
        async move {
            let before = tick.until - chrono::Duration::days(KEEP_DAYS);
            let mut conn = pool.acquire().await?;
            let codes = otp::repository::sweep(&mut conn, before).await?;
            let sessions = session::repository::sweep(&mut conn, before).await?;
            tracing::debug!(codes, sessions, "swept");
            Ok(())
        }
    };
    Timer::new("identity-sweep", SWEEP, &pool, &clock, sweep).task()
}
