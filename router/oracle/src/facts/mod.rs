//! What a subgraph's SDL says, read independently of the composer: its plain schema, and the federation directives as facts.

use apollo_compiler::ast::{self, Definition, Selection, Value};
use apollo_compiler::validation::Valid;
use apollo_compiler::{Node, Schema};
use std::collections::{BTreeMap, BTreeSet};

mod links;
mod strip;

/// A type's name and one of its fields' names.
pub type Coordinate = (String, String);

/// A field set such as the argument of `@key`.
pub type FieldSet = Vec<Selection>;

/// A `@key`.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its fields.
    pub fields: FieldSet,
    /// Whether `_entities` can be asked with it.
    pub resolvable: bool,
}

/// One subgraph as its SDL describes it.
pub struct Facts {
    /// The subgraph's name.
    pub name: String,
    /// The schema that executes: without federation directives, with `_entities`.
    pub schema: Valid<Schema>,
    /// Keys by type (objects and interfaces).
    pub keys: BTreeMap<String, Vec<Key>>,
    /// Object types that stand for an interface of other subgraphs.
    pub interface_objects: BTreeSet<String>,
    /// `@requires`
    pub requires: BTreeMap<Coordinate, FieldSet>,
    /// `@provides`
    pub provides: BTreeMap<Coordinate, FieldSet>,
    /// `@external`
    pub external: BTreeSet<Coordinate>,
    /// `@override`: from which subgraph, and under which label if only for a part of the requests.
    pub overrides: BTreeMap<Coordinate, (String, Option<String>)>,
    /// Names of the root types as everybody else calls them, by the names in this subgraph.
    pub roots: BTreeMap<String, String>,
}

impl Facts {
    /// Reads an SDL. The error is for people.
    pub fn read(name: &str, sdl: &str) -> Result<Self, String> {
        let document =
            ast::Document::parse(sdl, format!("{name}.graphql")).map_err(|error| error.errors.to_string())?;
        let links = links::Links::read(&document);
        let mut facts = Gathered::default();
        for definition in &document.definitions {
            facts.gather(definition, &links);
        }
        let roots = roots(&document);
        let entities: Vec<&String> =
            facts.keys.keys().filter(|name| !facts.interfaces.contains(*name)).collect();
        let schema = strip::executable_schema(&document, &roots, &entities)
            .map_err(|error| format!("{name}: {error}"))?;
        Ok(Self {
            name: name.to_owned(),
            schema,
            keys: facts.keys,
            interface_objects: facts.interface_objects,
            requires: facts.requires,
            provides: facts.provides,
            external: facts.external,
            overrides: facts.overrides,
            roots,
        })
    }

    /// What a type of this subgraph is called in the supergraph.
    pub fn canonical<'a>(&'a self, type_name: &'a str) -> &'a str {
        self.roots.get(type_name).map_or(type_name, String::as_str)
    }
}

/// `Query`, `Mutation` and `Subscription` by the names that this document uses.
fn roots(document: &ast::Document) -> BTreeMap<String, String> {
    let mut roots = BTreeMap::new();
    for definition in &document.definitions {
        let operations = match definition {
            Definition::SchemaDefinition(schema) => &schema.root_operations,
            Definition::SchemaExtension(schema) => &schema.root_operations,
            _ => continue,
        };
        for operation in operations {
            roots.insert(operation.1.to_string(), operation.0.default_type_name().to_string());
        }
    }
    if roots.is_empty() {
        roots = ["Query", "Mutation", "Subscription"].map(|name| (name.to_owned(), name.to_owned())).into();
    }
    roots
}

#[derive(Default)]
struct Gathered {
    keys: BTreeMap<String, Vec<Key>>,
    interfaces: BTreeSet<String>,
    interface_objects: BTreeSet<String>,
    requires: BTreeMap<Coordinate, FieldSet>,
    provides: BTreeMap<Coordinate, FieldSet>,
    external: BTreeSet<Coordinate>,
    overrides: BTreeMap<Coordinate, (String, Option<String>)>,
}

impl Gathered {
    fn gather(&mut self, definition: &Definition, links: &links::Links) {
        let (name, fields) = match definition {
            Definition::ObjectTypeDefinition(t) => (&t.name, &t.fields),
            Definition::ObjectTypeExtension(t) => (&t.name, &t.fields),
            Definition::InterfaceTypeDefinition(t) => (&t.name, &t.fields),
            Definition::InterfaceTypeExtension(t) => (&t.name, &t.fields),
            _ => return,
        };
        if matches!(
            definition,
            Definition::InterfaceTypeDefinition(_) | Definition::InterfaceTypeExtension(_)
        ) {
            self.interfaces.insert(name.to_string());
        }
        let mut all_external = false;
        for directive in definition.directives().iter() {
            match links.canonical(&directive.name) {
                Some("key") => self.key(name, directive),
                Some("interfaceObject") => {
                    self.interface_objects.insert(name.to_string());
                }
                Some("external") => all_external = true,
                _ => {}
            }
        }
        for field in fields {
            let coordinate = (name.to_string(), field.name.to_string());
            if all_external {
                self.external.insert(coordinate.clone());
            }
            self.field(field, coordinate, links);
        }
    }

    fn key(&mut self, type_name: &str, directive: &ast::Directive) {
        let resolvable = !matches!(argument(directive, "resolvable"), Some(Value::Boolean(false)));
        let key = Key { fields: field_set(directive), resolvable };
        self.keys.entry(type_name.to_owned()).or_default().push(key);
    }

    fn field(&mut self, field: &ast::FieldDefinition, coordinate: Coordinate, links: &links::Links) {
        for directive in field.directives.iter() {
            match links.canonical(&directive.name) {
                Some("external") => {
                    self.external.insert(coordinate.clone());
                }
                Some("requires") => {
                    self.requires.insert(coordinate.clone(), field_set(directive));
                }
                Some("provides") => {
                    self.provides.insert(coordinate.clone(), field_set(directive));
                }
                Some("override") => {
                    let from =
                        argument(directive, "from").and_then(Value::as_str).unwrap_or_default().to_owned();
                    let label = argument(directive, "label").and_then(Value::as_str).map(ToOwned::to_owned);
                    self.overrides.insert(coordinate.clone(), (from, label));
                }
                _ => {}
            }
        }
    }
}

fn argument<'a>(directive: &'a ast::Directive, name: &str) -> Option<&'a Value> {
    directive.specified_argument_by_name(name).map(|value| &**value)
}

/// The selections in a directive's `fields`, which early federation also allowed as a list of strings.
fn field_set(directive: &ast::Directive) -> FieldSet {
    let text = match argument(directive, "fields") {
        Some(Value::List(items)) => {
            items.iter().filter_map(|item| item.as_str()).collect::<Vec<_>>().join(" ")
        }
        Some(value) => value.as_str().unwrap_or_default().to_owned(),
        None => String::new(),
    };
    let document =
        ast::Document::parse(format!("{{ {text} }}"), "fields").unwrap_or_else(|broken| broken.partial);
    let operation = document.definitions.iter().find_map(Definition::as_operation_definition);
    operation
        .map(|operation: &Node<ast::OperationDefinition>| operation.selection_set.clone())
        .unwrap_or_default()
}
