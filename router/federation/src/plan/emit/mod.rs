//! Turns resolutions into fetches: the second half of planning.
//!
//! The resolution is walked once. Picked fields are written into the document of the current fetch, at the current place. A
//! hop makes (or finds) an entity fetch; its key and required fields are written at the current place like any other
//! field, and the fetches that they touch become its dependencies. So the edges of the DAG are exactly the data that a
//! fetch needs.
//!
//! Conditions are kept as seen from the operation's root all the way; printing makes them relative again.

mod jump;
mod place;

use super::PlanError;
use super::data::KeyId;
use super::solve::{Cost, ResId, Solver, Spot};
use crate::operation::arena::{SelId, SetId};
use crate::operation::conditions::CondId;
use crate::supergraph::{Role, SubgraphId, Supergraph, TypeDefId};
use indexmap::IndexSet;
pub(super) use place::Place;
use rustc_hash::{FxBuildHasher, FxHashMap};

/// A fetch under construction: index into [`Emitter::drafts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct DraftId(pub(super) u32);

/// A selection in a document under construction: index into [`Emitter::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct NodeId(pub(super) u32);

/// A path in the response: index into [`Emitter::paths`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct PathId(pub(super) u32);

impl PathId {
    /// The root object.
    pub(super) const ROOT: Self = Self(0);
}

/// The last step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Step {
    pub(super) parent: PathId,
    /// Only from objects of these types.
    pub(super) types: Option<SetId>,
    pub(super) key: KeyId,
}

/// A selection in a document.
#[derive(Clone, Debug)]
pub(super) struct DocNode {
    pub(super) subgraph: SubgraphId,
    /// The type in that subgraph.
    pub(super) ty: TypeDefId,
    pub(super) fields: Vec<DocField>,
    /// Somebody has to know the runtime type.
    pub(super) typename: bool,
}

/// A field in a document.
#[derive(Clone, Copy, Debug)]
pub(super) struct DocField {
    pub(super) key: KeyId,
    /// The object types for which it is asked.
    pub(super) types: SetId,
    /// As seen from the operation's root.
    pub(super) cond: CondId,
    pub(super) below: Option<NodeId>,
}

/// What a draft asks of one type.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) target: TypeDefId,
    pub(super) node: NodeId,
}

/// How to represent objects to a draft's subgraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DraftRepresentation {
    /// The objects; `None`: all at the place.
    pub(super) types: Option<SetId>,
    pub(super) target: TypeDefId,
    /// The type on which the selections are made.
    pub(super) from: TypeDefId,
    pub(super) key: SelId,
    pub(super) requires: SelId,
}

/// A fetch under construction, for one place.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) subgraph: SubgraphId,
    /// Asks a root type, not entities.
    pub(super) is_root: bool,
    pub(super) path: PathId,
    pub(super) after: Vec<DraftId>,
    pub(super) parts: Vec<Part>,
    pub(super) representations: Vec<DraftRepresentation>,
}

/// A choice that was made, for explanations.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub(super) path: PathId,
    pub(super) from: Option<SubgraphId>,
    pub(super) to: Vec<SubgraphId>,
    /// Where the choice was made, and what was chosen.
    pub(super) choice: Option<(Spot, Vec<SubgraphId>)>,
    pub(super) cost: Cost,
    pub(super) rejected: Vec<(Vec<SubgraphId>, Cost)>,
}

/// Subgraph, whether it asks a root type, place, dependencies, requirements, and the objects' types where they matter.
type DraftKey = (SubgraphId, bool, PathId, Vec<DraftId>, SelId, Option<SetId>);

/// Writes drafts.
pub(super) struct Emitter<'a> {
    pub(super) solver: Solver<'a>,
    pub(super) drafts: Vec<Draft>,
    pub(super) nodes: Vec<DocNode>,
    pub(super) paths: IndexSet<Option<Step>, FxBuildHasher>,
    pub(super) chosen: Vec<Chosen>,
    fields: FxHashMap<(NodeId, KeyId, SetId, Option<TypeDefId>), usize>,
    found: FxHashMap<DraftKey, DraftId>,
    /// Fetches that must have ended before a new root fetch starts: the earlier fields of a mutation.
    pub(super) barrier: Vec<DraftId>,
}

impl<'a> Emitter<'a> {
    pub(super) fn new(solver: Solver<'a>) -> Self {
        let mut paths = IndexSet::default();
        paths.insert(None);
        Self {
            solver,
            drafts: Vec::new(),
            nodes: Vec::new(),
            paths,
            chosen: Vec::new(),
            fields: FxHashMap::default(),
            found: FxHashMap::default(),
            barrier: Vec::new(),
        }
    }

