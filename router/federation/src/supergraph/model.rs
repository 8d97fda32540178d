//! The data of a supergraph and the questions that planning asks of it.

use super::access::Access;
use super::{FieldSet, SupergraphError, TypeSet, api, classes, read};
use apollo_compiler::collections::HashMap;
use apollo_compiler::schema::Implementers;
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Schema};
use rustc_hash::FxHashMap;

/// A subgraph: index into [`Supergraph::subgraphs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct SubgraphId(pub u16);

impl SubgraphId {
    /// The id as an index.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// A type of the supergraph. Object types come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeDefId(pub u32);

impl TypeDefId {
    /// The id as an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A field's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameId(pub u32);

impl NameId {
    /// `__typename`, always the first name.
    pub const TYPENAME: Self = Self(0);
}

/// A subgraph's name and address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subgraph {
    /// The name that its owner gave it.
    pub name: String,
    /// Where it is served; may be empty.
    pub url: String,
}

/// What kind of type a definition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeKind {
    /// Object type.
    Object,
    /// Interface.
    Interface,
    /// Union.
    Union,
    /// Enum.
    Enum,
    /// Scalar, built in or custom.
    Scalar,
    /// Input object.
    Input,
}

/// What a type is in one subgraph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An object type.
    Object,
    /// An object type that stands for an interface of the supergraph (`@interfaceObject`).
    InterfaceObject,
    /// An interface or union.
    Abstract,
    /// Anything without output fields.
    Other,
}

/// A type as it is in one subgraph.
#[derive(Clone, Debug)]
pub struct TypeIn {
    /// What it is there.
    pub role: Role,
    /// Its keys there, in the order of the SDL.
    pub keys: Vec<Key>,
    /// The object types that a value of this type can have there. Of an interface object: those of the interface
    /// in the whole supergraph.
    pub possible: TypeSet,
}

/// A key of an entity in one subgraph.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key's fields.
    pub fields: FieldSet,
    /// Whether that subgraph resolves entities by it.
    pub resolvable: bool,
}

/// A type definition.
#[derive(Clone, Debug)]
pub struct TypeDef {
    /// Its name.
    pub name: String,
    /// Its kind in the supergraph.
    pub kind: TypeKind,
    /// What it is in each subgraph, by [`SubgraphId`]; `None` where it does not exist.
    pub subgraphs: Vec<Option<TypeIn>>,
    /// Its fields by name.
    pub fields: FxHashMap<NameId, FieldDef>,
    /// The object types that a value can have in the supergraph; an object type has itself.
    pub possible: TypeSet,
    /// Of those, the ones that clients may see.
    pub visible: TypeSet,
    /// The interfaces that an object type or interface implements.
    pub interfaces: Vec<TypeDefId>,
    /// The values of an enum that clients may see.
    pub enum_values: Vec<String>,
}

/// A type reference: list levels with their nullability, and the named type at the end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TypeExpr {
    /// From the outside in; one more entry than there are list levels.
    pub nullable: Vec<bool>,
    /// The named type.
    pub named: TypeDefId,
}

/// A field of an object type or interface.
#[derive(Clone, Debug)]
pub struct FieldDef {
    /// Its name.
    pub name: NameId,
    /// Its type in the supergraph.
    pub ty: TypeExpr,
    /// The subgraphs that know it, in order. Empty for a field that an object type has from an interface object only.
    pub homes: Vec<Home>,
    /// Fields of one name and one class can share a response key wherever they meet, see the module `classes`.
    pub class: u16,
}

/// A field in one subgraph.
#[derive(Clone, Debug)]
pub struct Home {
    /// The subgraph.
    pub subgraph: SubgraphId,
    /// The field's type there.
    pub ty: TypeExpr,
    /// Known there, but not resolved there (except where provided).
    pub external: bool,
    /// What has to be sent along to resolve it there.
    pub requires: Option<FieldSet>,
    /// External fields that are resolved there, below this field.
    pub provides: Option<FieldSet>,
    /// Progressive override.
    pub label: Option<(String, OverrideRole)>,
}

