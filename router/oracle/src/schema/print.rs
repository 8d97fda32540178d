//! A subgraph being made, and its SDL.

use std::collections::BTreeMap;
use std::fmt::Write;

const HEAD: &str = "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.7\", import: [\"@key\", \
     \"@shareable\", \"@external\", \"@requires\", \"@provides\", \"@override\", \"@interfaceObject\", \
     \"@inaccessible\"])\n\
     scalar Blob\n";

/// A subgraph being made.
#[derive(Default)]
pub(super) struct Subgraph {
    pub types: BTreeMap<String, Declaration>,
    /// Types that fields can have here.
    pub usable: Vec<String>,
    /// Members of abstract types here, by the type's name.
    pub members: BTreeMap<String, Vec<String>>,
    /// Definitions in plain text.
    pub extra: String,
}

/// A type with fields.
#[derive(Default)]
pub(super) struct Declaration {
    pub keyword: &'static str,
    pub implements: Vec<String>,
    pub directives: String,
    /// What stands behind the colon, by what stands before it.
    pub fields: BTreeMap<String, String>,
}

impl Declaration {
    /// A type without a key that every subgraph may have.
    pub(super) fn value_type() -> Self {
        Self { keyword: "type", directives: " @shareable".to_owned(), ..Self::default() }
    }
}

impl Subgraph {
    /// The SDL.
    pub(super) fn print(&self) -> String {
        let mut text = format!("{HEAD}{}", self.extra);
        for (name, declaration) in &self.types {
            let implements = if declaration.implements.is_empty() {
                String::new()
            } else {
                format!(" implements {}", declaration.implements.join(" & "))
            };
            let _ = writeln!(text, "{} {name}{implements}{} {{", declaration.keyword, declaration.directives);
            for (field, ty) in &declaration.fields {
                let _ = writeln!(text, "  {field}: {ty}");
            }
            text.push_str("}\n");
        }
        text
    }
}
