//! Folding: which fields of an abstract type can stand without a type condition, or together under an interface's.
//!
//! Planning knows fields by object type. Writing `... on A { id } ... on B { id }` for `{ id }` would be right, but long. A field may be
//! written on an abstract type if the subgraph declares it there with the same shape and the same type, and if that abstract type
//! covers exactly the object types for which the field is asked.

use crate::operation::arena::TYPENAME;
use crate::operation::conditions::CondId;
use crate::plan::data::KeyId;
use crate::plan::emit::{DocField, DocNode, Emitter, NodeId};
use crate::supergraph::{Role, SubgraphId, TypeDefId, TypeSet};
use rustc_hash::FxHashMap;

/// Fields to write under one type condition (`None`: without).
pub(super) struct Fold {
    pub(super) condition: Option<TypeDefId>,
    pub(super) fields: Vec<DocField>,
}

impl Emitter<'_> {
    /// The fields of a selection, grouped by the type condition to write.
    pub(super) fn folds(&self, node: &DocNode) -> Vec<Fold> {
        let mut folds = vec![Fold { condition: None, fields: Vec::new() }];
        let there = self.solver.supergraph.type_in(node.ty, node.subgraph);
        let Some(there) = there.filter(|there| there.role == Role::Abstract) else {
            folds[0].fields.extend(node.fields.iter().filter(|field| field.key != TYPENAME));
            return folds;
        };
        for (field, types) in self.same_fields(node) {
            if let Some(condition) = self.fragment_type(node, &there.possible, &types, &field) {
                let condition = (condition != node.ty).then_some(condition);
                add(&mut folds, condition, field);
                continue;
            }
            for ty in types.iter().filter(|ty| there.possible.contains(*ty)) {
                add(&mut folds, Some(ty), field);
            }
        }
        folds
    }

    /// The fields of a selection; those that ask the same of different types are joined.
    fn same_fields(&self, node: &DocNode) -> Vec<(DocField, TypeSet)> {
        let mut out: Vec<(DocField, TypeSet)> = Vec::with_capacity(node.fields.len());
        let mut first: FxHashMap<(KeyId, CondId), usize> = FxHashMap::default();
        for field in node.fields.iter().filter(|field| field.key != TYPENAME) {
            let types = self.solver.arena.types(field.types);
            match first.get(&(field.key, field.cond)) {
                Some(at) if self.asks_the_same(out[*at].0.below, field.below) => {
                    out[*at].1 = out[*at].1.union(types);
                }
                Some(_) => out.push((*field, types.clone())),
                None => {
                    first.insert((field.key, field.cond), out.len());
                    out.push((*field, types.clone()));
                }
            }
        }
        out
    }

    /// Whether two selections are the same word by word.
    fn asks_the_same(&self, a: Option<NodeId>, b: Option<NodeId>) -> bool {
        let (Some(a), Some(b)) = (a, b) else { return a.is_none() && b.is_none() };
        let (a, b) = (&self.nodes[a.0 as usize], &self.nodes[b.0 as usize]);
        let same = |(a, b): (&DocField, &DocField)| {
            a.key == b.key && a.types == b.types && a.cond == b.cond && self.asks_the_same(a.below, b.below)
        };
        a.ty == b.ty
            && a.typename == b.typename
            && a.fields.len() == b.fields.len()
            && a.fields.iter().zip(&b.fields).all(same)
    }

    /// The abstract type on which a field can be written for exactly these object types.
    fn fragment_type(
        &self,
        node: &DocNode,
        possible: &TypeSet,
        types: &TypeSet,
        field: &DocField,
    ) -> Option<TypeDefId> {
        let wanted = types.intersection(possible);
        let fits = |ty: TypeDefId| {
            let there = self.solver.supergraph.type_in(ty, node.subgraph);
            there.is_some_and(|there| {
                there.role == Role::Abstract && there.possible.intersection(possible) == wanted
            }) && self.declares(ty, node.subgraph, &wanted, field)
        };
        if fits(node.ty) {
            return Some(node.ty);
        }
        if wanted.len() < 2 {
            return None;
        }
        let first = wanted.iter().next()?;
        self.solver.supergraph.ty(first).interfaces.iter().copied().find(|interface| fits(*interface))
    }

    /// Whether an abstract type declares the field in the subgraph just as its object types do.
    fn declares(&self, ty: TypeDefId, subgraph: SubgraphId, types: &TypeSet, field: &DocField) -> bool {
        let supergraph = self.solver.supergraph;
        let name = self.solver.arena.key_info(field.key).name;
        let Some(home) = supergraph.home(ty, name, subgraph) else { return false };
        let below = field.below.map(|node| self.nodes[node.0 as usize].ty);
        let same_below = below.is_none_or(|below| below == home.ty.named);
        let shape = supergraph.shape(home);
        let same_shape = |object: TypeDefId| {
            supergraph.home(object, name, subgraph).is_some_and(|own| supergraph.shape(own) == shape)
        };
        same_below && types.iter().all(same_shape)
    }
}

fn add(folds: &mut Vec<Fold>, condition: Option<TypeDefId>, field: DocField) {
    match folds.iter_mut().find(|fold| fold.condition == condition) {
        Some(fold) => fold.fields.push(field),
        None => folds.push(Fold { condition, fields: vec![field] }),
    }
}
