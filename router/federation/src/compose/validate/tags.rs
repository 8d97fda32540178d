//! Names of tags: contracts and tools refer to them, so they are plain.

use super::super::code;
use super::super::model::Carried;
use super::Rules;

/// Longer names are refused.
const LONGEST: usize = 128;

impl Rules<'_> {
    /// Checks the name of every `@tag`.
    pub(super) fn tags(&mut self) {
        let subgraph = self.subgraph;
        for tag in subgraph.all_applied().filter(|applied| applied.directive == Carried::Tag) {
            let name = tag.arguments.iter().find(|(argument, _)| argument == "name");
            let Some(name) = name.and_then(|(_, value)| value.as_str()) else { continue };
            if !is_tag(name) {
                let message = format!(
                    "Tag name \"{name}\" is not valid: up to {LONGEST} letters, digits, _, - and /, a letter or _ first"
                );
                self.error(code::INVALID_TAG_NAME, message, tag.at);
            }
        }
    }
}

fn is_tag(name: &str) -> bool {
    name.len() <= LONGEST
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-/".contains(c))
}
