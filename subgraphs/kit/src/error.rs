//! One error type that knows its audience: a coded answer for a client, or a cause for the log.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::sync::Arc;

use async_graphql::ErrorExtensionValues;
use serde::Serialize;

/// What a client programs against: the stable value of `extensions.code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Code(pub &'static str);

impl Code {
    /// Nobody is signed in, or the proof of it does not hold.
    pub const UNAUTHENTICATED: Code = Code("UNAUTHENTICATED");
    /// The caller is known and may not do this.
    pub const FORBIDDEN: Code = Code("FORBIDDEN");
    /// There is no such thing, or none that the caller may see.
    pub const NOT_FOUND: Code = Code("NOT_FOUND");
    /// It collides with something that exists.
    pub const CONFLICT: Code = Code("CONFLICT");
    /// An input is wrong; `extensions.field` names it.
    pub const VALIDATION: Code = Code("VALIDATION");
    /// Too many tries; `extensions.details.retryAfterSeconds` says when to come back.
    pub const RATE_LIMITED: Code = Code("RATE_LIMITED");
    /// The thing is not in a state that allows this.
    pub const INVALID_TRANSITION: Code = Code("INVALID_TRANSITION");
    /// The account lacks the scope that its role needs.
    pub const SCOPE_NOT_SET: Code = Code("SCOPE_NOT_SET");
    /// Somebody changed it meanwhile: read again and retry.
    pub const STALE_VERSION: Code = Code("STALE_VERSION");
    /// An event whose version or shape a consumer does not know: it goes to the dead letters at once.
    pub const UNREADABLE_EVENT: Code = Code("UNREADABLE_EVENT");
    /// A subscription cannot go on from this cursor: start again from a snapshot.
    pub const CURSOR_EXPIRED: Code = Code("CURSOR_EXPIRED");
    /// Our fault. The cause is in the log, never in the answer.
    pub const INTERNAL: Code = Code("INTERNAL");
}

/// Shown instead of an internal cause.
pub const MASKED: &str = "Something went wrong on our side";

/// The extension of an error that may pass by itself: true, or left out.
pub const RETRYABLE: &str = "retryable";

/// The result of everything that may fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a client may see (code, message, field, details), or an internal error with its cause.
/// It has no `Display` on purpose: that is what lets `?` turn it into a GraphQL error with its code.
#[derive(Clone, Debug)]
pub struct Error(Arc<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    code: Code,
    message: String,
    field: Option<String>,
    details: BTreeMap<String, serde_json::Value>,
    cause: Option<String>,
    constraint: Option<String>,
    transient: bool,
}

