//! Referrals: counting a newcomer for whoever brought them, and the reward.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kit::Scope;
use kit::error::{Error, Result};
use kit::ids::{new_id, next_short_id};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Progress, REWARD_PAISE, Referral, ReferralStatus, code_from, parse_code, repository};
use crate::actor::App;
use crate::directory::service as directory;
use crate::driver::repository as drivers;
use crate::incentive::{Incentive, IncentiveCategory, repository as incentives};
use crate::jobs::Tally;

/// Gives a driver's user a code of their own.
pub(crate) async fn issue_code(conn: &mut PgConnection, user: Uuid, now: DateTime<Utc>) -> Result<()> {
    for _ in 0..5 {
        if repository::issue_code(conn, user, &code_from(Uuid::new_v4().as_u128()), now).await? {
            return Ok(());
        }
    }
    Err(Error::internal("no free referral code in five tries"))
}

/// Counts a newcomer for the owner of a code. Errors: VALIDATION for an unknown code, one's own, or one of somebody who
/// left; CONFLICT if the newcomer was counted before or the owner's number is full.
pub(crate) async fn refer(conn: &mut PgConnection, app: &App, newcomer: Uuid, code: &str) -> Result<()> {
    let code = parse_code(code)?;
    let referrer = repository::lock_owner(conn, &code).await?;
    let referrer = referrer.ok_or_else(|| Error::validation("referralCode", "There is no such code"))?;
    if referrer == newcomer {
        return Err(Error::validation("referralCode", "This is your own code"));
    }
    let is_active = directory::known_user(conn, referrer).await?.is_none_or(|user| user.is_active);
    if !is_active {
        return Err(Error::validation("referralCode", "This code is not valid any more"));
    }
    if repository::count_of(conn, referrer).await? >= i64::from(app.config.referral_limit) {
        return Err(Error::conflict("This code was used as often as it may be").field("referralCode"));
    }
    let now = app.clock.now();
    let row = Referral {
        id: new_id(),
        short_id: next_short_id(conn, "REF", now).await?,
        referred_by_id: referrer,
        referred_to_id: newcomer,
        status: ReferralStatus::Pending,
        rewarded_at: None,
        incentive_id: None,
        created_at: now,
    };
    repository::insert(conn, &row).await
}

/// Rewards every referral whose newcomer has done enough; gives how many. Safe to repeat.
pub(crate) async fn reward_due(app: &App) -> Result<usize> {
    let mut tally = Tally::default();
    let mut after = None;
    loop {
        let batch = repository::pending(&app.pool, after).await?;
        let Some(last) = batch.last() else { return tally.end() };
        after = Some((last.created_at, last.id));
        let users: Vec<Uuid> = batch.iter().map(|referral| referral.referred_to_id).collect();
        let progress: HashMap<Uuid, Progress> =
            repository::progress(&app.pool, &users).await?.into_iter().collect();
        for referral in &batch {
            let earned =
                progress.get(&referral.referred_to_id).is_some_and(|progress| progress.is_eligible());
            if earned {
                tally.note(referral.id, reward(app, referral).await);
            }
        }
    }
}

/// Grants the reward of one referral; false if the referrer does not drive (any more), or it was granted before.
async fn reward(app: &App, referral: &Referral) -> Result<bool> {
    let mut tx = app.pool.begin().await?;
    let Some(driver) = drivers::find_by_user(&mut tx, &Scope::All, referral.referred_by_id).await? else {
        return Ok(false);
    };
    // The driver before the short id, as everybody locks them.
    let driver = drivers::lock(&mut tx, &Scope::All, driver.id).await?;
    let now = app.clock.now();
    let incentive = Incentive {
        id: new_id(),
        short_id: next_short_id(&mut tx, "INC", now).await?,
        driver_id: driver.id,
        amount_paise: REWARD_PAISE,
        reason: format!("Referral {}", referral.short_id),
        category: Some(IncentiveCategory::Referral),
        is_paid: false,
        paid_at: None,
        paid_by: None,
        transaction_id: None,
        referral_id: Some(referral.id),
        version: 1,
        created_at: now,
        created_by: None,
    };
    let granted = incentives::insert(&mut tx, &incentive).await?
        && repository::complete(&mut tx, referral.id, incentive.id, now).await?;
    if granted {
        tx.commit().await?;
    }
    Ok(granted)
}
