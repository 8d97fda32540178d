//! Where suites come from: folders of SDL files.

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

/// One suite per folder; SDLs stand in it or in its `subgraphs`.
pub fn suites(folder: &Path) -> Vec<Result<Suite, String>> {
    let suite = |path: PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let inner = path.join("subgraphs");
        Suite::compose(&name, &sdls(if inner.is_dir() { &inner } else { &path })?)
    };
    folders(folder).into_iter().map(suite).collect()
}
