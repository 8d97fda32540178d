//! Questions in files: an operation that was once answered wrongly, by us or by somebody else, kept beside its subgraphs.
//!
//! `cases/<subgraphs>/questions/<what it is about>.graphql`. Each is asked with every assignment of its boolean variables. Lines before the
//! operation can say more: `# variables: {…}` gives the other variables, `# requests with {"x": false}: 1` how many requests may
//! be sent with these values.

use crate::operation::Case;
use apollo_compiler::ast::{Definition, Type};
use serde_json::{Map, Value};
use std::fs;
use std::path::Path;

/// Boolean variables beyond this number would make too many assignments.
const MOST_BOOLEANS: usize = 5;

/// An operation from a file.
pub struct Question {
    /// The file's name without extension.
    pub name: String,
    /// The operation with each assignment of its boolean variables.
    pub cases: Vec<Case>,
    /// How many requests at most with which variables.
    pub requests: Vec<(Case, usize)>,
}

/// The questions of a folder of subgraphs, in order. The error says which file cannot be read.
pub fn questions(folder: &Path) -> Result<Vec<Question>, String> {
    let entries = fs::read_dir(folder.join("questions")).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.path()).collect();
    files.sort();
    let read = |file: &std::path::PathBuf| {
        let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        question(name, &text).ok_or_else(|| format!("{}: not understood", file.display()))
    };
    files.iter().map(read).collect()
}

fn question(name: &str, text: &str) -> Option<Question> {
    let mut base = Map::new();
    let mut limits = Vec::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("# ")) {
        if let Some(variables) = line.strip_prefix("variables: ") {
            base = serde_json::from_str(variables).ok()?;
        } else if let Some(rest) = line.strip_prefix("requests with ") {
            let (variables, count) = rest.rsplit_once(": ")?;
            let variables: Map<String, Value> = serde_json::from_str(variables).ok()?;
            limits.push((variables, count.parse().ok()?));
        }
    }
    let case = |variables: Map<String, Value>| {
        let all = base.clone().into_iter().chain(variables).collect();
        Case::parse(text, all)
    };
    let booleans = booleans(&case(Map::new())?);
    if booleans.len() > MOST_BOOLEANS {
        return None;
    }
    let assignment = |bits: usize| {
        let value = |(index, name): (usize, &String)| (name.clone(), Value::Bool(bits >> index & 1 == 1));
        case(booleans.iter().enumerate().map(value).collect())
    };
    let cases = (0..1 << booleans.len()).map(assignment).collect::<Option<Vec<_>>>()?;
    let limit = |(variables, count)| Some((case(variables)?, count));
    let requests = limits.into_iter().map(limit).collect::<Option<Vec<_>>>()?;
    Some(Question { name: name.to_owned(), cases, requests })
}

/// The names of an operation's boolean variables.
fn booleans(case: &Case) -> Vec<String> {
    let operation = case.document.definitions.iter().find_map(Definition::as_operation_definition);
    let variables = operation.iter().flat_map(|operation| &operation.variables);
    let is_boolean = |ty: &Type| !ty.is_list() && ty.inner_named_type() == "Boolean";
    variables.filter(|variable| is_boolean(&variable.ty)).map(|variable| variable.name.to_string()).collect()
}
