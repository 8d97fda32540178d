//! What time brings: suspensions that begin and end, rentals that expire, referrals that are earned, payouts to carry out.

use std::sync::Arc;
use std::time::Duration;

use kit::scheduler::Timer;
use kit::server::BackgroundTask;

use crate::actor::App;
use crate::{payout, penalty, referral, rental};

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
