//! Subgraphs' answers made from the whole answer, and given again from memory.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::resolvers::{Execution, FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::{JsonMap, JsonValue};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use oracle::facts::Facts;
use router::execute::{FetchAnswer, FetchFailure, FetchRequest, Subgraphs};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::error::Error;
use std::sync::Mutex;

/// Subgraphs over the data of one answer.
pub(super) struct Recorded {
    subgraphs: HashMap<String, Facts>,
    root: Value,
    /// All that is said of an object anywhere in the answer, by type and key field.
    entities: HashMap<(String, String), Map<String, Value>>,
    answers: Mutex<HashMap<Vec<u8>, bytes::Bytes>>,
    kept: HashMap<Vec<u8>, bytes::Bytes>,
}

impl Recorded {
    pub(super) fn new(subgraphs: &[(String, String)], data: &Value) -> Result<Self, Box<dyn Error>> {
        let mut recorded = Self {
            subgraphs: HashMap::new(),
            root: data.clone(),
            entities: HashMap::new(),
            answers: Mutex::default(),
            kept: HashMap::new(),
        };
        for (name, sdl) in subgraphs {
            recorded.subgraphs.insert(name.clone(), Facts::read(name, sdl)?);
        }
        recorded.gather("Query", data);
        Ok(recorded)
    }

    /// From now on answers come from memory. Gives the number of requests and the bytes of their answers.
    pub(super) fn keep(&mut self) -> (usize, usize) {
        if let Ok(answers) = self.answers.get_mut() {
            self.kept = std::mem::take(answers);
        }
        (self.kept.len(), self.kept.values().map(bytes::Bytes::len).sum())
    }

    /// Collects what is said of the objects in a value of this type.
    fn gather(&mut self, type_name: &str, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.gather(type_name, item)),
            Value::Object(fields) => {
                for key in self.keys(type_name) {
                    if let Some(id) = fields.get(&key) {
                        let known = self.entities.entry((type_name.to_owned(), format!("{key}={id}")));
                        learn(known.or_default(), fields);
                    }
                }
                for (name, value) in fields {
                    if let Some(below) = self.type_of(type_name, name) {
                        self.gather(&below, value);
                    }
                }
            }
            _ => {}
        }
    }

    /// The fields that are a key on their own.
    fn keys(&self, type_name: &str) -> Vec<String> {
        let keys = self.subgraphs.values().flat_map(|facts| facts.keys.get(type_name)).flatten();
        let single = keys.filter(|key| key.fields.len() == 1);
        let mut names: Vec<String> =
            single.filter_map(|key| Some(key.fields[0].as_field()?.name.to_string())).collect();
        names.sort();
        names.dedup();
        names
    }

    fn type_of(&self, type_name: &str, field: &str) -> Option<String> {
        let mut all = self.subgraphs.values();
        let found = all.find_map(|facts| facts.schema.type_field(type_name, field).ok());
        found.map(|field| field.ty.inner_named_type().to_string())
    }

    fn answer(&self, subgraph: &str, body: &[u8]) -> Result<String, Box<dyn Error>> {
        let body: Value = serde_json::from_slice(body)?;
        let schema = &self.subgraphs.get(subgraph).ok_or("no such subgraph")?.schema;
        let text = body["query"].as_str().ok_or("no query")?;
        let document = ExecutableDocument::parse_and_validate(schema, text, "request")
            .map_err(|error| error.errors.to_string())?;
        let variables: JsonMap = serde_json::from_value(body["variables"].clone()).unwrap_or_default();
        let root = Object { recorded: self, type_name: "Query".to_owned(), fields: self.root.clone() };
        let response = Execution::new(schema, &document)
            .raw_variable_values(&variables)
            .execute_sync(&root)
            .map_err(|error| error.message().to_string())?;
        Ok(serde_json::to_string(&response)?)
    }
}

/// Adds what is new. Of lists and objects the fuller one is kept.
fn learn(known: &mut Map<String, Value>, fields: &Map<String, Value>) {
    for (name, value) in fields {
        let fuller = known.get(name).is_some_and(|old| old.to_string().len() > value.to_string().len());
        if !fuller {
            known.insert(name.clone(), value.clone());
        }
    }
}

impl Subgraphs for Recorded {
    fn fetch<'a>(&'a self, request: FetchRequest<'a>) -> BoxFuture<'a, Result<FetchAnswer, FetchFailure>> {
        let body = self.kept.get(&request.body[..]).cloned().unwrap_or_else(|| {
            let answer = self.answer(request.subgraph, &request.body);
            let answer: bytes::Bytes = answer.unwrap_or_else(|problem| problem.to_string()).into();
            if let Ok(mut answers) = self.answers.lock() {
                answers.insert(request.body.to_vec(), answer.clone());
            }
            answer
        });
        async move { Ok(FetchAnswer { status: 200, body }) }.boxed()
    }
}

struct Object<'r> {
    recorded: &'r Recorded,
    type_name: String,
    fields: Value,
}

impl<'r> Object<'r> {
    fn resolved(&self, type_name: &str, value: &Value) -> ResolvedValue<'r> {
        match value {
            Value::Array(items) => ResolvedValue::list(
                items.iter().map(|item| self.resolved(type_name, item)).collect::<Vec<_>>(),
            ),
            Value::Object(fields) => {
                let keys = self.recorded.keys(type_name);
                let known = keys.iter().find_map(|key| {
                    let id = format!("{key}={}", fields.get(key)?);
                    self.recorded.entities.get(&(type_name.to_owned(), id))
                });
                let fields = Value::Object(known.unwrap_or(fields).clone());
                ResolvedValue::object(Object {
                    recorded: self.recorded,
                    type_name: type_name.to_owned(),
                    fields,
                })
            }
            other => ResolvedValue::leaf(JsonValue::from(other.clone())),
        }
    }
}

impl ObjectValue for Object<'_> {
    fn type_name(&self) -> &str {
        &self.type_name
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Result<ResolvedValue<'a>, FieldError> {
        if info.field_name() == "_entities" {
            let given = serde_json::to_value(info.arguments()).unwrap_or_default();
            let items = given["representations"].as_array().cloned().unwrap_or_default();
            let entity = |item: &Value| self.resolved(item["__typename"].as_str().unwrap_or_default(), item);
            return Ok(ResolvedValue::list(items.iter().map(entity).collect::<Vec<_>>()));
        }
        let below = info.field_definition().ty.inner_named_type().as_str();
        Ok(self.resolved(below, self.fields.get(info.field_name()).unwrap_or(&Value::Null)))
    }
}
