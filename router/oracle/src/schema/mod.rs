//! Random sets of subgraphs: entities spread over them, keys that need a bridge, compound and nested keys, keys made of other
//! entities, requirements and chains of them, provided fields (also behind unions and interfaces), moved fields (also for a
//! part of the requests), abstract types, interface objects, shared values and roots of differing nullability, inputs, hidden
//! fields, types, arguments and enum values, mutations and subscriptions, and several ways to say the same. Not every set composes; those that do not are left out.

mod family;
mod fields;
mod print;
mod shared;

use crate::suite::Sdl;
use fastrand::Rng;
use print::{Declaration, Style, Subgraph};

const LEAVES: [&str; 7] = ["Int", "Float", "String", "Boolean", "ID", "Kind", "Blob"];

/// A random set of subgraphs.
pub fn random(seed: u64) -> Vec<Sdl> {
    let mut rng = Rng::with_seed(seed);
    let count = rng.usize(2..5);
    let subgraphs = (0..count).map(|_| Subgraph::default()).collect();
    let mut making = Making { rng, subgraphs, entities: Vec::new(), fields: 0, with_id: None };
    for index in 0..making.rng.usize(2..5) {
        making.entity(&format!("E{index}"));
    }
    making.family();
    making.inputs_and_enums();
    making.abstract_types();
    for _ in 0..making.rng.usize(6..24) {
        making.field();
    }
    for _ in 0..making.rng.usize(0..3) {
        making.moved();
    }
    for _ in 0..making.rng.usize(0..3) {
        making.shared_field();
    }
    making.boxes();
    making.roots();
    making.hide();
    making.styles();
    making.subgraphs.iter().enumerate().map(|(index, s)| (format!("s{index}"), s.print())).collect()
}

/// What is being put together.
struct Making {
    rng: Rng,
    subgraphs: Vec<Subgraph>,
    entities: Vec<Entity>,
    /// Fields so far, for their names.
    fields: usize,
    /// An entity whose key is `id` everywhere.
    with_id: Option<String>,
}

struct Entity {
    name: String,
    /// The subgraphs that have it.
    homes: Vec<usize>,
    /// Fields that others can require or provide.
    fields: Vec<Owned>,
}

/// A field and the subgraph that resolves it.
#[derive(Clone)]
struct Owned {
    name: String,
    /// `(n: Int = 2)` where it is declared.
    parameters: &'static str,
    ty: String,
    /// `(n: 7)` or nothing, and `{ x }` below composite ones: how a field set speaks of it.
    mention: String,
    home: usize,
}

/// How an entity is told apart.
#[derive(Clone, Copy, PartialEq)]
enum Keys {
    Id,
    /// `id` in some subgraphs, `code` in others, both in one.
    Bridged,
    Compound,
    Nested,
    /// Another entity's id, and a code.
    OfAnother,
}

impl Making {
    fn chance(&mut self, percent: u8) -> bool {
        self.rng.u8(0..100) < percent
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        if from.is_empty() { None } else { Some(from[self.rng.usize(0..from.len())].clone()) }
    }

    fn entity(&mut self, name: &str) {
        let bridge = self.rng.usize(0..self.subgraphs.len());
        let keys = match self.rng.u8(0..11) {
            0..=3 => Keys::Id,
            4..=6 => Keys::Bridged,
            7 | 8 => Keys::Compound,
            9 => Keys::Nested,
            _ if self.with_id.is_some() => Keys::OfAnother,
            _ => Keys::Id,
        };
        if keys == Keys::Id {
            self.with_id = Some(name.to_owned());
        }
        let mut homes = Vec::new();
        for subgraph in 0..self.subgraphs.len() {
            if subgraph != bridge && !self.chance(65) {
                continue;
            }
            let here: &[&str] = match keys {
                Keys::Id => &["id"],
                Keys::Bridged if subgraph == bridge => &["id", "code"],
                Keys::Bridged if self.rng.bool() => &["code"],
                Keys::Bridged => &["id"],
                Keys::Compound => &["id code"],
                Keys::Nested => &["part { number } code"],
                Keys::OfAnother => &["parent { id } code"],
            };
            // Some only speak of the entity: they cannot be asked for it.
            if keys == Keys::Id && subgraph != bridge && self.chance(15) {
                self.mention_entity(subgraph, name);
                continue;
            }
            self.declare_entity(subgraph, name, here);
            homes.push(subgraph);
        }
        self.entities.push(Entity { name: name.to_owned(), homes, fields: Vec::new() });
    }

