//! The daily warning: an event for every vehicle whose paper has come within the warning time since the last one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kit::Result;
use kit::clock::ist_date;
use kit::scheduler::{Tick, Timer};
use kit::server::BackgroundTask;
use uuid::Uuid;

use super::{RunningOut, repository};
use crate::access::Reach;
use crate::app::App;
use crate::vehicle::Vehicle;
use crate::{events, listing};

/// How often it is looked; a day that was missed is caught up with.
const EVERY: Duration = Duration::from_secs(3600);

/// The timer of the warning.
pub fn task(app: Arc<App>) -> BackgroundTask {
    let (pool, clock) = (app.pool.clone(), app.clock.clone());
    let job = move |tick: Tick| {
        let app = app.clone();
        async move { warn(&app, tick).await.map(|_| ()) }
    };
    Timer::new("fleet-papers", EVERY, &pool, &clock, job).task()
}

/// Warns about what has come within the warning time between two instants. Gives how many vehicles.
pub async fn warn(app: &App, tick: Tick) -> Result<usize> {
    let ahead = chrono::Duration::days(app.warning_days);
    let (after, until) = (ist_date(tick.since) + ahead, ist_date(tick.until) + ahead);
    let mut tx = app.pool.begin().await?;
    let mut of_vehicle: BTreeMap<Uuid, Vec<RunningOut>> = BTreeMap::new();
    for paper in repository::between(&mut tx, after, until).await? {
        of_vehicle.entry(paper.vehicle_id).or_default().push(paper);
    }
    let ids: Vec<Uuid> = of_vehicle.keys().copied().collect();
    for vehicle in listing::repository::find_many::<Vehicle>(&mut tx, &Reach::All, &ids).await? {
        events::vehicle_docs_expiring(&mut tx, &app.clock, &vehicle, &of_vehicle[&vehicle.id]).await?;
    }
    tx.commit().await?;
    Ok(of_vehicle.len())
}
