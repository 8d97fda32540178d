//! A day of trips over the whole federation, as processes of their own on real PostgreSQL and RabbitMQ, while services, the
//! broker and connections are killed at random; afterwards every ledger equals its trips, every copy its owner, and every
//! subscriber has seen exactly what happened.
//!
//! `CHAOS_BLOWS=600 CHAOS_SEED=7 cargo nextest run -p drivers-klub chaos --no-capture` makes a long day of it.

mod audit;
mod blows;
mod client;
mod day;
mod logs;
mod plant;
mod proxy;
mod watchers;
mod world;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fastrand::Rng;
use kit::bus::{EventBus, RabbitBus, Topology};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use uuid::Uuid;

use client::Client;
use day::Course;
use plant::Plant;
use watchers::{Topic, Watcher};
use world::World;

/// How often something is struck on a short day, and from which seed.
const BLOWS: u64 = 24;
const SEED: u64 = 20_260_127;

/// How many drivers work, and how many trips each drives at least.
const DRIVERS: usize = 6;
const TRIPS: usize = 7;

/// Subscribers there are at most: each costs the machine that tests a little.
const MOST_WATCHERS: usize = 40;

/// Every so many blows the broker dies.
const BROKER_EVERY: u64 = 10;

/// How long the federation may take to be quiet after the last blow.
const SETTLING: Duration = Duration::from_secs(300);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_of_trips_survives_everything_that_can_be_killed() {
    let (seed, blows) = (setting("CHAOS_SEED").unwrap_or(SEED), setting("CHAOS_BLOWS").unwrap_or(BLOWS));
    let Some(mut plant) = Plant::build().await else { return };
    let started = Instant::now();
    plant.run(&["migrate"]).await;
    plant.run(&["seed", "--size", "small"]).await;
    for process in 0..plant.size() {
        plant.start(process);
    }
    plant.wait().await;
    let world = Arc::new(world::found(&Client::anonymous(plant.routers()), DRIVERS).await);
    println!("seed {seed}: {DRIVERS} drivers are on shift after {:.0?}", started.elapsed());

    let mut day = Day::begin(&world, seed).await;
    let mut random = Rng::with_seed(seed);
    for blow in 1..=blows {
        tokio::time::sleep(Duration::from_millis(random.u64(200..1_500))).await;
        let what = match blow % BROKER_EVERY {
            5 => blows::kill_broker(&mut plant, &mut random).await,
            _ => blows::strike(&mut plant, &mut random).await,
        };
        println!("{:>6.1} s  {what}", started.elapsed().as_secs_f64());
        day.watch_some_trips(&mut random);
    }
    plant.wait().await;
    let trips = day.end().await;
    println!("{:>6.1} s  {trips} trips, {} subscribers", started.elapsed().as_secs_f64(), day.watchers.len());
    all_is_well(&plant, &world, &day).await;
    println!("{:>6.1} s  all is well", started.elapsed().as_secs_f64());
    // And whoever does not trust the copies has them rebuilt.
    let fleet = world.fleet_id.parse().unwrap();
    audit::spoil_copies(&plant).await;
    assert!(!audit::differing_copies(&plant, fleet).await.is_empty());
    plant.run(&["events", "resync"]).await;
    assert_eq!(audit::differing_copies(&plant, fleet).await, Vec::<String>::new());
}

#[expect(clippy::disallowed_methods, reason = "how somebody asks for a longer or another day")]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Drivers at work, and those who watch them.
struct Day {
    over: Arc<AtomicBool>,
    work: JoinSet<usize>,
    office: JoinSet<usize>,
    watchers: Vec<Watcher>,
    /// The trips from before the trouble: some subscribers know only the end of them.
    opening: Vec<String>,
    booked: mpsc::UnboundedReceiver<String>,
    manager: Client,
}

