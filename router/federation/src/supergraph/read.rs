//! Reads the join spec: subgraphs, types and what each type is in each subgraph.

use super::api::Features;
use super::field_set::FieldSetReader;
use super::model::{
    Key, NameId, Role, Subgraph, SubgraphId, Supergraph, TypeDef, TypeDefId, TypeExpr, TypeIn, TypeKind,
};
use super::{SupergraphError, TypeSet, access, read_fields};
use apollo_compiler::Schema;
use apollo_compiler::ast::{Directive, Type};
use apollo_compiler::schema::{DirectiveList, ExtendedType};
use apollo_compiler::validation::Valid;
use rustc_hash::FxHashMap;

/// Everything that reading passes around.
pub(super) struct Reader<'a> {
    pub(super) schema: &'a Schema,
    pub(super) api: &'a Valid<Schema>,
    pub(super) features: Features,
    /// Subgraphs by their name in the `join__Graph` enum.
    pub(super) graphs: FxHashMap<String, SubgraphId>,
    pub(super) type_names: FxHashMap<String, TypeDefId>,
    pub(super) name_ids: FxHashMap<String, NameId>,
    /// Names of types in the order of their ids.
    pub(super) order: Vec<String>,
    /// Possible object types by [`TypeDefId`].
    pub(super) possible: Vec<TypeSet>,
}

/// Reads the model of a parsed supergraph.
pub(super) fn read(schema: Schema, api: Valid<Schema>) -> Result<Supergraph, SupergraphError> {
    let features = Features::of(&schema);
    let (subgraphs, graphs) = subgraphs(&schema, &features)?;
    let order = type_order(&schema);
    let type_names: FxHashMap<String, TypeDefId> =
        order.iter().enumerate().map(|(i, name)| (name.clone(), TypeDefId(i as u32))).collect();
    let (names, name_ids) = field_names(&schema);
    let possible = order.iter().map(|name| possible_types(&schema, &type_names, name)).collect();
    let valid = Valid::assume_valid(schema);
    let reader =
        Reader { schema: &valid, api: &api, features, graphs, type_names, name_ids, order, possible };
    let field_sets = FieldSetReader {
        schema: &valid,
        types: &reader.type_names,
        possible: &reader.possible,
        names: &reader.name_ids,
    };
    let mut types = Vec::with_capacity(reader.order.len());
    for name in &reader.order {
        types.push(reader.type_def(name, subgraphs.len(), &field_sets).map_err(SupergraphError::Join)?);
    }
    for index in 0..types.len() {
        let fields =
            read_fields::fields(&reader, &field_sets, index, &types).map_err(SupergraphError::Join)?;
        types[index].fields = fields;
    }
    let roots = root_types(&reader);
    let access = access::read(reader.schema, &reader.type_names, &reader.name_ids);
    let Reader { type_names, name_ids, .. } = reader;
    let implementers = api.implementers_map();
    Ok(Supergraph { subgraphs, types, type_names, names, name_ids, api, implementers, access, roots })
}

fn root_types(reader: &Reader<'_>) -> [Option<TypeDefId>; 3] {
    let root = &reader.schema.schema_definition;
    [&root.query, &root.mutation, &root.subscription]
        .map(|name| name.as_ref().and_then(|name| reader.type_names.get(name.name.as_str()).copied()))
}

type Graphs = (Vec<Subgraph>, FxHashMap<String, SubgraphId>);

fn subgraphs(schema: &Schema, features: &Features) -> Result<Graphs, SupergraphError> {
    let graph_enum = format!("{}__Graph", features.join);
    let missing = || SupergraphError::Join(format!("there is no enum {graph_enum}"));
    let graphs = schema.get_enum(&graph_enum).ok_or_else(missing)?;
    let directive = format!("{}__graph", features.join);
    let mut subgraphs = Vec::new();
    let mut ids = FxHashMap::default();
    for (value, definition) in &graphs.values {
        let argument = |name: &str| {
            let directive = definition.directives.get(&directive)?;
            directive.specified_argument_by_name(name)?.as_str().map(str::to_owned)
        };
        let name = argument("name").unwrap_or_else(|| value.to_string());
        ids.insert(value.to_string(), SubgraphId(subgraphs.len() as u16));
        subgraphs.push(Subgraph { name, url: argument("url").unwrap_or_default() });
    }
    Ok((subgraphs, ids))
}

