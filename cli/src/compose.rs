//! `compose`: subgraph SDLs in, supergraph SDL out, or every reason why not.

use std::path::Path;

use ::federation::compose::{SubgraphSdl, compose};

use crate::{args::ComposeArgs, federation::SUBGRAPHS, terminal};

/// Where the router finds a subgraph when nothing else is said: the ports of `dev --http` and of docker compose.
fn default_url(name: &str) -> String {
    let port = 4001 + SUBGRAPHS.iter().position(|known| *known == name).unwrap_or_default();
    format!("http://127.0.0.1:{port}/graphql")
}

/// The SDLs of our own four subgraphs as the binary knows them.
pub(crate) fn own_subgraphs() -> Vec<SubgraphSdl> {
    let sdls = [identity::sdl(), fleet::sdl(), partner::sdl(), trip::sdl()];
    let named = SUBGRAPHS.iter().zip(sdls);
    named
        .map(|(name, sdl)| SubgraphSdl {
            name: (*name).to_owned(),
            url: default_url(name),
            sdl,
            file: Some(format!("schema/{name}.graphql")),
        })
        .collect()
}

/// Reads `name=url=file`, `name=file` or `file` (the name is then the file's stem).
fn read_subgraph(argument: &str) -> Result<SubgraphSdl, String> {
    let parts: Vec<&str> = argument.splitn(3, '=').collect();
    let (name, url, file) = match parts.as_slice() {
        [name, url, file] => ((*name).to_owned(), Some((*url).to_owned()), *file),
        [name, file] => ((*name).to_owned(), None, *file),
        _ => {
            let stem = Path::new(argument).file_stem().map(|stem| stem.to_string_lossy().into_owned());
            (stem.unwrap_or_default(), None, argument)
        }
    };
    let sdl = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let url = url.unwrap_or_else(|| default_url(&name));
    Ok(SubgraphSdl { name, url, sdl, file: Some(file.to_owned()) })
}

/// Composes; every error has its code, subgraph, file, line and column.
pub(crate) fn supergraph(subgraphs: &[SubgraphSdl]) -> Result<String, String> {
    compose(subgraphs).map(|composition| composition.supergraph_sdl).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        format!("the subgraphs do not compose:\n{}", lines.join("\n"))
    })
}

/// Composes the given subgraphs, or our own four, and prints or writes the supergraph.
pub(crate) fn run(args: &ComposeArgs) -> Result<(), String> {
    let subgraphs = if args.subgraphs.is_empty() {
        own_subgraphs()
    } else {
        args.subgraphs.iter().map(|argument| read_subgraph(argument)).collect::<Result<_, _>>()?
    };
    let supergraph = supergraph(&subgraphs)?;
    let Some(file) = &args.output else {
        terminal::say(supergraph.trim_end());
        return Ok(());
    };
    if args.check {
        let committed =
            std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        if committed != supergraph {
            return Err(format!("{} is stale: run `drivers-klub compose --output {0}`", file.display()));
        }
        terminal::say(format_args!("{} is up to date", file.display()));
        return Ok(());
    }
    std::fs::write(file, supergraph).map_err(|error| format!("{}: {error}", file.display()))
}
