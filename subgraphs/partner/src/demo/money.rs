//! What drivers and the company agree on, as rows: plans and rentals, penalties, incentives, settled days, payouts, referrals.

use chrono::{DateTime, NaiveDate, Utc};
use kit::error::Result;
use serde::Serialize;
use uuid::Uuid;

use crate::collection::settle;

/// The share of fares by which demo drivers are paid, in basis points.
pub(super) const SHARE: i32 = 7_000;

/// What a day pays to its driver by the production rule: the share of what came in, plus incentives, less penalties; all in
/// paise. Errors: an amount that does not fit.
pub fn day_payout(total: i64, incentives: i64, penalties: i64) -> Result<i64> {
    Ok(settle(total, SHARE, incentives, penalties)?.net_payout_paise)
}

/// A plan under which a fleet rents cabs out.
#[derive(Clone, Debug, Serialize)]
pub struct DemoPlan {
    /// The plan's id.
    pub id: Uuid,
    /// `PLN20260127001`, unique.
    pub short_id: String,
    /// Whose plan.
    pub fleet_id: Uuid,
    /// Unique among the fleet's active plans.
    pub name: &'static str,
    /// The rent in paise.
    pub rental_paise: i64,
    /// The deposit it asks for, in paise.
    pub deposit_paise: i64,
    /// How long it holds.
    pub validity_days: i32,
    /// Whether it is offered.
    pub is_active: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// By whom.
    pub created_by: Uuid,
}

pub(super) const PLANS: &str = "
    INSERT INTO rental_plan (id, short_id, fleet_id, name, rental_paise, deposit_paise, validity_days, is_active, created_at,
        created_by, updated_at, updated_by)
    SELECT id, short_id, fleet_id, name, rental_paise, deposit_paise, validity_days, is_active, created_at, created_by,
        created_at, created_by
    FROM jsonb_populate_recordset(NULL::rental_plan, $1)";

/// A plan that a driver is or was on; active when it has no end.
#[derive(Clone, Debug, Serialize)]
pub struct DemoRental {
    /// The rental's id.
    pub id: Uuid,
    /// `RTL20260127001`, unique.
    pub short_id: String,
    /// Who rents.
    pub driver_id: Uuid,
    /// By which plan.
    pub plan_id: Uuid,
    /// The rent in paise.
    pub rental_paise: i64,
    /// From when.
    pub start_at: DateTime<Utc>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// EXPIRED, RENEWED, SUSPENDED or BLACKLISTED.
    pub end_reason: Option<&'static str>,
    /// Who took the rent.
    pub created_by: Uuid,
}

pub(super) const RENTALS: &str = "
    INSERT INTO driver_rental (id, short_id, driver_id, plan_id, rental_paise, start_at, expires_at, is_active, ended_at,
        end_reason, created_at, created_by)
    SELECT id, short_id, driver_id, plan_id, rental_paise, start_at, expires_at, ended_at IS NULL, ended_at, end_reason,
        start_at, created_by
    FROM jsonb_populate_recordset(NULL::driver_rental, $1)";

/// A penalty. What it moved is a posting of its own.
#[derive(Clone, Debug, Serialize)]
pub struct DemoPenalty {
    /// The penalty's id.
    pub id: Uuid,
    /// `PEN20260127001`, unique.
    pub short_id: String,
    /// Whose.
    pub driver_id: Uuid,
    /// MONETARY, WARNING, SUSPENSION or BLACKLIST.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The fine in paise.
    pub amount_paise: i64,
    /// Why.
    pub reason: &'static str,
    /// BEHAVIOR, SAFETY, DAMAGE, FLEET_RULE or OTHER.
    pub category: &'static str,
    /// OPEN, PAID or WAIVED.
    pub state: &'static str,
    /// What of it came from the deposit, in paise.
    pub deducted_deposit_paise: i64,
    /// When all of it was taken.
    pub paid_at: Option<DateTime<Utc>>,
    /// When a suspension begins.
    pub suspension_start: Option<DateTime<Utc>>,
    /// When it ends.
    pub suspension_end: Option<DateTime<Utc>>,
    /// SCHEDULED, IN_EFFECT or LIFTED.
    pub effect: Option<&'static str>,
    /// When it was taken back, by whoever imposed it.
    pub waived_at: Option<DateTime<Utc>>,
    /// Why.
    pub waiver_reason: Option<&'static str>,
    /// When it was imposed.
    pub created_at: DateTime<Utc>,
    /// By whom.
    pub created_by: Uuid,
}

