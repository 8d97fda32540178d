//! Operations that are named instead of sent: trusted documents, which the clients' build wrote to a file, and automatic
//! persisted queries, which clients teach the router while it runs.
//!
//! A trusted document is named by `documentId`, or by its SHA-256 hash as an automatic one is
//! (`extensions.persistedQuery.sha256Hash`). Where only trusted documents are served, their full text is as good as their name.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write,
    path::Path,
    sync::Arc,
};

use aws_lc_rs::digest::{SHA256, digest};
use moka::sync::Cache;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    config::Config,
    error::{ClientError, code},
    request::GraphqlRequest,
};

/// Texts up to this many bytes count as one entry, longer ones as several.
const USUAL_DOCUMENT: usize = 4096;

/// The documents that have a name.
pub(crate) struct Documents {
    trusted: HashMap<String, Arc<str>>,
    texts: HashSet<Arc<str>>,
    only_trusted: bool,
    learnt: Option<Cache<String, Arc<str>>>,
}

impl Documents {
    /// Reads the file of trusted documents, if there is one.
    pub(crate) fn new(config: &Config) -> Result<Self, String> {
        let trusted = match &config.trusted_documents {
            Some(file) => read(file).map_err(|error| format!("{}: {error}", file.display()))?,
            None => HashMap::new(),
        };
        if config.only_trusted && trusted.is_empty() {
            return Err("only trusted documents are to be served, and there are none".into());
        }
        let weight = |_: &String, text: &Arc<str>| u32::try_from(1 + text.len() / USUAL_DOCUMENT);
        let learns = config.persisted_queries > 0 && !config.only_trusted;
        let learnt = learns.then(|| {
            let cache = Cache::builder().max_capacity(config.persisted_queries);
            cache.weigher(move |name, text| weight(name, text).unwrap_or(u32::MAX)).build()
        });
        let texts = trusted.values().cloned().collect();
        Ok(Self { trusted, texts, only_trusted: config.only_trusted, learnt })
    }

    /// The trusted documents' texts, each once.
    pub(crate) fn trusted(&self) -> impl Iterator<Item = &Arc<str>> {
        self.texts.iter()
    }

    /// Puts the text in the place of its name. A text that comes with its hash is learnt.
    pub(crate) fn resolve(&self, request: &mut GraphqlRequest) -> Result<(), ClientError> {
        if let Some(id) = &request.document_id {
            let text = self.trusted.get(id).ok_or_else(|| unknown("There is no document of this id."))?;
            request.query = text.to_string();
            return Ok(());
        }
        match (hash(request), request.query.is_empty()) {
            (Some(hash), true) => request.query = self.named(hash)?,
            (Some(hash), false) if self.learnt.is_some() => {
                if sha256(&request.query) != *hash {
                    let message = "The query does not have the hash that came with it.";
                    return Err(ClientError::operation(code::BAD_REQUEST, message));
                }
                let learnt = self.learnt.as_ref().filter(|learnt| !learnt.contains_key(hash));
                if let Some(learnt) = learnt {
                    learnt.insert(hash.to_owned(), request.query.as_str().into());
                }
            }
            _ => {}
        }
        if self.only_trusted && !self.texts.contains(request.query.as_str()) {
            let message = "Only operations that were registered are served here.";
            return Err(ClientError::operation(code::DOCUMENT_NOT_TRUSTED, message));
        }
        Ok(())
    }

    /// The message is the one by which clients know that they have to send the text.
    fn named(&self, hash: &str) -> Result<String, ClientError> {
        let trusted = self.trusted.get(hash).cloned();
        let text = trusted.or_else(|| self.learnt.as_ref()?.get(hash));
        let not_found = || match self.learnt {
            Some(_) => unknown("PersistedQueryNotFound"),
            None => ClientError::operation(code::PERSISTED_QUERY_NOT_SUPPORTED, "PersistedQueryNotSupported"),
        };
        text.map(|text| text.to_string()).ok_or_else(not_found)
    }
}

fn hash(request: &GraphqlRequest) -> Option<&str> {
    request.extensions.get("persistedQuery")?.get("sha256Hash")?.as_str()
}

fn unknown(message: &str) -> ClientError {
    ClientError::operation(code::PERSISTED_QUERY_NOT_FOUND, message)
}

fn sha256(text: &str) -> String {
    digest(&SHA256, text.as_bytes()).as_ref().iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// A manifest as the tools of clients write it: `{"id": "text"}`, or `{"operations": [{"id": "…", "body": "…"}]}`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Manifest {
    Operations { operations: Vec<Registered> },
    ById(HashMap<String, String>),
}

#[derive(Deserialize)]
struct Registered {
    id: String,
    body: String,
}

/// By id and by hash.
fn read(file: &Path) -> Result<HashMap<String, Arc<str>>, String> {
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    let json: Value = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    let manifest = serde_json::from_value(json)
        .map_err(|_| "write {\"id\": \"text\"} or {\"operations\": [{\"id\": …, \"body\": …}]}")?;
    let documents: Vec<(String, String)> = match manifest {
        Manifest::Operations { operations } => operations.into_iter().map(|it| (it.id, it.body)).collect(),
        Manifest::ById(documents) => documents.into_iter().collect(),
    };
    let named = documents.into_iter().flat_map(|(id, text)| {
        let text: Arc<str> = text.into();
        [(sha256(&text), Arc::clone(&text)), (id, text)]
    });
    Ok(named.collect())
}
