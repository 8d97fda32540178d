//! What is composed can be read: the planner's model takes every supergraph that the composer prints.

use federation::compose::{SubgraphSdl, compose};
use federation::supergraph::Supergraph;

use crate::{audit, cases, project};

fn read_back(name: &str, subgraphs: &[SubgraphSdl]) {
    let composition = compose(subgraphs).unwrap();
    let supergraph = Supergraph::parse(&composition.supergraph_sdl)
        .unwrap_or_else(|error| panic!("{name}: {error}\n{}", composition.supergraph_sdl));
    let mut names: Vec<&str> = subgraphs.iter().map(|subgraph| subgraph.name.as_str()).collect();
    names.sort_unstable();
    let read: Vec<&str> = supergraph.subgraphs().iter().map(|subgraph| subgraph.name.as_str()).collect();
    assert_eq!(read, names, "{name}");
}

#[test]
fn every_composed_supergraph_can_be_read() {
    for (name, subgraphs) in cases::accepted_subgraphs() {
        read_back(&name, &subgraphs);
    }
    for suite in audit::suites() {
        read_back(&suite.display().to_string(), &audit::subgraphs(&suite));
    }
    let own = project::subgraphs();
    if own.len() == 4 {
        read_back("the project", &own);
    }
}

#[test]
fn clients_do_not_see_what_is_inaccessible() {
    let (_, subgraphs) =
        cases::accepted_subgraphs().into_iter().find(|(name, _)| name == "inaccessible_and_tags").unwrap();
    let supergraph = Supergraph::parse(&compose(&subgraphs).unwrap().supergraph_sdl).unwrap();
    let api = supergraph.api_schema_sdl();
    assert!(api.contains("type Shown"), "{api}");
    for hidden in ["Secret", "hidden", "interface I", "@tag", "join__"] {
        assert!(!api.contains(hidden), "{hidden} in {api}");
    }
}
