//! Supergraphs as others composed them, in each version of the join spec.

use federation::operation::{Limits, prepare};
use federation::plan::{PlanOptions, plan};
use federation::supergraph::{Supergraph, SupergraphError};

/// The documents that a query is planned into, one per fetch, with the subgraph's name before.
fn documents(supergraph: &Supergraph, query: &str, labels: &[&str]) -> Vec<String> {
    let operation = prepare(supergraph, query, None, &Limits::default()).unwrap();
    let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
    let options = PlanOptions { override_labels: &labels, ..PlanOptions::default() };
    let plan = plan(supergraph, &operation, &options).unwrap();
    let selection = |document: &str| document[document.find('{').unwrap()..].to_owned();
    plan.fetches
        .iter()
        .map(|fetch| format!("{} {}", plan.subgraph(fetch.subgraph), selection(&fetch.document)))
        .collect()
}

const GRAPHS: &str = "
    enum join__Graph { A @join__graph(name: \"a\", url: \"http://a\") B @join__graph(name: \"b\", url: \"http://b\") }
    directive @join__graph(name: String!, url: String!) on ENUM_VALUE
    scalar join__FieldSet";

#[test]
fn v0_1_has_owners_and_value_types_without_directives() {
    let sdl = format!(
        "schema @core(feature: \"https://specs.apollo.dev/core/v0.1\") @core(feature: \"https://specs.apollo.dev/join/v0.1\") {{ query: Query }}
        directive @core(feature: String!) repeatable on SCHEMA
        directive @join__owner(graph: join__Graph!) on OBJECT
        directive @join__type(graph: join__Graph!, key: join__FieldSet) repeatable on OBJECT
        directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet) on FIELD_DEFINITION
        {GRAPHS}
        type Query {{ books: [Book] @join__field(graph: A) }}
        type Book @join__owner(graph: A) @join__type(graph: A, key: \"isbn\") @join__type(graph: B, key: \"isbn\") {{
            isbn: ID! @join__field(graph: A)
            title: String
            size: Size @join__field(graph: A)
            rating: Int @join__field(graph: B, requires: \"title\")
        }}
        type Size {{ width: Int }}"
    );
    let supergraph = Supergraph::parse(&sdl).unwrap();
    assert_eq!(
        documents(&supergraph, "{ books { rating size { width } } }", &[]),
        [
            "a {books{size{width}isbn title}}",
            "b {_entities(representations:$representations){...on Book{rating}}}"
        ]
    );
    assert!(!supergraph.api_schema_sdl().contains("join__"));
}

#[test]
fn v0_2_says_in_which_subgraphs_a_type_is() {
    let sdl = format!(
        "schema @link(url: \"https://specs.apollo.dev/link/v1.0\") @link(url: \"https://specs.apollo.dev/join/v0.2\", for: EXECUTION) {{ query: Query }}
        directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
        enum link__Purpose {{ SECURITY EXECUTION }} scalar link__Import
        directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true) repeatable on OBJECT | INTERFACE | UNION
        directive @join__field(graph: join__Graph!, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean) repeatable on FIELD_DEFINITION
        {GRAPHS}
        type Query @join__type(graph: A) @join__type(graph: B) {{ any: [Any] @join__field(graph: A) }}
        union Any @join__type(graph: A) @join__type(graph: B) = Cat | Dog
        type Cat @join__type(graph: A, key: \"id\") @join__type(graph: B, key: \"id\") {{ id: ID! name: String @join__field(graph: B) }}
        type Dog @join__type(graph: A) {{ bark: String }}"
    );
    let supergraph = Supergraph::parse(&sdl).unwrap();
    let query = "{ any { ... on Cat { name } ... on Dog { bark } } }";
    assert_eq!(
        documents(&supergraph, query, &[]),
        [
            "a {any{__typename ...on Dog{bark}...on Cat{id}}}",
            "b {_entities(representations:$representations){...on Cat{name}}}"
        ]
    );
}

/// Join v0.4 and v0.5: labels of progressive overrides; `@inaccessible` under another name.
fn labelled(version: &str, old_home: &str) -> String {
    format!(
        "schema @link(url: \"https://specs.apollo.dev/link/v1.0\") @link(url: \"https://specs.apollo.dev/join/{version}\", for: EXECUTION)
            @link(url: \"https://specs.apollo.dev/inaccessible/v0.2\", as: \"hide\", for: SECURITY) {{ query: Query }}
        directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
        directive @hide on FIELD_DEFINITION
        enum link__Purpose {{ SECURITY EXECUTION }} scalar link__Import
        directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT
        directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean, overrideLabel: String) repeatable on FIELD_DEFINITION
        {GRAPHS}
        type Query @join__type(graph: A) @join__type(graph: B) {{ ticket: Ticket @join__field(graph: A) }}
        type Ticket @join__type(graph: A, key: \"id\") @join__type(graph: B, key: \"id\") {{
            id: ID!
            secret: Int @join__field(graph: A) @hide
            owner: String {old_home} @join__field(graph: B, override: \"a\", overrideLabel: \"percent(5)\")
        }}"
    )
}

#[test]
fn v0_4_and_v0_5_move_fields_by_label() {
    let homes = [
        "@join__field(graph: A, overrideLabel: \"percent(5)\")",
        "@join__field(graph: A, usedOverridden: true)",
    ];
    for (version, old_home) in ["v0.4", "v0.5"].into_iter().zip(homes) {
        let supergraph = Supergraph::parse(&labelled(version, old_home)).unwrap();
        assert_eq!(documents(&supergraph, "{ ticket { owner } }", &[]), ["a {ticket{owner}}"]);
        let moved = documents(&supergraph, "{ ticket { owner } }", &["percent(5)"]);
        assert_eq!(moved[1], "b {_entities(representations:$representations){...on Ticket{owner}}}");
        assert!(prepare(&supergraph, "{ ticket { secret } }", None, &Limits::default()).is_err());
    }
}

#[test]
fn what_is_not_a_supergraph_is_refused_with_a_reason() {
    assert!(matches!(Supergraph::parse("type Query {"), Err(SupergraphError::Syntax(_))));
    assert!(matches!(Supergraph::parse("type Query { a: Int }"), Err(SupergraphError::Join(_))));
    let key = labelled("v0.5", "").replace("key: \"id\"", "key: \"nothing\"");
    let error = Supergraph::parse(&key).unwrap_err().to_string();
    assert!(error.contains("nothing"), "{error}");
}
