//! The directives and types that federation and its sister specifications define, since which version, and how.

use super::super::model::Version;

/// A directive that the composer understands.
pub(super) struct Known {
    /// Its name in its own specification.
    pub(super) name: &'static str,
    /// The first Federation version that has it.
    pub(super) since: Version,
    /// Its specification when it can also be linked on its own.
    pub(super) feature: Option<&'static str>,
    /// Arguments and locations. `FieldSet`, `Scope`, `Policy` and `ContextFieldValue` stand for the local names of those types.
    pub(super) definition: &'static str,
}

const ANYWHERE: &str = "on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION";

/// Every directive that the composer understands.
pub(super) const DIRECTIVES: &[Known] = &[
    known(
        "key",
        Version::One,
        None,
        "(fields: FieldSet!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE",
    ),
    known("requires", Version::One, None, "(fields: FieldSet!) on FIELD_DEFINITION"),
    known("provides", Version::One, None, "(fields: FieldSet!) on FIELD_DEFINITION"),
    known("external", Version::One, None, "(reason: String) on OBJECT | FIELD_DEFINITION"),
    known("extends", Version::One, None, "on OBJECT | INTERFACE"),
    known(
        "tag",
        Version::One,
        Some("tag"),
        "(name: String!) repeatable on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION | SCHEMA",
    ),
    known("shareable", Version::Two(0), None, "repeatable on OBJECT | FIELD_DEFINITION"),
    known("inaccessible", Version::Two(0), Some("inaccessible"), ANYWHERE),
    known("override", Version::One, None, "(from: String!, label: String) on FIELD_DEFINITION"),
    known("composeDirective", Version::Two(1), None, "(name: String) repeatable on SCHEMA"),
    known("interfaceObject", Version::Two(3), None, "on OBJECT"),
    known(
        "authenticated",
        Version::Two(5),
        Some("authenticated"),
        "on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM",
    ),
    known(
        "requiresScopes",
        Version::Two(5),
        Some("requiresScopes"),
        "(scopes: [[Scope!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM",
    ),
    known(
        "policy",
        Version::Two(6),
        Some("policy"),
        "(policies: [[Policy!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM",
    ),
    known(
        "context",
        Version::Two(8),
        Some("context"),
        "(name: String!) repeatable on INTERFACE | OBJECT | UNION",
    ),
    known(
        "fromContext",
        Version::Two(8),
        Some("context"),
        "(field: ContextFieldValue) on ARGUMENT_DEFINITION",
    ),
    known(
        "cost",
        Version::Two(9),
        Some("cost"),
        "(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR",
    ),
    known(
        "listSize",
        Version::Two(9),
        Some("cost"),
        "(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION",
    ),
    known(
        "cacheTag",
        Version::Two(12),
        Some("cacheTag"),
        "(format: String!) repeatable on OBJECT | FIELD_DEFINITION",
    ),
];

const fn known(
    name: &'static str,
    since: Version,
    feature: Option<&'static str>,
    definition: &'static str,
) -> Known {
    Known { name, since, feature, definition }
}

/// The newest Federation 2 minor version that is understood.
pub(super) const NEWEST_MINOR: u32 = 12;

/// The types of federation that a subgraph can import, with the Federation version that brought them.
pub(super) const TYPES: &[(&str, Version)] = &[
    ("FieldSet", Version::Two(0)),
    ("Scope", Version::Two(5)),
    ("Policy", Version::Two(6)),
    ("ContextFieldValue", Version::Two(8)),
];

/// Types of the subgraph protocol: a subgraph's SDL may define them, the supergraph never has them.
pub(super) const PROTOCOL_TYPES: &[&str] = &["_Any", "_Entity", "_Service", "_FieldSet"];

/// Root fields of the subgraph protocol.
pub(super) const PROTOCOL_FIELDS: &[&str] = &["_service", "_entities"];

/// Directives of GraphQL itself, which an SDL may define again.
pub(super) const BUILT_IN_DIRECTIVES: &[&str] =
    &["skip", "include", "deprecated", "specifiedBy", "oneOf", "defer", "stream"];

/// Scalars of GraphQL itself, which an SDL may define again.
pub(super) const BUILT_IN_SCALARS: &[&str] = &["Int", "Float", "String", "Boolean", "ID"];
