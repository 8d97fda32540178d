//! Where suites come from: folders of SDL files.

use crate::operation::Case;
use crate::suite::{Sdl, Suite};
use std::fs;
use std::path::{Path, PathBuf};

/// This project's root folder.
pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The SDL files of a folder, by their names without extension.
pub fn sdls(folder: &Path) -> Result<Vec<Sdl>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut sdls = Vec::new();
    for entry in entries.flatten() {
        let path = entry.path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if path.extension().is_some_and(|ending| ending == "graphql") && name != "supergraph" {
            let sdl = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            sdls.push((name, sdl));
        }
    }
    sdls.sort();
    Ok(sdls)
}

/// The folders in a folder, in order.
pub fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// One suite per folder, composed by us; SDLs stand in it or in its `subgraphs`.
pub fn suites(folder: &Path) -> Vec<Result<Suite, String>> {
    folders(folder).iter().map(|folder| composed_here(folder)).collect()
}

/// A folder of SDLs, composed by us.
pub fn composed_here(folder: &Path) -> Result<Suite, String> {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let inner = folder.join("subgraphs");
    Suite::compose(name, &sdls(if inner.is_dir() { &inner } else { folder })?)
}

/// The operations that a folder's `tests.json` asks: a list of objects with `query`, as the public audit writes them.
pub fn tests(folder: &Path) -> Vec<Case> {
    let text = fs::read_to_string(folder.join("tests.json")).unwrap_or_default();
    let tests: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap_or_default();
    tests.iter().filter_map(|test| Case::parse(test["query"].as_str()?, serde_json::Map::new())).collect()
}

/// A folder with `supergraph.graphql` and `subgraphs`, taken as somebody else composed it.
pub fn composed_elsewhere(folder: &Path) -> Result<Suite, String> {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let file = folder.join("supergraph.graphql");
    let supergraph = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    Suite::with_supergraph(name, &sdls(&folder.join("subgraphs"))?, &supergraph)
}
