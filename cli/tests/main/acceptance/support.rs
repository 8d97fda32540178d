//! A federation of a test's own: four databases, a router, people of the company, and a clock to move.

use chrono::{DateTime, Duration, TimeZone, Utc};
use drivers_klub::client::{Client, Failure};
use drivers_klub::databases::Databases;
use drivers_klub::federation::{self, Clocks, Federation, Settings};
use drivers_klub::story::{Company, Driver, Fleet, SUPER_ADMIN_PHONE, documents as doc, expect};
use identity::demo::DemoUser;
use identity::user::UserRole;
use kit::Clock;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

/// Business begins in all scenarios on Tuesday, 27 January 2026, at ten in the morning in India.
pub(crate) fn opening() -> DateTime<Utc> {
    in_india("2026-01-27 10:00")
}

/// An instant as the wall clocks of India show it.
pub(crate) fn in_india(text: &str) -> DateTime<Utc> {
    let naive = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").expect("a date and a time");
    kit::clock::ist().from_local_datetime(&naive).single().expect("no summer time in India").to_utc()
}

/// A running federation with nobody but a super admin in it.
pub(crate) struct Stage {
    /// What it was started with; another replica is started with the same.
    pub(crate) settings: Settings,
    /// What is running.
    pub(crate) federation: Federation,
    /// The same company, whichever router is asked.
    pub(crate) company: Company,
    /// The present of fleet, partner and trip. It stands still.
    pub(crate) clock: Clock,
    /// The four databases.
    pub(crate) databases: Databases,
    /// Keeps the databases.
    _held: [testing::Database; 4],
}

impl Stage {
    /// Subgraphs over HTTP, rules as in production.
    pub(crate) async fn open() -> Result<Stage, Failure> {
        Stage::with(|_| ()).await
    }

    /// The same with settings of one's own.
    pub(crate) async fn with(adjust: impl FnOnce(&mut Settings)) -> Result<Stage, Failure> {
        let clock = Clock::fixed(opening());
        let mut settings = Settings::for_demonstration(0, true)?;
        settings.clocks = Clocks::of_business(&clock);
        settings.trip.require_check_in = true;
        // The demo code stays; what a client may find out is what production tells.
        settings.router.dev = false;
        // A crowded machine takes a while for what takes moments otherwise.
        let patience = std::time::Duration::from_secs(60);
        settings.router.request_timeout = patience;
        settings.router.subgraph_timeout = patience;
        settings.router.plan_timeout = patience;
        adjust(&mut settings);
        let (databases, held) = Databases::made_by(async |own| testing::database(&own).await).await;
        add_the_super_admin(&databases.identity).await;
        let federation = federation::start(settings.clone(), &databases).await?;
        let company = Company::at(&federation.url).await?;
        Ok(Stage { settings, federation, company, clock, databases, _held: held })
    }

    /// Another replica of everything on the same databases, and the same people at its router.
    pub(crate) async fn replica(&self) -> Result<Federation, Failure> {
        federation::start(self.settings.clone(), &self.databases).await
    }

    /// Moves the present of business to an instant.
    pub(crate) fn at(&self, instant: DateTime<Utc>) {
        self.clock.advance(instant - self.clock.now());
    }

    /// Moves the present of business on.
    pub(crate) fn pass(&self, minutes: i64) {
        self.clock.advance(Duration::minutes(minutes));
    }

    /// Stops everything.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        self.federation.stop().await;
        self.databases.close().await
    }
}

/// The one person whom nobody in the system can create.
async fn add_the_super_admin(pool: &PgPool) {
    let user = DemoUser {
        id: Uuid::from_u128(1),
        short_id: "USR20260101001".to_owned(),
        name: "Asha Rao".to_owned(),
        phone: SUPER_ADMIN_PHONE.to_owned(),
        role: UserRole::SuperAdmin,
        is_active: true,
        fleet_id: None,
        hub_ids: Vec::new(),
        driver_id: None,
        created_at: opening(),
    };
    let mut conn = pool.acquire().await.expect("a connection");
    identity::demo::insert_users(&mut conn, &[user]).await.expect("the super admin");
}

/// A fleet, a driver and a cab: what most scenarios begin with.
pub(crate) struct Crew {
    pub(crate) fleet: Fleet,
    pub(crate) driver: Driver,
    pub(crate) vehicle: String,
    pub(crate) assignment: String,
}

impl Crew {
    /// On the roster; checked in where `on_duty`.
    pub(crate) async fn assemble(company: &Company, on_duty: bool) -> Result<Crew, Failure> {
        let fleet = company.found_a_fleet("Green Wheels").await?;
        Crew::join(&fleet, "Vikram Singh", on_duty).await
    }

    /// One more driver with a cab in a fleet that is there.
    pub(crate) async fn join(fleet: &Fleet, name: &str, on_duty: bool) -> Result<Crew, Failure> {
        let vehicle = fleet.buy_a_cab(&fleet.hub).await?;
        let driver = fleet.hire_a_driver(name, &fleet.hub).await?;
        let assignment = fleet.pair(&driver, &vehicle).await?;
        if on_duty {
            fleet.put_on_duty(&driver).await?;
        }
        Ok(Crew { fleet: fleet.clone(), driver, vehicle, assignment })
    }
}

/// The code of the refusal of a mutation with this input.
pub(crate) async fn refusal(client: &Client, query: &str, input: Value) -> Result<String, Failure> {
    Ok(client.refused(query, json!({ "input": input })).await?.0)
}

/// The mutation with this input is refused with this code.
pub(crate) async fn refused(client: &Client, query: &str, input: Value, code: &str) -> Result<(), Failure> {
    let shown = input.clone();
    let got = refusal(client, query, input).await.map_err(|failure| format!("{failure}, for {shown}"))?;
    expect(&format!("the refusal of {query} with {shown}"), got.as_str(), code)
}

/// The status of a trip, as the super admin sees it.
pub(crate) async fn status(company: &Company, trip: &str) -> Result<String, Failure> {
    let answer = company.admin.ask(doc::TRIP_BY_ID, json!({ "trip": trip })).await?;
    drivers_klub::story::text(&answer, "/trip/status")
}
