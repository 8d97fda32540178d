//! The types a plan consists of, all of them plain data with small ids into the tables of [`Plan`].

use super::print::Why;
use crate::operation::OperationKind;
use crate::supergraph::SubgraphId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The id as an index into the plan's table.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// A response key: index into [`Plan::keys`].
    KeyId,
    /// A fetch: index into [`Plan::fetches`].
    FetchId,
    /// An object type of the supergraph that this plan mentions: index into [`Plan::types`].
    TypeId,
    /// A set of object types: index into [`Plan::type_sets`].
    TypeSetId,
    /// A condition over boolean variables: index into [`Plan::conditions`].
    ConditionId,
    /// An enum type: index into [`Plan::enums`].
    EnumId,
    /// What to read of an object: index into [`Plan::shapes`].
    ShapeId,
    /// What to write of an object: index into [`Plan::selections`].
    SelectionId,
}

/// How to answer one operation. Independent of variable values; `@skip` and `@include` are [`Condition`]s.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Query, mutation or subscription.
    ///
    /// In a subscription `fetches[0]` is the stream; each event is the answer of that fetch, and all others run per event.
    pub kind: OperationKind,
    /// Subgraph names by [`SubgraphId`].
    pub subgraphs: Vec<String>,
    /// Ordered so that every fetch stands behind those in its `after`.
    pub fetches: Vec<Fetch>,
    /// Response keys as they stand in subgraph documents and answers.
    pub keys: Vec<String>,
    /// Names of object types. A `__typename` that is not in this table belongs to no [`TypeSet`] of the plan.
    pub types: Vec<String>,
    /// Sets of object types.
    pub type_sets: Vec<TypeSet>,
    /// Names of the boolean variables that conditions read.
    pub condition_variables: Vec<String>,
    /// Conditions, to be evaluated once per request.
    pub conditions: Vec<Condition>,
    /// Values of enum types that the client may see; any other value is answered as null.
    pub enums: Vec<Vec<String>>,
    /// Shapes of subgraph answers.
    pub shapes: Vec<Shape>,
    /// Selections of the response.
    pub selections: Vec<Selection>,
    /// What to write for `data`.
    pub output: SelectionId,
    /// Why it is this plan.
    pub why: Why,
}

impl Plan {
    /// The text of a response key.
    pub fn key(&self, id: KeyId) -> &str {
        &self.keys[id.index()]
    }

    /// A condition's definition.
    pub fn condition(&self, id: ConditionId) -> &Condition {
        &self.conditions[id.index()]
    }

    /// The name of a subgraph.
    pub fn subgraph(&self, id: SubgraphId) -> &str {
        &self.subgraphs[id.index()]
    }

    /// Whether `type_id` belongs to the set; `None` (type unknown or not in the plan) belongs to no set.
    pub fn in_set(&self, set: TypeSetId, type_id: Option<TypeId>) -> bool {
        type_id.is_some_and(|id| self.type_sets[set.index()].contains(id))
    }
}

/// A set of object types, as bits by [`TypeId`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TypeSet {
    /// Bit `id % 64` of word `id / 64`; may be shorter than the number of types.
    pub words: Vec<u64>,
}

impl TypeSet {
    /// Whether the type belongs to the set.
    pub fn contains(&self, id: TypeId) -> bool {
        self.words.get(id.index() / 64).is_some_and(|word| word >> (id.0 % 64) & 1 == 1)
    }
}

/// True when all tests of at least one alternative hold: `any[ all[ (variable, wanted value) ] ]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Condition {
    /// Alternatives; each is a list of (index into [`Plan::condition_variables`], value the variable must have).
    pub any: Vec<Vec<(u32, bool)>>,
}

impl Condition {
    /// Evaluates the condition with a variable's value given by its index.
    pub fn holds(&self, value: impl Fn(u32) -> bool) -> bool {
        self.any.iter().any(|all| all.iter().all(|(variable, wanted)| value(*variable) == *wanted))
    }
}

/// One request to one subgraph.
#[derive(Clone, Debug)]
pub struct Fetch {
    /// Whom to ask.
    pub subgraph: SubgraphId,
    /// The fetches that must have ended before this one starts: those whose data it needs, and in a mutation
    /// also those that come earlier. They may have failed or been skipped: then this one runs on what is there.
    pub after: Vec<FetchId>,
    /// Send only if this holds (`None`: always). A fetch without any representation is not sent either.
    pub condition: Option<ConditionId>,
    /// Operation type of the document.
    pub operation: OperationKind,
    /// Operation name in the document, for the subgraph's logs.
    pub operation_name: String,
    /// The GraphQL document. It declares [`Fetch::variables`] and one `[_Any!]!` variable per entity batch.
    pub document: String,
    /// Client variables to send along, by name; a variable that the request leaves out is left out here too.
    pub variables: Vec<String>,
    /// Root fields or entities.
    pub kind: FetchKind,
}

/// What a fetch asks for and where its answer goes.
#[derive(Clone, Debug)]
pub enum FetchKind {
    /// Fields of a root type: `data` is read by `shape` and merged into the objects at `path` (empty: the root object).
    Root {
        /// Where; not empty only for a field that returns the query root again, such as `Payload.query: Query`.
        path: Vec<PathStep>,
        /// What.
        shape: ShapeId,
    },
    /// Entities, in one or several `_entities` fields of the same document.
    Entities(Vec<EntityBatch>),
}

