//! Interfaces with a key: types behind them in one subgraph, objects that stand for them in others.

use super::{LEAVES, Making};

const MEMBERS: [&str; 3] = ["M0", "M1", "M2"];

impl Making {
    /// An interface with a key in one subgraph, an object that stands for it in another (or in two).
    pub(super) fn family(&mut self) {
        if !self.chance(60) {
            return;
        }
        let count = self.subgraphs.len();
        let home = self.rng.usize(0..count);
        let code = self.chance(30);
        let keys: &[&str] = if code { &["id", "code"] } else { &["id"] };
        for name in MEMBERS {
            self.declare_entity(home, name, keys);
            let own = self.pick(&LEAVES).unwrap_or("Int");
            let member = self.subgraphs[home].types.entry(name.to_owned()).or_default();
            member.implements.push("Family".to_owned());
            member.fields.insert("title".to_owned(), "String".to_owned());
            member.fields.insert(format!("own{name}"), own.to_owned());
        }
        self.declare_entity(home, "Family", keys);
        let family = self.subgraphs[home].types.entry("Family".to_owned()).or_default();
        family.keyword = "interface";
        family.fields.insert("title".to_owned(), "String".to_owned());
        let key = if code && self.chance(50) { "code" } else { "id" };
        self.stands_for_family((home + 1) % count, "", key);
        if count > 2 && self.chance(40) {
            self.stands_for_family((home + 2) % count, "2", "id");
        } else if count > 2 && self.chance(50) {
            self.knows_one_member((home + 2) % count);
        }
        if self.chance(30) {
            self.member_requires_of_interface(home);
        }
    }

    /// An object that stands for the interface, with fields of its own.
    fn stands_for_family(&mut self, subgraph: usize, number: &str, key: &str) {
        self.declare_entity(subgraph, "Family", &[key]);
        let requires = self.rng.u8(0..4);
        let parameters = if self.chance(30) { "(n: Int = 2, kinds: [Kind!])" } else { "" };
        // Some only speak of it: they have no fields of their own.
        let speaks_only = self.chance(12);
        let object = self.subgraphs[subgraph].types.entry("Family".to_owned()).or_default();
        object.directives.push_str(" @interfaceObject");
        if speaks_only {
            object.directives = format!(" @key(fields: \"{key}\", resolvable: false) @interfaceObject");
            return;
        }
        object.fields.insert(format!("stars{number}{parameters}"), "Int".to_owned());
        object.fields.insert(format!("friends{number}"), "[Family!]".to_owned());
        object.fields.insert(format!("crowd{number}"), "[[Family!]]!".to_owned());
        let other = if number.is_empty() { None } else { Some(()) };
        let set = match (requires, other) {
            (0, _) => return,
            (1, Some(())) => {
                object.fields.insert("friends".to_owned(), "[Family!] @external".to_owned());
                "friends { id }"
            }
            _ => {
                object.fields.insert("title".to_owned(), "String @external".to_owned());
                "title"
            }
        };
        let line = format!("String @requires(fields: \"{set}\")");
        object.fields.insert(format!("shout{number}"), line);
    }

    /// A subgraph that has one of the types, and not the interface.
    fn knows_one_member(&mut self, subgraph: usize) {
        let Some(name) = self.pick(&MEMBERS) else { return };
        self.declare_entity(subgraph, name, &["id"]);
        let member = self.subgraphs[subgraph].types.entry(name.to_owned()).or_default();
        member.fields.insert("extra".to_owned(), "String".to_owned());
        member.fields.insert("title".to_owned(), "String @external".to_owned());
        member.fields.insert("long".to_owned(), "Int @requires(fields: \"title\")".to_owned());
    }

    /// Where the types are: a field that needs what only the interface's stand-in knows.
    fn member_requires_of_interface(&mut self, home: usize) {
        let Some(name) = self.pick(&MEMBERS) else { return };
        let member = self.subgraphs[home].types.entry(name.to_owned()).or_default();
        member.fields.insert("crowd".to_owned(), "[[Family!]]! @external".to_owned());
        member.fields.insert("size".to_owned(), "Int @requires(fields: \"crowd { id title }\")".to_owned());
    }
}
