//! A subscriber over server-sent events, as the router is one.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt;
use kit::{Caller, Clock, PrincipalKey};
use serde_json::{Value, json};
use testing::subgraph::PATIENCE;
use tower::ServiceExt;

use super::World;

/// One open subscription.
pub(crate) struct Watcher {
    body: BodyDataStream,
    text: String,
}

impl Watcher {
    /// Subscribes as somebody.
    pub(crate) async fn open(world: &World, caller: &Caller, query: &str, variables: Value) -> Watcher {
        let key = PrincipalKey::new(&[7; 32]).unwrap_or_else(|error| panic!("{}", error.log_line()));
        let token =
            key.sign(caller, Clock::system().now()).unwrap_or_else(|error| panic!("{}", error.log_line()));
        let mut request = axum::http::Request::post("/graphql")
            .header("content-type", "application/json")
            .header("accept", "text/event-stream");
        if let Some(token) = token {
            request = request.header("x-dk-principal", token);
        }
        let body = Body::from(json!({"query": query, "variables": variables}).to_string());
        let response = world.routes().oneshot(request.body(body).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        Watcher { body: response.into_body().into_data_stream(), text: String::new() }
    }

    /// The next result; None when the stream is complete.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        tokio::time::timeout(PATIENCE, self.read()).await.expect("an event in time")
    }

    /// The next `count` results, each reduced to what `pick` takes of the field.
    pub(crate) async fn take<T>(&mut self, count: usize, field: &str, pick: impl Fn(&Value) -> T) -> Vec<T> {
        let mut taken = Vec::new();
        while taken.len() < count {
            let result = self.next().await.expect("the stream goes on");
            assert!(result.get("errors").is_none(), "{result}");
            taken.push(pick(&result["data"][field]));
        }
        taken
    }

    /// The next result if one comes soon.
    pub(crate) async fn soon(&mut self) -> Option<Value> {
        tokio::time::timeout(Duration::from_millis(1_500), self.read()).await.ok().flatten()
    }

    /// True if nothing comes for a while.
    pub(crate) async fn is_silent(&mut self) -> bool {
        self.soon().await.is_none()
    }

    async fn read(&mut self) -> Option<Value> {
        loop {
            while let Some((message, rest)) = self.text.split_once("\n\n") {
                let (message, rest) = (message.to_owned(), rest.to_owned());
                self.text = rest;
                if message.contains("event: complete") {
                    return None;
                }
                if let Some(data) = message.lines().find_map(|line| line.strip_prefix("data: ")) {
                    return Some(serde_json::from_str(data).unwrap());
                }
            }
            let chunk = self.body.next().await?.unwrap();
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}
