//! The GraphQL document of a fetch.

use crate::operation::arena::TYPENAME;
use crate::operation::conditions::{CondId, Conjunction};
use crate::plan::emit::{DocField, Emitter, NodeId};
use crate::supergraph::Role;

/// More alternatives than this are not written out: the field is then asked unconditionally.
const MAX_ALTERNATIVES: usize = 3;

/// A document's selections being written.
pub(super) struct Text<'e, 'a> {
    pub(super) emitter: &'e Emitter<'a>,
    pub(super) out: String,
    /// Client variables used so far, in order of first use.
    pub(super) variables: Vec<String>,
    /// Conditions must be kept however long they are: a mutation does what it is not asked to.
    pub(super) exact: bool,
}

impl<'e, 'a> Text<'e, 'a> {
    pub(super) fn new(emitter: &'e Emitter<'a>) -> Self {
        Self { emitter, out: String::new(), variables: Vec::new(), exact: false }
    }

    /// Writes `{ … }` with a node's fields. `known` holds wherever the selection counts.
    pub(super) fn selection(&mut self, node: NodeId, known: CondId) {
        self.out.push('{');
        self.fields(node, known);
        self.out.push('}');
    }

    /// Writes a node's fields.
    pub(super) fn fields(&mut self, node: NodeId, known: CondId) {
        let emitter = self.emitter;
        let node = &emitter.nodes[node.0 as usize];
        let start = self.out.len();
        let there = emitter.solver.supergraph.type_in(node.ty, node.subgraph);
        let is_abstract = there.is_some_and(|there| there.role == Role::Abstract);
        let asked = node.fields.iter().any(|field| field.key == TYPENAME);
        if node.typename || is_abstract && asked {
            self.word("__typename");
        }
        for fold in emitter.folds(node) {
            match fold.condition {
                None => self.group(&fold.fields, known),
                Some(ty) => {
                    self.word("...on ");
                    self.out.push_str(&emitter.solver.supergraph.ty(ty).name);
                    self.out.push('{');
                    self.group(&fold.fields, known);
                    self.out.push('}');
                }
            }
        }
        if self.out.len() == start {
            self.word("__typename");
        }
    }

    fn group(&mut self, fields: &[DocField], known: CondId) {
        for field in fields {
            self.field(field, known);
        }
    }

    fn field(&mut self, field: &DocField, known: CondId) {
        let alternatives = self.relative(field.cond, known);
        if alternatives.is_empty() {
            self.bare_field(field, "");
            return;
        }
        for all in alternatives {
            let directives: String =
                all.iter().map(|(variable, wanted)| self.directive(*variable, *wanted)).collect();
            let twice = |wanted: bool| all.iter().filter(|(_, w)| *w == wanted).count() > 1;
            if !twice(true) && !twice(false) {
                self.bare_field(field, &directives);
                continue;
            }
            for (variable, wanted) in &all {
                self.word("...");
                let directive = self.directive(*variable, *wanted);
                self.out.push_str(&directive);
                self.out.push('{');
            }
            self.bare_field(field, "");
            self.out.extend(all.iter().map(|_| '}'));
        }
    }

    fn bare_field(&mut self, field: &DocField, directives: &str) {
        let emitter = self.emitter;
        let arena = &emitter.solver.arena;
        let info = arena.key_info(field.key);
        let name = emitter.solver.supergraph.name(info.name);
        self.word(&info.text);
        if info.text != name {
            self.out.push(':');
            self.out.push_str(name);
        }
        self.out.push_str(arena.args_text(info.args));
        self.out.push_str(directives);
        for variable in arena.args_variables(info.args) {
            self.uses(variable);
        }
        if let Some(below) = field.below {
            self.selection(below, field.cond);
        }
    }

    /// What is left to test of a condition where `known` holds; empty: nothing.
    fn relative(&self, cond: CondId, known: CondId) -> Vec<Conjunction> {
        let conditions = &self.emitter.solver.arena.conditions;
        if conditions.implies(known, cond) {
            return Vec::new();
        }
        let mut alternatives = conditions.get(cond).to_vec();
        if let [given] = conditions.get(known) {
            for all in &mut alternatives {
                all.retain(|test| !given.contains(test));
            }
        }
        if alternatives.len() > MAX_ALTERNATIVES && !self.exact { Vec::new() } else { alternatives }
    }

    fn directive(&mut self, variable: u32, wanted: bool) -> String {
        let name = self.emitter.solver.arena.conditions.variable(variable);
        let text = format!(" @{}(if:${name})", if wanted { "include" } else { "skip" });
        self.uses(name);
        text
    }

    fn uses(&mut self, variable: &str) {
        if !self.variables.iter().any(|known| known == variable) {
            self.variables.push(variable.to_owned());
        }
    }

    /// Writes a token that is parted from a name or an argument list before it by a space.
    pub(super) fn word(&mut self, word: &str) {
        if self.out.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == ')') {
            self.out.push(' ');
        }
        self.out.push_str(word);
    }
}
