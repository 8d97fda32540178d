//! `@link`: under which names a document uses the federation directives.

use apollo_compiler::ast::{self, Definition, Value};
use std::collections::BTreeMap;

/// The federation directives' own names by the names that a document gives them.
pub(super) struct Links {
    imported: BTreeMap<String, String>,
    prefix: Option<String>,
}

impl Links {
    /// Without a link to the federation specification the document is of the first version: all names are as they are.
    pub(super) fn read(document: &ast::Document) -> Self {
        let mut links = Self { imported: BTreeMap::new(), prefix: None };
        for definition in &document.definitions {
            if !matches!(definition, Definition::SchemaDefinition(_) | Definition::SchemaExtension(_)) {
                continue;
            }
            for directive in definition.directives().get_all("link") {
                let url = directive.specified_argument_by_name("url").and_then(|url| url.as_str());
                if !url.is_some_and(|url| url.contains("specs.apollo.dev/federation/")) {
                    continue;
                }
                let alias = directive.specified_argument_by_name("as").and_then(|name| name.as_str());
                links.prefix = Some(format!("{}__", alias.unwrap_or("federation")));
                let imports = directive.specified_argument_by_name("import").and_then(|list| list.as_list());
                for import in imports.unwrap_or_default() {
                    links.import(import);
                }
            }
        }
        links
    }

    fn import(&mut self, import: &Value) {
        let bare = |name: &str| name.trim_start_matches('@').to_owned();
        if let Some(name) = import.as_str() {
            self.imported.insert(bare(name), bare(name));
        }
        let Some(entries) = import.as_object() else { return };
        let entry = |wanted: &str| {
            entries.iter().find(|(name, _)| name == wanted).and_then(|(_, value)| value.as_str())
        };
        if let Some(name) = entry("name") {
            self.imported.insert(bare(entry("as").unwrap_or(name)), bare(name));
        }
    }

    /// The federation directive's own name, or `None` for directives of others.
    pub(super) fn canonical<'a>(&'a self, used: &'a str) -> Option<&'a str> {
        let Some(prefix) = &self.prefix else { return Some(used) };
        self.imported.get(used).map(String::as_str).or_else(|| used.strip_prefix(prefix.as_str()))
    }
}
