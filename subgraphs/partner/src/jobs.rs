//! What time brings: suspensions that begin and end, rentals that expire, referrals that are earned, payouts to carry out.
//! A piece of work that fails is told, and does not keep the others from being done.

use std::sync::Arc;
use std::time::Duration;

use kit::error::{Error, Result};
use kit::scheduler::Timer;
use kit::server::BackgroundTask;
use uuid::Uuid;

use crate::actor::App;
use crate::{payout, penalty, referral, rental};

/// How far a job has come that does many things, each in a transaction of its own.
#[derive(Default)]
pub(crate) struct Tally {
    done: usize,
    failed: Option<Error>,
}

impl Tally {
    /// Counts a thing that was done (`true`) or needed nothing, and tells of one that failed.
    pub(crate) fn note(&mut self, subject: Uuid, outcome: Result<bool>) {
        match outcome {
            Ok(done) => self.done += usize::from(done),
            Err(error) => {
                tracing::error!(%subject, error = error.log_line(), "a piece of a job failed, the others go on");
                self.failed.get_or_insert(error);
            }
        }
    }

    /// How many were done. Errors: the first of what failed, so that the job stays due.
    pub(crate) fn end(self) -> Result<usize> {
        self.failed.map_or(Ok(self.done), Err)
    }
}

/// The timers of partner. Of several replicas one works at a time; each job finds by itself what is due, so a downtime is
/// caught up with.
pub(crate) fn timers(app: &Arc<App>) -> Vec<BackgroundTask> {
    let every = Duration::from_secs(app.config.partner_timer_seconds.max(1));
    let (suspensions, rentals, rewards, payouts) = (app.clone(), app.clone(), app.clone(), app.clone());
    let timers = [
        Timer::new("partner.suspensions", every, &app.pool, &app.clock, move |tick| {
            let app = suspensions.clone();
            async move { penalty::effect::run_due(&app, tick.until).await.map(drop) }
        }),
        Timer::new("partner.rentals", every, &app.pool, &app.clock, move |tick| {
            let app = rentals.clone();
            async move { rental::repository::expire(&app.pool, tick.until).await.map(drop) }
        }),
        Timer::new("partner.referrals", every, &app.pool, &app.clock, move |_| {
            let app = rewards.clone();
            async move { referral::service::reward_due(&app).await.map(drop) }
        }),
        Timer::new("partner.payouts", every, &app.pool, &app.clock, move |_| {
            let app = payouts.clone();
            async move { payout::service::carry_out(&app).await.map(drop) }
        }),
    ];
    timers.into_iter().map(Timer::task).collect()
}
