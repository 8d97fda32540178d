//! Does a plan need no more requests than necessary? A search that shares nothing with the planner but the supergraph's model
//! finds a lower bound for every operation.

mod places;
mod search;

use apollo_compiler::ExecutableDocument;
use federation::operation::{Limits, prepare};
use federation::plan::{Plan, PlanOptions, plan};
use federation::supergraph::Supergraph;
use places::Tree;

/// An operation's plan and what the search says.
pub struct Compared {
    /// The operation's name; empty without.
    pub operation: String,
    /// The plan.
    pub plan: Plan,
    /// What is known of the fewest requests.
    pub bound: Bound,
}

/// What is known of the fewest requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Every way needs at least as many, and at most as many as the plan.
    AtLeast(usize),
    /// As [`Bound::AtLeast`], but a field's subgraphs disagree about its types. The search then cares for those types only that all of them
    /// know, while a plan has to care for all that the subgraph it asks knows: the bound may be too low.
    Loose(usize),
    /// The search finds no way with as many requests as the plan: it, or the plan, is wrong.
    NoWay,
    /// Mutations of several fields (their order matters), and what is too large to be searched.
    NotSearched,
}

impl Compared {
    /// Whether the plan needs more requests than the bound says.
    pub fn is_above(&self) -> bool {
        matches!(self.bound, Bound::AtLeast(fewest) if fewest < self.plan.fetches.len())
    }
}

/// Plans every operation of a document and searches the fewest requests for it; what cannot be planned is left out.
pub fn compare(supergraph: &Supergraph, text: &str) -> Vec<Compared> {
    let parsed = ExecutableDocument::parse_and_validate(supergraph.api_schema(), text, "query.graphql");
    let Ok(document) = parsed else { return Vec::new() };
    let one = |operation: &apollo_compiler::Node<apollo_compiler::executable::Operation>| {
        let name = operation.name.as_ref().map(|name| name.as_str());
        let prepared = prepare(supergraph, text, name, &Limits::default()).ok()?;
        let plan = plan(supergraph, &prepared, &PlanOptions::default()).ok()?;
        let bound = match Tree::new(supergraph, &document, operation) {
            None => Bound::NotSearched,
            Some(tree) => match search::fewest(&tree, plan.fetches.len()) {
                Bound::AtLeast(fewest) if fewest < plan.fetches.len() && tree.members_differ() => {
                    Bound::Loose(fewest)
                }
                bound => bound,
            },
        };
        // The search takes every condition for fulfilled: plans need less where conditions exclude each other.
        let is_conditional =
            operation.variables.iter().any(|variable| variable.ty.inner_named_type() == "Boolean");
        let bound = if bound == Bound::NoWay && is_conditional { Bound::NotSearched } else { bound };
        Some(Compared { operation: name.unwrap_or_default().to_owned(), plan, bound })
    };
    document.operations.iter().filter_map(one).collect()
}
