//! The head of a supergraph: links, directive definitions and the list of subgraphs.

use std::fmt::Write;

use super::super::merge::supergraph::{ComposedFeature, MergedField, MergedInput, MergedType, Supergraph};
use super::super::model::{Applied, Carried};
use super::{Printer, string};

/// The directives a supergraph may carry from sister specifications: link, definition.
const CARRIED: &[(Carried, &str, &str)] = &[
    (
        Carried::Tag,
        r#"@link(url: "https://specs.apollo.dev/tag/v0.3")"#,
        "directive @tag(name: String!) repeatable on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION | SCHEMA",
    ),
    (
        Carried::Inaccessible,
        r#"@link(url: "https://specs.apollo.dev/inaccessible/v0.2", for: SECURITY)"#,
        "directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION",
    ),
    (
        Carried::Authenticated,
        r#"@link(url: "https://specs.apollo.dev/authenticated/v0.1", for: SECURITY)"#,
        "directive @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM",
    ),
    (
        Carried::RequiresScopes,
        r#"@link(url: "https://specs.apollo.dev/requiresScopes/v0.1", for: SECURITY)"#,
        "directive @requiresScopes(scopes: [[requiresScopes__Scope!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM\n\nscalar requiresScopes__Scope",
    ),
    (
        Carried::Policy,
        r#"@link(url: "https://specs.apollo.dev/policy/v0.1", for: SECURITY)"#,
        "directive @policy(policies: [[policy__Policy!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM\n\nscalar policy__Policy",
    ),
    (
        Carried::Cost,
        "",
        "directive @cost(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR",
    ),
    (
        Carried::ListSize,
        "",
        "directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION",
    ),
    (Carried::OneOf, "", "directive @oneOf on INPUT_OBJECT"),
];

const COST_LINK: &str = r#"@link(url: "https://specs.apollo.dev/cost/v0.1", import: ["@cost", "@listSize"])"#;

const JOIN_DIRECTIVES: &str = "\
directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE

directive @join__graph(name: String!, url: String!) on ENUM_VALUE

directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE

directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR

directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION

directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA

";

const JOIN_FIELD_3: &str = "directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION\n\n";

/// Progressive overrides need a later join spec, which brings more definitions along.
const JOIN_FIELD_5: &str = "\
directive @join__directive(graphs: [join__Graph!], name: String!, args: join__DirectiveArguments) repeatable on SCHEMA | OBJECT | INTERFACE | FIELD_DEFINITION

directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean, overrideLabel: String, contextArguments: [join__ContextArgument!]) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION

input join__ContextArgument {
  name: String!
  type: String!
  context: String!
  selection: join__FieldValue!
}

scalar join__DirectiveArguments

scalar join__FieldValue

";

const LINK_TYPES: &str = "\
scalar join__FieldSet

scalar link__Import

enum link__Purpose {
  \"\"\"
  `SECURITY` features provide metadata necessary to securely resolve fields.
  \"\"\"
  SECURITY

  \"\"\"
  `EXECUTION` features provide metadata necessary for operation execution.
  \"\"\"
  EXECUTION
}

";

/// Writes everything before the first type.
pub(super) fn print(printer: &mut Printer<'_>, supergraph: &Supergraph) {
    let used = |directive: &Carried| any_applied(supergraph, |applied| applied.directive == *directive);
    let progressive = supergraph
        .types
        .values()
        .flat_map(|ty| ty.fields.values())
        .any(|field| field.joins.iter().flatten().any(|join| join.label.is_some()));
    printer.description("", supergraph.description.as_deref());
    let join = if progressive { "0.5" } else { "0.3" };
    let _ = write!(
        printer.out,
        "schema\n  @link(url: \"https://specs.apollo.dev/link/v1.0\")\n  @link(url: \"https://specs.apollo.dev/join/v{join}\", for: EXECUTION)"
    );
    for (directive, link, _) in CARRIED.iter().filter(|(_, link, _)| !link.is_empty()) {
        if used(directive) {
            let _ = write!(printer.out, "\n  {link}");
        }
    }
    if used(&Carried::Cost) || used(&Carried::ListSize) {
        let _ = write!(printer.out, "\n  {COST_LINK}");
    }
    for feature in &supergraph.features {
        feature_link(printer, feature);
    }
    printer.applied(&supergraph.applied, "\n  ");
    printer.out.push_str("\n{\n");
    for (operation, root) in [("query", "Query"), ("mutation", "Mutation"), ("subscription", "Subscription")]
    {
        if supergraph.types.contains_key(root) {
            let _ = writeln!(printer.out, "  {operation}: {root}");
        }
    }
    printer.out.push_str("}\n\n");
    for (directive, _, definition) in CARRIED {
        let with_cost = matches!(directive, Carried::Cost | Carried::ListSize)
            && (used(&Carried::Cost) || used(&Carried::ListSize));
        if used(directive) || with_cost {
            let _ = write!(printer.out, "{definition}\n\n");
        }
    }
    for definition in &supergraph.directives {
        let _ = write!(printer.out, "{}\n\n", definition.serialize());
    }
    printer.out.push_str(JOIN_DIRECTIVES);
    printer.out.push_str(if progressive { JOIN_FIELD_5 } else { JOIN_FIELD_3 });
    graphs(printer);
    printer.out.push_str(LINK_TYPES);
}

fn feature_link(printer: &mut Printer<'_>, feature: &ComposedFeature) {
    let (major, minor) = feature.version;
    let url = match feature.version {
        (0, 0) => feature.identity.clone(),
        _ => format!("{}/v{major}.{minor}", feature.identity),
    };
    let imports: Vec<String> = feature
        .imports
        .iter()
        .map(|(original, name)| {
            if original == name {
                format!("\"@{name}\"")
            } else {
                format!("{{name: \"@{original}\", as: \"@{name}\"}}")
            }
        })
        .collect();
    let _ = write!(printer.out, "\n  @link(url: {}, import: [{}])", string(&url), imports.join(", "));
}

fn graphs(printer: &mut Printer<'_>) {
    printer.out.push_str("enum join__Graph {\n");
    for subgraph in printer.subgraphs {
        let (name, url) = (string(&subgraph.name), string(&subgraph.url));
        let _ = writeln!(printer.out, "  {} @join__graph(name: {name}, url: {url})", subgraph.graph);
    }
    printer.out.push_str("}\n\n");
}

fn any_applied(supergraph: &Supergraph, test: impl Fn(&Applied) -> bool) -> bool {
    let input = |input: &MergedInput| input.applied.iter().any(&test);
    let field = |field: &MergedField| field.applied.iter().any(&test) || field.args.values().any(input);
    let ty = |ty: &MergedType| {
        ty.applied.iter().any(&test)
            || ty.fields.values().any(field)
            || ty.inputs.values().any(input)
            || ty.values.values().any(|value| value.applied.iter().any(&test))
    };
    supergraph.applied.iter().any(&test) || supergraph.types.values().any(ty)
}
