//! Fields of entities: with arguments, with requirements, providing others, moved to another subgraph.

use super::{LEAVES, Making, Owned};
use std::fmt::Write;

/// Parameters of fields, with ways in which a field set can call them.
const PARAMETERS: [(&str, [&str; 3]); 3] = [
    ("(n: Int = 2, kinds: [Kind!])", ["(n: 7)", "", "(n: 1, kinds: [B])"]),
    (
        "(in: Range, ids: [[ID!]!])",
        ["(in: { least: 5 })", "(ids: [[1], []])", "(in: { inner: { kinds: [] } })"],
    ),
    ("(in: Range! = { least: 3 })", ["", "(in: {})", "(in: { inner: null })"]),
];

impl Making {
    /// One more field of an entity in one of its subgraphs.
    pub(super) fn field(&mut self) {
        let entity = self.rng.usize(0..self.entities.len());
        let homes = self.entities[entity].homes.clone();
        let Some(home) = self.pick(&homes) else { return };
        let type_name = self.entities[entity].name.clone();
        self.fields += 1;
        let name = format!("f{}", self.fields);
        let (ty, below) = self.field_type(home);
        let mut line = ty.clone();
        let requires = if self.chance(35) { self.required(entity, home) } else { None };
        let called = if self.chance(20) { self.pick(&PARAMETERS) } else { None };
        let (parameters, calls) = called.unwrap_or_default();
        if let Some(requires) = &requires {
            let _ = write!(line, " @requires(fields: \"{requires}\")");
        } else if self.chance(30)
            && let Some(provides) = self.provided(&ty, home)
        {
            let _ = write!(line, " @provides(fields: \"{provides}\")");
        }
        if let Some(declaration) = self.subgraphs[home].types.get_mut(&type_name) {
            declaration.fields.insert(format!("{name}{parameters}"), line);
        }
        let Some(below) = below else { return };
        let call = calls[self.fields % 3];
        let mention = format!("{name}{call}{below}");
        self.entities[entity].fields.push(Owned { name, parameters, ty, mention, home });
    }

    /// A type that a field can have in this subgraph, and what a field set says below it; `None` where it says nothing.
    fn field_type(&mut self, subgraph: usize) -> (String, Option<String>) {
        let usable = self.subgraphs[subgraph].usable.clone();
        let (inner, below) = match self.chance(45) {
            true => (self.pick(&LEAVES).unwrap_or("Int").to_owned(), Some(String::new())),
            false => match self.pick(&usable).unwrap_or_default() {
                pair if pair == "Pair" => (pair, Some(" { x y }".to_owned())),
                other => {
                    let below = self.keys_below(subgraph, &other);
                    (other, below)
                }
            },
        };
        let text = match self.rng.u8(0..8) {
            0 => format!("{inner}!"),
            1 => format!("[{inner}]"),
            2 => format!("[{inner}!]!"),
            3 => format!("[[{inner}]!]"),
            _ => inner,
        };
        (text, below)
    }

    /// A field set of an entity's key, or of the keys of those behind an abstract type.
    fn keys_below(&mut self, subgraph: usize, type_name: &str) -> Option<String> {
        if !self.chance(60) {
            return None;
        }
        let home = &self.subgraphs[subgraph];
        let key = |name: &str| {
            let fields = &home.types.get(name)?.fields;
            ["id", "code"].into_iter().find(|field| fields.contains_key(*field))
        };
        let Some(members) = home.members.get(type_name) else {
            return key(type_name).map(|key| format!(" {{ {key} }}"));
        };
        let one = |member: &String| Some(format!("... on {member} {{ {} }}", key(member)?));
        let parts: Vec<String> = members.iter().filter_map(one).collect();
        (!parts.is_empty()).then(|| format!(" {{ {} }}", parts.join(" ")))
    }

    /// Fields of the entity that other subgraphs own, declared external here.
    fn required(&mut self, entity: usize, subgraph: usize) -> Option<String> {
        let others: Vec<Owned> =
            self.entities[entity].fields.iter().filter(|field| field.home != subgraph).cloned().collect();
        let type_name = self.entities[entity].name.clone();
        let mut mentions = Vec::new();
        for _ in 0..self.rng.usize(1..3) {
            let field = self.pick(&others)?;
            if !self.knows(subgraph, &field) {
                continue;
            }
            let declaration = self.subgraphs[subgraph].types.get_mut(&type_name)?;
            let place = format!("{}{}", field.name, field.parameters);
            declaration.fields.entry(place).or_insert(format!("{} @external", field.ty));
            if !mentions.contains(&field.mention) {
                mentions.push(field.mention);
            }
        }
        (!mentions.is_empty()).then(|| mentions.join(" "))
    }

    /// Whether a subgraph has the types that a field set speaks of. What it lacks of their fields makes the set not compose.
    fn knows(&self, subgraph: usize, field: &Owned) -> bool {
        let inner = field.ty.trim_matches(['[', ']', '!']);
        let is_leaf = LEAVES.contains(&inner);
        is_leaf || self.subgraphs[subgraph].usable.iter().any(|known| known == inner)
    }

    /// What a field of this type can provide: of the entity itself, or of one that stands behind a union or an interface.
    fn provided(&mut self, ty: &str, subgraph: usize) -> Option<String> {
        let inner = ty.trim_matches(['[', ']', '!']);
        let Some(members) = self.subgraphs[subgraph].members.get(inner).cloned() else {
            return self.provided_of(inner, subgraph);
        };
        let member = self.pick(&members)?;
        let fields = self.provided_of(&member, subgraph)?;
        Some(format!("... on {member} {{ {fields} }}"))
    }

    /// A field of the entity type that another subgraph owns, made shareable there and external here.
    fn provided_of(&mut self, entity_name: &str, subgraph: usize) -> Option<String> {
        let entity = self.entities.iter().find(|entity| entity.name == entity_name)?;
        let can = |field: &&Owned| field.home != subgraph && field.parameters.is_empty();
        let field = entity.fields.iter().filter(|field| self.knows(subgraph, field)).find(can)?.clone();
        let owner = self.subgraphs[field.home].types.get_mut(entity_name)?.fields.get_mut(&field.name)?;
        if !owner.contains("@shareable") {
            owner.push_str(" @shareable");
        }
        let here = self.subgraphs[subgraph].types.get_mut(entity_name)?;
        here.fields.entry(field.name).or_insert(format!("{} @external", field.ty));
        Some(field.mention)
    }

    /// A field that another subgraph takes over.
    pub(super) fn moved(&mut self) {
        let entity = self.rng.usize(0..self.entities.len());
        let (fields, homes) = (self.entities[entity].fields.clone(), self.entities[entity].homes.clone());
        let (Some(field), Some(to)) = (self.pick(&fields), self.pick(&homes)) else { return };
        let type_name = self.entities[entity].name.clone();
        let place = format!("{}{}", field.name, field.parameters);
        if to == field.home {
            return;
        }
        let partly = self.chance(50);
        self.fields += 1;
        let Some(declaration) = self.subgraphs[to].types.get_mut(&type_name) else { return };
        let known = declaration.fields.contains_key(&place);
        let label = if partly { format!(", label: \"l{}\"", self.fields) } else { String::new() };
        let line = format!("{} @override(from: \"s{}\"{label})", field.ty, field.home);
        declaration.fields.entry(place).or_insert(line);
        if !known
            && !partly
            && let Some(owned) =
                self.entities[entity].fields.iter_mut().find(|owned| owned.name == field.name)
        {
            owned.home = to;
        }
    }
}
