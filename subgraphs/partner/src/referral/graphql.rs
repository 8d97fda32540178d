//! Referrals as drivers see them.

use std::collections::HashMap;

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kit::Money;
use kit::error::Result;
use kit::loader::{self, Batch, Source};
use uuid::Uuid;

use super::{ACTIVE_DAYS, Progress, REWARD_PAISE, Referral, ReferralStatus, TRIPS_PER_DAY, repository};
use crate::actor::{DRIVERS, actor};
use crate::extends::User;
use crate::wallet::graphql::money;

/// Your referrals.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct ReferralOverview {
    /// The code to share; null until you have a driver profile.
    code: Option<String>,
    /// How many newcomers you may bring.
    limit: i32,
    /// How many you have brought.
    used: i32,
    /// What each is worth.
    reward: Money,
    /// On how many days a newcomer must work for it.
    required_active_days: i64,
    /// How many trips a newcomer must complete on an average working day.
    required_trips_per_day: i64,
    /// Whom you brought, the newest first.
    referrals: Vec<Referral>,
}

/// A newcomer you brought.
#[Object]
impl Referral {
    /// The referral's id.
    async fn id(&self) -> ID {
        self.id.into()
    }

    /// A short id for people, like REF20260127001.
    async fn short_id(&self) -> &str {
        &self.short_id
    }

    /// The newcomer.
    async fn referred(&self) -> User {
        User { id: self.referred_to_id.into() }
    }

    /// How far it has come.
    async fn status(&self) -> ReferralStatus {
        self.status
    }

    /// Days on which the newcomer has worked.
    async fn active_days(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(self.progress(ctx).await?.active_days)
    }

    /// Trips that the newcomer has completed.
    async fn completed_trips(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(self.progress(ctx).await?.trips)
    }

    /// When it was rewarded.
    async fn rewarded_at(&self) -> Option<DateTime<Utc>> {
        self.rewarded_at
    }

    /// The incentive that rewards it.
    async fn incentive_id(&self) -> Option<ID> {
        self.incentive_id.map(ID::from)
    }

    /// When the newcomer signed up.
    async fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }
}

impl Referral {
    async fn progress(&self, ctx: &Context<'_>) -> Result<Progress> {
        let none = Progress { active_days: 0, trips: 0, trip_days: 0 };
        Ok(loader::load::<ProgressByUser>(ctx, self.referred_to_id).await?.unwrap_or(none))
    }
}

/// How newcomers do. Asked for referrals that belong to the viewer.
struct ProgressByUser;

impl Batch for ProgressByUser {
    type Key = Uuid;
    type Value = Progress;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, Progress>> {
        Ok(repository::progress(&source.pool, keys).await?.into_iter().collect())
    }
}

/// Queries about referrals.
#[derive(Default)]
pub(crate) struct ReferralQuery;

#[Object]
impl ReferralQuery {
    /// Your referral code, and whom you brought.
    async fn my_referral(&self, ctx: &Context<'_>) -> Result<ReferralOverview> {
        let by = actor(ctx, DRIVERS)?;
        let pool = &by.app.pool;
        let referrals = repository::of_user(pool, by.viewer.user_id).await?;
        let counts = |referral: &&Referral| {
            matches!(referral.status, ReferralStatus::Pending | ReferralStatus::Completed)
        };
        Ok(ReferralOverview {
            code: repository::code_of(pool, by.viewer.user_id).await?,
            limit: i32::try_from(by.app.config.referral_limit).unwrap_or(i32::MAX),
            used: i32::try_from(referrals.iter().filter(counts).count()).unwrap_or(i32::MAX),
            reward: money(REWARD_PAISE),
            required_active_days: ACTIVE_DAYS,
            required_trips_per_day: TRIPS_PER_DAY,
            referrals,
        })
    }
}
