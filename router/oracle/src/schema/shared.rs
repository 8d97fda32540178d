//! What several subgraphs have together: fields, value types that differ, roots, inputs and enums; and what is hidden of it.

use super::print::Declaration;
use super::{LEAVES, Making};

impl Making {
    /// Inputs and enums that differ: clients see what all have; sometimes a value or an input field that they may not see.
    pub(super) fn inputs_and_enums(&mut self) {
        let hidden = if self.chance(30) { Some(self.rng.usize(0..self.subgraphs.len())) } else { None };
        for index in 0..self.subgraphs.len() {
            let more = if self.chance(50) { " BLUE" } else { "" };
            let hide = if hidden == Some(index) { " @inaccessible" } else { "" };
            let wide = if self.chance(25) { " D" } else { "" };
            let most = if self.chance(25) { " most: Int name: String" } else { "" };
            let ghost = if self.chance(15) { " ghost: Ghost @inaccessible" } else { "" };
            self.subgraphs[index].extra.push_str(&format!(
                "enum Kind {{ A B C{hide} }}\nenum Shade {{ RED GREEN{more} }}\nenum Sort {{ UP DOWN{wide} }}\n\
                 input Range {{ least: Int = 0 kinds: [Kind!] = [A] inner: Range sort: Sort{most}{ghost} }}\n"
            ));
            if !ghost.is_empty() {
                self.subgraphs[index].extra.push_str("input Ghost @inaccessible { size: Int }\n");
            }
        }
    }

    /// A field of an entity that all of its subgraphs resolve, as differently nullable as they like.
    pub(super) fn shared_field(&mut self) {
        let entity = self.rng.usize(0..self.entities.len());
        let (name, homes) = (self.entities[entity].name.clone(), self.entities[entity].homes.clone());
        let usable = |index: &usize| self.subgraphs[*index].usable.clone();
        let mut everywhere = homes.first().map(usable).unwrap_or_default();
        everywhere.retain(|ty| homes.iter().all(|home| self.subgraphs[*home].usable.contains(ty)));
        everywhere.extend(LEAVES.map(str::to_owned));
        everywhere.push("Shade".to_owned());
        let Some(inner) = self.pick(&everywhere) else { return };
        self.fields += 1;
        let is_list = self.chance(40);
        for home in homes {
            let item = if self.chance(40) { "!" } else { "" };
            let list = if self.chance(40) { "!" } else { "" };
            let ty = if is_list { format!("[{inner}{item}]{list}") } else { format!("{inner}{item}") };
            if let Some(declaration) = self.subgraphs[home].types.get_mut(&name) {
                declaration.fields.insert(format!("f{}", self.fields), format!("{ty} @shareable"));
            }
        }
    }

    /// A value type of which each subgraph knows a part, below a field that all of them have.
    pub(super) fn boxes(&mut self) {
        if !self.chance(40) {
            return;
        }
        let entity = self.rng.usize(0..self.entities.len());
        let (name, homes) = (self.entities[entity].name.clone(), self.entities[entity].homes.clone());
        let nested = self.chance(50);
        for home in homes {
            let mut part = Declaration::value_type();
            part.fields.insert("always".to_owned(), "Int!".to_owned());
            for (index, leaf) in LEAVES.iter().enumerate() {
                if self.chance(30) {
                    part.fields.insert(format!("b{index}"), (*leaf).to_owned());
                }
            }
            if nested {
                part.fields.insert("inner".to_owned(), "[Box!]".to_owned());
            }
            let usable = self.subgraphs[home].usable.clone();
            if let (Some(ty), true) = (self.pick(&usable), self.chance(50)) {
                part.fields.insert(format!("to{ty}"), ty);
            }
            self.subgraphs[home].types.insert("Box".to_owned(), part);
            if let Some(declaration) = self.subgraphs[home].types.get_mut(&name) {
                declaration.fields.insert("box".to_owned(), "Box @shareable".to_owned());
            }
        }
    }

    /// One root field of two subgraphs: whatever both know.
    pub(super) fn shared_root(&mut self, number: usize) {
        let first = self.rng.usize(0..self.subgraphs.len());
        let second = (first + 1) % self.subgraphs.len();
        let mut shared = self.subgraphs[first].usable.clone();
        shared.retain(|ty| self.subgraphs[second].usable.contains(ty));
        let Some(ty) = self.pick(&shared) else { return };
        let is_list = self.chance(40);
        for subgraph in [first, second] {
            let null = if self.chance(30) { "!" } else { "" };
            let line = if is_list { format!("[{ty}]{null}") } else { format!("{ty}{null}") };
            let query = self.subgraphs[subgraph].types.entry("Query".to_owned()).or_default();
            query.fields.insert(format!("shared{number}"), format!("{line} @shareable"));
        }
    }

    /// Hides a field here and there.
    pub(super) fn hide(&mut self) {
        for _ in 0..self.rng.usize(0..3) {
            let entity = self.rng.usize(0..self.entities.len());
            let (name, homes) = (self.entities[entity].name.clone(), self.entities[entity].homes.clone());
            let Some(home) = self.pick(&homes) else { return };
            let Some(declaration) = self.subgraphs[home].types.get_mut(&name) else { return };
            let mut lines: Vec<&mut String> = declaration.fields.values_mut().collect();
            let line = self.rng.usize(0..lines.len());
            if !lines[line].contains("@external") && !lines[line].contains("@inaccessible") {
                lines[line].push_str(" @inaccessible");
            }
        }
    }
}
