//! `smoke`: a throw-away federation and the main job through its front door. Fails with a sentence, or says what held.

mod checks;
mod counting;
mod story;

use std::time::Instant;

use chrono::Duration;
use kit::Clock;

use crate::args::{Size, SmokeArgs};
use crate::databases::{DatabaseUrls, Databases};
use crate::federation::{self, Clocks, Federation, Settings};
use crate::seed;
use crate::terminal::{Steps, say};

use counting::Counters;

/// Brings up, proves, takes down.
pub(crate) async fn run(args: SmokeArgs) -> Result<(), String> {
    let since = Instant::now();
    let transport = if args.http { "over loopback HTTP" } else { "in-process" };
    let bus = if args.amqp_url.is_some() { "RabbitMQ" } else { "the in-process bus" };
    say(format_args!("smoke: subgraphs {transport}, events over {bus}"));
    let counters = Counters::default();
    counters.install();
    let mut steps = Steps::new(false);
    let databases = Databases::open(&DatabaseUrls::default(), &args.data, true, &mut steps).await?;
    let outcome = prove(&args, &databases, &counters, &mut steps).await;
    databases.close().await?;
    outcome?;
    say(format_args!("smoke: all held, in {:.1} s", since.elapsed().as_secs_f64()));
    Ok(())
}

async fn prove(
    args: &SmokeArgs,
    databases: &Databases,
    counters: &Counters,
    steps: &mut Steps,
) -> Result<(), String> {
    seed::fill(databases, Size::Small, seed::DEFAULT_SEED, steps).await?;
    let clock = Clock::system();
    let federation = federation::start(settings(args, &clock, counters)?, databases).await?;
    steps.done("the federation is up");
    let outcome = tell(&federation, databases, &clock, counters).await;
    federation.stop().await;
    outcome
}

/// The story, then what has to hold besides.
async fn tell(
    federation: &Federation,
    databases: &Databases,
    clock: &Clock,
    counters: &Counters,
) -> Result<(), String> {
    let mut world = story::found_a_fleet(&federation.url).await?;
    let booked_at = clock.now();
    let pickup = booked_at + Duration::hours(30);
    story::assign_and_book(&mut world, pickup).await?;
    let total = story::drive_while_watched(&world, clock, pickup).await?;
    checks::credited_exactly_once(&world, total, federation.bus.as_ref(), databases).await?;
    checks::federated_query_is_cheap(&world, counters).await?;
    checks::strangers_see_nothing(&world).await?;
    checks::bad_input_is_named(&world, clock.now()).await
}

fn settings(args: &SmokeArgs, clock: &Clock, counters: &Counters) -> Result<Settings, String> {
    let mut settings = Settings::for_demonstration(0, args.http)?;
    settings.router.observer = Some(counters.observer());
    settings.amqp_url = args.amqp_url.clone();
    settings.clocks = Clocks::of_business(clock);
    Ok(settings)
}
