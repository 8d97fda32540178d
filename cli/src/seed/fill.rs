//! A world into the four databases, all at once: rows are made on a thread of their own while trip and partner take the
//! lots before; nothing is committed until all four have everything.

use std::collections::HashSet;
use std::sync::Arc;

use sqlx::{PgPool, Postgres, Transaction};
use tokio::sync::mpsc;

use super::bulk::{Filling, failed};
use super::calendar::{Calendar, LiveTrip, Lot};
use super::progress::Progress;
use super::rows;
use super::world::World;
use crate::databases::Databases;

/// How many trips and movements of money there are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) trips: usize,
    pub(crate) postings: usize,
}

/// What a database's transaction has come to.
type Filled = Result<Transaction<'static, Postgres>, String>;

/// The last serial of each prefix and day, once all lots are made.
type Serials = Vec<(&'static str, chrono::NaiveDate, i64)>;

/// Fills the databases.
pub(crate) async fn fill(
    databases: &Databases,
    world: Arc<World>,
    progress: &Progress,
) -> Result<Totals, String> {
    let large = world.counts.is_large();
    let calendar = Calendar::new(Arc::clone(&world));
    let live = calendar.live();
    let busy: HashSet<_> = live.iter().map(|trip| trip.driver_id).chain(calendar.on_break()).collect();
    let (to_trip, trip_lots) = mpsc::channel(1);
    let (to_partner, partner_lots) = mpsc::channel(1);
    let maker = tokio::task::spawn_blocking(move || make(calendar, &to_trip, &to_partner));
    let (identity, fleet, (partner, postings), (trip, trips)) = tokio::try_join!(
        identity(&databases.identity, &world),
        fleet(&databases.fleet, &world, &live),
        partner(&databases.partner, &world, (partner_lots, large), progress),
        trip(&databases.trip, (&world, &busy), (trip_lots, large), progress),
    )?;
    maker.await.map_err(|error| error.to_string())??;
    for tx in [identity, fleet, partner, trip] {
        tx.commit().await.map_err(failed)?;
    }
    Ok(Totals { trips, postings })
}

/// What partner is sent: rows, and serials at the end.
enum ForPartner {
    Lot(Box<partner::demo::DemoRecords>),
    Serials(Serials),
}

/// Makes one lot after the other; stops when nobody listens, which is when a database has failed.
fn make(
    mut calendar: Calendar,
    to_trip: &mpsc::Sender<trip::demo::DemoWorld>,
    to_partner: &mpsc::Sender<ForPartner>,
) -> Result<(), String> {
    let mut next = Some(calendar.assignments());
    while let Some(Lot { trip, partner }) = next {
        let partner = ForPartner::Lot(Box::new(partner));
        if to_trip.blocking_send(trip).is_err() || to_partner.blocking_send(partner).is_err() {
            return Ok(());
        }
        next = calendar.lot().map_err(failed)?;
    }
    // Whoever is gone has said why.
    let _gone = to_partner.blocking_send(ForPartner::Serials(calendar.serials()));
    Ok(())
}

async fn identity(pool: &PgPool, world: &World) -> Filled {
    let mut tx = pool.begin().await.map_err(failed)?;
    identity::demo::insert_users(&mut tx, &rows::users(world)).await.map_err(failed)?;
    Ok(tx)
}

async fn fleet(pool: &PgPool, world: &World, live: &[LiveTrip]) -> Filled {
    let mut tx = pool.begin().await.map_err(failed)?;
    fleet::demo::insert(&mut tx, &rows::fleet_world(world)).await.map_err(failed)?;
    let live: Vec<_> = live
        .iter()
        .map(|trip| fleet::demo::DemoLiveTrip {
            trip_id: trip.trip_id,
            vehicle_id: trip.vehicle_id,
            updated_at: world.now,
        })
        .collect();
    fleet::demo::insert_live_trips(&mut tx, &live).await.map_err(failed)?;
    Ok(tx)
}

async fn partner(
    pool: &PgPool,
    world: &World,
    (mut lots, large): (mpsc::Receiver<ForPartner>, bool),
    progress: &Progress,
) -> Result<(Transaction<'static, Postgres>, usize), String> {
    let data_key = partner::Config::default().partner_data_key;
    let mut filling = Filling::begin(pool, large).await?;
    let conn = &mut *filling.tx;
    let others = rows::neighbours(world);
    partner::demo::insert_users(conn, &others.users).await.map_err(failed)?;
    partner::demo::insert_fleets(conn, &others.fleets).await.map_err(failed)?;
    partner::demo::insert_hubs(conn, &others.hubs).await.map_err(failed)?;
    partner::demo::insert_drivers(conn, &data_key, &rows::drivers(world)).await.map_err(failed)?;
    let mut ledger = partner::demo::Ledger::open(conn).await.map_err(failed)?;
    let mut postings = 0;
    while let Some(sent) = lots.recv().await {
        match sent {
            ForPartner::Lot(records) => {
                partner::demo::insert_records(conn, &mut ledger, &records).await.map_err(failed)?;
                postings += records.postings.len();
                progress.lot(&format!("{postings} movements of money"));
            }
            ForPartner::Serials(serials) => {
                partner::demo::set_serials(conn, &serials).await.map_err(failed)?;
            }
        }
    }
    ledger.close(conn).await.map_err(failed)?;
    progress.step("indexes of partner");
    Ok((filling.finish().await?, postings))
}

async fn trip(
    pool: &PgPool,
    (world, busy): (&World, &HashSet<uuid::Uuid>),
    (mut lots, large): (mpsc::Receiver<trip::demo::DemoWorld>, bool),
    progress: &Progress,
) -> Result<(Transaction<'static, Postgres>, usize), String> {
    let mut filling = Filling::begin(pool, large).await?;
    let conn = &mut *filling.tx;
    trip::demo::insert(conn, &rows::references(world, busy)).await.map_err(failed)?;
    let mut trips = 0;
    while let Some(lot) = lots.recv().await {
        trip::demo::insert(conn, &lot).await.map_err(failed)?;
        trips += lot.trips.len();
        progress.lot(&format!("{trips} trips"));
    }
    progress.step("indexes of trip");
    Ok((filling.finish().await?, trips))
}
