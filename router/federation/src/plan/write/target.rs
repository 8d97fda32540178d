//! Places: which objects a draft is about, and under which condition.

use super::tables::Tables;
use crate::operation::conditions::CondId;
use crate::plan::data::{PathStep, TypeSetId};
use crate::plan::emit::{Draft, DraftId, Emitter, PathId};
use crate::supergraph::TypeSet;

/// The types of all representations together; `None` if one of them is for all.
pub(super) fn target_types(emitter: &Emitter<'_>, draft: &Draft, tables: &mut Tables) -> Option<TypeSetId> {
    let arena = &emitter.solver.arena;
    let mut all = TypeSet::default();
    for one in &draft.representations {
        all = all.union(arena.types(one.types?));
    }
    (!draft.representations.is_empty()).then(|| tables.set(emitter.solver.supergraph, &all))
}

/// A draft counts if any of its fields does.
pub(super) fn draft_condition(emitter: &mut Emitter<'_>, id: DraftId) -> CondId {
    let draft = &emitter.drafts[id.0 as usize];
    let fields = draft.parts.iter().flat_map(|part| &emitter.nodes[part.node.0 as usize].fields);
    let conditions = &mut emitter.solver.arena.conditions;
    fields.map(|field| field.cond).reduce(|a, b| conditions.or(a, b)).unwrap_or(CondId::TRUE)
}

/// A path in the plan's terms.
pub(super) fn path(emitter: &Emitter<'_>, id: PathId, tables: &mut Tables) -> Vec<PathStep> {
    let supergraph = emitter.solver.supergraph;
    let mut steps = Vec::new();
    let mut at = id;
    while let Some(Some(step)) = emitter.paths.get_index(at.0 as usize) {
        let types = step.types.map(|set| tables.interned_set(supergraph, &emitter.solver.arena, set));
        steps.push(PathStep { types, key: step.key });
        at = step.parent;
    }
    steps.reverse();
    steps
}
