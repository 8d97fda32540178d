//! What is refused, and with which code.

use federation::compose::{SubgraphSdl, compose};
use federation::operation::{Limits, Operation, RequestError, prepare, suggest};
use federation::plan::{PlanError, PlanOptions, plan};
use federation::supergraph::Supergraph;
use serde_json::json;

fn supergraph() -> Supergraph {
    let sdl = "
        extend schema @link(url: \"https://specs.apollo.dev/federation/v2.3\", import: [\"@key\", \"@inaccessible\"])
        directive @oneOf on INPUT_OBJECT
        type Query {
            me: User search(filter: Filter, first: Int = 10): [User!]! secret: Int @inaccessible
            byId(id: ID, near: Float): User find(by: By!): User text(of: String): String
        }
        input By @oneOf { id: ID name: String inner: Inner }
        input Inner { any: [By!] }
        type User @key(fields: \"id\") { id: ID! name: String friends: [User!]! }
        input Filter { name: String! tags: [Tag!] hidden: Int @inaccessible }
        enum Tag { RED GREEN BLUE @inaccessible }";
    let one = SubgraphSdl { name: "users".into(), url: String::new(), sdl: sdl.into(), file: None };
    Supergraph::parse(&compose(&[one]).unwrap().supergraph_sdl).unwrap()
}

fn refused(text: &str, limits: &Limits) -> RequestError {
    prepare(&supergraph(), text, None, limits).unwrap_err().remove(0)
}

fn prepared(text: &str) -> Operation {
    prepare(&supergraph(), text, None, &Limits::default()).unwrap()
}

#[test]
fn a_document_that_is_not_graphql_is_a_parse_error_with_its_place() {
    let error = refused("{ me { name }", &Limits::default());
    assert_eq!(error.code, RequestError::PARSE);
    assert_eq!(error.locations.len(), 1);
}

#[test]
fn what_the_api_schema_does_not_have_is_a_validation_error() {
    for query in
        ["{ nobody }", "{ secret }", "{ search(filter: { name: \"a\", hidden: 1 }) { id } }", "{ me }"]
    {
        assert_eq!(refused(query, &Limits::default()).code, RequestError::VALIDATION, "{query}");
    }
}

#[test]
fn what_is_misspelt_is_told_how_it_is_spelt() {
    let sdl = "
        extend schema @link(url: \"https://specs.apollo.dev/federation/v2.5\",
                            import: [\"@authenticated\", \"@inaccessible\"])
        type Query { trips(first: Int, filter: Filter): [Trip] trip(id: ID): Trip open: Int @inaccessible
                     audits: Int @authenticated }
        type Trip { status: Status vehicle: String vehicles: Int }
        type Tripwire @authenticated { id: ID }
        input Filter { status: Status placeName: String }
        enum Status { CREATED STARTED }";
    let one = SubgraphSdl { name: "trips".into(), url: String::new(), sdl: sdl.into(), file: None };
    let supergraph = Supergraph::parse(&compose(&[one]).unwrap().supergraph_sdl).unwrap();
    for (query, meant) in [
        ("{ tripz { status } }", Some("`trip` or `trips`")),
        ("{ trips { vehicl } }", Some("`vehicle` or `vehicles`")),
        ("{ trips { STATUS } }", Some("`status`")),
        ("{ trip(di: 1) { status } }", Some("`id`")),
        ("{ trips(filter: { placename: \"a\" }) { status } }", Some("`placeName`")),
        ("{ trips(filter: { status: CREATE }) { status } }", Some("`CREATED`")),
        ("query ($f: Filtre) { trips(filter: $f) { status } }", Some("`Filter`")),
        ("fragment a on Tripp { status } { trip { ...a } }", Some("`Trip`")),
        ("{ trip { ... on Trap { status } } }", Some("`Trip`")),
        ("{ ope }", None),
        ("{ audit }", None),
        ("fragment a on Tripwir { id } { trip { ...a } }", Some("`Trip`")),
        ("{ somethingElse }", None),
        ("{ trip { status { a } } }", None),
    ] {
        let mut errors = prepare(&supergraph, query, None, &Limits::default()).unwrap_err();
        suggest(&supergraph, &mut errors);
        let told = errors[0].message.split_once(". Did you mean ").map(|(_, rest)| rest);
        assert_eq!(told, meant.map(|it| format!("{it}?")).as_deref(), "{query}: {errors:?}");
    }
}

#[test]
fn lists_of_different_length_are_different_arguments() {
    let one = |tags: &str| format!("search(filter: {{ name: \"a\", tags: [{tags}] }}) {{ id }}");
    let both = |a: &str, b: &str| format!("query($t: Tag!) {{ {} ... on Query {{ {} }} }}", one(a), one(b));
    for (a, b) in [("$t", ""), ("", "$t"), ("RED, $t", "RED")] {
        let error = refused(&both(a, b), &Limits::default());
        assert_eq!(error.code, RequestError::VALIDATION, "{error:?}");
        assert!(error.message.contains("differing arguments"), "{error:?}");
    }
    prepared(&both("RED, $t", "RED, $t"));
    prepared(
        "{ search(filter: { name: \"a\", tags: [] }) { id } b: search(filter: { name: \"a\", tags: [RED] }) { id } }",
    );
}

#[test]
fn limits_have_codes_of_their_own() {
    let limits = Limits { tokens: 40, depth: 3, aliases: 1, root_fields: 2, selections: 6 };
    let many = String::from("{ me { name } ") + &"b: me { id } ".repeat(20) + "}";
    assert_eq!(refused(&many, &limits).code, RequestError::TOKENS);
    assert_eq!(refused("{ me { friends { friends { id } } } }", &limits).code, RequestError::DEPTH);
    assert_eq!(refused("{ a: me { b: name } }", &limits).code, RequestError::ALIASES);
    assert_eq!(refused("{ me { id } me { id } me { id } }", &limits).code, RequestError::ROOT_FIELDS);
    assert_eq!(refused("{ me { id name id name id name id } }", &limits).code, RequestError::SELECTIONS);
}

#[test]
fn fragments_that_double_at_each_level_are_refused_quickly() {
    let mut query = String::from("query { me { ...F0 } }");
    for level in 0..40 {
        query += &format!(
            " fragment F{level} on User {{ a: friends {{ ...F{0} }} b: friends {{ ...F{0} }} }}",
            level + 1
        );
    }
    query += " fragment F40 on User { id }";
    let limits = Limits { depth: 100, ..Limits::default() };
    let error = refused(&query, &limits);
    assert!([RequestError::ALIASES, RequestError::SELECTIONS].contains(&error.code), "{error:?}");
}

#[test]
fn the_operation_must_be_clear() {
    let two = "query A { me { id } } query B { me { name } }";
    assert_eq!(refused(two, &Limits::default()).code, RequestError::OPERATION);
    assert!(prepare(&supergraph(), two, Some("B"), &Limits::default()).is_ok());
    let error = prepare(&supergraph(), two, Some("C"), &Limits::default()).unwrap_err();
    assert_eq!(error[0].code, RequestError::OPERATION);
}

#[test]
fn variables_are_coerced_and_unknown_input_fields_refused() {
    let supergraph = supergraph();
    let operation = prepared(
        "query($f: Filter, $n: Int = 3, $m: Int) { search(filter: $f, first: $n) { id } a: search(first: $m) { id } }",
    );
    let given = json!({ "f": { "name": "x", "tags": "RED" } });
    let variables = operation.coerce_variables(&supergraph, given.as_object().unwrap()).unwrap();
    assert_eq!(variables.json("f"), Some(r#"{"name":"x","tags":["RED"]}"#));
    assert_eq!(variables.json("n"), Some("3"));
    assert_eq!(variables.json("m"), None);
    for wrong in [
        json!({ "f": { "name": "x", "nothing": 1 } }),
        json!({ "f": { "name": "x", "hidden": 1 } }),
        json!({ "f": { "name": "x", "tags": ["BLUE"] } }),
        json!({ "f": {} }),
        json!({ "n": "three" }),
    ] {
        let error = operation.coerce_variables(&supergraph, wrong.as_object().unwrap()).unwrap_err();
        assert_eq!(error.code, RequestError::VARIABLE, "{wrong}");
    }
}

#[test]
fn values_that_do_not_fit_their_types_are_refused() {
    let supergraph = supergraph();
    for query in [
        "{ search(first: 2147483648) { id } }",
        "query($n: Int = 2147483648) { search(first: $n) { id } }",
        "query($n: Int = [1]) { search(first: $n) { id } }",
        "query($t: [Tag!]! = [PURPLE]) { search(filter: { name: \"a\", tags: $t }) { id } }",
        "{ search(filter: { name: 5 }) { id } }",
    ] {
        assert_eq!(refused(query, &Limits::default()).code, RequestError::VALIDATION, "{query}");
    }
    let operation = prepared(
        "query($n: Int, $i: ID, $f: Float) { search(first: $n) { id } byId(id: $i, near: $f) { id } }",
    );
    let coerced =
        |values: serde_json::Value| operation.coerce_variables(&supergraph, values.as_object().unwrap());
    for wrong in [
        json!({ "n": 2_147_483_648_i64 }),
        json!({ "n": 1.5 }),
        json!({ "n": "1" }),
        json!({ "i": 1.5 }),
        json!({ "f": "1" }),
    ] {
        assert_eq!(coerced(wrong.clone()).unwrap_err().code, RequestError::VARIABLE, "{wrong}");
    }
    assert!(coerced(json!({ "n": -5, "i": 7, "f": 9_007_199_254_740_000_i64 })).is_ok());
    assert!(coerced(json!({ "i": "7", "f": 3 })).is_ok());
}

#[test]
fn one_of_inputs_have_exactly_one_field() {
    let supergraph = supergraph();
    for wrong in
        ["{}", "{ id: 1, name: \"a\" }", "{ id: null }", "{ id: $i }", "{ inner: { any: [{ id: 1 }, {}] } }"]
    {
        let query = format!(
            "query($i: ID = 1, $n: String) {{ find(by: {wrong}) {{ id }} search(filter: {{ name: \"a\" }}) {{ id }} byId(id: $i) {{ a: id }} text(of: $n) }}"
        );
        let error = refused(&query, &Limits::default());
        assert!(error.message.contains("exactly one of its fields"), "{wrong}: {error:?}");
    }
    prepared(
        "query($i: ID!) { find(by: { id: $i }) { id } other: find(by: { inner: { any: [{ id: 1 }] } }) { id } }",
    );
    let operation = prepared("query($by: By!) { find(by: $by) { id } }");
    for wrong in [
        json!({}),
        json!({ "id": 1, "name": "a" }),
        json!({ "id": null }),
        json!({ "inner": { "any": { "id": null } } }),
    ] {
        let error =
            operation.coerce_variables(&supergraph, json!({ "by": wrong }).as_object().unwrap()).unwrap_err();
        assert_eq!(error.code, RequestError::VARIABLE, "{wrong}");
    }
    assert!(
        operation
            .coerce_variables(&supergraph, json!({ "by": { "name": "a" } }).as_object().unwrap())
            .is_ok()
    );
}

#[test]
fn a_budget_and_an_interrupt_end_planning() {
    let supergraph = supergraph();
    let operation = prepared("{ me { name friends { name friends { id } } } }");
    let options = PlanOptions { max_steps: 2, ..PlanOptions::default() };
    assert!(matches!(plan(&supergraph, &operation, &options), Err(PlanError::Budget { .. })));
    let many: String = (0..300).map(|i| format!("a{i}: search(first: {i}) {{ id }} ")).collect();
    let limits = Limits { aliases: 1000, root_fields: 1000, ..Limits::default() };
    let operation = prepare(&supergraph, &format!("{{ {many} }}"), None, &limits).unwrap();
    let options = PlanOptions { interrupt: Some(&|| true), ..PlanOptions::default() };
    assert_eq!(plan(&supergraph, &operation, &options).unwrap_err(), PlanError::Interrupted);
}
