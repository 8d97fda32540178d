//! Who may see what: the rules that `@authenticated`, `@requiresScopes` and `@policy` put on types and fields.
//!
//! Equal rules are one rule, so that a caller is judged once per rule and not once per field. Whether a rule holds for a caller
//! is not decided here: whoever knows callers says which rules do not, as a [`RuleSet`].

use super::{NameId, Supergraph, TypeDefId};
use apollo_compiler::Schema;
use apollo_compiler::ast::{Directive, Value};
use apollo_compiler::schema::ExtendedType;
use rustc_hash::FxHashMap;

/// What a caller must be or have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Anybody whose identity was verified.
    Authenticated,
    /// All scopes of at least one of the lists.
    Scopes(Vec<Vec<String>>),
    /// All policies of at least one of the lists.
    Policies(Vec<Vec<String>>),
}

/// A set of rules of one supergraph, by their index in [`Supergraph::rules`]. Equal sets are equal values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleSet(Vec<u64>);

impl RuleSet {
    /// Whether no rule belongs to the set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a rule by its index.
    pub fn insert(&mut self, index: usize) {
        if self.0.len() <= index / 64 {
            self.0.resize(index / 64 + 1, 0);
        }
        self.0[index / 64] |= 1 << (index % 64);
    }

    /// Adds all rules of another set.
    pub fn extend(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    /// Rules that are in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let mut words: Vec<u64> = self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect();
        while words.last() == Some(&0) {
            words.pop();
        }
        Self(words)
    }

    /// Whether a rule is in both.
    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }

    /// Whether every rule is also in the other set.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.iter().enumerate().all(|(at, word)| word & !other.0.get(at).copied().unwrap_or(0) == 0)
    }
}

/// The rules of a supergraph and where they apply.
#[derive(Clone, Debug, Default)]
pub(super) struct Access {
    rules: Vec<Rule>,
    types: FxHashMap<TypeDefId, RuleSet>,
    fields: FxHashMap<(TypeDefId, NameId), RuleSet>,
}

impl Supergraph {
    /// All different rules. Empty in a supergraph whose fields are open to everybody.
    pub fn rules(&self) -> &[Rule] {
        &self.access.rules
    }

    /// Adds the rules of a type itself.
    pub(crate) fn add_type_rules(&self, ty: TypeDefId, rules: &mut RuleSet) {
        self.access.types.get(&ty).into_iter().for_each(|set| rules.extend(set));
    }

    /// Adds the rules that stand before a field of an object type: its own, its type's and those of what it returns. If it was
    /// selected on an interface (`owner`), that interface's rules count as well.
    pub(crate) fn add_rules(&self, owner: TypeDefId, object: TypeDefId, field: NameId, rules: &mut RuleSet) {
        let access = &self.access;
        let mut add = |found: Option<&RuleSet>| found.into_iter().for_each(|set| rules.extend(set));
        for ty in [owner, object] {
            add(access.types.get(&ty));
            add(access.fields.get(&(ty, field)));
            if let Some(declared) = self.field(ty, field) {
                add(access.types.get(&declared.ty.named));
            }
        }
    }
}

/// Reads the rules of a supergraph.
pub(super) fn read(
    schema: &Schema,
    types: &FxHashMap<String, TypeDefId>,
    names: &FxHashMap<String, NameId>,
) -> Access {
    let directives = Directives {
        authenticated: linked_name(schema, "authenticated"),
        scopes: linked_name(schema, "requiresScopes"),
        policy: linked_name(schema, "policy"),
    };
    let mut access = Access::default();
    for (name, definition) in &schema.types {
        let Some(id) = types.get(name.as_str()) else { continue };
        let rules = directives.rules(definition.directives().iter().map(|one| &***one));
        access.add_type(*id, rules);
        let fields = match definition {
            ExtendedType::Object(ty) => &ty.fields,
            ExtendedType::Interface(ty) => &ty.fields,
            _ => continue,
        };
        for (field, definition) in fields {
            let rules = directives.rules(definition.directives.iter().map(|one| &**one));
            access.add_field((*id, names[field.as_str()]), rules);
        }
    }
    access
}