pub(super) const PENALTIES: &str = "
    INSERT INTO penalty (id, short_id, driver_id, type, amount_paise, reason, category, state, deducted_deposit_paise,
        deducted_at, paid_at, suspension_start, suspension_end, effect, waived_by, waived_at, waiver_reason, created_at,
        created_by, updated_at)
    SELECT id, short_id, driver_id, type, amount_paise, reason, category, state, deducted_deposit_paise,
        CASE WHEN deducted_deposit_paise > 0 THEN created_at END, paid_at, suspension_start, suspension_end, effect,
        CASE WHEN waived_at IS NOT NULL THEN created_by END, waived_at, waiver_reason, created_at, created_by,
        coalesce(waived_at, paid_at, created_at)
    FROM jsonb_populate_recordset(NULL::penalty, $1)";

/// A reward; paid when it has a transaction.
#[derive(Clone, Debug, Serialize)]
pub struct DemoIncentive {
    /// The incentive's id.
    pub id: Uuid,
    /// `INC20260127001`, unique.
    pub short_id: String,
    /// Whose.
    pub driver_id: Uuid,
    /// How much, in paise.
    pub amount_paise: i64,
    /// Why.
    pub reason: &'static str,
    /// MILESTONE, PERFORMANCE, REFERRAL or OTHER.
    pub category: &'static str,
    /// When it was paid.
    pub paid_at: Option<DateTime<Utc>>,
    /// The transaction that earned it.
    pub transaction_id: Option<Uuid>,
    /// The referral that it rewards.
    pub referral_id: Option<Uuid>,
    /// When it was granted.
    pub created_at: DateTime<Utc>,
    /// By whom; nobody for referrals.
    pub created_by: Option<Uuid>,
}

pub(super) const INCENTIVES: &str = "
    INSERT INTO incentive (id, short_id, driver_id, amount_paise, reason, category, is_paid, paid_at, paid_by, transaction_id,
        referral_id, created_at, created_by, updated_at)
    SELECT id, short_id, driver_id, amount_paise, reason, category, paid_at IS NOT NULL, paid_at,
        CASE WHEN paid_at IS NOT NULL THEN created_by END, transaction_id, referral_id, created_at, created_by,
        coalesce(paid_at, created_at)
    FROM jsonb_populate_recordset(NULL::incentive, $1)";

/// What a cab took in on a day, and how it was settled.
#[derive(Clone, Debug, Serialize)]
pub struct DemoCollection {
    /// The day's id.
    pub id: Uuid,
    /// `COL20260127001`, unique.
    pub short_id: String,
    /// Who drove.
    pub driver_id: Uuid,
    /// Which cab.
    pub vehicle_id: Uuid,
    /// The day in India.
    pub date: NaiveDate,
    /// By the cab's QR code, in paise.
    pub qr_paise: i64,
    /// In cash, in paise.
    pub cash_paise: i64,
    /// What was expected, in paise.
    pub expected_paise: Option<i64>,
    /// Incentives of the day that are settled with it, in paise.
    pub incentive_paise: i64,
    /// Fines of the day that are settled with it, in paise.
    pub penalty_paise: i64,
    /// OPEN, RECONCILED or PAID.
    pub state: &'static str,
    /// What is paid out; nothing is known while it is OPEN.
    pub net_payout_paise: Option<i64>,
    /// When it was checked.
    pub reconciled_at: Option<DateTime<Utc>>,
    /// When it was paid.
    pub paid_at: Option<DateTime<Utc>>,
    /// Who checked and paid.
    pub settled_by: Uuid,
    /// The transaction that paid it.
    pub payout_transaction_id: Option<Uuid>,
    /// When the first money came in.
    pub created_at: DateTime<Utc>,
}

