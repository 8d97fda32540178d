//! The last look at an answer: every error has a code, and none tells more than a client may know.

use std::sync::Arc;

use async_graphql::async_trait::async_trait;
use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::{ErrorExtensionValues, Name, PathSegment, Response, ServerError, Value};

use crate::error::{Code, Error, MASKED};
use crate::loader::Loaders;

/// Gives every error of an answer its code, masks what is not meant for clients, and logs the causes.
pub(super) fn mask(mut response: Response) -> Response {
    for error in &mut response.errors {
        mask_error(error);
        write_null(&mut response.data, &error.path);
    }
    response
}

/// Writes the null of a nullable field that failed: async-graphql leaves the field out, which is no GraphQL answer.
fn write_null(mut data: &mut Value, path: &[PathSegment]) {
    for segment in path {
        let next = match (data, segment) {
            (Value::Object(fields), PathSegment::Field(name)) => {
                Some(fields.entry(Name::new(name)).or_insert(Value::Null))
            }
            (Value::List(items), PathSegment::Index(index)) => items.get_mut(*index),
            _ => None,
        };
        match next {
            Some(found) => data = found,
            None => return,
        }
    }
}

fn mask_error(error: &mut ServerError) {
    if let Some(known) = error.source::<Error>() {
        if known.is_internal() {
            let path = path_of(error);
            tracing::error!(path, cause = known.cause(), "request failed");
        }
        return;
    }
    if error.source.is_some() {
        // Somebody's `?` let a foreign error through: its text was never meant for clients.
        tracing::error!(path = path_of(error), cause = error.message, "request failed with an uncoded error");
        error.message = MASKED.to_owned();
        return set_code(error, Code::INTERNAL);
    }
    if error.extensions.as_ref().is_none_or(|extensions| extensions.get("code").is_none()) {
        // GraphQL's own: syntax, validation, coercion. The text names what the client wrote.
        set_code(error, Code::VALIDATION);
    }
}

fn set_code(error: &mut ServerError, code: Code) {
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("code", code.0);
}

fn path_of(error: &ServerError) -> String {
    serde_json::to_string(&error.path).unwrap_or_default()
}

/// A subscription lives long: each of its events is resolved with loaders that remember nothing of the last one.
pub(super) struct FreshLoaders;

impl ExtensionFactory for FreshLoaders {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(FreshLoaders)
    }
}

#[async_trait]
impl Extension for FreshLoaders {
    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        if let Some(loaders) = ctx.data_opt::<Arc<Loaders>>() {
            loaders.clear();
        }
        next.run(ctx, operation_name).await
    }
}
