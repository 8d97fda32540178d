//! `@link`: which specifications a subgraph uses, and under which names.

use apollo_compiler::Node;
use apollo_compiler::ast::{Directive, Document, Value};
use indexmap::IndexMap;

use super::super::code;
use super::super::model::{At, Imported, Version};
use super::known::{DIRECTIVES, Known, NEWEST_MINOR, TYPES};

/// What the `@link`s of one subgraph say.
pub(super) struct Links {
    pub(super) version: Version,
    /// The local name of `@link` itself.
    pub(super) link: String,
    /// Local name → directive that the composer understands.
    pub(super) directives: IndexMap<String, &'static Known>,
    /// Name in the specification → local name, of federation's types.
    pub(super) types: IndexMap<&'static str, String>,
    pub(super) features: Vec<Feature>,
}

/// One linked specification.
pub(super) struct Feature {
    /// The url without its version.
    pub(super) identity: String,
    pub(super) version: (u32, u32),
    /// The prefix of its names that are not imported.
    pub(super) namespace: String,
    /// Local name → name in the specification; directives with their `@`.
    pub(super) imports: IndexMap<String, String>,
    pub(super) at: At,
}

/// A mistake in a `@link`: code, message, place.
pub(super) type LinkError = (&'static str, String, At);

const SPECS: &str = "https://specs.apollo.dev/";

impl Links {
    /// Reads the links of a document.
    pub(super) fn read(document: &Document, errors: &mut Vec<LinkError>) -> Self {
        let applications = || {
            document.definitions.iter().flat_map(|definition| match definition {
                apollo_compiler::ast::Definition::SchemaDefinition(schema) => schema.directives.0.iter(),
                apollo_compiler::ast::Definition::SchemaExtension(schema) => schema.directives.0.iter(),
                _ => [].iter(),
            })
        };
        let link = applications()
            .find(|directive| {
                string(directive, "url").is_some_and(|url| url.starts_with("https://specs.apollo.dev/link/"))
            })
            .map_or_else(|| "link".to_owned(), |directive| directive.name.to_string());
        let mut features: Vec<Feature> = Vec::new();
        for directive in applications().filter(|directive| directive.name == link.as_str()) {
            let Some(feature) = Feature::read(directive, errors) else { continue };
            if features.iter().any(|other| other.identity == feature.identity) {
                let message = format!("\"{}\" is linked twice", feature.identity);
                errors.push((code::INVALID_LINK_DIRECTIVE_USAGE, message, feature.at));
            } else {
                features.push(feature);
            }
        }
        let mut links = Self {
            version: Version::One,
            link,
            directives: IndexMap::new(),
            types: IndexMap::new(),
            features,
        };
        links.name_directives(errors);
        links
    }

    /// The local names of the types that `@link` itself uses.
    pub(super) fn link_types(&self) -> [String; 2] {
        ["Purpose", "Import"].map(|name| format!("{}__{name}", self.link))
    }

    /// The feature a local directive name belongs to, with the directive's name in it.
    pub(super) fn feature_of(&self, directive: &str) -> Option<(&Feature, String)> {
        self.features.iter().find_map(|feature| {
            if let Some(original) = feature.imports.get(&format!("@{directive}")) {
                return Some((feature, original.trim_start_matches('@').to_owned()));
            }
            if feature.namespace == directive {
                return Some((feature, feature.name().to_owned()));
            }
            let rest = directive.strip_prefix(feature.namespace.as_str())?.strip_prefix("__")?;
            Some((feature, rest.to_owned()))
        })
    }

    /// The directives that are imported by name.
    pub(super) fn imported(&self) -> Vec<Imported> {
        let of = |feature: &Feature| {
            let directives = feature.imports.iter().filter_map(|(local, original)| {
                Some((local.strip_prefix('@')?.to_owned(), original.strip_prefix('@')?.to_owned()))
            });
            let import = |(local, original)| Imported {
                identity: feature.identity.clone(),
                is_known: feature.is_known(),
                original,
                local,
                at: feature.at,
            };
            directives.map(import).collect::<Vec<_>>()
        };
        self.features.iter().flat_map(of).collect()
    }

    fn name_directives(&mut self, errors: &mut Vec<LinkError>) {
        let federation = self.features.iter().find(|feature| feature.identity == spec("federation"));
        match federation {
            None => {
                let first = DIRECTIVES.iter().filter(|known| known.since == Version::One);
                self.directives.extend(first.map(|known| (known.name.to_owned(), known)));
                self.types.insert("FieldSet", "_FieldSet".to_owned());
            }
            Some(feature) => {
                self.version = feature.federation_version(errors);
                let version = self.version;
                feature.check_imports(version, errors);
                for known in DIRECTIVES.iter().filter(|known| known.since <= version) {
                    self.directives.insert(feature.local_directive(known.name), known);
                }
                for (name, _) in TYPES.iter().filter(|(_, since)| *since <= version) {
                    self.types.insert(name, feature.local_type(name));
                }
            }
        }
        for feature in &self.features {
            let name = feature.name();
            if feature.identity != spec(name) {
                continue;
            }
            if name == "connect" {
                let message = "connectors (@connect, @source) are not supported".to_owned();
                errors.push((code::UNSUPPORTED_LINKED_FEATURE, message, feature.at));
            }
            for known in DIRECTIVES.iter().filter(|known| known.feature == Some(name)) {
                self.directives.insert(feature.local_directive(known.name), known);
            }
            for (name, _) in TYPES {
                self.types.entry(name).or_insert_with(|| format!("federation__{name}"));
            }
        }
    }
}

impl Feature {
    fn read(directive: &Node<Directive>, errors: &mut Vec<LinkError>) -> Option<Self> {
        let at = directive.location();
        let Some(url) = string(directive, "url") else {
            let message = "@link needs a \"url\" that is a string".to_owned();
            errors.push((code::INVALID_LINK_DIRECTIVE_USAGE, message, at));
            return None;
        };
        let Some((identity, version)) = split_url(url) else {
            let message = format!("\"{url}\" is not the url of a specification and its version");
            errors.push((code::INVALID_LINK_IDENTIFIER, message, at));
            return None;
        };
        if identity == spec("link") && version != (1, 0) {
            let message = format!("version {} of @link is not known", dotted(version));
            errors.push((code::UNKNOWN_LINK_VERSION, message, at));
        }
        let mut feature = Self { identity, version, namespace: String::new(), imports: IndexMap::new(), at };
        feature.namespace = string(directive, "as").unwrap_or_else(|| feature.name()).to_owned();
        if let Some(imports) = directive.specified_argument_by_name("import") {
            feature.read_imports(imports, errors);
        }
        Some(feature)
    }

    fn read_imports(&mut self, imports: &Node<Value>, errors: &mut Vec<LinkError>) {
        let single = [imports.clone()];
        for import in imports.as_list().unwrap_or(&single) {
            let part = |key: &str| {
                let fields = import.as_object()?;
                fields.iter().find(|(name, _)| name == key).and_then(|(_, value)| value.as_str())
            };
            let (name, local) = match (import.as_str(), part("name")) {
                (Some(name), _) => (name, name),
                (None, Some(name)) => (name, part("as").unwrap_or(name)),
                (None, None) => {
                    let message = format!("{import} is not an import: a string or {{ name, as }} is");
                    errors.push((code::INVALID_LINK_DIRECTIVE_USAGE, message, self.at));
                    continue;
                }
            };
            if name.starts_with('@') != local.starts_with('@') {
                let message = format!("import \"{name}\" as \"{local}\": either both start with @ or none");
                errors.push((code::INVALID_LINK_DIRECTIVE_USAGE, message, self.at));
                continue;
            }
            self.imports.insert(local.to_owned(), name.to_owned());
        }
    }

    /// The last part of the identity: `federation`, `tag` and so on.
    pub(super) fn name(&self) -> &str {
        self.identity.rsplit('/').next().unwrap_or_default()
    }

    /// It is one of the specifications that directives here come from.
    pub(super) fn is_known(&self) -> bool {
        self.identity == spec(self.name())
    }

    /// A name in the feature's namespace.
    pub(super) fn owns(&self, name: &str) -> bool {
        name.strip_prefix(self.namespace.as_str()).is_some_and(|rest| rest.starts_with("__"))
    }

    fn federation_version(&self, errors: &mut Vec<LinkError>) -> Version {
        if self.version.0 == 2 && self.version.1 <= NEWEST_MINOR {
            return Version::Two(self.version.1);
        }
        let message =
            format!("Federation version {} is not known: 2.0 to 2.{NEWEST_MINOR} are", dotted(self.version));
        errors.push((code::UNKNOWN_FEDERATION_LINK_VERSION, message, self.at));
        Version::Two(NEWEST_MINOR)
    }

    fn check_imports(&self, version: Version, errors: &mut Vec<LinkError>) {
        for original in self.imports.values() {
            let exists = match original.strip_prefix('@') {
                Some(name) => DIRECTIVES.iter().any(|known| known.name == name && known.since <= version),
                None => TYPES.iter().any(|(name, since)| name == original && *since <= version),
            };
            if !exists && original != "@link" {
                let message = format!("Federation {} has no \"{original}\" to import", dotted(self.version));
                errors.push((code::INVALID_LINK_DIRECTIVE_USAGE, message, self.at));
            }
        }
    }

    fn local_directive(&self, name: &str) -> String {
        let imported = self.imports.iter().find(|(_, original)| original.strip_prefix('@') == Some(name));
        match imported {
            Some((local, _)) => local.trim_start_matches('@').to_owned(),
            None if self.name() == name => self.namespace.clone(),
            None => format!("{}__{name}", self.namespace),
        }
    }

    fn local_type(&self, name: &str) -> String {
        let imported = self.imports.iter().find(|(_, original)| original.as_str() == name);
        imported.map_or_else(|| format!("{}__{name}", self.namespace), |(local, _)| local.clone())
    }
}

fn spec(name: &str) -> String {
    format!("{SPECS}{name}")
}

/// `2.3` of `(2, 3)`.
fn dotted((major, minor): (u32, u32)) -> String {
    format!("{major}.{minor}")
}

/// `https://host/name/v1.2` → (`https://host/name`, (1, 2)); without a version it is (0, 0).
fn split_url(url: &str) -> Option<(String, (u32, u32))> {
    let url = url.trim_end_matches('/');
    let (scheme, rest) = url.split_once("://")?;
    if scheme.is_empty() || !rest.contains('/') {
        return None;
    }
    let (identity, last) = url.rsplit_once('/')?;
    let version = last.strip_prefix('v').and_then(|version| {
        let (major, minor) = version.split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    });
    match version {
        Some(version) if identity.len() > scheme.len() + 3 => Some((identity.to_owned(), version)),
        Some(_) => None,
        None => Some((url.to_owned(), (0, 0))),
    }
}

/// A string argument of a directive.
pub(super) fn string<'d>(directive: &'d Directive, argument: &str) -> Option<&'d str> {
    directive.specified_argument_by_name(argument)?.as_str()
}
