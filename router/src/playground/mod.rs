//! GraphiQL with a plan view and a sign-in helper, served from the binary: no CDN, no request to anywhere else.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::config::Config;

/// Nothing outside this origin is ever loaded or called.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self' data:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

/// What the playground shows besides the schema. Comes from outside, so that it can speak of any domain.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PlaygroundData {
    /// The page's title.
    pub title: String,
    /// Operations that are open in tabs at the first visit.
    pub examples: Vec<Example>,
    /// People to sign in as, with one click. For development only.
    pub identities: Vec<DemoIdentity>,
    /// The operations that sign one of them in, in order.
    pub sign_in: Vec<SignInStep>,
}

/// An operation in a tab.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Example {
    /// The tab's title; used where the operation has no name.
    pub title: String,
    /// The document.
    pub query: String,
    /// Its variables.
    pub variables: Map<String, Value>,
}

/// Somebody to sign in as.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DemoIdentity {
    /// Who it is.
    pub label: String,
    /// What they may do, in a few words.
    pub note: String,
    /// Values for the sign-in steps' variables.
    pub values: Map<String, Value>,
}

/// One operation of signing in.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SignInStep {
    /// The document; its variables are taken by name from the identity's values and from what earlier steps captured.
    pub query: String,
    /// Values to keep for later steps: name → JSON pointer into `data`.
    pub capture: Map<String, Value>,
    /// JSON pointer to the access token in `data`, if this step brings it.
    pub token: Option<String>,
}

struct Asset {
    name: &'static str,
    media_type: &'static str,
    gzip: Bytes,
    etag: HeaderValue,
}

/// The page and its files.
pub(crate) struct Playground {
    page: Asset,
    files: Vec<Asset>,
    settings: String,
}

impl Playground {
    /// `None` when the settings switch it off.
    pub(crate) fn new(config: &Config) -> Result<Option<Self>, String> {
        if !config.playground() {
            return Ok(None);
        }
        let data = match (&config.playground_data, &config.playground_file) {
            (Some(data), _) => PlaygroundData::clone(data),
            (None, Some(file)) => {
                let text = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
                serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", file.display()))?
            }
            (None, None) => PlaygroundData::default(),
        };
        let mut settings = json!(data);
        settings["plan"] = config.explain().into();
        let files = vec![
            Asset::new(
                "playground.js",
                "text/javascript; charset=utf-8",
                include_bytes!("dist/playground.js.gz"),
            ),
            Asset::new("playground.css", "text/css; charset=utf-8", include_bytes!("dist/playground.css.gz")),
            Asset::new("licences.txt", "text/plain; charset=utf-8", include_bytes!("dist/licences.txt.gz")),
        ];
        let page = Asset::new("index.html", "text/html; charset=utf-8", include_bytes!("dist/index.html.gz"));
        Ok(Some(Self { page, files, settings: settings.to_string() }))
    }

    /// The page itself.
    pub(crate) fn page(&self, headers: &HeaderMap) -> Response<Body> {
        self.page.respond(headers)
    }

    /// A file below `/playground/`.
    pub(crate) fn asset(&self, name: &str, headers: &HeaderMap) -> Option<Response<Body>> {
        if name == "settings.json" {
            let mut response = Response::new(Body::from(self.settings.clone()));
            let media_type = HeaderValue::from_static("application/json");
            response.headers_mut().insert(header::CONTENT_TYPE, media_type);
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            return Some(response);
        }
        self.files.iter().find(|asset| asset.name == name).map(|asset| asset.respond(headers))
    }
}

impl Asset {
    fn new(name: &'static str, media_type: &'static str, gzip: &'static [u8]) -> Self {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, gzip);
        let hex: String = digest.as_ref()[..12].iter().map(|byte| format!("{byte:02x}")).collect();
        let etag = HeaderValue::try_from(format!("\"{hex}\"")).expect("hexadecimal digits are ASCII");
        Self { name, media_type, gzip: Bytes::from_static(gzip), etag }
    }

    fn respond(&self, headers: &HeaderMap) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        if known.is_some_and(|known| known.contains(self.etag.to_str().unwrap_or("-"))) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            *response.body_mut() = Body::from(self.gzip.clone());
        }
        for (name, value) in [
            (header::CONTENT_TYPE, self.media_type),
            (header::CONTENT_ENCODING, "gzip"),
            // Asked for again each time, answered 304: a new binary shows at once.
            (header::CACHE_CONTROL, "no-cache"),
            (header::VARY, "accept, accept-encoding"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
            (header::REFERRER_POLICY, "no-referrer"),
        ] {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response.headers_mut().insert(header::ETAG, self.etag.clone());
        response
    }
}