    fn declare_entity(&mut self, subgraph: usize, name: &str, keys: &[&str]) {
        let home = &mut self.subgraphs[subgraph];
        home.usable.push(name.to_owned());
        let declaration = home.types.entry(name.to_owned()).or_default();
        declaration.keyword = "type";
        for key in keys {
            declaration.directives.push_str(&format!(" @key(fields: \"{key}\")"));
            for (field, ty) in [("id", "ID!"), ("code", "String!"), ("part", "Part!")] {
                if key.split(' ').any(|word| word == field) {
                    declaration.fields.insert(field.to_owned(), ty.to_owned());
                }
            }
        }
        if keys.iter().any(|key| key.contains("parent"))
            && let Some(parent) = self.with_id.clone()
        {
            let home = &mut self.subgraphs[subgraph];
            let declaration = home.types.entry(name.to_owned()).or_default();
            declaration.fields.insert("parent".to_owned(), format!("{parent}!"));
            if !home.types.contains_key(&parent) {
                self.mention_entity(subgraph, &parent);
            }
        }
        let home = &mut self.subgraphs[subgraph];
        if keys.iter().any(|key| key.contains("part {")) {
            let part = home.types.entry("Part".to_owned()).or_insert_with(Declaration::value_type);
            part.fields.insert("number".to_owned(), "Int!".to_owned());
        }
    }

    /// A subgraph that knows no more of an entity than its id.
    fn mention_entity(&mut self, subgraph: usize, name: &str) {
        let home = &mut self.subgraphs[subgraph];
        home.usable.push(name.to_owned());
        let declaration = home.types.entry(name.to_owned()).or_default();
        declaration.keyword = "type";
        declaration.directives.push_str(" @key(fields: \"id\", resolvable: false)");
        declaration.fields.insert("id".to_owned(), "ID!".to_owned());
    }

    /// The same said in other words.
    fn styles(&mut self) {
        let styles = [Style::InFull, Style::Renamed, Style::OwnRoots, Style::Extending, Style::Extends];
        for index in 0..self.subgraphs.len() {
            if self.chance(30) {
                self.subgraphs[index].style = self.pick(&styles).unwrap_or_default();
            }
        }
    }

    fn abstract_types(&mut self) {
        for index in 0..self.subgraphs.len() {
            let mut pair = Declaration::value_type();
            pair.fields.insert("x".to_owned(), "Int".to_owned());
            pair.fields.insert("y".to_owned(), "String!".to_owned());
            self.subgraphs[index].types.insert("Pair".to_owned(), pair);
            let here: Vec<String> =
                self.entities.iter().filter(|e| e.homes.contains(&index)).map(|e| e.name.clone()).collect();
            if here.len() > 1 && self.chance(60) {
                let members =
                    if self.chance(30) { vec![here[0].clone(), "Pair".to_owned()] } else { here.clone() };
                let home = &mut self.subgraphs[index];
                home.extra.push_str(&format!("union Any = {}\n", members.join(" | ")));
                home.members.insert("Any".to_owned(), members);
                home.usable.push("Any".to_owned());
            }
            if !here.is_empty() && self.chance(60) {
                self.labelled(index, &here);
            }
            self.subgraphs[index].usable.push("Pair".to_owned());
        }
    }

    fn labelled(&mut self, index: usize, members: &[String]) {
        let peer = self.chance(40);
        let fields = |declaration: &mut Declaration| {
            declaration.fields.insert("label".to_owned(), "String @shareable".to_owned());
            if peer {
                declaration.fields.insert("peer".to_owned(), "Labelled @shareable".to_owned());
            }
        };
        for name in members {
            let member = self.subgraphs[index].types.entry(name.clone()).or_default();
            member.implements.push("Labelled".to_owned());
            fields(member);
        }
        let interface = self.subgraphs[index].types.entry("Labelled".to_owned()).or_default();
        interface.keyword = "interface";
        fields(interface);
        for line in interface.fields.values_mut() {
            *line = line.replace(" @shareable", "");
        }
        self.subgraphs[index].members.insert("Labelled".to_owned(), members.to_vec());
        self.subgraphs[index].usable.push("Labelled".to_owned());
    }

    fn roots(&mut self) {
        for index in 0..self.subgraphs.len() {
            for field in 0..self.rng.usize(1..4) {
                self.root(index, "Query", &format!("q{index}{field}"), "");
            }
            for (root, name, percent) in [("Mutation", "m", 30), ("Subscription", "c", 30)] {
                if self.chance(percent) {
                    self.root(index, root, &format!("{name}{index}"), "");
                    self.root(index, root, &format!("{name}{index}b(n: Int!)"), "");
                }
            }
        }
        for number in 0..self.rng.usize(0..3) {
            self.shared_root(number);
        }
    }

    fn root(&mut self, subgraph: usize, root: &str, name: &str, directives: &str) {
        let usable = self.subgraphs[subgraph].usable.clone();
        let Some(inner) = self.pick(&usable) else { return };
        let ty = if self.rng.bool() && root == "Query" { format!("[{inner}!]") } else { inner };
        let declaration = self.subgraphs[subgraph].types.entry(root.to_owned()).or_default();
        declaration.keyword = "type";
        declaration.fields.insert(name.to_owned(), format!("{ty}{directives}"));
    }
}
