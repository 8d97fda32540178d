//! A client's operation: parsed, validated against the API schema and normalised to interned ids.

pub(crate) mod arguments;

/// The type of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OperationKind {
    /// `query`
    Query,
    /// `mutation`
    Mutation,
    /// `subscription`
    Subscription,
}
