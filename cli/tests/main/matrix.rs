//! Every root field of the supergraph has its row in the access matrix of exactly one subgraph's tests, so that an operation
//! without a row fails here even where a subgraph forgets to look.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::architecture::root;

/// Where each subgraph keeps its matrix.
const MATRICES: [(&str, &str); 4] = [
    ("identity", "subgraphs/identity/tests/access.rs"),
    ("fleet", "subgraphs/fleet/tests/access.rs"),
    ("partner", "subgraphs/partner/tests/access/table.rs"),
    ("trip", "subgraphs/trip/tests/access/matrix.rs"),
];

/// The functions that make a row; the first argument of each is the operation.
const MAKERS: [&str; 8] = [
    "row(",
    "query(",
    "by_id(",
    "list(",
    "write(",
    "mutation(",
    "subscription(",
    // The one row of fleet that stands alone.
    "(&str, &str) = (",
];

fn read(file: &str) -> String {
    let path: PathBuf = root().join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The fields of the root types, descriptions left out.
fn root_fields(sdl: &str) -> BTreeSet<String> {
    let text: String = sdl.split("\"\"\"").step_by(2).collect();
    let mut fields = BTreeSet::new();
    for kind in ["Query", "Mutation", "Subscription"] {
        let start = text.find(&format!("\ntype {kind}")).unwrap_or_else(|| panic!("no type {kind}"));
        let body = &text[start..];
        let body = &body[body.find('{').expect("fields") + 1..body.find("\n}").expect("an end")];
        // What stands between the brackets of a field's arguments is no field.
        let mut depth = 0_usize;
        for line in body.lines() {
            let name: String = line.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if depth == 0 && !name.is_empty() {
                fields.insert(name);
            }
            for letter in line.chars() {
                match letter {
                    '(' => depth += 1,
                    ')' => depth = depth.saturating_sub(1),
                    _ => {}
                }
            }
        }
    }
    fields
}

/// Not the end of a longer name, and no method; `..query(` fills the rest of a row.
fn is_a_call_of_its_own(before: &str) -> bool {
    let method = before.ends_with('.') && !before.ends_with("..");
    !method && !before.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_')
}

/// The operations that have a row in a matrix.
fn rows(source: &str) -> Vec<String> {
    let mut rows = Vec::new();
    for maker in MAKERS {
        for (at, _) in source.match_indices(maker) {
            let rest = source[at + maker.len()..].trim_start();
            let Some(literal) = rest.strip_prefix('"').and_then(|rest| rest.split('"').next()) else {
                continue;
            };
            if is_a_call_of_its_own(&source[..at]) {
                // `Entity.Driver.trips` is a row too, of a field that no operation begins with.
                let (kind, name) = literal.split_once('.').unwrap_or(("", literal));
                if kind != "Entity" {
                    rows.push(name.to_owned());
                }
            }
        }
    }
    rows
}

#[test]
fn every_operation_of_the_supergraph_has_its_row_in_one_access_matrix() {
    let fields = root_fields(&read("schema/supergraph.graphql"));
    assert!(
        fields.len() > 100 && fields.contains("trips") && fields.contains("tripStatusChanged"),
        "{fields:?}"
    );
    let mut owners: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (subgraph, file) in MATRICES {
        for row in rows(&read(file)) {
            owners.entry(row).or_default().insert(subgraph);
        }
    }
    for field in &fields {
        let found: Vec<_> = owners.get(field).into_iter().flatten().collect();
        assert_eq!(found.len(), 1, "{field} has rows in the access matrices of {found:?}");
    }
    let gone: Vec<&String> = owners.keys().filter(|row| !fields.contains(*row)).collect();
    assert!(gone.is_empty(), "rows for operations that are gone: {gone:?}");
}

#[test]
fn rows_and_fields_are_read_as_they_are_written() {
    let sdl = "\"\"\"type Query { not }\"\"\"\ntype Query\n  @join__type(graph: A)\n{\n  a: Int\n  \"\"\"b: x\"\"\"\n  c(\n    d: Int\n  ): Int @join__field(graph: A)\n}\n\
               type Mutation {\n  e(f: Int): Int\n}\ntype Subscription {\n  g: Int\n}\n";
    assert_eq!(root_fields(sdl), ["a", "c", "e", "g"].map(str::to_owned).into());
    let source = "row(\n  \"Query.a\", \"+\"), my_row(\"b\"), query(\"c\", x), world.query(\"d\"), write(name), ..list(\"f\"), row(\"Entity.G.h\")";
    assert_eq!(rows(source), ["a", "c", "f"]);
}
