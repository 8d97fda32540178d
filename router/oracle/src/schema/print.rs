//! A subgraph being made, and its SDL.

use std::collections::BTreeMap;
use std::fmt::Write;

const IMPORTS: [&str; 9] = [
    "@key",
    "@shareable",
    "@external",
    "@requires",
    "@provides",
    "@override",
    "@interfaceObject",
    "@inaccessible",
    "@extends",
];

/// How a subgraph says what it says.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) enum Style {
    /// As most do.
    #[default]
    Plain,
    /// Directives are not imported but named in full.
    InFull,
    /// Directives have names of this subgraph's own.
    Renamed,
    /// Root types have names of this subgraph's own.
    OwnRoots,
    /// Entities extend what may be nowhere else.
    Extending,
    /// The same by a directive.
    Extends,
}

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
    pub style: Style,
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
        let mut text = format!("scalar Blob\n{}", self.extra);
        for (name, declaration) in &self.types {
            let implements = if declaration.implements.is_empty() {
                String::new()
            } else {
                format!(" implements {}", declaration.implements.join(" & "))
            };
            let is_entity = declaration.keyword == "type" && declaration.directives.contains("@key");
            let before = if is_entity && self.style == Style::Extending { "extend " } else { "" };
            let more = if is_entity && self.style == Style::Extends { " @extends" } else { "" };
            let (keyword, directives) = (declaration.keyword, &declaration.directives);
            let _ = writeln!(text, "{before}{keyword} {name}{implements}{directives}{more} {{");
            for (field, ty) in &declaration.fields {
                let _ = writeln!(text, "  {field}: {ty}");
            }
            text.push_str("}\n");
        }
        self.styled(text)
    }

    fn styled(&self, mut text: String) -> String {
        let all = |import: &dyn Fn(&str) -> String| IMPORTS.map(import).join(", ");
        let mut imports = all(&|name| format!("\"{name}\""));
        let mut roots = String::new();
        match self.style {
            Style::InFull => {
                for name in IMPORTS {
                    text = text.replace(name, &name.replace('@', "@federation__"));
                }
                imports = String::new();
            }
            Style::Renamed => {
                for name in IMPORTS {
                    text = text.replace(name, &name.replace('@', "@my_"));
                }
                imports =
                    all(&|name| format!("{{ name: \"{name}\", as: \"{}\" }}", name.replace('@', "@my_")));
            }
            Style::OwnRoots => {
                for (kind, name) in
                    [("query", "Query"), ("mutation", "Mutation"), ("subscription", "Subscription")]
                {
                    if self.types.contains_key(name) {
                        text = text.replace(&format!("type {name} "), &format!("type Its{name} "));
                        let _ = write!(roots, " {kind}: Its{name}");
                    }
                }
            }
            _ => {}
        }
        let link = format!("@link(url: \"https://specs.apollo.dev/federation/v2.7\", import: [{imports}])");
        if roots.is_empty() {
            format!("extend schema {link}\n{text}")
        } else {
            format!("schema {link} {{{roots} }}\n{text}")
        }
    }
}
