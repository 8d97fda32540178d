//! Hot reload: when a watched file changes, the supergraph is built anew and swapped in, or the old one stays.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use federation::compose::{SubgraphSdl, compose};
use tokio::{task::spawn_blocking, time::sleep};

use crate::{
    engine::{Engine, Transports},
    shared::Shared,
};

/// Files are looked at this often; that is cheaper than it sounds and works on every file system.
const POLL: Duration = Duration::from_millis(200);

/// Where the supergraph comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A composed supergraph.
    Supergraph(PathBuf),
    /// Subgraph schemas, composed here: name, URL, SDL file.
    Subgraphs(Vec<(String, String, PathBuf)>),
}

impl Source {
    fn files(&self) -> Vec<&PathBuf> {
        match self {
            Self::Supergraph(file) => vec![file],
            Self::Subgraphs(subgraphs) => subgraphs.iter().map(|(_, _, file)| file).collect(),
        }
    }

    /// Reads the files and composes if need be. Blocking.
    pub fn load(&self) -> Result<String, String> {
        let read = |file: &PathBuf| {
            std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
        };
        match self {
            Self::Supergraph(file) => read(file),
            Self::Subgraphs(subgraphs) => {
                let sdls = subgraphs.iter().map(|(name, url, file)| {
                    Ok(SubgraphSdl {
                        name: name.clone(),
                        url: url.clone(),
                        sdl: read(file)?,
                        file: Some(file.display().to_string()),
                    })
                });
                compose_all(&sdls.collect::<Result<Vec<_>, String>>()?)
            }
        }
    }

    /// What changes when a file does.
    fn stamp(&self) -> Vec<Option<(SystemTime, u64)>> {
        let stamp = |file: &PathBuf| {
            let metadata = std::fs::metadata(file).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        };
        self.files().into_iter().map(stamp).collect()
    }
}

/// Composes, with all errors in one text.
pub(crate) fn compose_all(subgraphs: &[SubgraphSdl]) -> Result<String, String> {
    match compose(subgraphs) {
        Ok(composition) => {
            for hint in &composition.hints {
                tracing::debug!(?hint, "composition hint");
            }
            Ok(composition.supergraph_sdl)
        }
        Err(errors) => {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            Err(format!("the subgraphs do not compose:\n{}", lines.join("\n")))
        }
    }
}

/// Builds a new generation and puts it in place. On an error nothing changes.
pub(crate) async fn replace(shared: &Arc<Shared>, sdl: String, transports: Transports) -> Result<(), String> {
    let config = shared.config.clone();
    let built = spawn_blocking(move || Engine::build(&config, &sdl, &transports)).await;
    let engine = built.map_err(|error| error.to_string())??;
    engine.plans.warm(&shared.engine.load().plans).await;
    engine.plans.prepare(shared.documents.trusted()).await;
    shared.engine.store(Arc::new(engine));
    Ok(())
}

/// Watches the source's files for as long as the router runs.
pub(crate) async fn watch(shared: Arc<Shared>, source: Source, transports: Transports, mut served: String) {
    // Nothing was seen yet: what changed since `served` was read is found by the first look.
    let mut seen = Vec::new();
    loop {
        tokio::select! {
            () = sleep(POLL) => {}
            () = shared.stopped() => return,
        }
        let stamp = source.stamp();
        if stamp == seen {
            continue;
        }
        seen = stamp;
        let loading = source.clone();
        let loaded =
            spawn_blocking(move || loading.load()).await.unwrap_or_else(|error| Err(error.to_string()));
        let replaced = match loaded {
            Ok(sdl) if sdl == served => continue,
            Ok(sdl) => replace(&shared, sdl.clone(), transports.clone()).await.map(|()| sdl),
            Err(error) => Err(error),
        };
        match replaced {
            Ok(sdl) => {
                served = sdl;
                tracing::info!("the supergraph was replaced");
            }
            Err(error) => tracing::error!(%error, "the changed supergraph is not usable; the old one stays"),
        }
    }
}
