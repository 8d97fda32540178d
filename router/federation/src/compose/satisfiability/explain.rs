//! Why a field cannot be had: a query that asks for it, and what each subgraph lacks.

use std::fmt::Write;

use apollo_compiler::Name;
use apollo_compiler::ast::Type;

use super::super::field_set::{FieldSet, Selection};
use super::super::merge::supergraph::{Graph, MergedField};
use super::super::model::Kind;
use super::walk::Walk;
use super::world::{Having, Place, Places, TypeId};

/// Example values nest no deeper than this.
const EXAMPLE_DEPTH: usize = 3;

impl Walk<'_, '_> {
    /// The whole message about a field that cannot be had from an object that was visited.
    pub(super) fn explain(
        &self,
        index: usize,
        position: usize,
        field: &MergedField,
        places: &Places,
    ) -> String {
        let mut message = format!(
            "This query cannot be answered by the subgraphs:\n{}\nbecause:",
            self.query(index, position, None)
        );
        let object = self.visits[index].object;
        let mut graphs: Vec<Graph> = places.iter().map(|place| place.graph).collect();
        graphs.dedup();
        for place in places {
            let _ = write!(message, "\n- {}", self.why_not_here(object, places, *place, field));
        }
        for graph in (0..self.world.subgraphs.len()).filter(|graph| !graphs.contains(graph)) {
            if let Some(why) = self.why_not_there(object, places, graph, field) {
                let _ = write!(message, "\n- {why}");
            }
        }
        message
    }

    /// The message about a type that cannot be told behind an interface object.
    pub(super) fn explain_type(
        &self,
        index: usize,
        position: usize,
        runtime: TypeId,
        places: &Places,
    ) -> String {
        let name = &self.world.ty(runtime).name;
        let mut message = format!(
            "This query cannot be answered by the subgraphs:\n{}\nbecause:",
            self.query(index, position, Some(name))
        );
        for place in places {
            let _ = write!(
                message,
                "\n- in subgraph \"{}\": \"{}\" is an @interfaceObject, and no subgraph that knows the types of the \
                 interface can be reached by a @key of the interface",
                self.world.subgraphs[place.graph].name,
                self.world.ty(place.ty).name
            );
        }
        message
    }

    /// Why a subgraph that has the object does not give the field.
    fn why_not_here(&self, object: TypeId, places: &Places, place: Place, field: &MergedField) -> String {
        let world = self.world;
        let graph = &world.subgraphs[place.graph].name;
        let coordinate = format!("{}.{}", world.ty(place.ty).name, field.name);
        let start = format!("in subgraph \"{graph}\": ");
        match world.having(place.graph, place.ty, &field.name) {
            Having::Not => match world.field(place, &field.name) {
                Some(_) => format!(
                    "{start}field \"{coordinate}\" is overridden{}",
                    world.switches(place, &field.name)
                ),
                None => format!("{start}there is no field \"{coordinate}\""),
            },
            Having::External => {
                format!("{start}field \"{coordinate}\" is @external and not provided on this path")
            }
            Having::Resolved => {
                let requires = world.field(place, &field.name).and_then(|field| field.requires.as_ref());
                let set = requires.map(|(requires, _)| requires.set().clone()).unwrap_or_default();
                let why = match self.missing(object, places, &set) {
                    Some(missing) => format!("\"{missing}\" cannot be resolved from here"),
                    None if !self.reach.can_return(object, places, place) => {
                        "the subgraph has no key to bring it back with".to_owned()
                    }
                    None => "that in turn requires this field".to_owned(),
                };
                format!("{start}field \"{coordinate}\" has @requires(fields: \"{set}\"), but {why}")
            }
        }
    }

    /// Why a subgraph that would have the field cannot be entered.
    fn why_not_there(
        &self,
        object: TypeId,
        places: &Places,
        graph: Graph,
        field: &MergedField,
    ) -> Option<String> {
        let world = self.world;
        let name = &world.subgraphs[graph].name;
        let interfaces = world.ty(object).implements.keys().filter_map(|name| world.id(name));
        let ty = std::iter::once(object)
            .chain(interfaces.filter(|ty| world.declared(graph, *ty).is_some_and(|ty| ty.interface_object)))
            .find(|ty| world.having(graph, *ty, &field.name) == Having::Resolved)?;
        let declared = world.declared(graph, ty)?;
        let start =
            format!("cannot move to subgraph \"{name}\", which has \"{}.{}\"", declared.name, field.name);
        if declared.keys.is_empty() {
            return Some(format!("{start}: type \"{}\" has no @key there", declared.name));
        }
        if declared.keys.iter().all(|key| !key.resolvable) {
            return Some(format!("{start}: no @key of type \"{}\" is resolvable there", declared.name));
        }
        let entrances = self.reach.entrances(object, graph, places);
        let keys: Vec<String> = entrances
            .iter()
            .flat_map(|(_, keys)| keys)
            .map(|key| {
                let set = key.fields.set();
                let missing = self.missing(object, places, set).unwrap_or_default();
                format!("of its key \"{set}\", \"{missing}\" cannot be resolved from here")
            })
            .collect();
        if keys.is_empty() {
            return Some(format!("{start}: the type of the object is not known where it comes from"));
        }
        Some(format!("{start}: {}", keys.join("; ")))
    }

