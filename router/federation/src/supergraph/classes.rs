//! Which fields of one name can share a response key.
//!
//! `... on A { x } ... on B { x }` is valid in a subgraph only if both fields have the same list levels, the same
//! nullability and, for leaves, the same type *there*. Fields of one name are therefore put into classes once per
//! supergraph, over object types: two fields of a class agree in every subgraph that knows both. A response key belongs to one
//! class, so fields that disagree never meet under one key, wherever they meet.

use super::{Home, NameId, SubgraphId, Supergraph, TypeDefId, TypeKind};
use rustc_hash::FxHashMap;

/// What must be equal: nullability and list levels, and the leaf type (`None` for composite types).
type Shape = (Vec<bool>, Option<TypeDefId>);

/// Sets [`super::FieldDef::class`] of all fields of object types.
pub(super) fn assign(supergraph: &mut Supergraph) {
    let mut classes: FxHashMap<NameId, Vec<FxHashMap<SubgraphId, Shape>>> = FxHashMap::default();
    for id in supergraph.type_ids() {
        if supergraph.ty(id).kind != TypeKind::Object {
            continue;
        }
        let mut names: Vec<NameId> = supergraph.ty(id).fields.keys().copied().collect();
        names.sort_unstable();
        for name in names {
            let shapes = shapes(supergraph, id, name);
            let known = classes.entry(name).or_default();
            let fits = |class: &FxHashMap<SubgraphId, Shape>| {
                shapes.iter().all(|(subgraph, shape)| class.get(subgraph).is_none_or(|other| other == shape))
            };
            let index = known.iter().position(fits).unwrap_or_else(|| {
                known.push(FxHashMap::default());
                known.len() - 1
            });
            known[index].extend(shapes);
            if let Some(field) = supergraph.types[id.index()].fields.get_mut(&name) {
                field.class = index as u16;
            }
        }
    }
}

/// The field's shape in each subgraph, its own or that of an interface object which stands for its type there.
fn shapes(supergraph: &Supergraph, id: TypeDefId, name: NameId) -> Vec<(SubgraphId, Shape)> {
    let ty = supergraph.ty(id);
    let own = ty.fields[&name].homes.iter();
    let of_interfaces = ty.interfaces.iter().filter_map(|interface| supergraph.field(*interface, name));
    let by_interface_object = of_interfaces
        .flat_map(|field| field.homes.iter())
        .filter(|home| ty.subgraphs[home.subgraph.index()].is_none());
    own.chain(by_interface_object).map(|home| (home.subgraph, supergraph.shape(home))).collect()
}

impl Supergraph {
    /// What has to be equal for two fields to share a response key in one subgraph.
    pub(crate) fn shape(&self, home: &Home) -> Shape {
        let leaf = matches!(self.ty(home.ty.named).kind, TypeKind::Enum | TypeKind::Scalar);
        (home.ty.nullable.clone(), leaf.then_some(home.ty.named))
    }
}
