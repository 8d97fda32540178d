//! A subscription over server-sent events, as the router opens it.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt;
use kit::principal::PRINCIPAL_HEADER;
use kit::{Caller, Clock, PrincipalKey};
use serde_json::{Value, json};
use testing::subgraph::PATIENCE;
use tower::ServiceExt;

/// An open subscription.
pub(crate) struct Watch {
    body: Body,
    text: String,
}

impl Watch {
    pub(super) async fn open(
        routes: axum::Router,
        key: &PrincipalKey,
        caller: &Caller,
        query: &str,
        variables: Value,
    ) -> Watch {
        let mut request = Request::post("/graphql")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "text/event-stream");
        if let Some(token) = key.sign(caller, Clock::system().now()).unwrap() {
            request = request.header(PRINCIPAL_HEADER, token);
        }
        let body = json!({"query": query, "variables": variables}).to_string();
        let response = routes.oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        Watch { body: response.into_body(), text: String::new() }
    }

    /// The next result, which must come.
    pub(crate) async fn next(&mut self) -> Value {
        self.next_within(PATIENCE).await.expect("the subscription is silent")
    }

    /// The next result; None if nothing comes in time or the stream has ended.
    pub(crate) async fn next_within(&mut self, patience: Duration) -> Option<Value> {
        tokio::time::timeout(patience, self.read()).await.ok().flatten()
    }

    async fn read(&mut self) -> Option<Value> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                if event.contains("event: complete") {
                    return None;
                }
                if let Some(data) = event.lines().find_map(|line| line.strip_prefix("data: ")) {
                    return Some(serde_json::from_str(data).unwrap());
                }
                continue;
            }
            let frame = self.body.frame().await?.unwrap();
            if let Some(data) = frame.data_ref() {
                self.text.push_str(std::str::from_utf8(data).unwrap());
            }
        }
    }
}
