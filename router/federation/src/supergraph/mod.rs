//! The model of a supergraph: types, fields, and in which subgraph each of them lives under which conditions.
//!
//! It is read from the join-spec SDL (v0.1 to v0.5), whoever composed it, and made of small ids: a type is a [`TypeDefId`], a
//! field name a [`NameId`], a subgraph a [`SubgraphId`]. Planning asks this model only; the parsed documents stay behind
//! [`Supergraph::api_schema_sdl`], validation and introspection.

mod access;
mod api;
mod classes;
mod field_set;
mod model;
mod read;
mod read_fields;
mod type_set;

pub use access::{Rule, RuleSet};
pub use field_set::{FieldSet, FieldSetField};
pub use model::{
    FieldDef, Home, Key, NameId, OverrideRole, Role, Subgraph, SubgraphId, Supergraph, TypeDef, TypeDefId,
    TypeExpr, TypeIn, TypeKind,
};
pub use type_set::TypeSet;

/// Why a text is not a usable supergraph.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SupergraphError {
    /// The text is not valid GraphQL SDL.
    #[error("the supergraph is not valid GraphQL: {0}")]
    Syntax(String),
    /// The text is GraphQL, but not a supergraph in the join spec.
    #[error("not a join-spec supergraph: {0}")]
    Join(String),
    /// What clients may see of it is not a valid schema.
    #[error("the supergraph's API schema is not valid: {0}")]
    Api(String),
}
