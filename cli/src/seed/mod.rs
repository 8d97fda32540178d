//! Demo data: a company in three sizes, the same for the same seed, in all four databases.
//!
//! | module | what it knows |
//! |---|---|
//! | `world`, `founding`, `people`, `places` | who and what there is |
//! | `roster`, `calendar` | who drives what, day by day |
//! | `bookings`, `trips`, `shifts` | a day's work |
//! | `settlement`, `office` | its money, and everything around it |
//! | `rows`, `fill`, `bulk`, `progress` | how it gets into the databases |

mod bookings;
mod bulk;
mod calendar;
mod fill;
mod founding;
mod office;
pub(crate) mod people;
mod places;
mod progress;
mod roster;
mod rows;
mod serials;
mod settlement;
mod shifts;
#[cfg(test)]
mod tests;
mod trips;
mod world;

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use self::progress::Progress;
use crate::args::{SeedArgs, Size};
use crate::databases::Databases;
use crate::terminal::Steps;

/// The seed of `dev` and `smoke`.
pub(crate) const DEFAULT_SEED: u64 = 1;

/// Whether nobody lives here yet.
pub(crate) async fn is_empty(databases: &Databases) -> Result<bool, String> {
    let tenants = [
        (&databases.identity, "SELECT EXISTS (SELECT FROM app_user)"),
        (&databases.fleet, "SELECT EXISTS (SELECT FROM fleet)"),
        (&databases.partner, "SELECT EXISTS (SELECT FROM driver)"),
        (&databases.trip, "SELECT EXISTS (SELECT FROM trip) OR EXISTS (SELECT FROM assignment)"),
    ];
    for (pool, question) in tenants {
        let inhabited: Result<bool, _> = sqlx::query_scalar(question).fetch_one(pool).await;
        if inhabited.map_err(|error| error.to_string())? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Fills empty databases with a world as of now.
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
    fill_as_of(databases, (size, seed), Utc::now(), steps).await
}

/// Fills empty databases with a world as of an instant: the same arguments give the same rows.
async fn fill_as_of(
    databases: &Databases,
    (size, seed): (Size, u64),
    now: DateTime<Utc>,
    steps: &mut Steps,
) -> Result<(), String> {
    let world = Arc::new(founding::build(size, seed, now));
    let progress = Progress::new(world.counts, steps);
    let totals = fill::fill(databases, Arc::clone(&world), &progress).await;
    progress.done();
    let totals = totals?;
    steps.done(format_args!(
        "demo data: {} fleets, {} drivers, {} trips, {} movements of money",
        world.fleets.len(),
        world.fleets.iter().map(|fleet| fleet.drivers.len()).sum::<usize>(),
        totals.trips,
        totals.postings
    ));
    Ok(())
}

/// `seed`: fills empty databases, one's own or the embedded PostgreSQL's.
pub(crate) async fn run(args: SeedArgs) -> Result<(), String> {
    let mut steps = Steps::new(false);
    let databases = Databases::open(&args.databases, Path::new(&args.data), args.fresh, &mut steps).await?;
    let outcome = match is_empty(&databases).await {
        Ok(true) => fill(&databases, args.size, args.seed, &mut steps).await,
        Ok(false) => {
            Err("the databases hold data already, and demo data is for empty ones: nothing was changed \
             (`seed --fresh` starts the embedded PostgreSQL over)"
                .into())
        }
        Err(error) => Err(error),
    };
    databases.close().await?;
    outcome
}
