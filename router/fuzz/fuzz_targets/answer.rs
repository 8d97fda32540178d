//! Any bytes as the answers of subgraphs (separated by a zero byte): the response is JSON, whatever came.
#![no_main]

use bytes::Bytes;
use federation::compose::{SubgraphSdl, compose};
use federation::operation::{Limits, Variables, prepare};
use federation::plan::{PlanOptions, plan};
use federation::supergraph::Supergraph;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use libfuzzer_sys::fuzz_target;
use router::execute::{FetchAnswer, FetchFailure, FetchRequest, Inputs, Program, Subgraphs, execute};
use std::sync::{Arc, LazyLock, Mutex};

const SUBGRAPHS: [(&str, &str); 2] = [
    (
        "a",
        "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.3\", import: [\"@key\"])
         type Query { all: [Thing!] one: Named must: Thing! }
         interface Named { id: ID! name: String }
         type Thing implements Named @key(fields: \"id\") { id: ID! name: String size: [[Int!]] raw: Raw kind: Kind }
         type Other implements Named @key(fields: \"id\") { id: ID! name: String weight: Float! }
         scalar Raw enum Kind { A B }",
    ),
    (
        "b",
        "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.3\", import: [\"@key\", \"@external\", \"@requires\"])
         type Thing @key(fields: \"id\") { id: ID! name: String @external loud: String @requires(fields: \"name\") next: [Thing] }
         type Other @key(fields: \"id\") { id: ID! ok: Boolean! }",
    ),
];

const QUERY: &str = "{ all { id size raw kind loud next { name size } } must { loud }
     one { __typename id name ... on Thing { loud } ... on Other { weight ok } } }";

static PROGRAM: LazyLock<Program> = LazyLock::new(|| {
    let sdl = |(name, sdl): (&str, &str)| SubgraphSdl {
        name: name.to_owned(),
        url: "http://subgraph.invalid".to_owned(),
        sdl: sdl.to_owned(),
        file: None,
    };
    let composition = compose(&SUBGRAPHS.map(sdl)).expect("composes");
    let supergraph = Supergraph::parse(&composition.supergraph_sdl).expect("is a supergraph");
    let operation = prepare(&supergraph, QUERY, None, &Limits::default()).expect("is valid");
    Program::new(Arc::new(plan(&supergraph, &operation, &PlanOptions::default()).expect("has a plan")))
});

struct Fuzzed(Mutex<Vec<Bytes>>);

impl Subgraphs for Fuzzed {
    fn fetch<'a>(&'a self, _: FetchRequest<'a>) -> BoxFuture<'a, Result<FetchAnswer, FetchFailure>> {
        let body = self.0.lock().expect("not poisoned").pop().unwrap_or_default();
        ready(Ok(FetchAnswer { status: 200, body })).boxed()
    }
}

fuzz_target!(|bytes: &[u8]| {
    let answers = bytes.split(|byte| *byte == 0).rev().map(Bytes::copy_from_slice).collect();
    let variables = Variables::default();
    let inputs = Inputs { variables: &variables, introspection: None, event: None };
    let subgraphs = Fuzzed(Mutex::new(answers));
    let running = execute(&PROGRAM, inputs, &subgraphs);
    let answer = futures_util::FutureExt::now_or_never(running).expect("nothing waits").into_bytes();
    // Half a surrogate pair is JSON, though no text: it passes as it came, and so it is read here.
    let read = serde_json::from_slice::<serde::de::IgnoredAny>(&answer);
    assert!(read.is_ok(), "{:?}\n{}", read.err(), String::from_utf8_lossy(&answer));
});