/// One `_entities` field: representations of the objects at some places, whose answers are merged into these objects.
///
/// Equal representations are sent once per batch. A batch without representations is sent as `[]`.
#[derive(Clone, Debug)]
pub struct EntityBatch {
    /// Response key of the `_entities` field in the answer's `data`.
    pub alias: String,
    /// Name of the `[_Any!]!` variable.
    pub variable: String,
    /// The objects.
    pub targets: Vec<Target>,
    /// How to write a representation: the first whose `types` match and whose keys are complete is written; an object that
    /// matches none, or has no complete key, is left out.
    pub representations: Vec<Representation>,
    /// How to read one entity, into the very object that the representation was written from.
    pub shape: ShapeId,
}

/// Objects of the response, as a path from the root object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// From the root object; lists on the way, of any depth, stand for all their items.
    pub path: Vec<PathStep>,
    /// Only objects of these types (`None`: all, also those of unknown type).
    pub types: Option<TypeSetId>,
    /// Only if this holds.
    pub condition: Option<ConditionId>,
}

/// One step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PathStep {
    /// Go on only from objects of these types (`None`: all).
    pub types: Option<TypeSetId>,
    /// The key to follow.
    pub key: KeyId,
}

/// How to write the representation of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Representation {
    /// For objects of these types (`None`: all, also those of unknown type).
    pub types: Option<TypeSetId>,
    /// The `__typename` to send; `None` sends the object's own type (and leaves the object out if that is unknown).
    pub typename: Option<String>,
    /// Key fields: a representation that has null or nothing for one of them, or for a part of a nested one, is not complete.
    pub keys: Vec<RepresentationField>,
    /// Required fields: sent as null when null, failed or missing.
    pub requires: Vec<RepresentationField>,
}

/// A field of a representation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepresentationField {
    /// Written only in objects of these types (`None`: all).
    pub types: Option<TypeSetId>,
    /// The name to write: the field's own name, never an alias.
    pub name: String,
    /// The key to read.
    pub key: KeyId,
    /// `None`: a leaf, copied as it is. Otherwise an object or a list of objects, of which these fields are written.
    pub object: Option<RepresentationObject>,
}

/// A composite value inside a representation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepresentationObject {
    /// Write `__typename` first (the value's type is abstract in the receiving subgraph).
    pub typename: bool,
    /// The fields. Key and required fields of one name (a composite key and a requirement below it) are merged already.
    pub fields: Vec<RepresentationField>,
}

/// What a subgraph's answer may hold for an object. Keys that are not listed are skipped.
#[derive(Clone, Debug)]
pub struct Shape {
    /// How the object's type becomes known.
    pub type_source: TypeSource,
    /// All fields of all fragments in one list; a key may be missing for some types, or by a condition.
    pub fields: Vec<ShapeField>,
}

/// How the runtime type of an object becomes known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeSource {
    /// It can only be this.
    Static(TypeId),
    /// The answer says it under `__typename`.
    Read,
    /// This answer does not tell (the subgraph has an interface object here, or nobody needs to know).
    Unknown,
}

/// A key to read.
#[derive(Clone, Debug)]
pub struct ShapeField {
    /// The key; its text is the name in the answer.
    pub key: KeyId,
    /// What stands there.
    pub value: ShapeValue,
}

/// What an answer holds under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShapeValue {
    /// A value of a built-in scalar or an enum, in lists of this depth.
    Leaf {
        /// 0: no list.
        list_depth: u8,
    },
    /// Any JSON value (a custom scalar, or lists of it).
    Scalar,
    /// An object, in lists of any depth.
    Object(ShapeId),
}

/// What the response says of an object.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The types that the client may see here. An object whose type is known and not in this set is answered as null.
    /// `None`: nothing to check (the type is an object type).
    pub possible: Option<TypeSetId>,
    /// In the order of the response. No two that can apply to the same object under the same variables have the same
    /// client key.
    pub fields: Vec<OutputField>,
}

/// One field of the response.
#[derive(Clone, Debug)]
pub struct OutputField {
    /// The client's response key (alias or name). A GraphQL name: needs no JSON escaping.
    pub key: String,
    /// Where the value comes from.
    pub value: OutputValue,
    /// Only in objects of these types (`None`: all).
    pub types: Option<TypeSetId>,
    /// Only if this holds.
    pub condition: Option<ConditionId>,
    /// Its type in the API schema.
    pub ty: OutputType,
    /// `Type.field`, for messages.
    pub coordinate: String,
}

/// Where the value of an output field comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutputValue {
    /// From the object, under this key. Missing counts as null.
    Key(KeyId),
    /// `__typename`: this constant, or the object's own type.
    Typename(Option<String>),
    /// `__schema` or `__type`: the value that [`crate::introspection::introspect`] gives under this field's client key.
    Introspection,
    /// Null, with an error: the caller may not see it.
    Withheld,
}

/// The type of an output field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputType {
    /// Whether null is allowed, from the outside in: `[field value, list items, items of items …]`; its length is the
    /// list depth plus one. `[String!]` is `[true, false]`.
    pub nullable: Vec<bool>,
    /// The innermost type.
    pub leaf: Leaf,
}

/// The innermost type of an output field, as far as writing a value needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// 32-bit integer.
    Int,
    /// Any finite JSON number.
    Float,
    /// JSON string.
    String,
    /// JSON boolean.
    Boolean,
    /// JSON string, or an integer that is written as a string.
    Id,
    /// Custom scalar: any JSON value, as it stands (a list depth declared in the type still applies).
    Scalar,
    /// One of the visible values of an enum.
    Enum(EnumId),
    /// An object.
    Object(SelectionId),
}
