//! `graphql-transport-ws` for routers and tools that speak it to subgraphs; our own router uses server-sent events.

use std::net::IpAddr;
use std::sync::Arc;

use async_graphql::futures_util::stream::BoxStream;
use async_graphql::http::ALL_WEBSOCKET_PROTOCOLS;
use async_graphql::{Data, Executor, ObjectType, Request, Response, SubscriptionType};
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::{HeaderMap, StatusCode};
use futures_util::StreamExt;

use super::http::{Front, client_address, prepared, refusal, verified_caller};
use super::masking::mask;
use crate::viewer::{Caller, ClientAddress};

/// The operations of one socket: all of them as the caller of the upgrade request.
struct Session<Q, M, S> {
    front: Arc<Front<Q, M, S>>,
    caller: Caller,
    address: Option<IpAddr>,
}

impl<Q, M, S> Clone for Session<Q, M, S> {
    fn clone(&self) -> Self {
        Self { front: Arc::clone(&self.front), caller: self.caller.clone(), address: self.address }
    }
}

impl<Q, M, S> Session<Q, M, S> {
    fn prepared(&self, request: Request) -> Request {
        prepared(request, self.caller.clone(), &self.front.parts).data(ClientAddress(self.address))
    }
}

impl<Q, M, S> Executor for Session<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    async fn execute(&self, request: Request) -> Response {
        mask(self.front.schema.execute(self.prepared(request)).await)
    }

    fn execute_stream(&self, request: Request, _session: Option<Arc<Data>>) -> BoxStream<'static, Response> {
        self.front.schema.execute_stream(self.prepared(request)).map(mask).boxed()
    }
}

/// Upgrades a connection whose principal verifies, or that has none.
pub(super) async fn socket<Q, M, S>(
    State(front): State<Arc<Front<Q, M, S>>>,
    headers: HeaderMap,
    protocol: GraphQLProtocol,
    upgrade: WebSocketUpgrade,
) -> axum::response::Response
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let caller = match verified_caller(&headers, &front.parts) {
        Ok(caller) => caller,
        Err(error) => return refusal(StatusCode::UNAUTHORIZED, error),
    };
    let session = Session { front, caller, address: client_address(&headers) };
    upgrade
        .protocols(ALL_WEBSOCKET_PROTOCOLS)
        .on_upgrade(move |stream| GraphQLWebSocket::new(stream, session, protocol).serve())
}
