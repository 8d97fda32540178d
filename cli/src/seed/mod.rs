//! Demo data: a small company, the same for the same seed, in all four databases.

pub(crate) mod people;
mod places;
mod trips;
mod world;
mod write;

use chrono::Utc;
use std::path::Path;

use crate::args::{SeedArgs, Size};
use crate::databases::Databases;
use crate::terminal::Steps;

/// The seed of `dev` and `smoke`.
pub(crate) const DEFAULT_SEED: u64 = 1;

/// Whether nobody lives here yet.
pub(crate) async fn is_empty(databases: &Databases) -> Result<bool, String> {
    let users: Result<i64, _> =
        sqlx::query_scalar("SELECT count(*) FROM (SELECT 1 FROM app_user LIMIT 1) AS one")
            .fetch_one(&databases.identity)
            .await;
    users.map(|users| users == 0).map_err(|error| error.to_string())
}

/// Fills empty databases.
#[expect(
    clippy::disallowed_methods,
    reason = "the demo world is made as of now; everything in it takes the instant as an argument"
)]
pub(crate) async fn fill(
    databases: &Databases,
    size: Size,
    seed: u64,
    steps: &mut Steps,
) -> Result<(), String> {
    let now = Utc::now();
    let world = world::build(size, seed, now);
    let history = trips::history(&world, world::Counts::of(size), now);
    let data_key = partner::Config::default().partner_data_key;
    write::identity(&databases.identity, &world).await?;
    write::fleet(&databases.fleet, &world).await?;
    write::partner(&databases.partner, &data_key, &world).await?;
    let progress = steps.progress_of_others();
    trips::write(databases, &world, &history, &progress).await?;
    steps.done(format_args!(
        "demo data: {} fleets, {} drivers, {} trips",
        world.fleets.len(),
        world.fleets.iter().map(|fleet| fleet.drivers.len()).sum::<usize>(),
        history.trips.len()
    ));
    Ok(())
}

/// `seed`: fills empty databases of one's own.
pub(crate) async fn run(args: SeedArgs) -> Result<(), String> {
    if !args.databases.complete()? {
        return Err("set the four *_DATABASE_URL; `dev` fills its own databases".into());
    }
    let mut steps = Steps::new(false);
    let databases = Databases::open(&args.databases, Path::new("."), false, &mut steps).await?;
    let outcome = match is_empty(&databases).await {
        Ok(true) => fill(&databases, args.size, args.seed, &mut steps).await,
        Ok(false) => Err("the databases hold data already: demo data is for empty ones".into()),
        Err(error) => Err(error),
    };
    databases.close().await?;
    outcome
}
