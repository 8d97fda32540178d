//! Which way things may point: the rules of ARCHITECTURE.md that a compiler cannot keep.

use std::path::{Path, PathBuf};

/// The workspace's root folder.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Every Rust source below `folder`, with its text.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of the tree") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.ends_with("target") && !path.ends_with(".git") {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source file");
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "no Rust sources below {folder}");
    found
}

/// The names of the dependencies in a manifest's `[dependencies]` table.
fn dependencies(manifest: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(manifest)).expect("a manifest");
    let table = text.split("[dependencies]").nth(1).unwrap_or_default();
    let table = table.split("\n[").next().unwrap_or_default();
    table
        .lines()
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_federation_engine_has_no_async_and_no_io_crate() {
    let allowed = [
        "apollo-compiler",
        "indexmap",
        "rustc-hash",
        "serde",
        "serde_json",
        "smallvec",
        "strsim",
        "thiserror",
    ];
    for name in dependencies("router/federation/Cargo.toml") {
        assert!(allowed.contains(&name.as_str()), "router/federation depends on {name}");
    }
}

#[test]
fn subgraphs_know_neither_each_other_nor_the_router_and_the_router_knows_no_subgraph() {
    let subgraphs = ["identity", "fleet", "partner", "trip"];
    for subgraph in subgraphs {
        for name in dependencies(&format!("subgraphs/{subgraph}/Cargo.toml")) {
            assert!(!subgraphs.contains(&name.as_str()), "{subgraph} depends on {name}");
            assert!(name != "router" && name != "federation", "{subgraph} depends on {name}");
        }
    }
    for manifest in [
        "router/Cargo.toml",
        "router/oracle/Cargo.toml",
        "router/federation/Cargo.toml",
        "subgraphs/kit/Cargo.toml",
    ] {
        for name in dependencies(manifest) {
            assert!(!subgraphs.contains(&name.as_str()), "{manifest} depends on {name}");
        }
    }
}

#[test]
fn sql_lives_in_repositories_and_graphql_in_its_own_files() {
    for (path, text) in sources("subgraphs") {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let folder = path.to_string_lossy().into_owned();
        if folder.contains("/kit/") || folder.contains("/tests/") {
            continue;
        }
        if name == "repository.rs" || folder.contains("/repository/") {
            for word in ["async_graphql", "axum::"] {
                assert!(!text.contains(word), "{} mentions {word}", path.display());
            }
        }
        if name == "graphql.rs"
            || name == "service.rs"
            || folder.contains("/graphql/")
            || folder.contains("/service/")
        {
            for word in ["sqlx::query", "QueryBuilder"] {
                assert!(!text.contains(word), "{} holds SQL ({word})", path.display());
            }
        }
    }
}

/// The words of a line, split at case changes too: `TripStatus` is `trip`, `status`.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut previous_lower = false;
    for letter in line.chars() {
        if !letter.is_ascii_alphabetic() || (letter.is_ascii_uppercase() && previous_lower) {
            words.push(String::new());
        }
        previous_lower = letter.is_ascii_lowercase();
        if let Some(word) = words.last_mut().filter(|_| letter.is_ascii_alphabetic()) {
            word.push(letter.to_ascii_lowercase());
        }
    }
    words
}

#[test]
fn the_router_and_the_kit_hold_no_word_of_the_domain() {
    let domain = [
        "driver", "drivers", "trip", "trips", "fleet", "fleets", "vehicle", "vehicles", "wallet", "wallets",
        "kyc", "cab", "cabs", "roster",
    ];
    for folder in ["router/src", "router/federation/src", "router/oracle/src", "subgraphs/kit/src"] {
        for (path, text) in sources(folder) {
            // Who calls, and how that travels, is the one thing of the domain that the kit knows.
            if path.ends_with("kit/src/viewer.rs") || path.ends_with("kit/src/principal.rs") {
                continue;
            }
            for (index, line) in text.lines().enumerate() {
                let line =
                    line.replace("drivers-klub", "").replace("Drivers Klub", "").replace("round trip", "");
                let found = words(&line).into_iter().find(|word| domain.contains(&word.as_str()));
                if let Some(word) = found {
                    panic!("{}:{}: the word `{word}` belongs to the domain", path.display(), index + 1);
                }
            }
        }
    }
}

#[test]
fn no_source_file_is_longer_than_five_hundred_lines_and_each_opens_with_one_sentence() {
    for folder in ["cli", "embedded", "router", "subgraphs", "testing"] {
        for (path, text) in sources(folder) {
            let lines = text.lines().count();
            assert!(lines <= 500, "{} has {lines} lines", path.display());
            assert!(text.starts_with("//!"), "{} does not open with a //! sentence", path.display());
        }
    }
}

#[test]
fn lints_are_expected_with_a_reason_never_allowed() {
    let allow = concat!("#[", "allow(");
    let allow_all = concat!("#![", "allow(");
    for folder in ["cli", "embedded", "router", "subgraphs", "testing"] {
        for (path, text) in sources(folder) {
            assert!(!text.contains(allow) && !text.contains(allow_all), "{} allows a lint", path.display());
        }
    }
}
