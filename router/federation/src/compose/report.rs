//! What composing says beside the supergraph: errors and hints with their places in the SDLs.

use std::fmt;

/// A place in the SDL of a subgraph.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Location {
    /// The name of the subgraph.
    pub subgraph: String,
    /// The file its SDL was read from, if it was a file.
    pub file: Option<String>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(out, "{file}:{}:{} ({})", self.line, self.column, self.subgraph),
            None => write!(out, "{}:{}:{}", self.subgraph, self.line, self.column),
        }
    }
}

/// Why subgraphs do not compose.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct CompositionError {
    /// The published code, one of [`super::code::ERRORS`].
    pub code: &'static str,
    /// A sentence for the person who wrote the SDL.
    pub message: String,
    /// Where to look.
    pub locations: Vec<Location>,
}

impl fmt::Display for CompositionError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_with_locations(out, self.code, &self.message, &self.locations)
    }
}

impl std::error::Error for CompositionError {}

/// Something that is allowed but probably not meant.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct CompositionHint {
    /// The published code, one of [`super::code::HINTS`].
    pub code: &'static str,
    /// A sentence for the person who wrote the SDL.
    pub message: String,
    /// Where to look.
    pub locations: Vec<Location>,
}

impl fmt::Display for CompositionHint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_with_locations(out, self.code, &self.message, &self.locations)
    }
}

fn write_with_locations(
    out: &mut fmt::Formatter<'_>,
    code: &str,
    message: &str,
    locations: &[Location],
) -> fmt::Result {
    write!(out, "{code}: {message}")?;
    for location in locations {
        write!(out, "\n  at {location}")?;
    }
    Ok(())
}

/// Collects errors and hints while composing.
#[derive(Default)]
pub(super) struct Report {
    errors: Vec<CompositionError>,
    hints: Vec<CompositionHint>,
}

impl Report {
    /// Adds an error, unless the very same one is there already.
    pub(super) fn error(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        locations: impl IntoIterator<Item = Location>,
    ) {
        let error =
            CompositionError { code, message: message.into(), locations: locations.into_iter().collect() };
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }

    /// Adds a hint.
    pub(super) fn hint(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        locations: impl IntoIterator<Item = Location>,
    ) {
        self.hints.push(CompositionHint {
            code,
            message: message.into(),
            locations: locations.into_iter().collect(),
        });
    }

    /// Hands out what was found so far, if anything is wrong.
    pub(super) fn stop_on_errors(&mut self) -> Result<(), Vec<CompositionError>> {
        if self.errors.is_empty() { Ok(()) } else { Err(std::mem::take(&mut self.errors)) }
    }

    /// The hints, once composing succeeded.
    pub(super) fn into_hints(self) -> Vec<CompositionHint> {
        self.hints
    }
}

/// `"a"`, `"a" and "b"`, `"a", "b" and "c"`: names as they read in a sentence.
pub(super) fn quoted<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("\"{}\"", name.as_ref())).collect();
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}
