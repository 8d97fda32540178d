//! The body of a subgraph request: everything but the variables is written once per plan.

use crate::response::write_string;
use federation::operation::Variables;
use federation::plan::Fetch;

/// The body up to and including the opening brace of `variables`.
pub(crate) fn prefix(fetch: &Fetch) -> Vec<u8> {
    let mut body = Vec::with_capacity(fetch.document.len() + fetch.operation_name.len() + 64);
    body.extend_from_slice(b"{\"query\":");
    write_string(&fetch.document, &mut body);
    if !fetch.operation_name.is_empty() {
        body.extend_from_slice(b",\"operationName\":");
        write_string(&fetch.operation_name, &mut body);
    }
    body.extend_from_slice(b",\"variables\":{");
    body
}

/// Starts a body and writes the client's variables that the fetch passes on.
pub(crate) fn begin(prefix: &[u8], fetch: &Fetch, variables: &Variables, room: usize) -> Vec<u8> {
    let mut body = Vec::with_capacity(prefix.len() + room);
    body.extend_from_slice(prefix);
    for name in &fetch.variables {
        let Some(json) = variables.json(name) else { continue };
        begin_variable(name, &mut body);
        body.extend_from_slice(json.as_bytes());
    }
    body
}

/// Writes a variable's name, with a comma when it is not the first.
pub(crate) fn begin_variable(name: &str, body: &mut Vec<u8>) {
    if body.last() != Some(&b'{') {
        body.push(b',');
    }
    write_string(name, body);
    body.push(b':');
}

/// Closes `variables` and the body.
pub(crate) fn end(body: &mut Vec<u8>) {
    body.extend_from_slice(b"}}");
}
