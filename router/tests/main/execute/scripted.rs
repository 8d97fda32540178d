//! Subgraphs that answer what a test wrote down, and remember what they were asked.

use federation::compose::{SubgraphSdl, compose};
use federation::operation::{Limits, OperationKind, prepare};
use federation::plan::{PlanOptions, plan};
use federation::supergraph::Supergraph;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use router::execute::{FetchAnswer, FetchFailure, FetchRequest, Inputs, Program, Subgraphs, execute};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock, Mutex};

const PRODUCTS: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
type Query { products: [Product!]  product: Product  must: Product!  count: Int  version: String!  best(skip: Int): [Best] }
type Mutation { add(name: String): Product  drop: Int }
type Subscription { changed: Product }
union Best = Product | Offer
type Offer { price: Int! }
type Product @key(fields: "id") { id: ID!  name: String  price: Int!  sizes: [[Int!]]  kind: Kind  weight: Float  fresh: Boolean  raw: JSON }
enum Kind { TOY FOOD }
scalar JSON
"#;

const REVIEWS: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
type Product @key(fields: "id") { id: ID!  stars: Int  score: Int!  reviews: [Review!] }
type Review @key(fields: "id") { id: ID!  text: String }
type Mutation { review(text: String): Review }
"#;

const PEOPLE: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@external", "@requires"])
type Review @key(fields: "id") { id: ID!  author: Person! }
type Product @key(fields: "id") { id: ID!  maker: Person  stars: Int @external  fans: Int @requires(fields: "stars") }
type Person { name: String! }
"#;

const TEXTS: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
type Review @key(fields: "id") { id: ID!  length: Int }
"#;

/// What a subgraph does with a request.
pub(super) type Script = dyn Fn(&str, &Value) -> Result<(u16, String), FetchFailure> + Send + Sync;

/// The outcome of an operation.
pub(super) struct Outcome {
    /// The whole response.
    pub response: Value,
    /// The response's text.
    pub text: String,
    /// What the subgraphs were asked: name and body.
    pub asked: Vec<(String, Value)>,
}

impl Outcome {
    /// The code, path and service of each error.
    pub(super) fn errors(&self) -> Vec<(String, Value, String)> {
        let errors = self.response["errors"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        errors
            .iter()
            .map(|e| (text(&e["extensions"]["code"]), e["path"].clone(), text(&e["extensions"]["service"])))
            .collect()
    }

    /// The representations that a subgraph was sent, over all requests.
    pub(super) fn representations(&self, subgraph: &str) -> Vec<Value> {
        let requests = self.asked.iter().filter(|(name, _)| name == subgraph);
        let variables = requests.filter_map(|(_, body)| body["variables"].as_object());
        let lists = variables.flat_map(|variables| variables.values()).filter_map(Value::as_array);
        lists.flatten().filter(|item| item.get("__typename").is_some()).cloned().collect()
    }
}

/// A query over the subgraphs products, reviews, people and texts.
pub(super) async fn query(text: &str, script: &Script) -> Outcome {
    run(text, json!({}), None, &Scripted { script, asked: Mutex::default() }).await
}

/// Any operation, with variables and perhaps an event.
pub(super) async fn operation(text: &str, variables: Value, event: Option<&str>, script: &Script) -> Outcome {
    run(text, variables, event, &Scripted { script, asked: Mutex::default() }).await
}

async fn run(text: &str, variables: Value, event: Option<&str>, subgraphs: &Scripted<'_>) -> Outcome {
    let program_and_variables = prepared(text, &variables);
    let (program, variables) = &program_and_variables;
    let event = event.map(|event| event.to_owned().into());
    let inputs = Inputs { variables, introspection: None, event };
    let answer = execute(program, inputs, subgraphs).await.into_bytes();
    let text = String::from_utf8(answer.to_vec()).expect("a response is UTF-8");
    let response = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"));
    Outcome { response, text, asked: subgraphs.asked.lock().expect("not poisoned").clone() }
}

/// The operation, ready to run.
pub(super) fn prepared(text: &str, variables: &Value) -> (Program, federation::operation::Variables) {
    let supergraph = &*SUPERGRAPH;
    let operation = prepare(supergraph, text, None, &Limits::default()).expect("is valid");
    let values = variables.as_object().expect("variables are an object");
    let variables = operation.coerce_variables(supergraph, values).expect("variables are valid");
    let plan = plan(supergraph, &operation, &PlanOptions::default()).expect("has a plan");
    (Program::new(Arc::new(plan)), variables)
}

static SUPERGRAPH: LazyLock<Supergraph> = LazyLock::new(|| {
    let sdl = |name: &str, sdl: &str| SubgraphSdl {
        name: name.to_owned(),
        url: format!("http://{name}.invalid"),
        sdl: sdl.to_owned(),
        file: None,
    };
    let subgraphs =
        [sdl("products", PRODUCTS), sdl("reviews", REVIEWS), sdl("people", PEOPLE), sdl("texts", TEXTS)];
    let composition = compose(&subgraphs).expect("composes");
    Supergraph::parse(&composition.supergraph_sdl).expect("is a supergraph")
});

struct Scripted<'a> {
    script: &'a Script,
    asked: Mutex<Vec<(String, Value)>>,
}

impl Subgraphs for Scripted<'_> {
    fn fetch<'a>(&'a self, request: FetchRequest<'a>) -> BoxFuture<'a, Result<FetchAnswer, FetchFailure>> {
        assert_ne!(request.operation, OperationKind::Subscription, "events stand in for subscriptions");
        let body: Value = serde_json::from_slice(&request.body).expect("a request is JSON");
        self.asked.lock().expect("not poisoned").push((request.subgraph.to_owned(), body.clone()));
        let answer = (self.script)(request.subgraph, &body);
        async move { answer.map(|(status, body)| FetchAnswer { status, body: body.into() }) }.boxed()
    }
}