    /// The first part of a selection that cannot be resolved.
    fn missing(&self, object: TypeId, places: &Places, set: &FieldSet) -> Option<String> {
        let alone = |selection: &Selection| FieldSet(vec![selection.clone()]);
        let missing =
            set.0.iter().find(|selection| !self.reach.resolves(object, places, &alone(selection)))?;
        Some(missing.to_string())
    }

    /// A query that leads to the field, and asks for one of the types it can return.
    fn query(&self, index: usize, position: usize, runtime: Option<&Name>) -> String {
        let mut steps = vec![(self.visits[index].object, position)];
        let mut current = index;
        while let (Some(from), Some(step)) = (self.visits[current].from, self.visits[current].field) {
            steps.push(step);
            current = from;
        }
        steps.reverse();
        let root = self.world.ty(self.visits[current].object).name.to_lowercase();
        let mut text = format!("  {root} {{");
        let mut depth = 2;
        let mut closing = vec!["  }".to_owned()];
        for (step, (object, position)) in steps.iter().enumerate() {
            let field = &self.world.ty(*object).fields[*position];
            let indent = "  ".repeat(depth);
            let _ = write!(text, "\n{indent}{}{}", field.name, self.arguments(field));
            let Some((next, _)) = steps.get(step + 1) else {
                match runtime {
                    Some(name) => {
                        let _ = write!(text, " {{ ... on {name} {{ __typename }} }}");
                    }
                    None if self.is_composite(field) => text.push_str(" { __typename }"),
                    None => {}
                }
                break;
            };
            text.push_str(" {");
            closing.push(format!("{indent}}}"));
            depth += 1;
            let returned = field.ty.inner_named_type();
            if self.world.ty(*next).name != *returned {
                let indent = "  ".repeat(depth);
                let _ = write!(text, "\n{indent}... on {} {{", self.world.ty(*next).name);
                closing.push(format!("{indent}}}"));
                depth += 1;
            }
        }
        for line in closing.iter().rev() {
            let _ = write!(text, "\n{line}");
        }
        text
    }

    fn is_composite(&self, field: &MergedField) -> bool {
        let target = self.world.supergraph.types.get(field.ty.inner_named_type());
        target.is_some_and(|ty| matches!(ty.kind, Kind::Object | Kind::Interface | Kind::Union))
    }

    /// Example values for the arguments that must be given.
    fn arguments(&self, field: &MergedField) -> String {
        let required = field.args.values().filter(|argument| argument.is_required());
        let given: Vec<String> = required
            .map(|argument| format!("{}: {}", argument.name, self.example(&argument.ty, EXAMPLE_DEPTH)))
            .collect();
        if given.is_empty() { String::new() } else { format!("({})", given.join(", ")) }
    }

    fn example(&self, ty: &Type, depth: usize) -> String {
        if ty.is_list() {
            return "[]".to_owned();
        }
        let name = ty.inner_named_type();
        match name.as_str() {
            "Int" => return "1".to_owned(),
            "Float" => return "1.5".to_owned(),
            "Boolean" => return "true".to_owned(),
            "ID" => return "\"id\"".to_owned(),
            _ => {}
        }
        let Some(ty) = self.world.supergraph.types.get(name) else { return "\"text\"".to_owned() };
        match ty.kind {
            Kind::Enum => ty.values.keys().next().map_or_else(|| "null".to_owned(), ToString::to_string),
            Kind::Input if depth > 0 => {
                let required = ty.inputs.values().filter(|input| input.is_required());
                let fields: Vec<String> = required
                    .map(|input| format!("{}: {}", input.name, self.example(&input.ty, depth - 1)))
                    .collect();
                format!("{{{}}}", fields.join(", "))
            }
            Kind::Input => "{}".to_owned(),
            _ => "\"text\"".to_owned(),
        }
    }
}