/// The side that a home takes in a progressive override.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverrideRole {
    /// Resolves the field while the label is active.
    Overriding,
    /// Resolves the field while the label is not active.
    Overridden,
}

/// A supergraph, ready for planning.
#[derive(Clone, Debug)]
pub struct Supergraph {
    pub(super) subgraphs: Vec<Subgraph>,
    pub(super) types: Vec<TypeDef>,
    pub(super) type_names: FxHashMap<String, TypeDefId>,
    pub(super) names: Vec<String>,
    pub(super) name_ids: FxHashMap<String, NameId>,
    pub(super) api: Valid<Schema>,
    pub(super) implementers: HashMap<Name, Implementers>,
    pub(super) access: Access,
    /// Query, mutation, subscription.
    pub(super) roots: [Option<TypeDefId>; 3],
}

impl Supergraph {
    /// Reads a supergraph in the join spec.
    pub fn parse(sdl: &str) -> Result<Self, SupergraphError> {
        let schema = Schema::builder()
            .adopt_orphan_extensions()
            .parse(sdl, "supergraph.graphql")
            .build()
            .map_err(|errors| SupergraphError::Syntax(errors.errors.to_string()))?;
        let api = api::api_schema(&schema)?;
        let mut supergraph = read::read(schema, api)?;
        classes::assign(&mut supergraph);
        Ok(supergraph)
    }

    /// All subgraphs, by [`SubgraphId`].
    pub fn subgraphs(&self) -> &[Subgraph] {
        &self.subgraphs
    }

    /// What clients see: the schema without directives and types of federation, and without all that is `@inaccessible`.
    pub fn api_schema_sdl(&self) -> String {
        self.api.to_string()
    }

    /// The API schema, for validation and introspection.
    pub fn api_schema(&self) -> &Valid<Schema> {
        &self.api
    }

    /// Who implements which interface of the API schema, for introspection.
    pub(crate) fn implementers(&self) -> &HashMap<Name, Implementers> {
        &self.implementers
    }

    /// A type's definition.
    pub fn ty(&self, id: TypeDefId) -> &TypeDef {
        &self.types[id.index()]
    }

    /// A type by name.
    pub fn type_id(&self, name: &str) -> Option<TypeDefId> {
        self.type_names.get(name).copied()
    }

    /// A type as it is in a subgraph.
    pub fn type_in(&self, id: TypeDefId, subgraph: SubgraphId) -> Option<&TypeIn> {
        self.types[id.index()].subgraphs[subgraph.index()].as_ref()
    }

    /// A field's definition.
    pub fn field(&self, parent: TypeDefId, name: NameId) -> Option<&FieldDef> {
        self.types[parent.index()].fields.get(&name)
    }

    /// A field as it is in a subgraph.
    pub fn home(&self, parent: TypeDefId, name: NameId, subgraph: SubgraphId) -> Option<&Home> {
        self.field(parent, name)?.homes.iter().find(|home| home.subgraph == subgraph)
    }

    /// The text of a name.
    pub fn name(&self, id: NameId) -> &str {
        &self.names[id.0 as usize]
    }

    /// A name by its text; `None` if no type of the supergraph has such a field.
    pub fn name_id(&self, name: &str) -> Option<NameId> {
        self.name_ids.get(name).copied()
    }

    /// All subgraph ids.
    pub fn subgraph_ids(&self) -> impl Iterator<Item = SubgraphId> + use<> {
        (0..self.subgraphs.len() as u16).map(SubgraphId)
    }

    /// All type ids.
    pub fn type_ids(&self) -> impl Iterator<Item = TypeDefId> + use<> {
        (0..self.types.len() as u32).map(TypeDefId)
    }

    /// The root type of an operation.
    pub fn root(&self, kind: crate::operation::OperationKind) -> Option<TypeDefId> {
        self.roots[kind as usize]
    }

    /// Whether the type is the root type of queries, which every subgraph can be asked for without a key.
    pub fn is_query_root(&self, id: TypeDefId) -> bool {
        self.roots[0] == Some(id)
    }
}
