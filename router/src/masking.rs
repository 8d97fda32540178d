//! What clients see of subgraph errors: those that a subgraph wrote for clients, unless development shows all.

use crate::{
    config::Config,
    context::RequestContext,
    response::{Answer, GraphqlError, code},
};

/// Instead of a message that is not for clients.
const MASK: &str = "Something went wrong in a service.";
/// Hidden errors of one answer that are logged one by one; they tend to be the same.
const LOGGED: usize = 5;
/// Entries of `extensions` that frameworks add for developers.
const DEVELOPER_KEYS: [&str; 5] = ["exception", "stacktrace", "stackTrace", "stack", "debug"];

/// Logs hidden errors with the request's id and masks them: a code, a path and the service's name stay.
pub(crate) fn mask(config: &Config, context: &RequestContext, answer: &mut Answer) {
    let mut logged = 0;
    for error in &mut answer.errors {
        let hidden = is_hidden(config, error);
        logged += usize::from(hidden);
        if hidden && logged <= LOGGED {
            let service = error.service.as_deref().unwrap_or("-");
            tracing::warn!(
                request_id = context.id(),
                service,
                code = error.code,
                message = error.message,
                "subgraph error"
            );
        }
        if config.expose_errors() {
            continue;
        }
        if hidden {
            MASK.clone_into(&mut error.message);
            error.extensions.clear();
        } else {
            error.extensions.retain(|key, _| !DEVELOPER_KEYS.contains(&key.as_str()));
        }
    }
    if logged > LOGGED {
        tracing::warn!(request_id = context.id(), more = logged - LOGGED, "further subgraph errors");
    }
}

/// A code of its own is how a subgraph says that a message is for clients.
fn is_hidden(config: &Config, error: &GraphqlError) -> bool {
    let transport = error.code.starts_with("SUBGRAPH_");
    let uncoded = error.code.is_empty() || error.code == code::DOWNSTREAM;
    transport || uncoded || config.hidden_error_codes.contains(&error.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_coded_errors_are_for_clients() {
        let config = Config::default();
        for (code, hidden) in [
            ("VALIDATION", false),
            ("INVALID_VALUE", false),
            ("", true),
            (code::DOWNSTREAM, true),
            (code::TIMEOUT, true),
            ("INTERNAL_SERVER_ERROR", true),
            ("GRAPHQL_VALIDATION_FAILED", true),
        ] {
            let error = GraphqlError::new(code, "secret").from_service("a");
            assert_eq!(is_hidden(&config, &error), hidden, "{code:?}");
        }
    }
}
