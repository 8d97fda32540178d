//! What the world must know of all subgraphs together: who resolves a field, with which types, under which requirement.

use crate::facts::{Facts, FieldSet, Key};
use apollo_compiler::ast::{Selection, Type};
use apollo_compiler::schema::{ExtendedType, FieldDefinition};
use std::collections::{BTreeMap, BTreeSet};

/// The data behind a set of subgraphs.
pub struct World {
    /// The subgraphs.
    pub subgraphs: Vec<Facts>,
    fields: BTreeMap<(String, String), FieldModel>,
    /// Object types by abstract type, over all subgraphs.
    possible: BTreeMap<String, BTreeSet<String>>,
    families: BTreeMap<String, Family>,
    pub(super) identifying: BTreeSet<(String, String)>,
    pub(super) entities: BTreeSet<String>,
    /// Types of which some entities are known to one subgraph only.
    pub(super) ghostly: BTreeSet<String>,
    /// Types that have one object only.
    pub(super) singletons: BTreeSet<String>,
    /// Fields of input types.
    pub(super) inputs: BTreeMap<String, super::inputs::Fields>,
}

struct Family {
    name: String,
    members: u64,
    index: u64,
}

/// A field as all its subgraphs agree on it.
pub(super) struct FieldModel {
    /// Null allowed in every subgraph: from the outside in, one more than the list depth.
    pub(super) nullable: Vec<bool>,
    pub(super) leaf: LeafModel,
    /// The object types that every resolving subgraph can answer with; `None` for leaves.
    pub(super) types: Option<Vec<String>>,
    /// Arguments that every resolving subgraph has.
    pub(super) arguments: BTreeSet<String>,
    /// Types and default values of arguments.
    pub(super) inputs: super::inputs::Fields,
    /// What some subgraph requires to resolve it.
    pub(super) requires: Option<FieldSet>,
    /// The only subgraph that resolves it, if it is only one.
    pub(super) home: Option<usize>,
}

/// The kind of a leaf.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum LeafModel {
    Int,
    Float,
    Boolean,
    String,
    Id,
    /// The values that every subgraph with this enum has.
    Enum(Vec<String>),
    Custom,
}

impl World {
    /// Puts the subgraphs' facts together.
    pub fn new(subgraphs: Vec<Facts>) -> Self {
        let mut world = Self {
            fields: BTreeMap::new(),
            possible: possible_types(&subgraphs),
            families: BTreeMap::new(),
            identifying: BTreeSet::new(),
            entities: BTreeSet::new(),
            ghostly: BTreeSet::new(),
            singletons: BTreeSet::new(),
            inputs: super::inputs::types(&subgraphs),
            subgraphs,
        };
        world.find_families();
        world.find_singletons();
        world.find_fields();
        world.find_identifying();
        world.find_ghostly();
        world
    }

    pub(super) fn field_model(&self, type_name: &str, field: &str) -> Option<&FieldModel> {
        self.fields.get(&(type_name.to_owned(), field.to_owned()))
    }