/// All types, object types first.
fn type_order(schema: &Schema) -> Vec<String> {
    let is_object = |ty: &&ExtendedType| ty.is_object();
    let objects = schema.types.values().filter(is_object);
    let others = schema.types.values().filter(|ty| !is_object(ty));
    objects.chain(others).map(|ty| ty.name().to_string()).collect()
}

fn field_names(schema: &Schema) -> (Vec<String>, FxHashMap<String, NameId>) {
    let mut names = vec!["__typename".to_owned()];
    let mut ids = FxHashMap::from_iter([("__typename".to_owned(), NameId::TYPENAME)]);
    for ty in schema.types.values() {
        let fields = match ty {
            ExtendedType::Object(ty) => &ty.fields,
            ExtendedType::Interface(ty) => &ty.fields,
            _ => continue,
        };
        for name in fields.keys() {
            ids.entry(name.to_string()).or_insert_with(|| {
                names.push(name.to_string());
                NameId(names.len() as u32 - 1)
            });
        }
    }
    (names, ids)
}

fn possible_types(schema: &Schema, ids: &FxHashMap<String, TypeDefId>, name: &str) -> TypeSet {
    let mut set = TypeSet::default();
    let mut add = |name: &str| {
        if let Some(id) = ids.get(name) {
            set.insert(*id);
        }
    };
    match schema.types.get(name) {
        Some(ExtendedType::Object(_)) => add(name),
        Some(ExtendedType::Union(union)) => union.members.iter().for_each(|member| add(&member.name)),
        Some(ExtendedType::Interface(_)) => {
            for object in schema.types.values().filter_map(ExtendedType::as_object) {
                if object.implements_interfaces.iter().any(|interface| interface.name == name) {
                    add(&object.name);
                }
            }
        }
        _ => {}
    }
    set
}

