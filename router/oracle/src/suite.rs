//! A set of subgraphs under test: composed, mocked, planned and executed by the production code.

use crate::compare::{canonical, difference};
use crate::facts::Facts;
use crate::mock::{Effects, FAULT, Mocks, monolith};
use crate::operation::Case;
use crate::world::{World, hash};
use bytes::Bytes;
use federation::compose::{SubgraphSdl, compose};
use federation::operation::{Limits, OperationKind, prepare};
use federation::plan::{PlanError, PlanOptions, plan};
use federation::supergraph::Supergraph;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use router::execute::{
    FetchAnswer, FetchFailure, FetchRequest, Inputs, Program, Subgraphs, execute, subscription_body,
};
use router::response::code;
use serde_json::Value;
use std::sync::Arc;

/// A subgraph's name and SDL.
pub type Sdl = (String, String);

/// A set of subgraphs under test.
pub struct Suite {
    /// For messages.
    pub name: String,
    /// The composed or given supergraph.
    pub supergraph: Supergraph,
    world: Arc<World>,
    mocks: Mocks,
    /// Labels of progressive overrides.
    labels: Vec<String>,
}

/// What became of a case.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The federated answer is the monolith's.
    Same,
    /// The operation is not valid for this schema.
    Invalid,
    /// It is not; the text says where and how it was planned.
    Different(String),
}

impl Suite {
    /// Composes the subgraphs with our own composer. The error is for people.
    pub fn compose(name: &str, subgraphs: &[Sdl]) -> Result<Self, String> {
        let sdls: Vec<SubgraphSdl> = subgraphs
            .iter()
            .map(|(name, sdl)| SubgraphSdl {
                name: name.clone(),
                url: format!("http://{name}.invalid/graphql"),
                sdl: sdl.clone(),
                file: Some(format!("{name}.graphql")),
            })
            .collect();
        let composition = compose(&sdls).map_err(|errors| {
            let errors: Vec<String> =
                errors.iter().map(|error| format!("{}: {}", error.code, error.message)).collect();
            format!("{name} does not compose:\n  {}", errors.join("\n  "))
        })?;
        Self::with_supergraph(name, subgraphs, &composition.supergraph_sdl)
    }

    /// Takes a supergraph that somebody composed.
    pub fn with_supergraph(name: &str, subgraphs: &[Sdl], supergraph_sdl: &str) -> Result<Self, String> {
        let supergraph =
            Supergraph::parse(supergraph_sdl).map_err(|error| format!("{name}: supergraph: {error}"))?;
        let facts: Result<Vec<Facts>, String> =
            subgraphs.iter().map(|(name, sdl)| Facts::read(name, sdl)).collect();
        let facts = facts.map_err(|error| format!("{name}: {error}"))?;
        let labels =
            facts.iter().flat_map(|facts| facts.overrides.values()).filter_map(|(_, label)| label.clone());
        let labels = labels.collect();
        let world = Arc::new(World::new(facts));
        Ok(Self { name: name.to_owned(), supergraph, mocks: Mocks::new(world.clone()), world, labels })
    }

