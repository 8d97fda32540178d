//! Deterministic subgraphs over the world, and the monolith: the same data behind one schema.
//!
//! A mock subgraph is strict. Besides what validation against its schema refuses (unknown fields, arguments, types), it
//! refuses to resolve an external field where it does not provide it, an overridden field, a field with `@requires` outside
//! of an entity fetch, a representation with keys or fields it did not ask for, and one that speaks of no entity.

mod monolith;
mod object;
mod representation;

pub use monolith::answer as monolith;

use crate::world::World;
use apollo_compiler::ExecutableDocument;
use apollo_compiler::resolvers::Execution;
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;
use object::SubgraphObject;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Every message of a mock that found itself asked something wrong starts with this.
pub const REFUSED: &str = "REFUSED";
/// The message of a field that fails as part of the data.
pub const FAULT: &str = "the world has a fault here";

/// Valid documents by subgraph and text: most fetches repeat.
type Documents = BTreeMap<(usize, String), Arc<Valid<ExecutableDocument>>>;

/// The subgraphs of a world, and what they were asked.
pub struct Mocks {
    world: Arc<World>,
    documents: Mutex<Documents>,
    /// Messages of refusals, with the subgraph's name.
    refusals: Mutex<Vec<String>>,
    /// Requests and answers.
    log: Mutex<Vec<String>>,
    /// Mutations that ran.
    pub effects: Effects,
}

impl Mocks {
    /// Mocks for all subgraphs of a world.
    pub fn new(world: Arc<World>) -> Self {
        Self {
            world,
            documents: Mutex::default(),
            refusals: Mutex::default(),
            log: Mutex::default(),
            effects: Effects::default(),
        }
    }

    /// What was refused since the last call.
    pub fn take_refusals(&self) -> Vec<String> {
        std::mem::take(&mut *open(&self.refusals))
    }

    /// Requests and answers since the last call.
    pub fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut *open(&self.log))
    }

    /// Answers the JSON body of a request to a subgraph.
    pub fn answer(&self, subgraph: &str, body: &[u8]) -> Value {
        let answer = self.execute(subgraph, body).unwrap_or_else(
            |problem| json!({ "data": null, "errors": [{ "message": format!("{REFUSED}: {problem}") }] }),
        );
        self.note(subgraph, body, &answer);
        answer
    }

    fn note(&self, subgraph: &str, body: &[u8], answer: &Value) {
        open(&self.log)
            .push(format!("{subgraph} <- {}\n{subgraph} -> {answer}", String::from_utf8_lossy(body)));
        let errors = answer.get("errors").and_then(Value::as_array);
        for error in errors.into_iter().flatten() {
            let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
            if message.contains(REFUSED) {
                open(&self.refusals).push(format!("{subgraph}: {message}"));
            }
        }
    }

    fn execute(&self, subgraph: &str, body: &[u8]) -> Result<Value, String> {
        let index = self.world.subgraphs.iter().position(|facts| facts.name == subgraph);
        let index = index.ok_or_else(|| format!("there is no subgraph {subgraph}"))?;
        let body: Value = serde_json::from_slice(body).map_err(|error| format!("body: {error}"))?;
        let text = body.get("query").and_then(Value::as_str).ok_or("no query")?;
        let document = self.document(index, text)?;
        let name = body.get("operationName").and_then(Value::as_str);
        let operation = document.operations.get(name).map_err(|error| error.message().to_string())?;
        let facts = &self.world.subgraphs[index];
        let variables: JsonMap = body
            .get("variables")
            .map_or(Ok(JsonMap::default()), |v| serde_json::from_value(v.clone()))
            .map_err(|error| format!("variables: {error}"))?;
        undeclared(operation, &variables)?;
        let root = SubgraphObject::root(&self.world, &self.effects, index, operation.object_type());
        let response = Execution::new(&facts.schema, &document)
            .operation(operation)
            .raw_variable_values(&variables)
            .execute_sync(&root)
            .map_err(|error| error.message().to_string())?;
        serde_json::to_value(&response).map_err(|error| error.to_string())
    }

    fn document(&self, index: usize, text: &str) -> Result<Arc<Valid<ExecutableDocument>>, String> {
        let mut documents = open(&self.documents);
        let key = (index, text.to_owned());
        if let Some(document) = documents.get(&key) {
            return Ok(document.clone());
        }
        let schema = &self.world.subgraphs[index].schema;
        let document = ExecutableDocument::parse_and_validate(schema, text, "fetch.graphql")
            .map_err(|error| error.errors.to_string())?;
        let document = Arc::new(document);
        if documents.len() > 10_000 {
            documents.clear();
        }
        documents.insert(key, document.clone());
        Ok(document)
    }
}

/// The mutations that ran, in their order.
#[derive(Default)]
pub struct Effects(Mutex<Vec<String>>);

impl Effects {
    fn note(&self, object: &crate::world::Object, field: &str, arguments: &Value) {
        if object.type_name == "Mutation" {
            open(&self.0).push(format!("{field}{}", crate::compare::canonical(arguments)));
        }
    }

    /// The mutations since the last call.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *open(&self.0))
    }
}

/// GraphQL ignores variables that the operation does not declare; a router should not send any.
fn undeclared(operation: &apollo_compiler::executable::Operation, variables: &JsonMap) -> Result<(), String> {
    let declared = |name: &str| operation.variables.iter().any(|variable| variable.name == name);
    match variables.keys().find(|name| !declared(name.as_str())) {
        Some(name) => Err(format!("variable {} is not declared", name.as_str())),
        None => Ok(()),
    }
}

fn open<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
