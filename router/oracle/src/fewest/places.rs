//! The places of an operation, and the facts that can be learnt there: what the client wants, and what keys and requirements may need.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::ast::{Argument, OperationType};
use apollo_compiler::executable::{Operation, Selection, SelectionSet};
use apollo_compiler::{Node, validation::Valid};
use federation::operation::OperationKind;
use federation::supergraph::{FieldSet, Home, NameId, Role, SubgraphId, Supergraph, TypeDefId, TypeSet};

/// A field of the objects of one type at a place.
pub(super) struct Fact {
    pub(super) ty: TypeDefId,
    pub(super) name: NameId,
    pub(super) arguments: String,
    /// The place of its value, if that has fields.
    pub(super) below: Option<usize>,
    /// The client asks for it.
    pub(super) wanted: bool,
}

/// A place in the response.
pub(super) struct Place {
    /// The type that the supergraph gives it.
    pub(super) ty: TypeDefId,
    pub(super) types: TypeSet,
    /// Of these, the ones that every subgraph which resolves the field can answer with.
    pub(super) sure: TypeSet,
    /// Those that any of them can answer with.
    some: TypeSet,
    pub(super) facts: Vec<usize>,
    /// The fact whose value this is; the root has none.
    pub(super) parent: Option<usize>,
    pub(super) typename_wanted: bool,
    /// How many field sets deep it is below what the client asks for.
    invented: usize,
}

/// All places and facts.
pub(super) struct Tree<'a> {
    pub(super) supergraph: &'a Supergraph,
    pub(super) places: Vec<Place>,
    pub(super) facts: Vec<Fact>,
}

/// Field sets inside of field sets are followed this far.
const MOST_INVENTED: usize = 2;

/// Beyond this many facts a case is too large for an exhaustive search.
pub(super) const MOST_FACTS: usize = 3000;

impl<'a> Tree<'a> {
    /// The tree of an operation; `None` for mutations of several fields (their order matters) and for what is too large.
    pub(super) fn new(
        supergraph: &'a Supergraph,
        document: &Valid<ExecutableDocument>,
        operation: &Operation,
    ) -> Option<Self> {
        let kind = match operation.operation_type {
            OperationType::Query => OperationKind::Query,
            OperationType::Subscription => OperationKind::Subscription,
            OperationType::Mutation if operation.root_fields(document).count() == 1 => {
                OperationKind::Mutation
            }
            _ => return None,
        };
        let root = supergraph.root(kind)?;
        let mut tree = Self { supergraph, places: Vec::new(), facts: Vec::new() };
        tree.place(root, None, 0);
        let types = TypeSet::one(root);
        tree.select(0, &types, &operation.selection_set, document);
        tree.want_types();
        tree.expand();
        (tree.facts.len() < MOST_FACTS).then_some(tree)
    }

    /// Whether some field's subgraphs disagree about its types.
    pub(super) fn members_differ(&self) -> bool {
        self.places.iter().any(|place| place.sure != place.some)
    }

    fn place(&mut self, ty: TypeDefId, parent: Option<usize>, invented: usize) -> usize {
        let types = self.supergraph.ty(ty).visible.clone();
        let (sure, some) = (types.clone(), types.clone());
        let (facts, typename_wanted) = (Vec::new(), false);
        self.places.push(Place { ty, types, sure, some, facts, parent, typename_wanted, invented });
        self.places.len() - 1
    }

    fn fact(&mut self, place: usize, ty: TypeDefId, name: NameId, arguments: &str) -> Option<usize> {
        let known = self.places[place].facts.iter().copied().find(|index| {
            let fact = &self.facts[*index];
            fact.ty == ty && fact.name == name && fact.arguments == arguments
        });
        if known.is_some() {
            return known;
        }
        let supergraph = self.supergraph;
        let index = self.facts.len();
        let value = supergraph.field(ty, name)?.ty.named;
        let arguments = arguments.to_owned();
        self.facts.push(Fact { ty, name, arguments, below: None, wanted: false });
        self.places[place].facts.push(index);
        if !supergraph.ty(value).possible.is_empty() {
            let below = self.place(value, Some(index), self.places[place].invented);
            self.facts[index].below = Some(below);
            let there = homes(supergraph, ty, name)
                .filter_map(|(_, home)| supergraph.type_in(home.ty.named, home.subgraph));
            let sets: Vec<TypeSet> = there.map(|there| there.possible.clone()).collect();
            let at = &mut self.places[below];
            at.sure = sets.iter().fold(at.types.clone(), |all, set| all.intersection(set));
            let some = sets.iter().fold(TypeSet::default(), |all, set| all.union(set));
            at.some = at.types.intersection(&some);
        }
        Some(index)
    }