impl Reader<'_> {
    fn type_def(&self, name: &str, count: usize, field_sets: &FieldSetReader<'_>) -> Result<TypeDef, String> {
        let definition = self.schema.types.get(name).ok_or("a type vanished")?;
        let id = self.type_names[name];
        let kind = match definition {
            ExtendedType::Object(_) => TypeKind::Object,
            ExtendedType::Interface(_) => TypeKind::Interface,
            ExtendedType::Union(_) => TypeKind::Union,
            ExtendedType::Enum(_) => TypeKind::Enum,
            ExtendedType::Scalar(_) => TypeKind::Scalar,
            ExtendedType::InputObject(_) => TypeKind::Input,
        };
        let mut visible = TypeSet::default();
        for object in self.possible[id.index()].iter() {
            if self.api.types.contains_key(self.order[object.index()].as_str()) {
                visible.insert(object);
            }
        }
        let enum_values = self.api.get_enum(name).map(|e| e.values.keys().map(ToString::to_string).collect());
        Ok(TypeDef {
            name: name.to_owned(),
            kind,
            subgraphs: self.type_in_subgraphs(definition, kind, count, field_sets)?,
            fields: FxHashMap::default(),
            possible: self.possible[id.index()].clone(),
            visible,
            interfaces: self.interfaces(definition),
            enum_values: enum_values.unwrap_or_default(),
        })
    }

    fn interfaces(&self, definition: &ExtendedType) -> Vec<TypeDefId> {
        let interfaces = match definition {
            ExtendedType::Object(ty) => &ty.implements_interfaces,
            ExtendedType::Interface(ty) => &ty.implements_interfaces,
            _ => return Vec::new(),
        };
        interfaces
            .iter()
            .filter_map(|interface| self.type_names.get(interface.name.as_str()).copied())
            .collect()
    }

    fn type_in_subgraphs(
        &self,
        definition: &ExtendedType,
        kind: TypeKind,
        count: usize,
        field_sets: &FieldSetReader<'_>,
    ) -> Result<Vec<Option<TypeIn>>, String> {
        let name = definition.name().as_str();
        let id = self.type_names[name];
        let mut out: Vec<Option<TypeIn>> = vec![None; count];
        let role = match kind {
            TypeKind::Object => Role::Object,
            TypeKind::Interface | TypeKind::Union => Role::Abstract,
            _ => Role::Other,
        };
        let new = |role| TypeIn { role, keys: Vec::new(), possible: TypeSet::default() };
        for directive in self.join(definition.directives(), "type") {
            let Some(subgraph) = self.graph(directive) else { continue };
            let interface_object = flag(directive, "isInterfaceObject").unwrap_or(false);
            let role = if interface_object { Role::InterfaceObject } else { role };
            let entry = out[subgraph.index()].get_or_insert_with(|| new(role));
            if let Some(key) = text(directive, "key") {
                let fields = field_sets.read(id, name, key)?;
                entry.keys.push(Key { fields, resolvable: flag(directive, "resolvable").unwrap_or(true) });
            }
        }
        if out.iter().all(Option::is_none) {
            // Value types of join v0.1, built-in scalars and root types written by other composers.
            out.fill(Some(new(role)));
        }
        for (index, entry) in out.iter_mut().enumerate() {
            if let Some(entry) = entry {
                entry.possible = self.possible_in(definition, SubgraphId(index as u16), entry.role);
            }
        }
        Ok(out)
    }

    /// The object types that a value of this type can have in a subgraph.
    fn possible_in(&self, definition: &ExtendedType, subgraph: SubgraphId, role: Role) -> TypeSet {
        let id = self.type_names[definition.name().as_str()];
        if role == Role::InterfaceObject {
            return self.possible[id.index()].clone();
        }
        let lives_there = |object: &TypeDefId| {
            let directives = self.schema.types[self.order[object.index()].as_str()].directives();
            let mut homes = self.join(directives, "type").filter_map(|d| self.graph(d)).peekable();
            homes.peek().is_none() || homes.any(|home| home == subgraph)
        };
        let member = |object: &TypeDefId| match definition {
            ExtendedType::Union(_) => {
                let mut members = self.join(definition.directives(), "unionMember").peekable();
                let name = self.order[object.index()].as_str();
                members.peek().is_none()
                    || members.any(|d| self.graph(d) == Some(subgraph) && text(d, "member") == Some(name))
            }
            ExtendedType::Interface(_) => {
                let directives = self.schema.types[self.order[object.index()].as_str()].directives();
                let mut implements = self.join(directives, "implements").peekable();
                let name = definition.name().as_str();
                implements.peek().is_none()
                    || implements
                        .any(|d| self.graph(d) == Some(subgraph) && text(d, "interface") == Some(name))
            }
            _ => true,
        };
        let mut set = TypeSet::default();
        for object in self.possible[id.index()].iter().filter(|object| lives_there(object) && member(object))
        {
            set.insert(object);
        }
        set
    }

    /// The join directives of one kind.
    pub(super) fn join<'b>(
        &self,
        directives: &'b DirectiveList,
        kind: &str,
    ) -> impl Iterator<Item = &'b Directive> + use<'b> {
        let name = format!("{}__{kind}", self.features.join);
        directives
            .iter()
            .filter(move |directive| directive.name == name.as_str())
            .map(|directive| &***directive)
    }

    /// The subgraph that a join directive names.
    pub(super) fn graph(&self, directive: &Directive) -> Option<SubgraphId> {
        let value = directive.specified_argument_by_name("graph")?;
        self.graphs.get(value.as_enum()?.as_str()).copied()
    }

    /// A type reference.
    pub(super) fn type_expr(&self, ty: &Type) -> Result<TypeExpr, String> {
        let mut nullable = Vec::new();
        let mut at = ty;
        loop {
            match at {
                Type::Named(name) | Type::NonNullNamed(name) => {
                    nullable.push(matches!(at, Type::Named(_)));
                    let named = self.type_names.get(name.as_str()).copied();
                    return named
                        .map(|named| TypeExpr { nullable, named })
                        .ok_or(format!("unknown type {name}"));
                }
                Type::List(item) | Type::NonNullList(item) => {
                    nullable.push(matches!(at, Type::List(_)));
                    at = item;
                }
            }
        }
    }
}

/// A string argument.
pub(super) fn text<'a>(directive: &'a Directive, name: &str) -> Option<&'a str> {
    directive.specified_argument_by_name(name)?.as_str()
}

/// A boolean argument.
pub(super) fn flag(directive: &Directive, name: &str) -> Option<bool> {
    directive.specified_argument_by_name(name)?.to_bool()
}