    pub(super) fn supergraph(&self) -> &'a Supergraph {
        self.solver.supergraph
    }

    /// Writes the fetches that resolve a selection on a root type.
    pub(super) fn root(&mut self, resolution: ResId) -> Result<(), PlanError> {
        self.explain(PathId::ROOT, None, resolution);
        for jump in self.solver.res(resolution).jumps.clone() {
            let draft = self.draft((jump.to, true, PathId::ROOT, Vec::new(), SelId::EMPTY, None));
            let node = self.part(draft, jump.target);
            let place = Place { draft, node, path: PathId::ROOT, narrow: None, cond: CondId::TRUE };
            for pick in jump.picks {
                self.pick(place, pick, &mut Vec::new())?;
            }
        }
        Ok(())
    }

    /// Writes the fetches of one root field of a mutation, behind everything that comes from the fields before it. Fields of one
    /// subgraph share a request while nothing has to happen between them.
    pub(super) fn mutation_field(&mut self, resolution: ResId) -> Result<(), PlanError> {
        let to = self.solver.res(resolution).jumps.first().map(|jump| jump.to);
        let last = self.drafts.len().checked_sub(1);
        let shares = last.is_some_and(|last| {
            self.drafts[last].is_root
                && self.drafts[last].path == PathId::ROOT
                && Some(self.drafts[last].subgraph) == to
        });
        if !shares {
            self.barrier = self.last_drafts();
        }
        self.root(resolution)
    }

    /// The drafts that no other waits for.
    fn last_drafts(&self) -> Vec<DraftId> {
        let all = (0..self.drafts.len() as u32).map(DraftId);
        all.filter(|id| self.drafts.iter().all(|draft| !draft.after.contains(id))).collect()
    }

    /// The draft for a subgraph at a place with these dependencies, made if there is none.
    fn draft(&mut self, mut key: DraftKey) -> DraftId {
        if key.3.is_empty() {
            key.3.extend(&self.barrier);
        }
        key.3.sort_unstable();
        key.3.dedup();
        if let Some(id) = self.found.get(&key) {
            return *id;
        }
        let id = DraftId(self.drafts.len() as u32);
        let (subgraph, is_root, path) = (key.0, key.1, key.2);
        let (after, parts, representations) = (key.3.clone(), Vec::new(), Vec::new());
        self.drafts.push(Draft { subgraph, is_root, path, after, parts, representations });
        self.found.insert(key, id);
        id
    }

    /// The selection of a draft on one type, made if there is none.
    fn part(&mut self, draft: DraftId, target: TypeDefId) -> NodeId {
        let parts = &self.drafts[draft.0 as usize].parts;
        if let Some(part) = parts.iter().find(|part| part.target == target) {
            return part.node;
        }
        let node = self.node(self.drafts[draft.0 as usize].subgraph, target);
        self.drafts[draft.0 as usize].parts.push(Part { target, node });
        node
    }

    fn node(&mut self, subgraph: SubgraphId, ty: TypeDefId) -> NodeId {
        self.nodes.push(DocNode { subgraph, ty, fields: Vec::new(), typename: false });
        NodeId(self.nodes.len() as u32 - 1)
    }

    /// Writes a field into a selection, or joins it with the same field there; gives the selection below.
    fn write(
        &mut self,
        node: NodeId,
        key: KeyId,
        types: SetId,
        cond: CondId,
        below: Option<TypeDefId>,
    ) -> Option<NodeId> {
        let types = self.types_there(node, types);
        if let Some(index) = self.fields.get(&(node, key, types, below)) {
            let field = self.nodes[node.0 as usize].fields[*index];
            let cond = self.solver.arena.conditions.or(field.cond, cond);
            self.nodes[node.0 as usize].fields[*index].cond = cond;
            return field.below;
        }
        let subgraph = self.nodes[node.0 as usize].subgraph;
        let child = below.map(|ty| self.node(subgraph, ty));
        let fields = &mut self.nodes[node.0 as usize].fields;
        self.fields.insert((node, key, types, below), fields.len());
        fields.push(DocField { key, types, cond, below: child });
        child
    }

    /// Types matter on abstract types only; elsewhere a field is for all that can be there.
    fn types_there(&mut self, node: NodeId, types: SetId) -> SetId {
        let node = &self.nodes[node.0 as usize];
        match self.solver.supergraph.type_in(node.ty, node.subgraph) {
            Some(there) if there.role != Role::Abstract => self.solver.arena.set(&there.possible),
            _ => types,
        }
    }

    /// Moves all fields of a selection into another of the same type.
    pub(super) fn merge_nodes(&mut self, into: NodeId, from: NodeId) {
        let source = std::mem::take(&mut self.nodes[from.0 as usize].fields);
        self.nodes[into.0 as usize].typename |= self.nodes[from.0 as usize].typename;
        for field in source {
            let below = field.below.map(|node| self.nodes[node.0 as usize].ty);
            let child = self.write(into, field.key, field.types, field.cond, below);
            if let (Some(into), Some(from)) = (child, field.below) {
                self.merge_nodes(into, from);
            }
        }
    }

    /// A longer path.
    fn step(&mut self, parent: PathId, types: Option<SetId>, key: KeyId) -> PathId {
        PathId(self.paths.insert_full(Some(Step { parent, types, key })).0 as u32)
    }

    /// Remembers why a place hops where it does.
    fn explain(&mut self, path: PathId, from: Option<SubgraphId>, resolution: ResId) {
        let resolution = self.solver.res(resolution);
        if resolution.jumps.is_empty() {
            return;
        }
        let (cost, to, rejected) = (resolution.cost, resolution.here.clone(), resolution.rejected.clone());
        let choice = resolution.choice.clone();
        self.chosen.push(Chosen { path, from, to, choice, cost, rejected });
    }
}
