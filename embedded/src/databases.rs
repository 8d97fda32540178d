//! One database and one role per service; no role can open another's database.

use std::collections::BTreeMap;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection};

use crate::{Error, Result};

/// The role that owns the cluster.
pub(crate) const ADMIN: &str = "postgres";

/// The database of a service.
pub(crate) fn database_of(service: &str) -> String {
    format!("db_{service}")
}

/// Makes what is missing. The names become identifiers, so they may only be letters and underscores.
pub(crate) async fn ensure(
    admin: &PgConnectOptions,
    services: &[String],
    secrets: &BTreeMap<String, String>,
) -> Result<()> {
    let mut conn = admin.connect().await?;
    for database in ["postgres", "template1"] {
        run(&mut conn, format!("REVOKE CONNECT ON DATABASE {database} FROM PUBLIC")).await?;
    }
    for service in services {
        if service.is_empty() || !service.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
            let reason = format!("{service:?} cannot name a database");
            return Err(Error::NotStarted { reason, log: String::new() });
        }
        let secret = secrets.get(service).map(String::as_str).unwrap_or_default();
        ensure_one(&mut conn, service, secret).await?;
    }
    Ok(())
}

async fn ensure_one(conn: &mut PgConnection, service: &str, secret: &str) -> Result<()> {
    let database = database_of(service);
    let (has_role, has_database): (bool, bool) = sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1),
                EXISTS (SELECT 1 FROM pg_database WHERE datname = $2)",
    )
    .bind(service)
    .bind(&database)
    .fetch_one(&mut *conn)
    .await?;
    let verb = if has_role { "ALTER" } else { "CREATE" };
    // The secret is hexadecimal digits of ours: nothing in it needs quoting.
    run(conn, format!("{verb} ROLE {service} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{secret}'"))
        .await?;
    if !has_database {
        run(conn, format!("CREATE DATABASE {database} OWNER {service}")).await?;
    }
    run(conn, format!("REVOKE ALL ON DATABASE {database} FROM PUBLIC")).await
}

async fn run(conn: &mut PgConnection, sql: String) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(conn).await?;
    Ok(())
}