impl Access {
    fn add_type(&mut self, id: TypeDefId, rules: Vec<Rule>) {
        if !rules.is_empty() {
            let set = self.set(rules);
            self.types.insert(id, set);
        }
    }

    fn add_field(&mut self, id: (TypeDefId, NameId), rules: Vec<Rule>) {
        if !rules.is_empty() {
            let set = self.set(rules);
            self.fields.insert(id, set);
        }
    }

    fn set(&mut self, rules: Vec<Rule>) -> RuleSet {
        let mut set = RuleSet::default();
        for rule in rules {
            let known = self.rules.iter().position(|known| *known == rule);
            set.insert(known.unwrap_or_else(|| {
                self.rules.push(rule);
                self.rules.len() - 1
            }));
        }
        set
    }
}

/// The names that the supergraph gives to the three directives.
struct Directives {
    authenticated: String,
    scopes: String,
    policy: String,
}

impl Directives {
    fn rules<'a>(&self, applied: impl Iterator<Item = &'a Directive>) -> Vec<Rule> {
        let rule = |directive: &'a Directive| {
            let name = directive.name.as_str();
            if name == self.authenticated {
                Some(Rule::Authenticated)
            } else if name == self.scopes {
                Some(Rule::Scopes(alternatives(directive, "scopes")))
            } else if name == self.policy {
                Some(Rule::Policies(alternatives(directive, "policies")))
            } else {
                None
            }
        };
        applied.filter_map(rule).collect()
    }
}

/// `[["a", "b"], ["c"]]` in canonical order. What cannot be read is a rule that nobody fulfils.
fn alternatives(directive: &Directive, argument: &str) -> Vec<Vec<String>> {
    let Some(value) = directive.specified_argument_by_name(argument) else { return Vec::new() };
    let all = |value: &Value| {
        let list = value.as_list()?;
        let mut names =
            list.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()?;
        names.sort_unstable();
        names.dedup();
        Some(names)
    };
    let mut any: Vec<Vec<String>> =
        value.as_list().unwrap_or_default().iter().filter_map(|value| all(value)).collect();
    any.sort_unstable();
    any.dedup();
    any
}

/// The name under which a supergraph has the one directive of a feature that is called like it. A directive that is not linked
/// counts under its own name: better to ask for too much than to let somebody see what was meant to be hidden.
fn linked_name(schema: &Schema, feature: &str) -> String {
    let links = schema.schema_definition.directives.iter();
    let mut named = links.filter_map(|link| {
        let url = link.specified_argument_by_name("url")?.as_str()?;
        let mut parts = url.trim_end_matches('/').rsplit('/');
        let is_version =
            |part: &str| part.starts_with('v') && part[1..].starts_with(|c: char| c.is_ascii_digit());
        let last = parts.next()?;
        let name = if is_version(last) { parts.next()? } else { last };
        if name != feature {
            return None;
        }
        let imported = link
            .specified_argument_by_name("import")
            .and_then(|list| list.as_list()?.iter().find_map(|one| renamed_import(one, feature)));
        let alias = link.specified_argument_by_name("as").and_then(|value| value.as_str());
        Some(imported.unwrap_or_else(|| alias.unwrap_or(feature).to_owned()))
    });
    named.next_back().unwrap_or_else(|| feature.to_owned())
}

/// `{name: "@authenticated", as: "@signedIn"}` → `signedIn`.
fn renamed_import(import: &Value, feature: &str) -> Option<String> {
    let fields = import.as_object()?;
    let text = |name: &str| {
        let value = fields.iter().find(|(key, _)| key == name)?.1.as_str()?;
        value.strip_prefix('@')
    };
    (text("name")? == feature).then(|| text("as").unwrap_or(feature).to_owned())
}
