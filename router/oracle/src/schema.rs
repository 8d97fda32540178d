//! Random sets of subgraphs: entities spread over them, keys that need a bridge, requirements, provided fields, abstract
//! types, interface objects, shared values. Not every set composes; those that do not are left out.

use crate::suite::Sdl;
use fastrand::Rng;
use std::collections::BTreeMap;
use std::fmt::Write;

const LINK: &str = "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.7\", import: [\"@key\", \
     \"@shareable\", \"@external\", \"@requires\", \"@provides\", \"@override\", \"@interfaceObject\"])\n";

const LEAVES: [&str; 7] = ["Int", "Float", "String", "Boolean", "ID", "Kind", "Blob"];

/// A random set of subgraphs.
pub fn random(seed: u64) -> Vec<Sdl> {
    let mut rng = Rng::with_seed(seed);
    let count = rng.usize(2..5);
    let subgraphs = (0..count).map(|_| Subgraph::default()).collect();
    let mut making = Making { rng, subgraphs, entities: Vec::new(), fields: 0 };
    making.entities();
    making.family();
    making.abstract_types();
    for _ in 0..making.rng.usize(6..22) {
        making.field();
    }
    making.roots();
    making.subgraphs.iter().enumerate().map(|(index, s)| (format!("s{index}"), s.print())).collect()
}

#[derive(Default)]
struct Subgraph {
    /// Heads (`type A @key(…)`) and fields by type.
    types: BTreeMap<String, Declaration>,
    /// Types that fields can have here.
    usable: Vec<String>,
    extra: String,
}

#[derive(Default)]
struct Declaration {
    keyword: &'static str,
    implements: Vec<String>,
    directives: String,
    fields: BTreeMap<String, String>,
}

struct Entity {
    name: String,
    /// The subgraphs that have it, with the names of its keys there.
    homes: Vec<(usize, Vec<&'static str>)>,
    /// Leaf fields: name, type, home.
    leaves: Vec<(String, String, usize)>,
}

struct Making {
    rng: Rng,
    subgraphs: Vec<Subgraph>,
    entities: Vec<Entity>,
    fields: usize,
}

impl Making {
    fn chance(&mut self, percent: u8) -> bool {
        self.rng.u8(0..100) < percent
    }

    fn entities(&mut self) {
        for index in 0..self.rng.usize(2..5) {
            let name = format!("E{index}");
            let bridge = self.rng.usize(0..self.subgraphs.len());
            let two_keys = self.chance(40);
            let mut homes = Vec::new();
            for subgraph in 0..self.subgraphs.len() {
                let keys: Vec<&'static str> = match (subgraph == bridge, two_keys) {
                    (true, true) => vec!["id", "code"],
                    (true, false) => vec!["id"],
                    (false, _) if !self.chance(65) => continue,
                    (false, true) if self.rng.bool() => vec!["code"],
                    (false, _) => vec!["id"],
                };
                self.declare_entity(subgraph, &name, &keys);
                homes.push((subgraph, keys));
            }
            self.entities.push(Entity { name, homes, leaves: Vec::new() });
        }
    }

    fn declare_entity(&mut self, subgraph: usize, name: &str, keys: &[&str]) {
        let home = &mut self.subgraphs[subgraph];
        home.usable.push(name.to_owned());
        let declaration = home.types.entry(name.to_owned()).or_default();
        declaration.keyword = "type";
        for key in keys {
            let _ = write!(declaration.directives, " @key(fields: \"{key}\")");
            let ty = if *key == "id" { "ID!" } else { "String!" };
            declaration.fields.insert((*key).to_owned(), ty.to_owned());
        }
    }

    /// An interface with a key in one subgraph, an object that stands for it in another.
    fn family(&mut self) {
        if !self.chance(50) {
            return;
        }
        let home = self.rng.usize(0..self.subgraphs.len());
        let other = (home + 1) % self.subgraphs.len();
        for name in ["M0", "M1", "M2"] {
            self.declare_entity(home, name, &["id"]);
            let member = self.subgraphs[home].types.entry(name.to_owned()).or_default();
            member.implements.push("Family".to_owned());
            member.fields.insert("title".to_owned(), "String".to_owned());
            member.fields.insert(format!("own{name}"), LEAVES[self.rng.usize(0..LEAVES.len())].to_owned());
        }
        self.declare_entity(home, "Family", &["id"]);
        let family = self.subgraphs[home].types.entry("Family".to_owned()).or_default();
        family.keyword = "interface";
        family.fields.insert("title".to_owned(), "String".to_owned());
        self.declare_entity(other, "Family", &["id"]);
        let object = self.subgraphs[other].types.entry("Family".to_owned()).or_default();
        object.directives.push_str(" @interfaceObject");
        object.fields.insert("stars".to_owned(), "Int".to_owned());
        object.fields.insert("friends".to_owned(), "[Family!]".to_owned());
    }

