//! `dev`: the whole federation for development, with demo data and a page to explore it.

use crate::args::DevArgs;
use crate::databases::Databases;
use crate::federation::{self, Settings};
use crate::seed::{self, people};
use crate::serve::stop_signal;
use crate::terminal::{self, Steps};

/// Brings everything up, says how to use it, and stops it at Ctrl-C.
pub(crate) async fn run(args: DevArgs) -> Result<(), String> {
    kit::telemetry::init(&args.log, kit::telemetry::LogFormat::Text);
    terminal::say("Drivers Klub: bringing up the federation");
    // A port that is taken is told before anything is made.
    drop(federation::listen(&format!("{}:{}", router::Config::default().host, args.port)).await?);
    let mut steps = Steps::new(false);
    let databases = Databases::open(&args.servers.databases, &args.data, args.fresh, &mut steps).await?;
    let outcome = serve(&args, &databases, &mut steps).await;
    databases.close().await?;
    outcome
}

async fn serve(args: &DevArgs, databases: &Databases, steps: &mut Steps) -> Result<(), String> {
    if seed::is_empty(databases).await? {
        seed::fill(databases, args.size, seed::DEFAULT_SEED, steps).await?;
    }
    let running = federation::start(settings(args)?, databases).await?;
    let transport = if args.http { "over loopback HTTP" } else { "in-process" };
    steps.done(format_args!("4 subgraphs {transport}, the router on {}", running.url));
    welcome(&running.url, args);
    stop_signal().await;
    terminal::say("\nstopping");
    running.stop().await;
    Ok(())
}

/// The settings of the command line on top of a demonstration's.
fn settings(args: &DevArgs) -> Result<Settings, String> {
    let mut settings = Settings::for_demonstration(args.port, args.http)?;
    settings.identity.secret = identity_secret(args)?.into();
    settings.amqp_url = args.servers.amqp_url.clone();
    settings.redis_url = args.servers.redis_url.clone();
    Ok(settings)
}

/// Identity's secret has to outlive a restart, or nobody stays signed in: it is kept beside the data.
fn identity_secret(args: &DevArgs) -> Result<String, String> {
    let file = args.data.join("identity.secret");
    if let Ok(secret) = std::fs::read_to_string(&file) {
        return Ok(secret);
    }
    let failed = |error: std::io::Error| format!("{}: {error}", file.display());
    std::fs::create_dir_all(&args.data).map_err(failed)?;
    let secret = federation::secret();
    std::fs::write(&file, &secret).map_err(failed)?;
    Ok(secret)
}

/// What a newcomer needs to know.
fn welcome(url: &str, args: &DevArgs) {
    terminal::say("\nDrivers Klub is up.\n");
    terminal::say(format_args!("  GraphiQL   {url}   (open it in a browser)"));
    terminal::say(format_args!("  Ready      {}", url.replace("/graphql", "/ready")));
    terminal::say(
        "\n  Sign in with a click in GraphiQL, or: requestOtp, then verifyOtp with code 000000, as",
    );
    for person in people::demo_identities() {
        terminal::say(format_args!("    {:<13} {:<15} {}", person.role, person.phone, person.label));
    }
    let data = args.data.display();
    terminal::say(format_args!(
        "\n  Ctrl-C stops everything; the data stays in {data} (start over: cargo run -- dev --fresh)."
    ));
}
