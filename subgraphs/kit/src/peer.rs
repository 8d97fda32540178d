//! Asking another subgraph about its entities, as a service rather than as the user at hand.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, Response, StatusCode, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::clock::Clock;
use crate::correlation;
use crate::error::{Error, RETRYABLE, Result};
use crate::principal::{PRINCIPAL_HEADER, PrincipalKey};
use crate::server::REQUEST_ID_HEADER;
use crate::viewer::Caller;

/// How long a peer may take, unless it is given more.
const PATIENCE: Duration = Duration::from_secs(10);

/// The largest answer that is read, in bytes.
const MAX_ANSWER: usize = 32 * 1024 * 1024;

/// Where a subgraph is.
#[derive(Clone)]
enum Target {
    Http(String),
    Router(axum::Router),
}

/// Where all subgraphs are. Clones share one list, so that services of one process may be registered after they were
/// given it.
#[derive(Clone, Default)]
pub struct Directory(Arc<RwLock<BTreeMap<String, Target>>>);

impl Directory {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// A subgraph over HTTP: the whole URL of its GraphQL endpoint, `http://partner:4003/graphql`.
    pub fn http(&self, subgraph: &str, url: &str) {
        self.set(subgraph, Target::Http(url.to_owned()));
    }

    /// A subgraph in this process.
    pub fn in_process(&self, subgraph: &str, router: axum::Router) {
        self.set(subgraph, Target::Router(router));
    }

    fn set(&self, subgraph: &str, target: Target) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(subgraph.to_owned(), target);
    }

    fn get(&self, subgraph: &str) -> Result<Target> {
        let targets = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let target = targets.get(subgraph).cloned();
        target.ok_or_else(|| Error::internal(format!("no address for the subgraph {subgraph}")))
    }
}

/// What one subgraph asks the others with.
#[derive(Clone)]
pub struct Peers {
    name: String,
    directory: Directory,
    key: PrincipalKey,
    http: Client<HttpConnector, Full<Bytes>>,
    patience: Duration,
}

impl fmt::Debug for Peers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peers").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Peers {
    /// `name` is the subgraph that asks.
    pub fn new(name: &str, directory: Directory, key: PrincipalKey) -> Self {
        let http = Client::builder(TokioExecutor::new()).build_http();
        Self { name: name.to_owned(), directory, key, http, patience: PATIENCE }
    }

    /// The same with another limit to how long a peer may take.
    pub fn patient(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The entities of another subgraph, one answer per representation, None where there is no such entity.
    /// `selection` goes into `_entities`: `... on Order { id number }`.
    pub async fn entities(
        &self,
        subgraph: &str,
        selection: &str,
        representations: Vec<Value>,
    ) -> Result<Vec<Option<Value>>> {
        if representations.is_empty() {
            return Ok(Vec::new());
        }
        let asked = representations.len();
        let query = format!(
            "query ($representations: [_Any!]!) {{ _entities(representations: $representations) {{ {selection} }} }}"
        );
        let data = self.query(subgraph, &query, json!({ "representations": representations })).await?;
        let found = match data.get("_entities") {
            Some(Value::Array(found)) if found.len() == asked => found,
            _ => {
                return Err(Error::internal(format!(
                    "{subgraph} gave another number of entities than asked for"
                )));
            }
        };
        Ok(found.iter().map(|entity| (!entity.is_null()).then(|| entity.clone())).collect())
    }

    /// The `data` of any operation on another subgraph, asked as this service. Errors: the peer cannot be reached, or
    /// its answer has errors; their text goes to the log.
    pub async fn query(&self, subgraph: &str, query: &str, variables: Value) -> Result<Value> {
        let caller = Caller::Service { name: self.name.clone() };
        let body = json!({ "query": query, "variables": variables });
        let (status, answer) = self.ask(subgraph, &caller, &body).await?;
        if let Some(errors) = answer.get("errors") {
            let cause = format!("{subgraph} answered {status}: {errors}");
            let passing = errors.as_array().is_some_and(|errors| errors.iter().all(is_retryable));
            return Err(if passing { Error::unavailable(cause) } else { Error::internal(cause) });
        }
        answer
            .get("data")
            .cloned()
            .ok_or_else(|| Error::internal(format!("{subgraph} answered {status} without data")))
    }

    /// The whole answer to an operation, asked as `caller`: what a router would get. Tests use it as the front door.
    pub async fn ask(&self, subgraph: &str, caller: &Caller, body: &Value) -> Result<(StatusCode, Value)> {
        let request = |uri: &str| self.request(uri, caller, body);
        let exchange = async {
            match self.directory.get(subgraph)? {
                Target::Http(url) => {
                    let response =
                        self.http.request(request(&url)?.map(Full::new)).await.map_err(Error::unavailable)?;
                    read(response).await
                }
                Target::Router(router) => {
                    let request = request("/graphql")?.map(Body::from);
                    read(router.oneshot(request).await.map_err(Error::internal)?).await
                }
            }
        };
        tokio::time::timeout(self.patience, exchange)
            .await
            .map_err(|_| Error::unavailable(format!("{subgraph} did not answer in {:?}", self.patience)))?
    }

    fn request(&self, uri: &str, caller: &Caller, body: &Value) -> Result<Request<Bytes>> {
        let mut request = Request::post(uri)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .header(REQUEST_ID_HEADER, correlation::current());
        if let Some(token) = self.key.sign(caller, Clock::system().now())? {
            request = request.header(PRINCIPAL_HEADER, token);
        }
        request.body(serde_json::to_vec(body)?.into()).map_err(Error::internal)
    }
}

/// True if the peer says that the fault is neither in the question nor in itself, but in something that is away.
fn is_retryable(error: &Value) -> bool {
    error["extensions"][RETRYABLE] == true
}

async fn read<B>(response: Response<B>) -> Result<(StatusCode, Value)>
where
    B: hyper::body::Body + Send,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let status = response.status();
    let body = Limited::new(response.into_body(), MAX_ANSWER).collect().await.map_err(Error::unavailable)?;
    let answer = serde_json::from_slice(&body.to_bytes()).map_err(|error| {
        let cause = format!("answer {status} is not JSON: {error}");
        // Something between us and a peer that is away.
        if status.is_server_error() { Error::unavailable(cause) } else { Error::internal(cause) }
    })?;
    Ok((status, answer))
}
