//! A plan as JSON, for tools and the plan view.

use crate::plan::data::{EntityBatch, Fetch, FetchKind, Plan, Target};
use crate::plan::print::{WhyChoice, WhyCost};
use serde_json::{Value, json};

impl Plan {
    /// The plan as JSON: `kind`, `fetches` with their documents and places, and `why` with the rejected alternatives.
    pub fn to_json(&self) -> Value {
        let fetches: Vec<Value> =
            self.fetches.iter().enumerate().map(|(number, fetch)| self.fetch_json(number, fetch)).collect();
        let why: Vec<Value> = self.why.choices.iter().map(choice_json).collect();
        json!({ "kind": self.kind, "depth": self.depth(), "fetches": fetches, "why": why })
    }

    fn fetch_json(&self, number: usize, fetch: &Fetch) -> Value {
        let mut out = json!({
            "id": number,
            "subgraph": self.subgraph(fetch.subgraph),
            "after": fetch.after,
            "operation": fetch.operation,
            "operationName": fetch.operation_name,
            "document": fetch.document,
            "variables": fetch.variables,
        });
        if let Some(condition) = fetch.condition {
            out["condition"] = Value::String(self.condition_text(self.condition(condition)));
        }
        match &fetch.kind {
            FetchKind::Root { path, .. } if path.is_empty() => {}
            FetchKind::Root { path, .. } => out["at"] = Value::String(self.path_text(path)),
            FetchKind::Entities(batches) => {
                out["entities"] = batches.iter().map(|batch| self.batch_json(batch)).collect();
            }
        }
        out
    }

    fn batch_json(&self, batch: &EntityBatch) -> Value {
        let target = |target: &Target| Value::String(self.target_text(target));
        let representations =
            batch.representations.iter().map(|one| Value::String(self.representation_text(one)));
        json!({
            "alias": batch.alias,
            "variable": batch.variable,
            "at": batch.targets.iter().map(target).collect::<Vec<_>>(),
            "send": representations.collect::<Vec<_>>(),
        })
    }
}

fn choice_json(choice: &WhyChoice) -> Value {
    let rejected = |(to, cost): &(Vec<String>, WhyCost)| json!({ "to": to, "cost": cost_json(*cost) });
    json!({
        "at": choice.path,
        "from": choice.from,
        "to": choice.to,
        "cost": cost_json(choice.cost),
        "rejected": choice.rejected.iter().map(rejected).collect::<Vec<_>>(),
    })
}

fn cost_json(cost: WhyCost) -> Value {
    json!({ "fetches": cost.fetches, "depth": cost.depth, "fields": cost.fields })
}
