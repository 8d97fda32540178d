//! What drivers do, as rows: shifts with their breaks, what they are at right now, wishes about their work.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

/// A shift.
#[derive(Clone, Debug, Serialize)]
pub struct DemoAttendance {
    /// The shift's id.
    pub id: Uuid,
    /// `ATT20260127001`, unique.
    pub short_id: String,
    /// Whose shift.
    pub driver_id: Uuid,
    /// Where they checked in.
    pub hub_id: Uuid,
    /// PENDING, APPROVED, REJECTED or CHECKED_OUT.
    pub status: &'static str,
    /// When it began.
    pub check_in_time: DateTime<Utc>,
    /// When it ended.
    pub check_out_time: Option<DateTime<Utc>>,
    /// Where the driver stood.
    pub check_in_lat: f64,
    /// Where the driver stood.
    pub check_in_lng: f64,
    /// How far that is from the hub, in metres.
    pub distance_m: f64,
    /// Kilometres at the beginning.
    pub odometer_start: i32,
    /// Kilometres at the end.
    pub odometer_end: Option<i32>,
    /// Cash handed over at the end, in paise.
    pub cash_deposited_paise: i64,
    /// Who accepted or refused it.
    pub reviewed_by: Option<Uuid>,
    /// When they did.
    pub reviewed_at: Option<DateTime<Utc>>,
    /// What they said.
    pub admin_remarks: Option<&'static str>,
    /// One more than the number of changes.
    pub version: i64,
}

pub(super) const ATTENDANCE: &str = "
    INSERT INTO attendance (id, short_id, driver_id, hub_id, status, check_in_time, check_out_time, check_in_lat, check_in_lng,
        distance_m, selfie_url, odometer_start, odometer_end, odometer_image_url, cash_deposited_paise, reviewed_by,
        reviewed_at, admin_remarks, version, created_at, updated_at)
    SELECT id, short_id, driver_id, hub_id, status, check_in_time, check_out_time, check_in_lat, check_in_lng,
        distance_m, 'https://files.example/selfies/' || short_id || '.jpg', odometer_start, odometer_end,
        CASE WHEN odometer_end IS NOT NULL THEN 'https://files.example/odometer/' || short_id || '.jpg' END,
        cash_deposited_paise, reviewed_by, reviewed_at, admin_remarks, version, check_in_time,
        coalesce(check_out_time, reviewed_at, check_in_time)
    FROM jsonb_populate_recordset(NULL::attendance, $1)";

/// A break in a shift.
#[derive(Clone, Debug, Serialize)]
pub struct DemoBreak {
    /// The break's id.
    pub id: Uuid,
    /// `BRK20260127001`, unique.
    pub short_id: String,
    /// In which shift.
    pub attendance_id: Uuid,
    /// When it began.
    pub start_time: DateTime<Utc>,
    /// When it ended.
    pub end_time: Option<DateTime<Utc>>,
}

pub(super) const BREAKS: &str = "
    INSERT INTO shift_break (id, short_id, attendance_id, start_time, end_time)
    SELECT id, short_id, attendance_id, start_time, end_time FROM jsonb_populate_recordset(NULL::shift_break, $1)";

/// Which vehicle a driver has today: partner's copy of a running shift on the roster.
#[derive(Clone, Debug, Serialize)]
pub struct DemoShiftCopy {
    /// The roster assignment's id.
    pub assignment_id: Uuid,
    /// Who drives.
    pub driver_id: Uuid,
    /// What they drive.
    pub vehicle_id: Uuid,
}

pub(super) const SHIFT_COPIES: &str = "
    INSERT INTO assignment_ref (assignment_id, driver_id, vehicle_id, is_active, version)
    SELECT assignment_id, driver_id, vehicle_id, true, 0 FROM jsonb_populate_recordset(NULL::assignment_ref, $1)";

/// What a driver is at right now.
#[derive(Clone, Debug, Serialize)]
pub struct DemoDuty {
    /// Who.
    pub driver_id: Uuid,
    /// Whether they are on a break.
    pub on_break: bool,
    /// The trip between start and completion.
    pub live_trip_id: Option<Uuid>,
}

pub(super) const DUTIES: &str = "
    UPDATE driver SET on_break = duty.on_break, live_trip_id = duty.live_trip_id
    FROM jsonb_to_recordset($1) AS duty (driver_id uuid, on_break boolean, live_trip_id uuid)
    WHERE duty.driver_id = driver.id";

pub(super) const LIVE_TRIPS: &str = "
    INSERT INTO trip_ref (trip_id, driver_id, is_live, version)
    SELECT live_trip_id, driver_id, true, 0
    FROM jsonb_to_recordset($1) AS duty (driver_id uuid, live_trip_id uuid) WHERE live_trip_id IS NOT NULL";

/// A wish to change how one works; an approved one holds.
#[derive(Clone, Debug, Serialize)]
pub struct DemoPreferenceRequest {
    /// The request's id.
    pub id: Uuid,
    /// `DPR20260127001`, unique.
    pub short_id: String,
    /// Of what was approved: `DPF20260127001`, unique.
    pub preference_short_id: String,
    /// Whose wish.
    pub driver_id: Uuid,
    /// The driver's user.
    pub requested_by: Uuid,
    /// The preference.
    pub key: &'static str,
    /// PENDING, APPROVED or REJECTED.
    pub status: &'static str,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// Who decided.
    pub reviewed_by: Option<Uuid>,
    /// When they did.
    pub reviewed_at: Option<DateTime<Utc>>,
    /// Why not.
    pub rejection_reason: Option<&'static str>,
}

pub(super) const PREFERENCE_REQUESTS: &str = "
    INSERT INTO preference_request (id, short_id, driver_id, current_values, requested_values, status, requested_at,
        requested_by, reviewed_at, reviewed_by, rejection_reason)
    SELECT id, short_id, driver_id, (SELECT jsonb_object_agg(d.key, d.default_value) FROM preference_definition d WHERE is_active),
        jsonb_build_object(key, true), status, requested_at,
        requested_by, reviewed_at, reviewed_by, rejection_reason
    FROM jsonb_to_recordset($1) AS r (id uuid, short_id text, driver_id uuid, key text, status text, requested_at timestamptz,
        requested_by uuid, reviewed_at timestamptz, reviewed_by uuid, rejection_reason text)";

pub(super) const PREFERENCES: &str = "
    INSERT INTO driver_preference (driver_id, short_id, preferences, approved_by, approved_at)
    SELECT driver_id, preference_short_id, jsonb_build_object(key, true), reviewed_by, reviewed_at
    FROM jsonb_to_recordset($1) AS r (driver_id uuid, preference_short_id text, key text, status text,
        reviewed_by uuid, reviewed_at timestamptz)
    WHERE status = 'APPROVED'";
