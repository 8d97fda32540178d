//! The walk over all queries: from the root types, field by field, as long as there is something new.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::code;
use super::super::merge::supergraph::{Graph, MergedField};
use super::super::model::Kind;
use super::super::report::{Location, Report, quoted};
use super::reach::Reach;
use super::world::{Place, Places, TypeId, World};

/// What was reported already, over all combinations of labels.
#[derive(Default)]
pub(super) struct Told(FxHashSet<(&'static str, String)>);

/// One way to an object: a chain of these is a query.
#[derive(Clone, Copy)]
pub(super) struct Visit {
    /// The object that the way comes from, and the field of it; nothing at a root.
    pub(super) from: Option<usize>,
    pub(super) field: Option<(TypeId, usize)>,
    /// The type of the object.
    pub(super) object: TypeId,
}

pub(super) struct Walk<'a, 't> {
    pub(super) world: &'a World<'a>,
    pub(super) reach: Reach<'a>,
    pub(super) visits: Vec<Visit>,
    places: Vec<Rc<Places>>,
    seen: FxHashMap<TypeId, Vec<Rc<Places>>>,
    told: &'t mut Told,
    report: &'t mut Report,
}

impl<'a, 't> Walk<'a, 't> {
    pub(super) fn new(world: &'a World<'a>, told: &'t mut Told, report: &'t mut Report) -> Self {
        Self {
            world,
            reach: Reach::new(world),
            visits: Vec::new(),
            places: Vec::new(),
            seen: FxHashMap::default(),
            told,
            report,
        }
    }

    /// Walks from every root.
    pub(super) fn run(&mut self) {
        for root in ["Query", "Mutation", "Subscription"] {
            let Some(object) = self.world.id(root) else { continue };
            let graphs =
                (0..self.world.subgraphs.len()).filter(|graph| self.world.declared(*graph, object).is_some());
            let places: Places = graphs.map(|graph| Place { graph, ty: object, provided: 0 }).collect();
            self.visit(Visit { from: None, field: None, object }, Rc::new(places));
        }
        let mut next = 0;
        while next < self.visits.len() {
            self.fields(next);
            next += 1;
        }
    }

    /// Goes to an object, unless it was reached before in no more places than now.
    fn visit(&mut self, visit: Visit, places: Rc<Places>) {
        let seen = self.seen.entry(visit.object).or_default();
        if seen.iter().any(|before| before.iter().all(|place| places.contains(place))) {
            return;
        }
        seen.push(Rc::clone(&places));
        self.visits.push(visit);
        self.places.push(places);
    }

    fn fields(&mut self, index: usize) {
        let object = self.visits[index].object;
        let ty = self.world.ty(object);
        for (position, field) in ty.fields.values().enumerate() {
            if World::is_visible(&field.applied) {
                self.field(index, position, field);
            }
        }
    }

    fn field(&mut self, index: usize, position: usize, field: &MergedField) {
        let world = self.world;
        let object = self.visits[index].object;
        let places = Rc::clone(&self.places[index]);
        let next = self.reach.step(object, &places, &field.name);
        if next.is_empty() {
            self.unsatisfiable(index, position, field, &places);
            return;
        }
        let Some(target) = world.id(field.ty.inner_named_type()) else { return };
        if !matches!(world.ty(target).kind, Kind::Object | Kind::Interface | Kind::Union) {
            return;
        }
        self.compare_runtime_types(object, field, &next);
        for runtime in world.runtime_types(target).iter().copied() {
            let narrowed = world.narrow(&next, runtime);
            if narrowed.is_empty() || !World::is_visible(&world.ty(runtime).applied) {
                continue;
            }
            let places = self.reach.closure(runtime, narrowed);
            if !places.iter().any(|place| world.knows_type(*place)) {
                self.unknown_type(index, position, runtime, &places);
                continue;
            }
            self.visit(Visit { from: Some(index), field: Some((object, position)), object: runtime }, places);
        }
    }

    fn unsatisfiable(&mut self, index: usize, position: usize, field: &MergedField, places: &Places) {
        let object = self.visits[index].object;
        let coordinate = format!("{}.{}", self.world.ty(object).name, field.name);
        if !self.told.0.insert((code::SATISFIABILITY_ERROR, coordinate)) {
            return;
        }
        let message = self.explain(index, position, field, places);
        let places = self.locations(object, field);
        self.report.error(code::SATISFIABILITY_ERROR, message, places);
    }

    fn unknown_type(&mut self, index: usize, position: usize, runtime: TypeId, places: &Places) {
        let object = self.world.ty(self.visits[index].object);
        let field = &object.fields[position];
        let told = format!("{}.{} on {}", object.name, field.name, self.world.ty(runtime).name);
        if self.told.0.insert((code::SATISFIABILITY_ERROR, told)) {
            let message = self.explain_type(index, position, runtime, places);
            let places = self.locations(self.visits[index].object, field);
            self.report.error(code::SATISFIABILITY_ERROR, message, places);
        }
    }

    /// Subgraphs that share a field must be able to return the same things.
    fn compare_runtime_types(&mut self, object: TypeId, field: &MergedField, next: &[Place]) {
        let world = self.world;
        let mut by_graph: Vec<(Graph, Vec<&str>)> = Vec::new();
        for place in next {
            let Some(declared) = world.declared(place.graph, place.ty) else { continue };
            if declared.interface_object || by_graph.iter().any(|(graph, _)| *graph == place.graph) {
                continue;
            }
            let names = world.subgraphs[place.graph].runtime_types(declared);
            by_graph.push((place.graph, names.into_iter().map(|name| name.as_str()).collect()));
        }
        let Some((_, first)) = by_graph.first() else { return };
        let common = |name: &&&str| by_graph.iter().all(|(_, names)| names.contains(*name));
        let shared = first.iter().filter(|name| common(name)).count();
        if by_graph.iter().all(|(_, names)| names.len() == shared) {
            return;
        }
        let code = if shared == 0 {
            code::SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES
        } else {
            code::INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN
        };
        let coordinate = format!("{}.{}", world.ty(object).name, field.name);
        if !self.told.0.insert((code, coordinate.clone())) {
            return;
        }
        let types: Vec<String> = by_graph
            .iter()
            .map(|(graph, names)| {
                format!("{} in subgraph \"{}\"", quoted(names), world.subgraphs[*graph].name)
            })
            .collect();
        let message = format!(
            "Shared field \"{coordinate}\" of type \"{}\" can return {}: {}",
            field.ty,
            types.join(" but "),
            if shared == 0 { "nothing in common" } else { "all must resolve it to the same things" },
        );
        let places = self.locations(object, field);
        if shared == 0 {
            self.report.error(code, message, places);
        } else {
            self.report.hint(code, message, places);
        }
    }

    fn locations(&self, object: TypeId, field: &MergedField) -> Vec<Location> {
        let name = &self.world.ty(object).name;
        let own = |subgraph: &super::super::model::Subgraph| {
            let field = subgraph.types.get(name)?.fields.get(&field.name)?;
            subgraph.location(field.at)
        };
        let places: Vec<Location> = self.world.subgraphs.iter().filter_map(own).collect();
        if !places.is_empty() {
            return places;
        }
        let interfaces = self.world.ty(object).implements.keys();
        let declared = interfaces.flat_map(|interface| {
            self.world.subgraphs.iter().filter_map(move |subgraph| {
                let field = subgraph.types.get(interface)?.fields.get(&field.name)?;
                subgraph.location(field.at)
            })
        });
        declared.collect()
    }
}
