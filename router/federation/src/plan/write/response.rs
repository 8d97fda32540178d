//! The client's response: the operation's output tree in the plan's terms.

use super::tables::Tables;
use crate::operation::output::{OutField, OutSelection, OutValue};
use crate::operation::{Operation, output::OutId};
use crate::plan::data::{Leaf, OutputField, OutputType, OutputValue, Selection, SelectionId};
use crate::supergraph::{Supergraph, TypeDefId, TypeKind};

/// All selections of the response; they keep their numbers.
pub(super) fn response(
    supergraph: &Supergraph,
    operation: &Operation,
    tables: &mut Tables,
) -> Vec<Selection> {
    operation.output.iter().map(|selection| out_selection(supergraph, operation, selection, tables)).collect()
}

/// The plan's id of an output selection.
pub(super) fn selection_id(id: OutId) -> SelectionId {
    SelectionId(id.0)
}

fn out_selection(
    supergraph: &Supergraph,
    operation: &Operation,
    selection: &OutSelection,
    tables: &mut Tables,
) -> Selection {
    let possible = selection.possible.as_ref().map(|set| tables.set(supergraph, set));
    let fields =
        selection.fields.iter().map(|field| out_field(supergraph, operation, field, tables)).collect();
    Selection { possible, fields }
}

fn out_field(
    supergraph: &Supergraph,
    operation: &Operation,
    field: &OutField,
    tables: &mut Tables,
) -> OutputField {
    let (value, ty) = match field.value {
        OutValue::Key(key) => {
            let leaf = match field.below {
                Some(id) => Leaf::Object(selection_id(id)),
                None => leaf(supergraph, field.ty.named, tables),
            };
            (OutputValue::Key(key), OutputType { nullable: field.ty.nullable.clone(), leaf })
        }
        OutValue::StaticTypename(ty) => {
            (OutputValue::Typename(Some(supergraph.ty(ty).name.clone())), typename_type())
        }
        OutValue::Typename => (OutputValue::Typename(None), typename_type()),
        OutValue::Introspection => {
            (OutputValue::Introspection, OutputType { nullable: vec![true], leaf: Leaf::Scalar })
        }
        OutValue::Withheld => {
            (OutputValue::Withheld, OutputType { nullable: field.ty.nullable.clone(), leaf: Leaf::Scalar })
        }
    };
    OutputField {
        key: field.key.clone(),
        value,
        types: field.types.as_ref().map(|set| tables.set(supergraph, set)),
        condition: tables.condition(&operation.arena, field.cond),
        ty,
        coordinate: field.coordinate.clone(),
    }
}

fn typename_type() -> OutputType {
    OutputType { nullable: vec![false], leaf: Leaf::String }
}

fn leaf(supergraph: &Supergraph, id: TypeDefId, tables: &mut Tables) -> Leaf {
    let ty = supergraph.ty(id);
    match (ty.kind, ty.name.as_str()) {
        (TypeKind::Enum, _) => Leaf::Enum(tables.enumeration(supergraph, id)),
        (_, "Int") => Leaf::Int,
        (_, "Float") => Leaf::Float,
        (_, "String") => Leaf::String,
        (_, "Boolean") => Leaf::Boolean,
        (_, "ID") => Leaf::Id,
        _ => Leaf::Scalar,
    }
}
