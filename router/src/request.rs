//! GraphQL over HTTP: what a client sent, which media type it gets back, with which status.

use std::collections::HashMap;

use axum::{
    body::Body,
    extract::Query,
    http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header},
};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use tokio::time::timeout;

use crate::{
    config::Config,
    error::{ClientError, Failed, code},
};

/// A well-formed request; whether its document is any good is not known yet.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "Sent")]
pub(crate) struct GraphqlRequest {
    /// Empty as long as it is only named.
    pub(crate) query: String,
    pub(crate) document_id: Option<String>,
    pub(crate) operation_name: Option<String>,
    pub(crate) variables: Map<String, Value>,
    pub(crate) extensions: Map<String, Value>,
}

/// A request as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    query: Option<String>,
    document_id: Option<String>,
    operation_name: Option<String>,
    variables: Option<Map<String, Value>>,
    extensions: Option<Map<String, Value>>,
}

impl TryFrom<Sent> for GraphqlRequest {
    type Error = &'static str;

    fn try_from(sent: Sent) -> Result<Self, Self::Error> {
        let extensions = sent.extensions.unwrap_or_default();
        let is_named = sent.document_id.is_some() || extensions.contains_key("persistedQuery");
        if sent.query.is_none() && !is_named {
            return Err("there is no `query`");
        }
        Ok(Self {
            query: sent.query.unwrap_or_default(),
            document_id: sent.document_id,
            operation_name: sent.operation_name,
            variables: sent.variables.unwrap_or_default(),
            extensions,
        })
    }
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    /// `application/graphql-response+json`: the status tells what happened.
    GraphqlResponse,
    /// `application/json`: 200 for every well-formed request.
    Json,
    /// `text/event-stream`, distinct connections mode.
    EventStream,
    /// `multipart/mixed` with `subscriptionSpec`: `{"payload":…}` parts.
    MultipartSubscription,
    /// `multipart/mixed`: a result per part, `hasNext`.
    MultipartIncremental,
}

/// The media types that a client accepts, best first.
#[derive(Clone, Debug)]
pub(crate) struct Accepted(Vec<Media>, bool);

impl Accepted {
    /// Reads `Accept`; without one, `application/json` is assumed as the specification says.
    pub(crate) fn parse(headers: &HeaderMap) -> Self {
        let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let mut entries: Vec<(f32, Media)> = Vec::new();
        let mut any = headers.get(header::ACCEPT).is_none();
        for entry in values.flat_map(|value| value.split(',')) {
            let mut parts = entry.split(';').map(str::trim);
            let name = parts.next().unwrap_or("").to_ascii_lowercase();
            let (mut weight, mut subscription) = (1.0, false);
            for parameter in parts {
                let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
                match key.trim().to_ascii_lowercase().as_str() {
                    "q" => weight = value.trim().parse().unwrap_or(1.0),
                    "subscriptionspec" => subscription = true,
                    _ => {}
                }
            }
            let media = match name.as_str() {
                "application/graphql-response+json" => Media::GraphqlResponse,
                "application/json" => Media::Json,
                "text/event-stream" => Media::EventStream,
                "multipart/mixed" if subscription => Media::MultipartSubscription,
                "multipart/mixed" => Media::MultipartIncremental,
                "*/*" | "application/*" => {
                    any |= weight > 0.0;
                    Media::Json
                }
                _ => continue,
            };
            if weight > 0.0 {
                entries.push((weight, media));
            }
        }
        if entries.is_empty() && any {
            entries.push((1.0, Media::Json));
        }
        entries.sort_by(|a, b| b.0.total_cmp(&a.0));
        Self(entries.into_iter().map(|(_, media)| media).collect(), any)
    }

    /// For one result: JSON if acceptable at all, else a stream of one.
    pub(crate) fn single(&self) -> Option<Media> {
        let json = |media: &&Media| matches!(media, Media::GraphqlResponse | Media::Json);
        self.0.iter().find(json).or(self.0.first()).copied()
    }

    /// For a stream of results.
    pub(crate) fn stream(&self) -> Option<Media> {
        let stream = |media: &&Media| !matches!(media, Media::GraphqlResponse | Media::Json);
        self.0.iter().find(stream).copied().or(self.1.then_some(Media::EventStream))
    }
}

/// Reads a GET or POST.
pub(crate) async fn read(config: &Config, request: Request<Body>) -> Result<GraphqlRequest, ClientError> {
    let (parts, body) = request.into_parts();
    if is_read_only(&parts.method) {
        return from_uri(&parts.uri);
    }
    if media_type(&parts.headers).as_deref() != Some("application/json") {
        let message = "POST requests need the content type application/json.";
        return Err(ClientError::http(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            code::UNSUPPORTED_MEDIA_TYPE,
            message,
        ));
    }
    let body = read_body(config, body).await?;
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => return Err(ClientError::bad_request("The request has no body.")),
        Some(b'[') => return Err(ClientError::bad_request("Batches of operations are not supported.")),
        Some(_) => {}
    }
    json(&body, "The body")
}