    /// Asks both sides and compares.
    pub fn check(&self, case: &Case) -> Verdict {
        let api = self.supergraph.api_schema();
        let Some(document) = case.validate(api) else { return Verdict::Invalid };
        let effects = Effects::default();
        let expected = monolith((&self.world, &effects), api, &document, &case.variables);
        let found = self.federated(case);
        let (effects, ran) = (effects.take(), self.mocks.effects.take());
        let (refusals, log) = (self.mocks.take_refusals(), self.mocks.take_log());
        let verdict = match (expected, found) {
            (_, Err(Refusal::Request(problem))) if is_no_question(&problem) => Verdict::Invalid,
            (Err(_), Err(Refusal::Request(_))) => Verdict::Invalid,
            (Err(problem), Ok(_)) => {
                Verdict::Different(format!("the request is wrong ({problem}) but was answered"))
            }
            (Err(problem), Err(Refusal::Plan(other))) => {
                Verdict::Different(format!("{other}, where {problem} was expected"))
            }
            (Ok(_), Err(Refusal::Request(problem) | Refusal::Plan(problem))) => Verdict::Different(problem),
            (Ok(_), Ok(_)) if !refusals.is_empty() => Verdict::Different(refusals.join("\n")),
            // Where null takes the whole answer, later mutations may be cancelled, and need not be.
            (Ok(expected), Ok(_))
                if effects != ran && !(expected["data"].is_null() && ran.starts_with(&effects)) =>
            {
                Verdict::Different(format!("mutations: expected {effects:?}, ran {ran:?}"))
            }
            (Ok(expected), Ok(found)) => verdict(&expected, &found),
        };
        match verdict {
            Verdict::Different(problem) => Verdict::Different(format!("{problem}\n{}", log.join("\n"))),
            verdict => verdict,
        }
    }

    /// How many requests the router sends for an operation that it answers.
    pub fn requests(&self, case: &Case) -> Result<usize, String> {
        let answered = self.federated(case);
        self.mocks.effects.take();
        let (refusals, log) = (self.mocks.take_refusals(), self.mocks.take_log());
        match answered {
            Err(Refusal::Request(problem) | Refusal::Plan(problem)) => Err(problem),
            Ok(_) if !refusals.is_empty() => Err(refusals.join("\n")),
            Ok(_) => Ok(log.len()),
        }
    }

    /// Whether these `Type.field` are of types that no object can have: nothing can be said about them.
    fn are_of_no_object(&self, fields: &[String]) -> bool {
        let types = fields.iter().filter_map(|field| field.split('.').next());
        types.into_iter().all(|type_name| self.world.possible(type_name).is_empty())
    }

    /// The plan of an operation, or why there is none, for people.
    pub fn plan_text(&self, query: &str) -> String {
        match prepare(&self.supergraph, query, None, &Limits::default()) {
            Err(errors) => errors.into_iter().map(|error| error.message).collect(),
            Ok(operation) => match plan(&self.supergraph, &operation, &PlanOptions::default()) {
                Ok(plan) => plan.to_text_with_reasons(),
                Err(error) => error.to_string(),
            },
        }
    }

    /// What the router answers.
    fn federated(&self, case: &Case) -> Result<Value, Refusal> {
        let request = |error: &federation::operation::RequestError| Refusal::Request(error.message.clone());
        let most = usize::MAX;
        let limits = Limits { tokens: most, depth: most, aliases: most, root_fields: most, selections: most };
        let operation = prepare(&self.supergraph, &case.text(), None, &limits)
            .map_err(|errors| errors.first().map_or(Refusal::Request(String::new()), request))?;
        let variables =
            operation.coerce_variables(&self.supergraph, &case.variables).map_err(|error| request(&error))?;
        // Half of the operations meet a field that is moved for a part of the requests in its new home.
        let moved = hash(&[case.text().as_bytes()]);
        let labels = self.labels.iter().enumerate().filter(|(index, _)| moved >> (index % 64) & 1 == 1);
        let override_labels: Vec<String> = labels.map(|(_, label)| label.clone()).collect();
        let options = PlanOptions { override_labels: &override_labels, ..PlanOptions::default() };
        let plan = plan(&self.supergraph, &operation, &options).map_err(|error| match error {
            PlanError::Unreachable { fields } if self.are_of_no_object(&fields) => {
                Refusal::Request(format!("{fields:?} belong to no object"))
            }
            error => Refusal::Plan(format!("no plan: {error}")),
        })?;
        let program = Program::new(Arc::new(plan));
        let introspection = operation
            .has_introspection
            .then(|| federation::introspection::introspect(&self.supergraph, &operation, &variables))
            .transpose()
            .map_err(|error| request(&error))?;
        let event = (operation.kind == OperationKind::Subscription)
            .then(|| subscription_body(&program, &variables))
            .flatten()
            .map(|(subgraph, body)| Bytes::from(self.mocks.answer(subgraph, &body).to_string()));
        let inputs = Inputs { variables: &variables, introspection: introspection.as_ref(), event };
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let runtime = runtime.map_err(|error| Refusal::Plan(error.to_string()))?;
        let answer = runtime.block_on(execute(&program, inputs, &Sent(&self.mocks))).into_bytes();
        serde_json::from_slice(&answer).map_err(|error| {
            Refusal::Plan(format!("no JSON: {error} in {}", String::from_utf8_lossy(&answer)))
        })
    }
}

