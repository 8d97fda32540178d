//! Field sets: the arguments of `@key`, `@requires` and `@provides`, and their reading.

use super::{NameId, TypeDefId, TypeSet};
use crate::operation::arguments;
use apollo_compiler::executable::{self, Selection, SelectionSet};
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Schema};
use rustc_hash::FxHashMap;

/// A selection of fields as federation directives write it, fragments flattened into type sets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FieldSet(pub Vec<FieldSetField>);

/// A field of a field set.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FieldSetField {
    /// The object types for which the field is meant.
    pub types: TypeSet,
    /// The type that it was written on.
    pub owner: TypeDefId,
    /// Its name.
    pub name: NameId,
    /// Its arguments in canonical text with parentheses; empty without.
    pub arguments: String,
    /// What is selected below.
    pub fields: FieldSet,
}

/// What reading a field set needs to know of the supergraph.
pub(super) struct FieldSetReader<'a> {
    pub(super) schema: &'a Valid<Schema>,
    pub(super) types: &'a FxHashMap<String, TypeDefId>,
    pub(super) possible: &'a [TypeSet],
    pub(super) names: &'a FxHashMap<String, NameId>,
}

impl FieldSetReader<'_> {
    /// Parses a field set on a type.
    pub(super) fn read(&self, ty: TypeDefId, type_name: &str, text: &str) -> Result<FieldSet, String> {
        let name = Name::new(type_name).map_err(|error| error.to_string())?;
        let parsed = executable::FieldSet::parse(self.schema, name, text, "field set")
            .map_err(|errors| format!("field set `{text}` of {type_name}: {}", errors.errors))?;
        let mut out = FieldSet::default();
        self.flatten(&parsed.selection_set, &self.possible[ty.index()], &mut out)?;
        Ok(out)
    }

    fn flatten(&self, set: &SelectionSet, types: &TypeSet, out: &mut FieldSet) -> Result<(), String> {
        let unknown = || format!("unknown type {}", set.ty);
        let owner = *self.types.get(set.ty.as_str()).ok_or_else(unknown)?;
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    let mut fields = FieldSet::default();
                    if !field.selection_set.selections.is_empty() {
                        let below = *self.types.get(field.selection_set.ty.as_str()).ok_or_else(unknown)?;
                        self.flatten(&field.selection_set, &self.possible[below.index()], &mut fields)?;
                    }
                    let name = *self
                        .names
                        .get(field.name.as_str())
                        .ok_or_else(|| format!("unknown field {}", field.name))?;
                    let arguments = arguments::canonical(&field.arguments);
                    out.0.push(FieldSetField { types: types.clone(), owner, name, arguments, fields });
                }
                Selection::InlineFragment(fragment) => {
                    let condition =
                        *self.types.get(fragment.selection_set.ty.as_str()).ok_or_else(unknown)?;
                    let narrowed = types.intersection(&self.possible[condition.index()]);
                    self.flatten(&fragment.selection_set, &narrowed, out)?;
                }
                Selection::FragmentSpread(_) => return Err("field sets have no named fragments".to_owned()),
            }
        }
        Ok(())
    }
}