    fn select(
        &mut self,
        place: usize,
        types: &TypeSet,
        set: &SelectionSet,
        document: &Valid<ExecutableDocument>,
    ) {
        for selection in set.selections.iter().filter(|selection| !is_left_out(selection)) {
            let inner = match selection {
                Selection::Field(field) if field.name == "__typename" => {
                    self.places[place].typename_wanted = true;
                    continue;
                }
                Selection::Field(field) => {
                    let Some(name) = self.supergraph.name_id(&field.name) else { continue };
                    for ty in types.iter() {
                        let Some(fact) = self.fact(place, ty, name, &canonical(&field.arguments)) else {
                            continue;
                        };
                        self.facts[fact].wanted = true;
                        if let Some(below) = self.facts[fact].below {
                            let all = self.places[below].types.clone();
                            self.select(below, &all, &field.selection_set, document);
                        }
                    }
                    continue;
                }
                Selection::InlineFragment(fragment) => &fragment.selection_set,
                Selection::FragmentSpread(spread) => &document.fragments[&spread.fragment_name].selection_set,
            };
            let Some(condition) = self.supergraph.type_id(inner.ty.as_str()) else { continue };
            let narrowed = types.intersection(&self.supergraph.ty(condition).possible);
            self.select(place, &narrowed, inner, document);
        }
    }

    /// Types are wanted too where a field is wanted of some types only.
    fn want_types(&mut self) {
        for place in &mut self.places {
            let facts = || place.facts.iter().map(|index| &self.facts[*index]);
            let lacks = |fact: &Fact| {
                let same = |other: &&Fact| other.name == fact.name && other.arguments == fact.arguments;
                facts().filter(same).count() < place.types.len()
            };
            place.typename_wanted |= facts().any(lacks);
        }
    }

    /// Adds what keys and requirements may need, until nothing new comes.
    fn expand(&mut self) {
        let (mut place, mut fact) = (0, 0);
        while (place < self.places.len() || fact < self.facts.len()) && self.facts.len() < MOST_FACTS {
            if fact < self.facts.len() {
                let at = self.places.iter().position(|place| place.facts.contains(&fact)).unwrap_or_default();
                let (ty, name) = (self.facts[fact].ty, self.facts[fact].name);
                for (_, home) in homes(self.supergraph, ty, name) {
                    if let Some(set) = &home.requires {
                        self.add(at, ty, set);
                    }
                }
                fact += 1;
                continue;
            }
            if self.places[place].invented <= MOST_INVENTED {
                for ty in self.places[place].types.clone().iter() {
                    for (_, set) in keys(self.supergraph, ty) {
                        self.add(place, ty, set);
                    }
                }
            }
            place += 1;
        }
    }

    fn add(&mut self, place: usize, ty: TypeDefId, set: &FieldSet) {
        for field in set.0.iter().filter(|field| field.types.contains(ty)) {
            let places = self.places.len();
            let Some(fact) = self.fact(place, ty, field.name, &field.arguments) else { continue };
            let Some(below) = self.facts[fact].below else { continue };
            if below >= places {
                self.places[below].invented += 1;
            }
            for inner in self.places[below].types.clone().iter() {
                self.add(below, inner, &field.fields);
            }
        }
    }
}

/// Where a field of an object type is resolved: with its type there, or with an interface object that stands for it.
pub(super) fn homes(
    supergraph: &Supergraph,
    ty: TypeDefId,
    name: NameId,
) -> impl Iterator<Item = (TypeDefId, &Home)> {
    let of = move |target: TypeDefId, role: Role| {
        let homes = supergraph.field(target, name).into_iter().flat_map(|field| &field.homes);
        homes
            .filter(move |home| supergraph.type_in(target, home.subgraph).is_some_and(|t| t.role == role))
            .map(move |home| (target, home))
    };
    let interfaces = supergraph.ty(ty).interfaces.iter();
    of(ty, Role::Object).chain(interfaces.flat_map(move |interface| of(*interface, Role::InterfaceObject)))
}

/// The resolvable keys by which objects of a type can be asked for, with the subgraph and whether their exact type has to be named.
pub(super) fn keys(
    supergraph: &Supergraph,
    ty: TypeDefId,
) -> impl Iterator<Item = ((SubgraphId, bool), &FieldSet)> {
    let targets = std::iter::once(ty).chain(supergraph.ty(ty).interfaces.iter().copied());
    targets.flat_map(move |target| {
        supergraph.subgraph_ids().flat_map(move |subgraph| {
            let there = supergraph.type_in(target, subgraph);
            let keys = there.into_iter().flat_map(|there| &there.keys).filter(|key| key.resolvable);
            keys.map(move |key| ((subgraph, target == ty), &key.fields))
        })
    })
}

/// Whether a literal condition leaves the selection out.
fn is_left_out(selection: &Selection) -> bool {
    let literal = |directive: &str| {
        let directive = selection.directives().get(directive)?;
        directive.specified_argument_by_name("if")?.to_bool()
    };
    literal("skip") == Some(true) || literal("include") == Some(false)
}

/// Arguments as text, sorted by name: equal arguments are equal texts.
fn canonical(arguments: &[Node<Argument>]) -> String {
    if arguments.is_empty() {
        return String::new();
    }
    let text =
        |argument: &Node<Argument>| format!("{}: {}", argument.name, argument.value.serialize().no_indent());
    let mut texts: Vec<String> = arguments.iter().map(text).collect();
    texts.sort();
    format!("({})", texts.join(", "))
}
