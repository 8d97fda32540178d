//! Supergraphs and queries that make planners explode. The curve must stay flat: doubling the case may cost a small factor more
//! planning steps, never a power.

use federation::compose::{SubgraphSdl, compose};
use federation::operation::{Limits, prepare};
use federation::plan::{FetchKind, Plan, PlanError, PlanOptions, plan};
use federation::supergraph::Supergraph;
use std::fmt::Write as _;

const LINK: &str = "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.3\", import: [\"@key\", \"@shareable\", \"@external\", \"@requires\"])\n";

fn supergraph(sdls: Vec<String>) -> Supergraph {
    let named = |(index, sdl): (usize, String)| SubgraphSdl {
        name: format!("s{index:02}"),
        url: String::new(),
        sdl: format!("{LINK}{sdl}"),
        file: None,
    };
    let subgraphs: Vec<SubgraphSdl> = sdls.into_iter().enumerate().map(named).collect();
    let composed = compose(&subgraphs).unwrap_or_else(|errors| panic!("{errors:#?}"));
    Supergraph::parse(&composed.supergraph_sdl).unwrap()
}

fn planned(supergraph: &Supergraph, query: &str, max_steps: u64) -> Result<Plan, PlanError> {
    let limits = Limits {
        tokens: 1_000_000,
        aliases: 100_000,
        root_fields: 10_000,
        selections: 200_000,
        ..Limits::default()
    };
    let operation = prepare(supergraph, query, None, &limits).unwrap();
    plan(supergraph, &operation, &PlanOptions { max_steps, ..PlanOptions::default() })
}

/// The least power-of-two budget with which planning succeeds: a measure of work that no machine's speed changes.
fn steps(supergraph: &Supergraph, query: &str) -> u64 {
    let enough = |steps: &u64| planned(supergraph, query, *steps).is_ok();
    (4..30).map(|power| 1u64 << power).find(enough).unwrap()
}

/// Doubling the size may at most multiply the steps by this.
const FACTOR: u64 = 8;

#[expect(clippy::print_stdout, reason = "the curve is what the test is about")]
fn assert_flat(what: &str, curve: &[(usize, u64)]) {
    println!("{what}: {curve:?}");
    for pair in curve.windows(2) {
        assert!(pair[1].1 <= pair[0].1 * FACTOR, "{what} explodes: {curve:?}");
    }
}

/// Every subgraph has every field of an entity, and each one field of its own.
fn equal_paths(subgraphs: usize) -> Supergraph {
    let sdl = |index: usize| {
        let root = if index == 0 { "type Query { node: Node }" } else { "" };
        format!(
            "{root} type Node @key(fields: \"id\") {{ id: ID! name: String @shareable next: Node @shareable own{index}: Int }}"
        )
    };
    supergraph((0..subgraphs).map(sdl).collect())
}

#[test]
fn many_equal_paths_do_not_multiply() {
    let mut curve = Vec::new();
    for size in [4, 8, 16, 32] {
        let supergraph = equal_paths(size);
        let own: String = (1..size).map(|i| format!("own{i} ")).collect();
        let mut query = format!("{own} name");
        for _ in 0..8 {
            query = format!("{own} name next {{ {query} }}");
        }
        let query = format!("{{ node {{ {query} }} }}");
        curve.push((size, steps(&supergraph, &query)));
    }
    assert_flat("equal paths", &curve);
}

#[test]
fn a_value_that_only_others_have_is_chosen_from_many_at_once() {
    // The root knows nothing but the key; everything else is in all other subgraphs.
    let mut curve = Vec::new();
    for size in [4, 8, 16, 32] {
        let mut sdls =
            vec!["type Query { node: Node } type Node @key(fields: \"id\") { id: ID! }".to_owned()];
        for _ in 1..size {
            let fields: String = (0..10).map(|i| format!("f{i}: Int @shareable ")).collect();
            sdls.push(format!("type Node @key(fields: \"id\") {{ id: ID! next: Node @shareable {fields} }}"));
        }
        let supergraph = supergraph(sdls);
        let fields: String = (0..10).map(|i| format!("f{i} ")).collect();
        let mut query = fields.clone();
        for _ in 0..8 {
            query = format!("{fields} next {{ {query} }}");
        }
        let plan = planned(&supergraph, &format!("{{ node {{ {query} }} }}"), 0).unwrap();
        assert_eq!(plan.fetches.len(), 2, "one hop suffices");
        curve.push((size, steps(&supergraph, &format!("{{ node {{ {query} }} }}"))));
    }
    assert_flat("interchangeable subgraphs", &curve);
}

