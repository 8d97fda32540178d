//! Reads the join spec: in which subgraphs a field lives, and what it needs and gives there.

use super::field_set::FieldSetReader;
use super::model::{FieldDef, Home, NameId, OverrideRole, SubgraphId, TypeDef, TypeDefId, TypeExpr};
use super::read::{Reader, flag, text};
use apollo_compiler::ast::{Directive, FieldDefinition, Type};
use apollo_compiler::schema::ExtendedType;
use rustc_hash::FxHashMap;

/// The fields of the type at `index`. `types` are all types, still without fields.
pub(super) fn fields(
    reader: &Reader<'_>,
    field_sets: &FieldSetReader<'_>,
    index: usize,
    types: &[TypeDef],
) -> Result<FxHashMap<NameId, FieldDef>, String> {
    let parent = Parent { reader, field_sets, id: TypeDefId(index as u32), def: &types[index] };
    let definitions = match &reader.schema.types[reader.order[index].as_str()] {
        ExtendedType::Object(ty) => &ty.fields,
        ExtendedType::Interface(ty) => &ty.fields,
        _ => return Ok(FxHashMap::default()),
    };
    let mut out = FxHashMap::default();
    for (name, definition) in definitions {
        let name = reader.name_ids[name.as_str()];
        out.insert(name, parent.field(name, definition)?);
    }
    Ok(out)
}

struct Parent<'a> {
    reader: &'a Reader<'a>,
    field_sets: &'a FieldSetReader<'a>,
    id: TypeDefId,
    def: &'a TypeDef,
}

impl Parent<'_> {
    fn field(&self, name: NameId, definition: &FieldDefinition) -> Result<FieldDef, String> {
        let ty = self.reader.type_expr(&definition.ty)?;
        let joins: Vec<&Directive> = {
            let directive = format!("{}__field", self.reader.features.join);
            definition.directives.iter().filter(|d| d.name == directive.as_str()).map(|d| &**d).collect()
        };
        let mut homes = Vec::new();
        if joins.is_empty() {
            homes.extend(self.default_homes().into_iter().map(|subgraph| plain(subgraph, &ty)));
        }
        for join in &joins {
            if let Some(subgraph) = self.reader.graph(join) {
                homes.push(self.home(subgraph, join, &ty)?);
            }
        }
        if self.owner().is_some() {
            self.add_key_homes(name, &ty, &mut homes);
        }
        label_overridden(&mut homes, &joins, self.reader);
        homes.sort_by_key(|home| home.subgraph);
        Ok(FieldDef { name, ty, homes, class: 0 })
    }

    /// Where a field without `@join__field` lives: with its type; in join v0.1 with the type's owner.
    fn default_homes(&self) -> Vec<SubgraphId> {
        let all = (0..self.def.subgraphs.len()).filter(|i| self.def.subgraphs[*i].is_some());
        self.owner().map_or_else(|| all.map(|i| SubgraphId(i as u16)).collect(), |owner| vec![owner])
    }

    /// The owner that join v0.1 gives an entity.
    fn owner(&self) -> Option<SubgraphId> {
        let directives = self.reader.schema.types[self.def.name.as_str()].directives();
        self.reader.join(directives, "owner").find_map(|directive| self.reader.graph(directive))
    }

    /// In join v0.1 a key field also lives wherever the key does.
    fn add_key_homes(&self, name: NameId, ty: &TypeExpr, homes: &mut Vec<Home>) {
        for (index, entry) in self.def.subgraphs.iter().enumerate() {
            let keys = entry.iter().flat_map(|entry| &entry.keys);
            let is_key = keys.flat_map(|key| &key.fields.0).any(|field| field.name == name);
            let subgraph = SubgraphId(index as u16);
            if is_key && homes.iter().all(|home| home.subgraph != subgraph) {
                homes.push(plain(subgraph, ty));
            }
        }
    }

    fn home(&self, subgraph: SubgraphId, join: &Directive, ty: &TypeExpr) -> Result<Home, String> {
        if join.specified_argument_by_name("contextArguments").is_some() {
            return Err(format!("{} has a field with @fromContext, which is not supported", self.def.name));
        }
        let own = match text(join, "type") {
            Some(text) => {
                let parsed = Type::parse(text, "join__field").map_err(|e| e.to_string())?;
                self.reader.type_expr(&parsed)?
            }
            None => ty.clone(),
        };
        let name = &self.def.name;
        let requires =
            text(join, "requires").map(|set| self.field_sets.read(self.id, name, set)).transpose()?;
        let below = &self.reader.order[own.named.index()];
        let provides =
            text(join, "provides").map(|set| self.field_sets.read(own.named, below, set)).transpose()?;
        // An overridden field that its old home still uses is known there as if it were external.
        let external =
            flag(join, "external").unwrap_or(false) || flag(join, "usedOverridden").unwrap_or(false);
        let label = text(join, "overrideLabel").map(|label| {
            let overrides = text(join, "override").is_some();
            (label.to_owned(), if overrides { OverrideRole::Overriding } else { OverrideRole::Overridden })
        });
        // With a label, the old home keeps resolving the field for as long as the label is not active.
        let external = external && !matches!(label, Some((_, OverrideRole::Overridden)));
        Ok(Home { subgraph, ty: own, external, requires, provides, label })
    }
}

fn plain(subgraph: SubgraphId, ty: &TypeExpr) -> Home {
    Home { subgraph, ty: ty.clone(), external: false, requires: None, provides: None, label: None }
}

/// Gives the old home of a progressive override its side of the label where the supergraph leaves that out.
fn label_overridden(homes: &mut [Home], joins: &[&Directive], reader: &Reader<'_>) {
    for join in joins {
        let (Some(label), Some(from)) = (text(join, "overrideLabel"), text(join, "override")) else {
            continue;
        };
        let old = reader.graphs.iter().find(|(graph, _)| reader.is_graph(graph, from)).map(|(_, id)| *id);
        for home in homes.iter_mut().filter(|home| Some(home.subgraph) == old && home.label.is_none()) {
            home.label = Some((label.to_owned(), OverrideRole::Overridden));
            home.external = false;
        }
    }
}

impl Reader<'_> {
    /// Whether a value of the graph enum is the subgraph of this name.
    fn is_graph(&self, value: &str, name: &str) -> bool {
        let graphs = self.schema.get_enum(&format!("{}__Graph", self.features.join));
        let directive = graphs.and_then(|graphs| {
            graphs.values.get(value)?.directives.get(&format!("{}__graph", self.features.join)).cloned()
        });
        directive.is_some_and(|directive| text(&directive, "name") == Some(name))
    }
}