    fn abstract_types(&mut self) {
        for index in 0..self.subgraphs.len() {
            let _ = write!(self.subgraphs[index].extra, "enum Kind {{ A B C }} scalar Blob ");
            let here: Vec<String> = self
                .entities
                .iter()
                .filter(|e| e.homes.iter().any(|h| h.0 == index))
                .map(|e| e.name.clone())
                .collect();
            if here.len() > 1 && self.chance(60) {
                let members = here.join(" | ");
                let _ = write!(self.subgraphs[index].extra, "union Any = {members} ");
                self.subgraphs[index].usable.push("Any".to_owned());
            }
            if !here.is_empty() && self.chance(60) {
                let interface = Declaration { keyword: "interface", ..Declaration::default() };
                let interface = self.subgraphs[index].types.entry("Labelled".to_owned()).or_insert(interface);
                interface.fields.insert("label".to_owned(), "String".to_owned());
                for name in &here {
                    let member = self.subgraphs[index].types.entry(name.clone()).or_default();
                    member.implements.push("Labelled".to_owned());
                    member.fields.insert("label".to_owned(), "String @shareable".to_owned());
                }
                self.subgraphs[index].usable.push("Labelled".to_owned());
            }
            let value = Declaration {
                keyword: "type",
                directives: " @shareable".to_owned(),
                fields: BTreeMap::from([
                    ("x".to_owned(), "Int".to_owned()),
                    ("y".to_owned(), "String!".to_owned()),
                ]),
                ..Declaration::default()
            };
            self.subgraphs[index].types.insert("Pair".to_owned(), value);
            self.subgraphs[index].usable.push("Pair".to_owned());
        }
    }

    /// One more field of an entity in one of its subgraphs.
    fn field(&mut self) {
        let entity = self.rng.usize(0..self.entities.len());
        let home = self.rng.usize(0..self.entities[entity].homes.len());
        let subgraph = self.entities[entity].homes[home].0;
        let type_name = self.entities[entity].name.clone();
        self.fields += 1;
        let name = format!("f{}", self.fields);
        let (ty, is_leaf) = self.field_type(subgraph);
        let mut line = ty.clone();
        let requires = if self.chance(30) { self.required(entity, subgraph) } else { None };
        let arguments = if self.chance(20) { "(n: Int = 2, kinds: [Kind!])" } else { "" };
        if let Some(requires) = &requires {
            let _ = write!(line, " @requires(fields: \"{requires}\")");
        } else if self.chance(30)
            && let Some(provides) = self.provided(&ty, subgraph)
        {
            let _ = write!(line, " @provides(fields: \"{provides}\")");
        }
        let key = format!("{name}{arguments}");
        if let Some(declaration) = self.subgraphs[subgraph].types.get_mut(&type_name) {
            declaration.fields.insert(key, line);
        }
        if is_leaf && requires.is_none() && arguments.is_empty() {
            self.entities[entity].leaves.push((name, ty, subgraph));
        }
    }

    /// A type that a field can have in this subgraph, and whether it is a leaf.
    fn field_type(&mut self, subgraph: usize) -> (String, bool) {
        let usable = self.subgraphs[subgraph].usable.clone();
        let is_leaf = self.chance(45);
        let inner = if is_leaf {
            LEAVES[self.rng.usize(0..LEAVES.len())].to_owned()
        } else {
            usable[self.rng.usize(0..usable.len())].clone()
        };
        let text = match self.rng.u8(0..8) {
            0 => format!("{inner}!"),
            1 => format!("[{inner}]"),
            2 => format!("[{inner}!]!"),
            3 => format!("[[{inner}]!]"),
            _ => inner,
        };
        (text, is_leaf)
    }

    /// Leaf fields of the entity that other subgraphs own, declared external here.
    fn required(&mut self, entity: usize, subgraph: usize) -> Option<String> {
        let candidates: Vec<(String, String, usize)> =
            self.entities[entity].leaves.iter().filter(|leaf| leaf.2 != subgraph).cloned().collect();
        if candidates.is_empty() {
            return None;
        }
        let mut fields = Vec::new();
        for _ in 0..self.rng.usize(1..3) {
            let (name, ty, _) = candidates[self.rng.usize(0..candidates.len())].clone();
            let type_name = self.entities[entity].name.clone();
            let declaration = self.subgraphs[subgraph].types.get_mut(&type_name)?;
            declaration.fields.entry(name.clone()).or_insert(format!("{ty} @external"));
            if !fields.contains(&name) {
                fields.push(name);
            }
        }
        Some(fields.join(" "))
    }

    /// A leaf field of the entity type that another subgraph owns, made shareable there and external here.
    fn provided(&mut self, ty: &str, subgraph: usize) -> Option<String> {
        let inner = ty.trim_matches(['[', ']', '!']);
        let entity = self.entities.iter().find(|entity| entity.name == inner)?;
        let (name, leaf, owner) = entity.leaves.iter().find(|leaf| leaf.2 != subgraph)?.clone();
        let declaration = self.subgraphs[owner].types.get_mut(inner)?;
        declaration.fields.insert(name.clone(), format!("{leaf} @shareable"));
        let here = self.subgraphs[subgraph].types.get_mut(inner)?;
        here.fields.entry(name.clone()).or_insert(format!("{leaf} @external"));
        Some(name)
    }

    fn roots(&mut self) {
        for index in 0..self.subgraphs.len() {
            for field in 0..self.rng.usize(1..4) {
                let usable = self.subgraphs[index].usable.clone();
                let inner = usable[self.rng.usize(0..usable.len())].clone();
                let list = if self.rng.bool() { format!("[{inner}!]") } else { inner };
                let query = self.subgraphs[index].types.entry("Query".to_owned()).or_default();
                query.keyword = "type";
                query.fields.insert(format!("q{index}{field}"), list);
            }
        }
    }
}

impl Subgraph {
    fn print(&self) -> String {
        let mut text = format!("{LINK}{}\n", self.extra);
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