#[test]
fn overlapping_subgraphs_need_no_exhaustive_search() {
    // Field i is in the subgraphs i and i + 1: covering all of them has exponentially many answers.
    let mut curve = Vec::new();
    for size in [12, 24, 48] {
        let mut sdls =
            vec!["type Query { node: Node } type Node @key(fields: \"id\") { id: ID! }".to_owned()];
        for index in 0..size {
            let next = index + 1;
            sdls.push(format!(
                "type Node @key(fields: \"id\") {{ id: ID! f{index}: Int @shareable f{next}: Int @shareable }}"
            ));
        }
        let supergraph = supergraph(sdls);
        let fields: String = (0..=size).map(|i| format!("f{i} ")).collect();
        let query = format!("{{ node {{ {fields} }} }}");
        let plan = planned(&supergraph, &query, 0).unwrap();
        assert!(
            plan.fetches.len() <= 1 + size / 2 + 2,
            "{} fetches for {size} subgraphs",
            plan.fetches.len()
        );
        curve.push((size, steps(&supergraph, &query)));
    }
    assert_flat("overlapping subgraphs", &curve);
}

/// A union of entities whose details are elsewhere, with lists of the union inside of each.
fn wide_union(width: usize) -> Supergraph {
    let members: Vec<String> = (0..width).map(|i| format!("T{i}")).collect();
    let mut first = format!("type Query {{ any: Any }} union Any = {}\n", members.join(" | "));
    let mut second = String::new();
    for member in &members {
        let _ = writeln!(first, "type {member} @key(fields: \"id\") {{ id: ID! children: [Any!]! }}");
        let _ = writeln!(second, "type {member} @key(fields: \"id\") {{ id: ID! title: String }}");
    }
    supergraph(vec![first, second])
}

#[test]
fn wide_unions_nest_without_multiplying() {
    let mut curve = Vec::new();
    for width in [4, 8, 16, 32] {
        let supergraph = wide_union(width);
        let level = |below: &str| -> String {
            (0..width).map(|i| format!("... on T{i} {{ id title children {{ {below} }} }} ")).collect()
        };
        let query = format!("{{ any {{ {} }} }}", level(&level("__typename")));
        let limits = Limits { tokens: 1_000_000, selections: 2_000_000, ..Limits::default() };
        assert!(prepare(&supergraph, &query, None, &limits).is_ok());
        let plan = planned(&supergraph, &query, 0).unwrap();
        assert!(plan.fetches.len() <= 3, "{}", plan.to_text());
        curve.push((width, steps(&supergraph, &query)));
    }
    assert_flat("wide unions", &curve);
}

#[test]
fn long_chains_of_keys_and_requirements_are_followed() {
    // k0 → k1 → … → k15: each subgraph knows only two neighbouring keys.
    let size = 16;
    let mut sdls = vec!["type Query { node: Node } type Node @key(fields: \"k0\") { k0: ID! }".to_owned()];
    for index in 0..size {
        let next = index + 1;
        sdls.push(format!(
            "type Node @key(fields: \"k{index}\") @key(fields: \"k{next}\") {{ k{index}: ID! k{next}: ID! v{index}: Int }}"
        ));
    }
    let supergraph = supergraph(sdls);
    let plan = planned(&supergraph, "{ node { v15 } }", 0).unwrap();
    assert_eq!((plan.fetches.len(), plan.depth()), (size + 1, size + 1));
}

#[test]
fn deep_nesting_does_not_exhaust_the_stack() {
    let supergraph = equal_paths(3);
    let mut query = String::from("own1 own2");
    for level in 0..90 {
        query = format!("next {{ {} {query} }}", if level % 2 == 0 { "own1" } else { "own2" });
    }
    let limits = Limits { depth: 1000, ..Limits::default() };
    let operation = prepare(&supergraph, &format!("{{ node {{ {query} }} }}"), None, &limits).unwrap();
    let plan = plan(&supergraph, &operation, &PlanOptions::default()).unwrap();
    assert!(plan.fetches.len() > 2);
    let endless = prepare(&supergraph, &"{ node ".repeat(1000), None, &limits).unwrap_err();
    assert!(["GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"].contains(&endless[0].code), "{endless:?}");
}

#[test]
fn a_thousand_places_share_one_request() {
    let sdls = vec![
        "type Query { node(id: Int): Node } type Node @key(fields: \"id\") { id: ID! }".to_owned(),
        "type Node @key(fields: \"id\") { id: ID! name: String other: String }".to_owned(),
    ];
    let supergraph = supergraph(sdls);
    let fields = |i: usize| if i.is_multiple_of(2) { "name" } else { "name other" };
    let query: String = (0..1000).map(|i| format!("a{i}: node(id: {i}) {{ {} }} ", fields(i))).collect();
    let plan = planned(&supergraph, &format!("{{ {query} }}"), 0).unwrap();
    assert_eq!(plan.fetches.len(), 2);
    let FetchKind::Entities(batches) = &plan.fetches[1].kind else { panic!("{}", plan.to_text()) };
    assert_eq!(batches.iter().map(|batch| batch.targets.len()).collect::<Vec<_>>(), [500, 500]);
}