pub(super) const COLLECTIONS: &str = "
    INSERT INTO daily_collection (id, short_id, driver_id, vehicle_id, date, qr_paise, cash_paise, expected_paise, rev_share_bp,
        share_paise, incentive_paise, penalty_paise, net_payout_paise, state, reconciled_by, reconciled_at, paid_by, paid_at,
        payout_transaction_id, created_at, updated_at)
    SELECT id, short_id, driver_id, vehicle_id, date, qr_paise, cash_paise, expected_paise,
        CASE WHEN net_payout_paise IS NOT NULL THEN 7000 END, net_payout_paise - incentive_paise + penalty_paise,
        CASE WHEN net_payout_paise IS NULL THEN 0 ELSE incentive_paise END,
        CASE WHEN net_payout_paise IS NULL THEN 0 ELSE penalty_paise END, net_payout_paise, state,
        CASE WHEN reconciled_at IS NOT NULL THEN settled_by END, reconciled_at,
        CASE WHEN paid_at IS NOT NULL THEN settled_by END, paid_at, payout_transaction_id, created_at,
        coalesce(paid_at, reconciled_at, created_at)
    FROM jsonb_to_recordset($1) AS r (id uuid, short_id text, driver_id uuid, vehicle_id uuid, date date, qr_paise bigint,
        cash_paise bigint, expected_paise bigint, incentive_paise bigint, penalty_paise bigint, state text,
        net_payout_paise bigint, reconciled_at timestamptz, paid_at timestamptz, settled_by uuid,
        payout_transaction_id uuid, created_at timestamptz)";

/// An imported order to pay a driver.
#[derive(Clone, Debug, Serialize)]
pub struct DemoPayout {
    /// The payout's id.
    pub id: Uuid,
    /// `PAY20260127001`, unique.
    pub short_id: String,
    /// Who is paid.
    pub driver_id: Uuid,
    /// How much, in paise.
    pub amount_paise: i64,
    /// The cycle, in the words of the file.
    pub cycle: String,
    /// PENDING, SUCCESS or FAILED.
    pub status: &'static str,
    /// The transaction that books it.
    pub transaction_id: Option<Uuid>,
    /// Who ordered it.
    pub created_by: Uuid,
    /// When the bank answered.
    pub processed_at: Option<DateTime<Utc>>,
    /// When it was ordered.
    pub created_at: DateTime<Utc>,
}

pub(super) const PAYOUTS: &str = "
    INSERT INTO payout (id, short_id, driver_id, amount_paise, cycle, status, transaction_id, created_by, processed_at, created_at)
    SELECT id, short_id, driver_id, amount_paise, cycle, status, transaction_id, created_by, processed_at, created_at
    FROM jsonb_populate_recordset(NULL::payout, $1)";

/// Who brought whom.
#[derive(Clone, Debug, Serialize)]
pub struct DemoReferral {
    /// The referral's id.
    pub id: Uuid,
    /// `REF20260127001`, unique.
    pub short_id: String,
    /// The user who brought somebody.
    pub referred_by_id: Uuid,
    /// The user who came.
    pub referred_to_id: Uuid,
    /// PENDING, COMPLETED, CANCELLED or EXPIRED.
    pub status: &'static str,
    /// When the reward was granted.
    pub rewarded_at: Option<DateTime<Utc>>,
    /// The reward.
    pub incentive_id: Option<Uuid>,
    /// When the newcomer came.
    pub created_at: DateTime<Utc>,
}

pub(super) const REFERRALS: &str = "
    INSERT INTO referral (id, short_id, referred_by_id, referred_to_id, status, rewarded_at, incentive_id, created_at, updated_at)
    SELECT id, short_id, referred_by_id, referred_to_id, status, rewarded_at, incentive_id, created_at,
        coalesce(rewarded_at, created_at)
    FROM jsonb_populate_recordset(NULL::referral, $1)";
