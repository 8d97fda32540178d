//! What the composer knows of one subgraph: its types, with the federation directives read and put in their place.

use apollo_compiler::ast::{self, Value};
use apollo_compiler::parser::{SourceMap, SourceSpan};
use apollo_compiler::{Name, Node};
use indexmap::IndexMap;

use super::field_set::FieldSet;
use super::report::Location;

/// A place in the SDL; resolved to line and column only when it is reported.
pub(super) type At = Option<SourceSpan>;

/// One subgraph, read.
pub(super) struct Subgraph {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) file: Option<String>,
    /// Its value in the enum `join__Graph`.
    pub(super) graph: String,
    pub(super) version: Version,
    pub(super) description: Option<String>,
    pub(super) types: IndexMap<Name, TypeDef>,
    /// Directive definitions of the subgraph's own.
    pub(super) directives: IndexMap<Name, Node<ast::DirectiveDefinition>>,
    /// What `@composeDirective` names, with the feature that each comes from.
    pub(super) composed: Vec<ComposedDirective>,
    /// Directives that `@link` imports by name.
    pub(super) imported: Vec<Imported>,
    /// Directives on the schema itself.
    pub(super) applied: Vec<Applied>,
    pub(super) sources: SourceMap,
}

/// The Federation version a subgraph is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Version {
    One,
    /// Federation 2, with its minor version.
    Two(u32),
}

/// A custom directive that is to be carried into the supergraph.
#[derive(Clone, Debug)]
pub(super) struct ComposedDirective {
    /// The name as the subgraph uses it.
    pub(super) name: Name,
    /// The name inside its feature, before a rename.
    pub(super) original: String,
    /// The url of the feature without its version.
    pub(super) identity: String,
    pub(super) version: (u32, u32),
    pub(super) at: At,
}

/// A directive that a `@link` imports.
#[derive(Clone, Debug)]
pub(super) struct Imported {
    /// The url of the feature without its version.
    pub(super) identity: String,
    /// The feature is one of those that the composer understands.
    pub(super) is_known: bool,
    /// The name inside its feature, without the `@`.
    pub(super) original: String,
    /// The name as the subgraph uses it, without the `@`.
    pub(super) local: String,
    /// The `@link`.
    pub(super) at: At,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Scalar,
    Object,
    Interface,
    Union,
    Enum,
    Input,
}

impl Kind {
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Scalar => "Scalar",
            Self::Object => "Object",
            Self::Interface => "Interface",
            Self::Union => "Union",
            Self::Enum => "Enum",
            Self::Input => "InputObject",
        }
    }
}

/// A type of a subgraph, its extensions folded in. Which of the lists are used depends on the kind.
#[derive(Clone, Debug)]
pub(super) struct TypeDef {
    pub(super) name: Name,
    pub(super) kind: Kind,
    pub(super) description: Option<String>,
    pub(super) at: At,
    /// There is no definition, only `extend`.
    pub(super) only_extended: bool,
    /// It has `@extends`.
    pub(super) extends: bool,
    pub(super) keys: Vec<Key>,
    /// `@interfaceObject`: an object here, an interface everywhere else.
    pub(super) interface_object: bool,
    /// `@shareable` where the same declaration of the type has one already.
    pub(super) shareable_again: Vec<At>,
    pub(super) implements: IndexMap<Name, At>,
    pub(super) fields: IndexMap<Name, FieldDef>,
    pub(super) inputs: IndexMap<Name, InputDef>,
    pub(super) members: IndexMap<Name, At>,
    pub(super) values: IndexMap<Name, EnumValueDef>,
    pub(super) applied: Vec<Applied>,
}

/// A `@key`.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) fields: FieldsArgument,
    pub(super) resolvable: bool,
    /// It is written on an extension of the type.
    pub(super) extension: bool,
    pub(super) at: At,
}

/// The `fields` argument of a directive, as far as it could be read.
#[derive(Clone, Debug)]
pub(super) enum FieldsArgument {
    Set(FieldSet),
    /// Not a string.
    NotAString,
    /// A string that is no field set, and why.
    Unreadable(String),
    /// A field set that applies this directive.
    Directive(String),
}

impl FieldsArgument {
    /// The set, empty when it could not be read.
    pub(super) fn set(&self) -> &FieldSet {
        static EMPTY: FieldSet = FieldSet(Vec::new());
        match self {
            Self::Set(set) => set,
            _ => &EMPTY,
        }
    }
}

/// A field of an object or interface.
#[derive(Clone, Debug)]
pub(super) struct FieldDef {
    pub(super) name: Name,
    pub(super) description: Option<String>,
    pub(super) at: At,
    pub(super) ty: ast::Type,
    pub(super) args: IndexMap<Name, InputDef>,
    /// `@external`, here or on the type's declaration; see [`FieldDef::is_external`].
    pub(super) external: Option<At>,
    pub(super) requires: Option<(FieldsArgument, At)>,
    pub(super) provides: Option<(FieldsArgument, At)>,
    pub(super) overrides: Option<Override>,
    /// Every `@shareable` on the field itself.
    pub(super) shareable: Vec<At>,
    /// The declaration of the type around it is `@shareable`.
    pub(super) type_shareable: bool,
    pub(super) applied: Vec<Applied>,
    pub(super) usage: Usage,
}

/// What the directives of the subgraph say about a field from elsewhere.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Usage {
    /// Part of a `@key`.
    pub(super) key: bool,
    /// Part of a key on an extension of the type: `@external` there means nothing.
    pub(super) extension_key: bool,
    /// Part of some `@provides`.
    pub(super) provided: bool,
    /// Part of any `@key`, `@requires` or `@provides`.
    pub(super) used: bool,
    /// Declared by an interface of the type.
    pub(super) interface: bool,
}

