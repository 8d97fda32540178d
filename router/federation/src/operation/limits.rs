//! Limits on what a client's document may be, checked before it is planned.

use super::RequestError;
use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::{Operation, Selection, SelectionSet};
use rustc_hash::FxHashMap;

/// Upper bounds; a document beyond one is refused with a code of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Lexical tokens of the document.
    pub tokens: usize,
    /// Nesting of selections, fragments expanded; a root field has depth 1.
    pub depth: usize,
    /// Aliased fields in the document.
    pub aliases: usize,
    /// Fields selected on the root, fragments expanded.
    pub root_fields: usize,
    /// Fields selected in all, fragments expanded.
    pub selections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { tokens: 15_000, depth: 50, aliases: 200, root_fields: 100, selections: 20_000 }
    }
}

/// Depth of nesting that parsing itself accepts (it recurses).
pub(super) const PARSER_RECURSION: usize = 200;

impl Limits {
    /// Checks depth, aliases and root fields of the operation.
    pub(super) fn check(
        &self,
        document: &ExecutableDocument,
        operation: &Operation,
    ) -> Result<(), RequestError> {
        let mut measure = Measure { document, fragments: FxHashMap::default() };
        let size = measure.set(&operation.selection_set);
        let exceeded = |code, what: &str, found: usize, limit: usize| {
            RequestError::new(code, format!("The operation has {found} {what}, the limit is {limit}."))
        };
        if size.depth > self.depth {
            return Err(exceeded(RequestError::DEPTH, "levels of selections", size.depth, self.depth));
        }
        if size.aliases > self.aliases {
            return Err(exceeded(RequestError::ALIASES, "aliases", size.aliases, self.aliases));
        }
        if size.width > self.root_fields {
            return Err(exceeded(RequestError::ROOT_FIELDS, "root fields", size.width, self.root_fields));
        }
        Ok(())
    }
}

#[derive(Clone, Copy, Default)]
struct Size {
    depth: usize,
    aliases: usize,
    width: usize,
}

struct Measure<'a> {
    document: &'a ExecutableDocument,
    fragments: FxHashMap<&'a str, Size>,
}

impl<'a> Measure<'a> {
    fn set(&mut self, set: &'a SelectionSet) -> Size {
        let mut size = Size::default();
        for selection in &set.selections {
            let part = match selection {
                Selection::Field(field) => {
                    let below = self.set(&field.selection_set);
                    let own = usize::from(field.alias.is_some());
                    Size { depth: below.depth + 1, aliases: below.aliases.saturating_add(own), width: 1 }
                }
                Selection::InlineFragment(fragment) => self.set(&fragment.selection_set),
                Selection::FragmentSpread(spread) => self.fragment(spread.fragment_name.as_str()),
            };
            size.depth = size.depth.max(part.depth);
            size.aliases = size.aliases.saturating_add(part.aliases);
            size.width = size.width.saturating_add(part.width);
        }
        size
    }

    /// Measured once each; validation has refused cycles.
    fn fragment(&mut self, name: &'a str) -> Size {
        if let Some(size) = self.fragments.get(name) {
            return *size;
        }
        let size = self.document.fragments.get(name).map(|f| self.set(&f.selection_set)).unwrap_or_default();
        self.fragments.insert(name, size);
        size
    }
}