impl Day {
    /// Everybody drives one trip before the trouble starts, so that each subscriber has a cursor.
    async fn begin(world: &Arc<World>, seed: u64) -> Self {
        let mut watchers = vec![
            Watcher::start(world.manager.clone(), Topic::FleetTrips, &world.fleet_id),
            Watcher::start(world.admin.clone(), Topic::FleetTrips, &world.fleet_id),
        ];
        for crew in &world.crews {
            watchers.push(Watcher::start(crew.client.clone(), Topic::Assigned, &crew.driver_id));
            watchers.push(Watcher::start(crew.client.clone(), Topic::Wallet, &crew.driver_id));
        }
        let (tell, mut booked) = mpsc::unbounded_channel();
        let mut first = JoinSet::new();
        for (number, crew) in world.crews.iter().cloned().enumerate() {
            let (world, tell, mut random) =
                (world.clone(), tell.clone(), Rng::with_seed(seed ^ number as u64));
            first.spawn(async move { day::drive(&world, &crew, Course::Whole, &mut random, &tell).await });
        }
        first.join_all().await;
        let opening = std::iter::from_fn(|| booked.try_recv().ok()).collect();
        eventually("a cursor for every subscriber", || async {
            watchers
                .iter()
                .filter(|watcher| watcher.seen().is_empty())
                .map(|watcher| watcher.about.clone())
                .collect()
        })
        .await;
        let over = Arc::new(AtomicBool::new(false));
        let mut work = JoinSet::new();
        for (number, crew) in world.crews.iter().cloned().enumerate() {
            let random = Rng::with_seed(seed.wrapping_add(1 + number as u64));
            work.spawn(day::drive_all_day(world.clone(), crew, (random, TRIPS), over.clone(), tell.clone()));
        }
        let mut office = JoinSet::new();
        office.spawn(day::keep_office(world.clone(), Rng::with_seed(seed ^ 0xff), over.clone()));
        Self { over, work, office, watchers, opening, booked, manager: world.manager.clone() }
    }

    /// Some of the trips that were booked meanwhile get a subscriber of their own, and one who follows the vehicle.
    fn watch_some_trips(&mut self, random: &mut Rng) {
        while let Ok(trip) = self.booked.try_recv() {
            if self.watchers.len() < MOST_WATCHERS && random.u8(..3) == 0 {
                for topic in [Topic::Trip, Topic::Location] {
                    self.watchers.push(Watcher::start(self.manager.clone(), topic, &trip));
                }
            }
        }
    }

    /// Lets everybody finish what they are at; gives the number of trips.
    async fn end(&mut self) -> usize {
        self.over.store(true, Ordering::SeqCst);
        let mut trips = 0;
        while let Some(driven) = self.work.join_next().await {
            trips += driven.unwrap();
        }
        while let Some(changes) = self.office.join_next().await {
            assert!(changes.unwrap() > 0);
        }
        trips
    }
}

/// Waits until it is quiet; fails when that takes too long, or when something is not as it has to be.
async fn all_is_well(plant: &Plant, world: &World, day: &Day) {
    let fleet: Uuid = world.fleet_id.parse().unwrap();
    eventually("everything published", || audit::left_over(plant)).await;
    eventually("copies as their owners say", || audit::differing_copies(plant, fleet)).await;
    eventually("wallets as the trips say", || audit::differing_wallets(plant, fleet)).await;
    eventually("subscribers who know everything", || complaints(plant, day)).await;
    let bus = RabbitBus::connect(&plant.broker.url()).await.unwrap();
    let topology: Topology = serde_json::from_str(include_str!("../../../../schema/queues.json")).unwrap();
    for (queue, _) in topology.queues() {
        let letters = bus.dead_letters(queue, 10).await.unwrap();
        assert!(letters.is_empty(), "dead letters in {queue}: {letters:?}");
    }
}

async fn complaints(plant: &Plant, day: &Day) -> Vec<String> {
    let mut found = Vec::new();
    for watcher in &day.watchers {
        found.extend(logs::complaint(plant, watcher, &day.opening).await);
    }
    found
}

/// Waits until nothing is found any more.
async fn eventually<F: Future<Output = Vec<String>>>(what: &str, find: impl Fn() -> F) {
    let deadline = Instant::now() + SETTLING;
    loop {
        let found = find().await;
        if found.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}:\n{}", found.join("\n"));
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}
