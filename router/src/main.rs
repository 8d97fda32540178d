//! A router for any supergraph: `router --supergraph FILE`, or `--subgraph name=url=file.graphql` for each subgraph.

use std::{path::PathBuf, process::ExitCode};

use clap::{ArgGroup, Parser};
use router::{Config, Gateway, Source, Transports};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// Serves one GraphQL endpoint over federated subgraphs; files are read again when they change.
#[derive(Parser)]
#[command(version, group = ArgGroup::new("source").required(true))]
struct Arguments {
    /// A composed supergraph.
    #[arg(long, env = "ROUTER_SUPERGRAPH", group = "source")]
    supergraph: Option<PathBuf>,
    /// A subgraph to compose: NAME=URL=SDL-FILE; give it once per subgraph.
    #[arg(long, group = "source", value_parser = subgraph)]
    subgraph: Vec<(String, String, PathBuf)>,
    #[command(flatten)]
    config: Config,
}

fn subgraph(text: &str) -> Result<(String, String, PathBuf), String> {
    let parts = text.split_once('=').and_then(|(name, rest)| Some((name, rest.rsplit_once('=')?)));
    let (name, (url, file)) = parts.ok_or("write NAME=URL=SDL-FILE")?;
    Ok((name.to_owned(), url.to_owned(), file.into()))
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::builder().with_default_directive(tracing::Level::INFO.into()).from_env_lossy();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let source = match arguments.supergraph {
        Some(file) => Source::Supergraph(file),
        None => Source::Subgraphs(arguments.subgraph),
    };
    let address = (arguments.config.host.clone(), arguments.config.port);
    let gateway = Gateway::watching(arguments.config, source, Transports::http()).await?;
    let listener = TcpListener::bind(address).await?;
    tracing::info!("listening on http://{}/graphql, health at /health", listener.local_addr()?);
    gateway.serve(listener, stop_signal()).await?;
    Ok(())
}

/// Ctrl-C, or the signal that supervisors send.
async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(signal) => signal,
        Err(error) => {
            tracing::warn!(%error, "SIGTERM is not handled");
            drop(interrupt.await);
            return;
        }
    };
    tokio::select! {
        _ = interrupt => {}
        _ = terminate.recv() => {}
    }
}