    pub(super) fn fields_of<'a>(
        &'a self,
        type_name: &'a str,
    ) -> impl Iterator<Item = (&'a String, &'a FieldModel)> {
        let fields = self.fields.iter().filter(move |((owner, _), _)| owner == type_name);
        fields.map(|((_, field), model)| (field, model))
    }

    pub(super) fn is_identifying(&self, type_name: &str, field: &str) -> bool {
        self.identifying.contains(&(type_name.to_owned(), field.to_owned()))
    }

    pub(super) fn is_entity(&self, type_name: &str) -> bool {
        self.entities.contains(type_name)
    }

    pub(super) fn family_name<'a>(&'a self, type_name: &'a str) -> &'a str {
        self.families.get(type_name).map_or(type_name, |family| &family.name)
    }

    /// The query root, and types whose key is their name.
    fn find_singletons(&mut self) {
        let is_typename =
            |field: &Selection| matches!(field, Selection::Field(field) if field.name == "__typename");
        let by_name = |key: &Key| key.fields.iter().all(is_typename);
        let keys = self.subgraphs.iter().flat_map(|facts| &facts.keys);
        let single = keys.filter(|(_, keys)| keys.iter().any(by_name)).map(|(name, _)| name.clone());
        self.singletons = single.chain(["Query".to_owned()]).collect();
    }

    /// How many members the type's family has, and which of them it is.
    pub(super) fn family_position(&self, type_name: &str) -> (u64, u64) {
        self.families.get(type_name).map_or((1, 0), |family| (family.members, family.index))
    }

    /// Whether an object of this type passes the type condition.
    pub fn is_a(&self, type_name: &str, condition: &str) -> bool {
        type_name == condition || self.possible.get(condition).is_some_and(|types| types.contains(type_name))
    }

    /// The object types that a type of any subgraph may stand for.
    pub fn possible(&self, type_name: &str) -> Vec<String> {
        match self.possible.get(type_name) {
            Some(types) => types.iter().cloned().collect(),
            None if self.subgraphs.iter().any(|facts| facts.interface_objects.contains(type_name)) => {
                Vec::new()
            }
            None => vec![type_name.to_owned()],
        }
    }

    /// Types that are seen through one interface with a key share their numbers.
    fn find_families(&mut self) {
        let keyed: BTreeSet<&String> = self.subgraphs.iter().flat_map(|facts| facts.keys.keys()).collect();
        let mut groups: Vec<BTreeSet<String>> = Vec::new();
        for name in keyed {
            let types = self.possible(name);
            self.entities.extend(types.iter().cloned());
            let mut group: BTreeSet<String> = types.into_iter().collect();
            groups.retain(|other| {
                let apart = other.is_disjoint(&group);
                if !apart {
                    group.extend(other.iter().cloned());
                }
                apart
            });
            groups.push(group);
        }
        for group in groups.iter().filter(|group| group.len() > 1) {
            let name = group.iter().cloned().collect::<Vec<_>>().join("+");
            for (index, member) in (0..).zip(group) {
                let family = Family { name: name.clone(), members: group.len() as u64, index };
                self.families.insert(member.clone(), family);
            }
        }
    }

    fn find_fields(&mut self) {
        let mut resolvers: BTreeMap<(String, String), Vec<Resolver<'_>>> = BTreeMap::new();
        let mut declared: BTreeMap<(String, String), Vec<Resolver<'_>>> = BTreeMap::new();
        for facts in &self.subgraphs {
            for (name, ty) in &facts.schema.types {
                let ExtendedType::Object(object) = ty else { continue };
                if ty.is_built_in() {
                    continue;
                }
                for (field, definition) in &object.fields {
                    let coordinate = (name.to_string(), field.to_string());
                    let external = facts.external.contains(&coordinate);
                    let requires = facts.requires.get(&coordinate);
                    let resolver = Resolver { facts, definition, requires };
                    for type_name in self.possible(facts.canonical(name)) {
                        let coordinate = (type_name, field.to_string());
                        if !external {
                            resolvers.entry(coordinate.clone()).or_default().push(resolver);
                        }
                        declared.entry(coordinate).or_default().push(resolver);
                    }
                }
            }
        }
        let merge = |(coordinate, declarations): (&(String, String), &Vec<Resolver<'_>>)| {
            let all = resolvers.get(coordinate).unwrap_or(declarations);
            (coordinate.clone(), self.merge(all))
        };
        self.fields = declared.iter().map(merge).collect();
    }

    fn merge(&self, resolvers: &[Resolver<'_>]) -> FieldModel {
        let mut nullable = nullability(&resolvers[0].definition.ty);
        let mut arguments = argument_names(resolvers[0].definition);
        let mut types: Option<BTreeSet<String>> = None;
        for resolver in resolvers {
            for (all, one) in nullable.iter_mut().zip(nullability(&resolver.definition.ty)) {
                *all &= one;
            }
            let own = argument_names(resolver.definition);
            arguments.retain(|name| own.contains(name));
            let Some(own) = self.runtime_types(resolver) else { continue };
            types = Some(match types {
                None => own,
                Some(types) => types.intersection(&own).cloned().collect(),
            });
        }
        let leaf = self.leaf(resolvers[0].definition.ty.inner_named_type());
        let requires = resolvers.iter().find_map(|resolver| resolver.requires.cloned());
        let types = types.map(|types| types.into_iter().collect());
        let inputs = super::inputs::fields(&resolvers[0].definition.arguments);
        let home = |name: &str| self.subgraphs.iter().position(|facts| facts.name == name);
        let home = if resolvers.len() == 1 { home(&resolvers[0].facts.name) } else { None };
        FieldModel { nullable, leaf, types, arguments, inputs, requires, home }
    }

    /// The supergraph's object types that a subgraph's field can answer with.
    fn runtime_types(&self, resolver: &Resolver<'_>) -> Option<BTreeSet<String>> {
        let (facts, name) = (resolver.facts, resolver.definition.ty.inner_named_type());
        let local: Vec<String> = match facts.schema.types.get(name)? {
            ExtendedType::Object(_) => vec![name.to_string()],
            ExtendedType::Interface(_) | ExtendedType::Union(_) => {
                let is_member = |candidate: &&apollo_compiler::Name| facts.schema.is_subtype(name, candidate);
                let objects = facts.schema.types.iter().filter(|(_, t)| t.is_object()).map(|(name, _)| name);
                objects.filter(is_member).map(ToString::to_string).collect()
            }
            _ => return None,
        };
        Some(local.iter().flat_map(|name| self.possible(facts.canonical(name))).collect())
    }

    fn leaf(&self, name: &str) -> LeafModel {
        match name {
            "Int" => LeafModel::Int,
            "Float" => LeafModel::Float,
            "Boolean" => LeafModel::Boolean,
            "String" => LeafModel::String,
            "ID" => LeafModel::Id,
            _ => {
                let mut enums = self
                    .subgraphs
                    .iter()
                    .filter_map(|facts| facts.schema.get_enum(name))
                    .map(|e| e.values.keys().map(ToString::to_string).collect::<BTreeSet<String>>());
                let Some(first) = enums.next() else { return LeafModel::Custom };
                LeafModel::Enum(
                    enums.fold(first, |a, b| a.intersection(&b).cloned().collect()).into_iter().collect(),
                )
            }
        }
    }

    /// Every field that occurs in a key, at any depth.
    fn find_identifying(&mut self) {
        let mut found = BTreeSet::new();
        for facts in &self.subgraphs {
            for (name, keys) in &facts.keys {
                for type_name in self.possible(facts.canonical(name)) {
                    keys.iter().for_each(|key| self.identify(&type_name, &key.fields, &mut found));
                }
            }
        }
        self.identifying = found;
    }

    fn identify(&self, type_name: &str, fields: &[Selection], found: &mut BTreeSet<(String, String)>) {
        for selection in fields {
            match selection {
                Selection::Field(field) if field.name != "__typename" => {
                    found.insert((type_name.to_owned(), field.name.to_string()));
                    let types =
                        self.field_model(type_name, &field.name).and_then(|model| model.types.clone());
                    for below in types.unwrap_or_default() {
                        self.identify(&below, &field.selection_set, found);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    self.identify(type_name, &fragment.selection_set, found)
                }
                _ => {}
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Resolver<'a> {
    facts: &'a Facts,
    definition: &'a FieldDefinition,
    requires: Option<&'a FieldSet>,
}

fn argument_names(definition: &FieldDefinition) -> BTreeSet<String> {
    definition.arguments.iter().map(|argument| argument.name.to_string()).collect()
}

fn nullability(ty: &Type) -> Vec<bool> {
    let mut nullable = vec![!ty.is_non_null()];
    if ty.is_list() {
        nullable.extend(nullability(ty.item_type()));
    }
    nullable
}

/// Object types by interface and union, over all subgraphs. Interface objects stand for the interface.
fn possible_types(subgraphs: &[Facts]) -> BTreeMap<String, BTreeSet<String>> {
    let mut possible: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for facts in subgraphs {
        for (name, ty) in &facts.schema.types {
            match ty {
                ExtendedType::Object(object) if !facts.interface_objects.contains(name.as_str()) => {
                    for interface in &object.implements_interfaces {
                        possible.entry(interface.to_string()).or_default().insert(name.to_string());
                    }
                }
                ExtendedType::Union(union) => {
                    let members = union.members.iter().map(|member| member.to_string());
                    possible.entry(name.to_string()).or_default().extend(members);
                }
                _ => {}
            }
        }
    }
    possible
}
