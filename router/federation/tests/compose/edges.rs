//! The edges: names, emptiness, nonsense. Nothing panics.

use federation::compose::{SubgraphSdl, code, compose};

fn subgraph(name: &str, sdl: &str) -> SubgraphSdl {
    SubgraphSdl { name: name.to_owned(), url: String::new(), sdl: sdl.to_owned(), file: None }
}

fn codes(subgraphs: &[SubgraphSdl]) -> Vec<&'static str> {
    compose(subgraphs).map_or_else(|errors| errors.iter().map(|error| error.code).collect(), |_| Vec::new())
}

#[test]
fn names_of_subgraphs_must_be_there_and_differ() {
    let query = "type Query { x: Int }";
    for names in [["", "a"], ["_", "a"], ["a", "a"]] {
        let subgraphs = names.map(|name| subgraph(name, query));
        assert_eq!(codes(&subgraphs), [code::INVALID_SUBGRAPH_NAME], "{names:?}");
    }
}

#[test]
fn any_other_name_becomes_a_graph_of_its_own() {
    let names = ["a-b", "a.b", "1st", "ünï", "__x", "A_B", "\"quoted\"\n"];
    let subgraphs: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(index, name)| subgraph(name, &format!("type Query {{ x{index}: Int }}")))
        .collect();
    let composition = compose(&subgraphs).unwrap();
    for graph in ["A_B @", "A_B_2 @", "A_B_3 @", "G1ST @", "_N_ @", "G__X @"] {
        assert!(composition.supergraph_sdl.contains(graph), "{graph} in {}", composition.supergraph_sdl);
    }
}

#[test]
fn no_subgraphs_have_no_queries() {
    assert_eq!(codes(&[]), [code::NO_QUERIES]);
}

#[test]
fn a_subgraph_may_have_no_query_of_its_own() {
    let with = subgraph("a", "type Query { item: Item } type Item @key(fields: \"id\") { id: ID! }");
    for sdl in [
        "type Item @key(fields: \"id\") { id: ID! name: String }",
        "type Query { _service: _Service! _entities(representations: [_Any!]!): [_Entity]! } scalar _Any scalar _FieldSet \
         type _Service { sdl: String } union _Entity = Item type Item @key(fields: \"id\") { id: ID! name: String }",
        "schema { mutation: Change } type Change { x: Int } type Item @key(fields: \"id\") { id: ID! name: String }",
    ] {
        let composition = compose(&[with.clone(), subgraph("b", sdl)]).unwrap();
        assert!(composition.supergraph_sdl.contains("name: String @join__field(graph: B)"));
        assert!(!composition.supergraph_sdl.contains("_Any"));
    }
}

#[test]
fn nonsense_is_refused_without_a_panic() {
    let deep = |open: &str, close: &str| {
        format!("type Query {{ x: {}Int{} }}", open.repeat(20_000), close.repeat(20_000))
    };
    let link = "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.3\", import: [\"@key\"])";
    let nested = "a { ".repeat(5_000) + "id" + &" }".repeat(5_000);
    for sdl in [
        "".to_owned(),
        "\u{feff}".to_owned(),
        "}{".to_owned(),
        "type Query".to_owned(),
        "query { x }".to_owned(),
        "type Query { x: Int } extend type __Schema { y: Int }".to_owned(),
        "extend union U = A".to_owned(),
        "schema { query: Int }".to_owned(),
        "schema { query: Missing }".to_owned(),
        "extend schema @link".to_owned(),
        "extend schema @link(url: 1)".to_owned(),
        "extend schema @link(url: \"://\")".to_owned(),
        "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.3\", as: \"not a name\", import: [\"@key\"])".to_owned(),
        "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.3\", import: [{ name: \"@key\", as: \"@not a name\" }])".to_owned(),
        "type Query { x: Int } type join__Graph { x: Int }".to_owned(),
        deep("[", "]"),
        format!("type Query {{ x(y: Int = {}1{}): Int }}", "[".repeat(20_000), "]".repeat(20_000)),
        format!("{link} type Query {{ a: A }} type A @key(fields: \"{nested}\") {{ id: ID! a: A }}"),
        format!("{link} type Query {{ a: A }} type A @key(fields: \"id }} query {{ x\") {{ id: ID! }}"),
        format!("{link} type Query {{ a: A }} type A @key(fields: \"...F\") @key(fields: \"\") {{ id: ID! }}"),
    ] {
        assert!(!codes(&[subgraph("a", &sdl)]).is_empty(), "accepted: {}", &sdl[..sdl.len().min(100)]);
    }
}

#[test]
fn keys_that_lead_around_in_a_circle_end() {
    let link = "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.3\", import: [\"@key\"])";
    let a = format!(
        "{link} type Query {{ a: A }} type A @key(fields: \"b {{ id }}\") {{ b: B }} type B @key(fields: \"id\") {{ id: ID! a: A }}"
    );
    let b = format!(
        "{link} type A @key(fields: \"b {{ a {{ b {{ id }} }} }}\") {{ b: B x: Int }} type B @key(fields: \"a {{ b {{ id }} }}\") {{ a: A id: ID! y: Int }}"
    );
    assert!(!codes(&[subgraph("a", &a), subgraph("b", &b)]).contains(&code::SATISFIABILITY_ERROR));
}

/// Documents with words taken out, doubled or swapped: composed or refused, never a panic.
#[test]
fn mangled_documents_do_not_panic() {
    let whole: Vec<Vec<SubgraphSdl>> = crate::cases::all_subgraphs();
    let mut random = fastrand::Rng::with_seed(7);
    for round in 0..MANGLED {
        let mut subgraphs = whole[round % whole.len()].clone();
        let which = random.usize(..subgraphs.len());
        subgraphs[which].sdl = mangle(&subgraphs[which].sdl, &mut random);
        let _ = compose(&subgraphs);
    }
}

const MANGLED: usize = 500;

fn mangle(sdl: &str, random: &mut fastrand::Rng) -> String {
    let mut words: Vec<&str> =
        sdl.split_inclusive([' ', '\n', '(', ')', '{', '}', ':', '"', '@', '!']).collect();
    for _ in 0..random.usize(1..4) {
        if words.is_empty() {
            break;
        }
        let (a, b) = (random.usize(..words.len()), random.usize(..words.len()));
        match random.u8(..4) {
            0 => drop(words.remove(a)),
            1 => words.insert(a, words[b]),
            2 => words.swap(a, b),
            _ => words[a] = words[b],
        }
    }
    words.concat()
}