/// Whether the method promises that nothing is changed.
pub(crate) fn is_read_only(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

async fn read_body(config: &Config, body: Body) -> Result<Bytes, ClientError> {
    let collected = timeout(config.read_timeout, Limited::new(body, config.max_body_bytes).collect()).await;
    let collected = collected.map_err(|_| {
        let message = "The request's body did not arrive in time.";
        ClientError::http(StatusCode::REQUEST_TIMEOUT, code::REQUEST_TIMEOUT, message)
    })?;
    collected.map(|body| body.to_bytes()).map_err(|error| {
        if error.is::<LengthLimitError>() {
            let message = format!("The request's body is larger than {} bytes.", config.max_body_bytes);
            ClientError::http(StatusCode::PAYLOAD_TOO_LARGE, code::PAYLOAD_TOO_LARGE, message)
        } else {
            ClientError::bad_request("The request's body broke off.")
        }
    })
}

fn from_uri(uri: &Uri) -> Result<GraphqlRequest, ClientError> {
    let parameters = Query::<HashMap<String, String>>::try_from_uri(uri);
    let Query(mut parameters) =
        parameters.map_err(|_| ClientError::bad_request("The URL's parameters cannot be read."))?;
    let mut text = |name: &str| parameters.remove(name).filter(|text| !text.is_empty());
    let map = |text: Option<String>, name: &str| match text {
        Some(text) => json::<Option<Map<String, Value>>>(text.as_bytes(), name),
        None => Ok(None),
    };
    let sent = Sent {
        query: text("query"),
        document_id: text("documentId"),
        operation_name: text("operationName"),
        variables: map(text("variables"), "variables")?,
        extensions: map(text("extensions"), "extensions")?,
    };
    sent.try_into().map_err(|_| ClientError::bad_request("Parameter query is missing."))
}

fn json<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, ClientError> {
    serde_json::from_slice(bytes)
        .map_err(|error| ClientError::bad_request(format!("{what} is not a GraphQL request: {error}.")))
}

/// The content type without its parameters, in lower case.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or("").trim().to_ascii_lowercase())
}

/// Refuses what a foreign page can make a browser send without asking first. A POST always needs a content type that
/// causes a preflight; what is left are GETs, told apart by what browsers say about their origin.
pub(crate) fn guard_against_cross_site(
    config: &Config,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(), ClientError> {
    let refused =
        |message: &str| Err(ClientError::http(StatusCode::FORBIDDEN, code::CROSS_SITE_REFUSED, message));
    let simple = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];
    if is_read_only(method) && media_type(headers).is_some_and(|it| simple.contains(&it.as_str())) {
        return refused("GET requests must not have a form's content type.");
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if text("sec-fetch-site") != Some("cross-site") {
        return Ok(());
    }
    let allowed = |origin: &str| config.cors_origins.iter().any(|it| it == "*" || it == origin);
    if text("origin").is_some_and(allowed) || *method == Method::POST {
        return Ok(());
    }
    refused("Requests from other sites are not allowed here.")
}

/// The answer to a client error in this media type (JSON for all that is not a plain result).
pub(crate) fn failure(error: &ClientError, media: Media) -> Response<Body> {
    let status = match (error.failed, media) {
        (Failed::Http(status), _) => status,
        (Failed::BeforeExecution, Media::GraphqlResponse) => StatusCode::BAD_REQUEST,
        (Failed::BeforeExecution, _) => StatusCode::OK,
    };
    let mut response = result(status, error.body(), media);
    if status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static(r#"Bearer error="invalid_token""#);
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    }
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    }
    response
}

/// A JSON answer.
pub(crate) fn result(status: StatusCode, body: Bytes, media: Media) -> Response<Body> {
    let media_type = match media {
        Media::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
        _ => "application/json; charset=utf-8",
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("accept, accept-encoding"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(value: &'static str) -> Accepted {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(value));
        Accepted::parse(&headers)
    }

    #[test]
    fn one_result_is_json_unless_only_streams_are_accepted() {
        for (accept, expected) in [
            ("application/json", Some(Media::Json)),
            ("application/graphql-response+json, application/json;q=0.9", Some(Media::GraphqlResponse)),
            ("application/json;q=0.5, application/graphql-response+json", Some(Media::GraphqlResponse)),
            ("*/*", Some(Media::Json)),
            ("text/event-stream", Some(Media::EventStream)),
            ("text/event-stream, application/json", Some(Media::Json)),
            ("multipart/mixed;boundary=\"graphql\";subscriptionSpec=1.0,application/json", Some(Media::Json)),
            ("multipart/mixed", Some(Media::MultipartIncremental)),
            ("text/html", None),
            ("application/json;q=0", None),
        ] {
            assert_eq!(accepted(accept).single(), expected, "{accept}");
        }
        assert_eq!(Accepted::parse(&HeaderMap::new()).single(), Some(Media::Json));
    }

    #[test]
    fn streams_go_to_the_first_streaming_type_named() {
        for (accept, expected) in [
            ("text/event-stream", Some(Media::EventStream)),
            (
                "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json",
                Some(Media::MultipartSubscription),
            ),
            ("application/json, text/event-stream, multipart/mixed", Some(Media::EventStream)),
            ("multipart/mixed, text/event-stream;q=0.1", Some(Media::MultipartIncremental)),
            ("*/*", Some(Media::EventStream)),
            ("application/json", None),
        ] {
            assert_eq!(accepted(accept).stream(), expected, "{accept}");
        }
    }
}