/// An `@override`.
#[derive(Clone, Debug)]
pub(super) struct Override {
    pub(super) from: String,
    pub(super) label: Option<String>,
    pub(super) at: At,
}

/// An argument or a field of an input object.
#[derive(Clone, Debug)]
pub(super) struct InputDef {
    pub(super) name: Name,
    pub(super) description: Option<String>,
    pub(super) at: At,
    pub(super) ty: ast::Type,
    pub(super) default: Option<Node<Value>>,
    pub(super) applied: Vec<Applied>,
}

#[derive(Clone, Debug)]
pub(super) struct EnumValueDef {
    pub(super) description: Option<String>,
    pub(super) at: At,
    pub(super) applied: Vec<Applied>,
}

/// A directive that is carried into the supergraph, applied somewhere.
#[derive(Clone, Debug)]
pub(super) struct Applied {
    pub(super) directive: Carried,
    pub(super) arguments: Vec<(Name, Node<Value>)>,
    pub(super) at: At,
}

/// The directives that a supergraph carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Carried {
    Tag,
    Inaccessible,
    Authenticated,
    RequiresScopes,
    Policy,
    Cost,
    ListSize,
    Deprecated,
    SpecifiedBy,
    OneOf,
    /// `@context` and `@fromContext`: read only to be refused.
    Unsupported(&'static str),
    /// By `@composeDirective`, under the subgraph's name for it.
    Custom(Name),
}

impl Carried {
    /// Federation itself gives it a meaning, beyond GraphQL and custom directives.
    pub(super) fn is_federation(&self) -> bool {
        !matches!(self, Self::Deprecated | Self::SpecifiedBy | Self::OneOf | Self::Custom(_))
    }

    /// Its name in the supergraph, without the `@`.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Tag => "tag",
            Self::Inaccessible => "inaccessible",
            Self::Authenticated => "authenticated",
            Self::RequiresScopes => "requiresScopes",
            Self::Policy => "policy",
            Self::Cost => "cost",
            Self::ListSize => "listSize",
            Self::Deprecated => "deprecated",
            Self::SpecifiedBy => "specifiedBy",
            Self::OneOf => "oneOf",
            Self::Unsupported(name) => name,
            Self::Custom(name) => name,
        }
    }
}

impl Subgraph {
    /// A place as it is reported. Nothing for what the composer itself added.
    pub(super) fn location(&self, at: At) -> Option<Location> {
        let position = at?.line_column(&self.sources)?;
        Some(Location {
            subgraph: self.name.clone(),
            file: self.file.clone(),
            line: position.line,
            column: position.column,
        })
    }

    /// Everything that the supergraph carries of this subgraph's directives, wherever it is applied.
    pub(super) fn all_applied(&self) -> impl Iterator<Item = &Applied> {
        fn below(ty: &TypeDef) -> impl Iterator<Item = &Applied> {
            let fields = ty.fields.values().flat_map(|field| {
                let arguments = field.args.values().flat_map(|argument| &argument.applied);
                field.applied.iter().chain(arguments)
            });
            let inputs = ty.inputs.values().flat_map(|input| &input.applied);
            let values = ty.values.values().flat_map(|value| &value.applied);
            ty.applied.iter().chain(fields).chain(inputs).chain(values)
        }
        let types = self.types.values().flat_map(below);
        self.applied.iter().chain(types)
    }

    /// The types that implement an interface here, interfaces among them.
    pub(super) fn implementations<'s>(&'s self, interface: &'s str) -> impl Iterator<Item = &'s TypeDef> {
        self.types.values().filter(move |ty| ty.implements.contains_key(interface))
    }

    /// The object types that a value of this type can have here.
    pub(super) fn runtime_types<'s>(&'s self, ty: &'s TypeDef) -> Vec<&'s Name> {
        match ty.kind {
            Kind::Object => vec![&ty.name],
            Kind::Interface => self
                .implementations(&ty.name)
                .filter(|implementation| implementation.kind == Kind::Object)
                .map(|implementation| &implementation.name)
                .collect(),
            Kind::Union => ty.members.keys().collect(),
            Kind::Scalar | Kind::Enum | Kind::Input => Vec::new(),
        }
    }
}

impl TypeDef {
    /// The kind it has in the supergraph.
    pub(super) fn merged_kind(&self) -> Kind {
        if self.interface_object { Kind::Interface } else { self.kind }
    }

    /// It can be fetched by one of its keys here.
    pub(super) fn is_entity(&self) -> bool {
        !self.keys.is_empty()
    }
}

impl FieldDef {
    /// The subgraph only knows of the field: somebody else resolves it, unless a `@provides` leads here.
    pub(super) fn is_external(&self) -> bool {
        self.external.is_some() && !self.usage.extension_key
    }

    /// External, and nothing in this subgraph provides it on any path.
    pub(super) fn is_fully_external(&self) -> bool {
        self.is_external() && !self.usage.provided
    }

    /// Others may resolve it as well.
    pub(super) fn is_shareable(&self) -> bool {
        !self.shareable.is_empty() || self.type_shareable || self.usage.key || self.usage.provided
    }
}

impl InputDef {
    /// It must be given: non-null and without a default.
    pub(super) fn is_required(&self) -> bool {
        self.ty.is_non_null() && self.default.is_none()
    }
}

/// Whether a list of applied directives has this one.
pub(super) fn has(applied: &[Applied], directive: &Carried) -> bool {
    applied.iter().any(|applied| applied.directive == *directive)
}
