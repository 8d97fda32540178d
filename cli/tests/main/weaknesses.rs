//! The table of the original's weaknesses in `cli/tests/README.md`: all of them, and every test that it names exists.

use std::path::{Path, PathBuf};

use crate::architecture::root;

const COUNT: usize = 44;

/// Where a crate's sources are.
fn folder(name: &str) -> PathBuf {
    let path = match name {
        "drivers-klub" => "cli".to_owned(),
        "router" => "router".to_owned(),
        other => format!("subgraphs/{other}"),
    };
    root().join(path)
}

/// The files that may hold `krate::a::b::test`: a test file `a/b.rs`, a source file `a/b.rs`, or a module in `a.rs`.
fn candidates(krate: &str, modules: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for base in ["tests", "tests/main", "src"] {
        for depth in 1..=modules.len() {
            let path = folder(krate).join(base).join(modules[..depth].join("/"));
            found.extend([path.with_extension("rs"), path.join("mod.rs")]);
        }
    }
    found
}

/// True if the file holds a test of that name.
fn holds(file: &Path, test: &str) -> bool {
    let Ok(text) = std::fs::read_to_string(file) else { return false };
    let Some(at) = text.find(&format!("fn {test}()")) else { return false };
    let before = &text[..at];
    let attribute = before.rfind("#[test]").max(before.rfind("#[tokio::test"));
    attribute.is_some_and(|start| !before[start..].contains('}'))
}

#[test]
fn every_weakness_has_a_test_that_exists() {
    let readme = std::fs::read_to_string(root().join("cli/tests/README.md")).unwrap();
    let rows: Vec<&str> = readme.lines().filter(|line| line.starts_with("| W")).collect();
    let mut wrong = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let cells: Vec<&str> = row.split(" | ").collect();
        let number = format!("| W{}", index + 1);
        if cells.len() != 4 || cells[0] != number {
            wrong.push(format!("not a row of four cells that begins with `{number}`: {row}"));
            continue;
        }
        let tests: Vec<&str> = cells[3].split('`').skip(1).step_by(2).collect();
        if tests.is_empty() && !cells[3].starts_with("**L**") {
            wrong.push(format!("{number} names no test"));
        }
        for name in tests {
            let parts: Vec<&str> = name.split("::").collect();
            let (krate, test) = (parts[0], parts[parts.len() - 1]);
            let modules = &parts[1..parts.len() - 1];
            if !candidates(krate, modules).iter().any(|file| holds(file, test)) {
                wrong.push(format!("{number} names `{name}`, which is nowhere"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(rows.len(), COUNT);
}
