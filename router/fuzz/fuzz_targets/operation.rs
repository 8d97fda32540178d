//! Any text as an operation: it is refused or planned, in bounded time.
#![no_main]

use federation::compose::{SubgraphSdl, compose};
use federation::operation::{Limits, prepare};
use federation::plan::{PlanError, PlanOptions, plan};
use federation::supergraph::Supergraph;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const CASES: [(&str, &str); 3] = [
    ("feed", include_str!("../../oracle/cases/members-differ/feed.graphql")),
    ("media", include_str!("../../oracle/cases/members-differ/media.graphql")),
    ("likes", include_str!("../../oracle/cases/members-differ/likes.graphql")),
];

static SUPERGRAPH: LazyLock<Supergraph> = LazyLock::new(|| {
    let sdl = |(name, sdl): (&str, &str)| SubgraphSdl {
        name: name.to_owned(),
        url: "http://subgraph.invalid".to_owned(),
        sdl: sdl.to_owned(),
        file: None,
    };
    let composition = compose(&CASES.map(sdl)).expect("the case composes");
    Supergraph::parse(&composition.supergraph_sdl).expect("the supergraph is one")
});

fuzz_target!(|text: &str| {
    let Ok(operation) = prepare(&SUPERGRAPH, text, None, &Limits::default()) else { return };
    match plan(&SUPERGRAPH, &operation, &PlanOptions::default()) {
        Err(PlanError::Internal(problem)) => panic!("{problem}"),
        Ok(_) | Err(_) => {}
    }
});