/// Fields of types that no object has, and what the library's validation should have refused: lists of different length
/// as arguments under one key.
fn is_no_question(problem: &str) -> bool {
    problem.contains("belong to no object") || problem.contains("differing arguments")
}

enum Refusal {
    Request(String),
    Plan(String),
}

fn verdict(expected: &Value, found: &Value) -> Verdict {
    let (expected_data, found_data) = (&expected["data"], &found["data"]);
    if canonical(expected_data) != canonical(found_data) {
        let place = difference(expected_data, found_data).unwrap_or_default();
        return Verdict::Different(format!("data{place}\n  errors: {}", found["errors"]));
    }
    let errors = |answer: &Value| answer["errors"].as_array().cloned().unwrap_or_default();
    match errors_problem(&errors(expected), &errors(found)) {
        Some(problem) => Verdict::Different(problem),
        None => Verdict::Same,
    }
}

/// What is wrong with the errors: each of the monolith's must be there, at its place, and no others but those of fields
/// that were needed without being asked for.
fn errors_problem(expected: &[Value], found: &[Value]) -> Option<String> {
    let message = |error: &Value| error["message"].as_str().unwrap_or_default().to_owned();
    // What clients may not see: a value of an enum is an error, an object of a hidden type is as if it were not there.
    let hidden = |error: &Value| message(error).contains(", expected enum ");
    let absent = |error: &Value| message(error).starts_with("resolver returned an object of type");
    // Null where none may be: which of several siblings is named first is nobody's business.
    let lost = |error: &Value| message(error).starts_with("non-null type");
    let (any_hidden, any_lost) = (expected.iter().any(hidden), expected.iter().any(lost));
    let is_wanted = |error: &&Value| {
        let is = |code: &str| error["extensions"]["code"] == code;
        message(error).contains(FAULT)
            || (any_hidden && is(code::INVALID_VALUE))
            || (any_lost && is(code::UNEXPECTED_NULL))
    };
    if let Some(extra) = found.iter().find(|error| !is_wanted(error)) {
        return Some(format!("errors: not expected {extra}"));
    }
    if any_lost && found.is_empty() {
        return Some(format!("errors: missing {expected:?}"));
    }
    // Beyond this the router rightly names some positions only.
    if expected.len() > 10 || any_lost {
        return None;
    }
    let places: Vec<String> = found.iter().map(place).collect();
    let missing = expected.iter().find(|error| !absent(error) && !places.contains(&place(error)))?;
    Some(format!("errors: missing {missing}, found {found:?}"))
}

/// The path with all keys alike: of several aliases of one field one is named.
fn place(error: &Value) -> String {
    let parts = error["path"].as_array().into_iter().flatten();
    parts.map(|part| if part.is_string() { "*.".to_owned() } else { format!("{part}.") }).collect()
}

/// The mocks behind the executor's seam. Answers come in an order that differs from case to case but not from run to run.
struct Sent<'a>(&'a Mocks);

impl Subgraphs for Sent<'_> {
    fn fetch<'a>(&'a self, request: FetchRequest<'a>) -> BoxFuture<'a, Result<FetchAnswer, FetchFailure>> {
        async move {
            for _ in 0..hash(&[&request.body]) % 4 {
                tokio::task::yield_now().await;
            }
            let body = self.0.answer(request.subgraph, &request.body).to_string();
            Ok(FetchAnswer { status: 200, body: body.into() })
        }
        .boxed()
    }
}
