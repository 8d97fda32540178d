//! The merged schema, with who has what: what `print` writes down.

use apollo_compiler::ast::{self, Value};
use apollo_compiler::{Name, Node};
use indexmap::IndexMap;

use super::super::model::{Applied, Kind};

/// Index of a subgraph in the list that is composed.
pub(in super::super) type Graph = usize;

/// A merged schema.
#[derive(Default)]
pub(in super::super) struct Supergraph {
    pub(in super::super) description: Option<String>,
    pub(in super::super) types: IndexMap<Name, MergedType>,
    /// Definitions of executable and composed directives.
    pub(in super::super) directives: Vec<Node<ast::DirectiveDefinition>>,
    pub(in super::super) features: Vec<ComposedFeature>,
    /// Directives on the schema itself.
    pub(in super::super) applied: Vec<Applied>,
}

/// A specification whose directives are composed, to be linked in the supergraph.
pub(in super::super) struct ComposedFeature {
    pub(in super::super) identity: String,
    pub(in super::super) version: (u32, u32),
    /// Name in the specification, name in the supergraph.
    pub(in super::super) imports: Vec<(String, String)>,
}

pub(in super::super) struct MergedType {
    pub(in super::super) name: Name,
    pub(in super::super) kind: Kind,
    pub(in super::super) description: Option<String>,
    pub(in super::super) joins: Vec<TypeJoin>,
    /// Interface → the subgraphs that say so.
    pub(in super::super) implements: IndexMap<Name, Vec<Graph>>,
    pub(in super::super) fields: IndexMap<Name, MergedField>,
    pub(in super::super) inputs: IndexMap<Name, MergedInput>,
    /// Member → the subgraphs that say so.
    pub(in super::super) members: IndexMap<Name, Vec<Graph>>,
    pub(in super::super) values: IndexMap<Name, MergedValue>,
    pub(in super::super) applied: Vec<Applied>,
}

/// A `@join__type`.
pub(in super::super) struct TypeJoin {
    pub(in super::super) graph: Graph,
    pub(in super::super) key: Option<String>,
    pub(in super::super) extension: bool,
    pub(in super::super) resolvable: bool,
    pub(in super::super) interface_object: bool,
}

#[derive(Clone)]
pub(in super::super) struct MergedField {
    pub(in super::super) name: Name,
    pub(in super::super) description: Option<String>,
    pub(in super::super) ty: ast::Type,
    pub(in super::super) args: IndexMap<Name, MergedInput>,
    /// Nothing when every subgraph with the type has the field and nothing else is to say. Empty for a field that an
    /// object has only through an interface object.
    pub(in super::super) joins: Option<Vec<FieldJoin>>,
    pub(in super::super) applied: Vec<Applied>,
}

/// A `@join__field`.
#[derive(Clone, Default)]
pub(in super::super) struct FieldJoin {
    pub(in super::super) graph: Graph,
    pub(in super::super) requires: Option<String>,
    pub(in super::super) provides: Option<String>,
    pub(in super::super) ty: Option<String>,
    pub(in super::super) external: bool,
    pub(in super::super) overrides: Option<String>,
    pub(in super::super) used_overridden: bool,
    pub(in super::super) label: Option<String>,
}

/// A merged argument or field of an input object.
#[derive(Clone)]
pub(in super::super) struct MergedInput {
    pub(in super::super) name: Name,
    pub(in super::super) description: Option<String>,
    pub(in super::super) ty: ast::Type,
    pub(in super::super) default: Option<Node<Value>>,
    pub(in super::super) joins: Option<Vec<FieldJoin>>,
    pub(in super::super) applied: Vec<Applied>,
}

pub(in super::super) struct MergedValue {
    pub(in super::super) description: Option<String>,
    pub(in super::super) graphs: Vec<Graph>,
    pub(in super::super) applied: Vec<Applied>,
}

impl MergedInput {
    /// It must be given: non-null and without a default.
    pub(in super::super) fn is_required(&self) -> bool {
        self.ty.is_non_null() && self.default.is_none()
    }
}

impl Supergraph {
    /// The object types that a value of this type can have.
    pub(in super::super) fn runtime_types<'s>(&'s self, ty: &'s MergedType) -> Vec<&'s Name> {
        match ty.kind {
            Kind::Object => vec![&ty.name],
            Kind::Union => ty.members.keys().collect(),
            Kind::Interface => self
                .types
                .values()
                .filter(|other| other.kind == Kind::Object && other.implements.contains_key(&ty.name))
                .map(|other| &other.name)
                .collect(),
            Kind::Scalar | Kind::Enum | Kind::Input => Vec::new(),
        }
    }
}
