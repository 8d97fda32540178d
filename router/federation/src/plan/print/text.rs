//! A plan as text, for people.

use crate::plan::data::{
    Condition, EntityBatch, Fetch, FetchKind, PathStep, Plan, Representation, RepresentationField, Target,
    TypeSetId,
};
use crate::plan::print::{Why, WhyCost};
use std::fmt::Write as _;

impl Plan {
    /// The plan as text: each fetch with what it waits for, where its data goes, what is sent and what is asked.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        let fetches = self.fetches.len();
        let _ = writeln!(
            out,
            "{:?} in {fetches} {}, at most {} in a row",
            self.kind,
            plural(fetches, "fetch", "fetches"),
            self.depth()
        );
        for (number, fetch) in self.fetches.iter().enumerate() {
            self.fetch_text(number, fetch, &mut out);
        }
        out
    }

    /// [`Plan::to_text`], and for each place from which other subgraphs are asked why it is these.
    pub fn to_text_with_reasons(&self) -> String {
        let mut out = self.to_text();
        self.why.text(&mut out);
        out
    }

    /// The longest chain of fetches.
    pub fn depth(&self) -> usize {
        let mut depths: Vec<usize> = Vec::with_capacity(self.fetches.len());
        for fetch in &self.fetches {
            let before = fetch.after.iter().filter_map(|id| depths.get(id.index())).max();
            depths.push(before.copied().unwrap_or_default() + 1);
        }
        depths.into_iter().max().unwrap_or_default()
    }

    fn fetch_text(&self, number: usize, fetch: &Fetch, out: &mut String) {
        let _ = write!(out, "\n[{number}] {}", self.subgraph(fetch.subgraph));
        if !fetch.after.is_empty() {
            let after: Vec<String> = fetch.after.iter().map(|id| id.0.to_string()).collect();
            let _ = write!(out, " after {}", after.join(", "));
        }
        if let Some(condition) = fetch.condition {
            let _ = write!(out, " if {}", self.condition_text(self.condition(condition)));
        }
        out.push('\n');
        match &fetch.kind {
            FetchKind::Root { path, .. } if path.is_empty() => {}
            FetchKind::Root { path, .. } => {
                let _ = writeln!(out, "  at {}", self.path_text(path));
            }
            FetchKind::Entities(batches) => batches.iter().for_each(|batch| self.batch_text(batch, out)),
        }
        out.push_str(&indented(&fetch.document));
    }

    fn batch_text(&self, batch: &EntityBatch, out: &mut String) {
        for target in &batch.targets {
            let _ = writeln!(out, "  {} at {}", batch.alias, self.target_text(target));
        }
        for representation in &batch.representations {
            let _ = writeln!(out, "  send {}", self.representation_text(representation));
        }
    }

    pub(super) fn target_text(&self, target: &Target) -> String {
        let mut text = self.path_text(&target.path);
        if let Some(types) = target.types {
            let _ = write!(text, " on {}", self.types_text(types));
        }
        if let Some(condition) = target.condition {
            let _ = write!(text, " if {}", self.condition_text(self.condition(condition)));
        }
        text
    }

    /// `a.b|Type.c`: keys, with type conditions behind a bar.
    pub(crate) fn path_text(&self, path: &[PathStep]) -> String {
        let mut text = String::new();
        for step in path {
            if let Some(types) = step.types {
                let _ = write!(text, "|{}", self.types_text(types));
            }
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(self.key(step.key));
        }
        text
    }

    fn types_text(&self, set: TypeSetId) -> String {
        let all = self.types.iter().enumerate();
        let set = &self.type_sets[set.index()];
        let names = all.filter(|(index, _)| set.contains(crate::plan::TypeId(*index as u32)));
        names.map(|(_, name)| name.as_str()).collect::<Vec<_>>().join("|")
    }

    pub(super) fn condition_text(&self, condition: &Condition) -> String {
        let test = |(variable, wanted): &(u32, bool)| {
            let name = &self.condition_variables[*variable as usize];
            if *wanted { format!("${name}") } else { format!("!${name}") }
        };
        let all = |tests: &Vec<(u32, bool)>| tests.iter().map(test).collect::<Vec<_>>().join(" and ");
        condition.any.iter().map(all).collect::<Vec<_>>().join(" or ")
    }

    pub(super) fn representation_text(&self, representation: &Representation) -> String {
        let mut text = representation.typename.clone().unwrap_or_else(|| "(own type)".to_owned());
        if let Some(types) = representation.types {
            let _ = write!(text, " for {}", self.types_text(types));
        }
        let _ = write!(text, " {{ {} }}", self.representation_fields(&representation.keys));
        if !representation.requires.is_empty() {
            let _ = write!(text, " and {{ {} }}", self.representation_fields(&representation.requires));
        }
        text
    }

    fn representation_fields(&self, fields: &[RepresentationField]) -> String {
        let one = |field: &RepresentationField| {
            let mut text =
                field.types.map(|types| format!("({}) ", self.types_text(types))).unwrap_or_default();
            text.push_str(&field.name);
            if self.key(field.key) != field.name {
                let _ = write!(text, " from {}", self.key(field.key));
            }
            if let Some(object) = &field.object {
                let typename = if object.typename { "__typename " } else { "" };
                let _ = write!(text, " {{ {typename}{} }}", self.representation_fields(&object.fields));
            }
            text
        };
        fields.iter().map(one).collect::<Vec<_>>().join(" ")
    }
}

impl Why {
    fn text(&self, out: &mut String) {
        if self.choices.is_empty() {
            return;
        }
        out.push_str("\nWhy\n");
        for choice in &self.choices {
            let place = if choice.path.is_empty() { "at the root" } else { &choice.path };
            let from = choice.from.as_ref().map(|from| format!(" from {from}")).unwrap_or_default();
            let _ =
                writeln!(out, "  {place}{from}: ask {} ({})", choice.to.join(", "), cost_text(choice.cost));
            for (to, cost) in &choice.rejected {
                let _ = writeln!(out, "    not {} ({})", to.join(", "), cost_text(*cost));
            }
        }
    }
}

fn cost_text(cost: WhyCost) -> String {
    let WhyCost { fetches, depth, fields } = cost;
    format!(
        "{fetches} {}, {depth} in a row, {fields} {}",
        plural(fetches as usize, "fetch", "fetches"),
        plural(fields as usize, "field", "fields")
    )
}

fn plural<'a>(count: usize, one: &'a str, many: &'a str) -> &'a str {
    if count == 1 { one } else { many }
}

/// A document with line breaks and indentation.
fn indented(document: &str) -> String {
    let mut out = String::from("  ");
    let mut depth = 1;
    let mut in_string = false;
    let mut in_arguments = 0;
    let mut chars = document.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => in_string = !in_string,
            '(' if !in_string => in_arguments += 1,
            ')' if !in_string => in_arguments -= 1,
            _ => {}
        }
        let layout = !in_string && in_arguments == 0;
        match c {
            '\\' if in_string => {
                out.push(c);
                out.extend(chars.next());
            }
            '{' if layout => {
                depth += 1;
                out.push_str(" {\n");
                out.push_str(&"  ".repeat(depth));
            }
            '}' if layout => {
                depth -= 1;
                out.push('\n');
                out.push_str(&"  ".repeat(depth));
                out.push('}');
                if chars.peek().is_some_and(|next| *next != '}') {
                    out.push('\n');
                    out.push_str(&"  ".repeat(depth));
                }
            }
            _ => out.push(c),
        }
    }
    out.push('\n');
    out
}
