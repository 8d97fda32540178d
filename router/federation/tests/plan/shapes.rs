//! What plans read of answers, where their text does not show it.

use crate::cases::subgraphs;
use federation::compose::compose;
use federation::operation::{Limits, prepare};
use federation::plan::{FetchKind, PlanOptions, ShapeValue, TypeSource, plan};
use federation::supergraph::Supergraph;
use std::fs;
use std::path::Path;

#[test]
fn a_batch_for_several_places_reads_the_types_that_one_of_them_needs() {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plan/cases/meeting");
    let composed = compose(&subgraphs(&suite)).unwrap();
    let supergraph = Supergraph::parse(&composed.supergraph_sdl).unwrap();
    let file = suite.join("one-batch-for-a-place-that-needs-the-type/query.graphql");
    let query = fs::read_to_string(file).unwrap();
    let operation = prepare(&supergraph, &query, None, &Limits::default()).unwrap();
    let plan = plan(&supergraph, &operation, &PlanOptions::default()).unwrap();
    let FetchKind::Entities(batches) = &plan.fetches[1].kind else { panic!("{}", plan.to_text()) };
    assert_eq!(batches.len(), 1);
    assert_eq!(batches[0].targets.len(), 2);
    let owner = &plan.shapes[batches[0].shape.index()];
    let ShapeValue::Object(houses) = owner.fields[0].value else { panic!("{owner:?}") };
    assert_eq!(plan.shapes[houses.index()].type_source, TypeSource::Read);
}