impl Error {
    /// An error that a client may see.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Error(Arc::new(Inner {
            code,
            message: message.into(),
            field: None,
            details: BTreeMap::new(),
            cause: None,
            constraint: None,
            transient: false,
        }))
    }

    /// VALIDATION of one input, named as clients spell it: `buyer.phone`.
    pub fn validation(field: &str, message: impl Into<String>) -> Self {
        Self::new(Code::VALIDATION, message).field(field)
    }

    /// NOT_FOUND: `Error::not_found("Order")` says "Order not found".
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NOT_FOUND, format!("{what} not found"))
    }

    /// CONFLICT with something that exists.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(Code::CONFLICT, message)
    }

    /// FORBIDDEN to this caller.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(Code::FORBIDDEN, message)
    }

    /// UNAUTHENTICATED: nobody is signed in.
    pub fn unauthenticated() -> Self {
        Self::new(Code::UNAUTHENTICATED, "Sign in first")
    }

    /// Our fault: `cause` goes to the log, the client reads [`MASKED`].
    pub fn internal(cause: impl Display) -> Self {
        let mut inner = Self::new(Code::INTERNAL, MASKED).into_inner();
        inner.cause = Some(cause.to_string());
        Error(Arc::new(inner))
    }

    /// Our fault for as long as something that we need is away: what failed is worth trying again, however often. The client
    /// reads [`MASKED`].
    pub fn unavailable(cause: impl Display) -> Self {
        let mut inner = Self::internal(cause).into_inner();
        inner.transient = true;
        Error(Arc::new(inner))
    }

    /// Names the input at fault.
    pub fn field(self, field: &str) -> Self {
        let mut inner = self.into_inner();
        inner.field = Some(field.to_owned());
        Error(Arc::new(inner))
    }

    /// Adds a value to `extensions.details`. A value that cannot be written as JSON is left out.
    pub fn with(self, key: &str, value: impl Serialize) -> Self {
        let mut inner = self.into_inner();
        if let Ok(value) = serde_json::to_value(value) {
            inner.details.insert(key.to_owned(), value);
        }
        Error(Arc::new(inner))
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What a client reads.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The input at fault, if one is.
    pub fn field_name(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// One value of `extensions.details`.
    pub fn detail(&self, key: &str) -> Option<&serde_json::Value> {
        self.0.details.get(key)
    }

    /// For logs: the internal cause, or what the client reads.
    pub fn cause(&self) -> &str {
        self.0.cause.as_deref().unwrap_or(&self.0.message)
    }

    /// True if the fault is ours and the cause must be logged.
    pub fn is_internal(&self) -> bool {
        self.0.code == Code::INTERNAL
    }

    /// True if it failed for a reason outside of what was asked: the database is away, a peer does not answer, two
    /// transactions were in each other's way. The same again may succeed.
    pub fn is_transient(&self) -> bool {
        self.0.transient
    }

    fn into_inner(self) -> Inner {
        Arc::try_unwrap(self.0).unwrap_or_else(|shared| (*shared).clone())
    }

    /// `extensions` of the GraphQL error: code, field, details, and whether the same may succeed later.
    pub(crate) fn extensions(&self) -> ErrorExtensionValues {
        let mut values = ErrorExtensionValues::default();
        values.set("code", self.0.code.0);
        if self.0.transient {
            values.set(RETRYABLE, true);
        }
        if let Some(field) = &self.0.field {
            values.set("field", field.as_str());
        }
        if !self.0.details.is_empty()
            && let Ok(details) = async_graphql::Value::from_json(serde_json::json!(self.0.details))
        {
            values.set("details", details);
        }
        values
    }
}

impl Error {
    /// The code and the cause in one line, for logs only: `INTERNAL: connection refused`.
    pub fn log_line(&self) -> String {
        format!("{}: {}", self.0.code.0, self.cause())
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let constraint = match &error {
            sqlx::Error::Database(database) => database.constraint().map(str::to_owned),
            _ => None,
        };
        let mut inner = Self::internal(&error).into_inner();
        inner.constraint = constraint;
        inner.transient = is_transient(&error);
        Error(Arc::new(inner))
    }
}

/// What PostgreSQL answers when the fault is not with the statement, by the beginning of its code: no connection (08), nobody
/// let in (28), no such database (3D), rolled back for another transaction's sake (40), read-only after a failover
/// (25006), out of resources (53), a lock not to be had (55P03), shutting down or starting (57P), the system's own (58).
const NOT_THE_STATEMENTS_FAULT: [&str; 9] = ["08", "25006", "28", "3D", "40", "53", "55P03", "57P", "58"];

/// True if the statement was not at fault.
fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(database) => database
            .code()
            .is_some_and(|code| NOT_THE_STATEMENTS_FAULT.iter().any(|beginning| code.starts_with(beginning))),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error)
    }
}

impl From<Error> for async_graphql::Error {
    fn from(error: Error) -> Self {
        async_graphql::Error {
            message: error.0.message.clone(),
            extensions: Some(error.extensions()),
            source: Some(Arc::new(error)),
        }
    }
}

/// Turns a broken named constraint into a sentence, where the query is:
/// `insert.await.on_constraint("users_phone_key", || Error::conflict("This phone is taken")).on_constraint(…)?`
pub trait OnConstraint<T> {
    /// Replaces the error if it is a violation of the constraint or unique index `name`.
    fn on_constraint(self, name: &str, error: impl FnOnce() -> Error) -> Result<T>;
}

impl<T> OnConstraint<T> for Result<T, sqlx::Error> {
    fn on_constraint(self, name: &str, error: impl FnOnce() -> Error) -> Result<T> {
        self.map_err(Error::from).on_constraint(name, error)
    }
}

impl<T> OnConstraint<T> for Result<T> {
    fn on_constraint(self, name: &str, error: impl FnOnce() -> Error) -> Result<T> {
        self.map_err(|found| if found.0.constraint.as_deref() == Some(name) { error() } else { found })
    }
}

impl Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_error_carries_code_field_and_details() {
        let error = Error::validation("pickupTime", "Too early").with("minutes", 150);
        let shown = async_graphql::Error::from(error);
        let extensions = serde_json::to_value(shown.extensions.unwrap()).unwrap();
        assert_eq!(
            extensions,
            serde_json::json!({"code": "VALIDATION", "field": "pickupTime", "details": {"minutes": 150}})
        );
    }

    #[test]
    fn an_internal_cause_is_not_shown() {
        let error = Error::internal("password=hunter2");
        assert_eq!(error.cause(), "password=hunter2");
        let shown = async_graphql::Error::from(error);
        assert_eq!(shown.message, MASKED);
        assert!(!serde_json::to_string(&shown.extensions.unwrap()).unwrap().contains("hunter2"));
    }
}
