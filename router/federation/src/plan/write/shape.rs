//! What a fetch's answer may hold.

use super::tables::Tables;
use crate::operation::arena::TYPENAME;
use crate::plan::data::{KeyId, Shape, ShapeField, ShapeId, ShapeValue, TypeSource};
use crate::plan::emit::{Emitter, NodeId};
use crate::supergraph::{Role, TypeDefId, TypeExpr, TypeKind};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

/// A key's selections below, or the type of its leaf.
#[derive(Default)]
struct Under {
    nodes: Vec<NodeId>,
    leaf: Option<TypeExpr>,
}

/// The shape of the objects that some selections of one place describe together.
///
/// Where they are selections on different object types, all of them are made to ask for `__typename`.
pub(super) fn shape(
    emitter: &mut Emitter<'_>,
    nodes: &[NodeId],
    is_root: bool,
    tables: &mut Tables,
) -> ShapeId {
    let type_source = type_source(emitter, nodes, is_root, tables);
    let mut under: IndexMap<KeyId, Under, FxBuildHasher> = IndexMap::default();
    for node in nodes {
        let node = &emitter.nodes[node.0 as usize];
        for field in node.fields.iter().filter(|field| field.key != TYPENAME) {
            let entry = under.entry(field.key).or_default();
            match field.below {
                Some(below) => entry.nodes.push(below),
                None if entry.leaf.is_none() => {
                    entry.leaf = leaf_type(emitter, node.ty, field.key, field.types)
                }
                None => {}
            }
        }
    }
    let mut fields = Vec::with_capacity(under.len());
    for (key, under) in under {
        let value = if under.nodes.is_empty() {
            leaf(emitter, under.leaf)
        } else {
            ShapeValue::Object(shape(emitter, &under.nodes, false, tables))
        };
        fields.push(ShapeField { key, value });
    }
    tables.shape(Shape { type_source, fields })
}

fn type_source(
    emitter: &mut Emitter<'_>,
    nodes: &[NodeId],
    is_root: bool,
    tables: &mut Tables,
) -> TypeSource {
    let supergraph = emitter.solver.supergraph;
    let role = |emitter: &Emitter<'_>, node: &NodeId| {
        let node = &emitter.nodes[node.0 as usize];
        supergraph.type_in(node.ty, node.subgraph).map_or(Role::Other, |there| there.role)
    };
    let is_read = |emitter: &Emitter<'_>, node: &NodeId| {
        let doc = &emitter.nodes[node.0 as usize];
        role(emitter, node) == Role::Abstract
            && (doc.typename || doc.fields.iter().any(|field| field.key == TYPENAME))
    };
    if is_root {
        // Entities: their types are known from where they were found, or asked for on the interface.
        let read = nodes.iter().any(|node| is_read(emitter, node));
        return if read { TypeSource::Read } else { TypeSource::Unknown };
    }
    let first = emitter.nodes[nodes[0].0 as usize].ty;
    let same = nodes.iter().all(|node| emitter.nodes[node.0 as usize].ty == first);
    if same {
        return match role(emitter, &nodes[0]) {
            Role::Object => TypeSource::Static(tables.ty(supergraph, first)),
            Role::Abstract if nodes.iter().any(|node| is_read(emitter, node)) => TypeSource::Read,
            _ => TypeSource::Unknown,
        };
    }
    if nodes.iter().any(|node| role(emitter, node) == Role::InterfaceObject) {
        return TypeSource::Unknown;
    }
    for node in nodes {
        emitter.nodes[node.0 as usize].typename = true;
    }
    TypeSource::Read
}

/// The type of a leaf field in its subgraph's terms, or in the supergraph's.
fn leaf_type(
    emitter: &Emitter<'_>,
    parent: TypeDefId,
    key: KeyId,
    types: crate::operation::arena::SetId,
) -> Option<TypeExpr> {
    let name = emitter.solver.arena.key_info(key).name;
    let supergraph = emitter.solver.supergraph;
    let of_types = || {
        let first = emitter.solver.arena.types(types).iter().next()?;
        supergraph.field(first, name)
    };
    supergraph.field(parent, name).or_else(of_types).map(|field| field.ty.clone())
}

fn leaf(emitter: &Emitter<'_>, ty: Option<TypeExpr>) -> ShapeValue {
    let Some(ty) = ty else { return ShapeValue::Scalar };
    let named = emitter.solver.supergraph.ty(ty.named);
    let built_in = matches!(named.name.as_str(), "Int" | "Float" | "String" | "Boolean" | "ID");
    if built_in || named.kind == TypeKind::Enum {
        ShapeValue::Leaf { list_depth: (ty.nullable.len() - 1) as u8 }
    } else {
        ShapeValue::Scalar
    }
}
