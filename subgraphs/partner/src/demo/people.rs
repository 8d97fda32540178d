//! Bulk inserts of drivers, and of partner's copies of users, fleets and hubs.

use chrono::{DateTime, Utc};
use kit::error::Result;
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::insert_rows;
use crate::driver::{DriverStatus, KycStatus, PaymentModel};
use crate::kyc::{KycDocumentKind, REQUIRED};
use crate::referral::code_from;
use crate::seal::{Field, Sealer, last4};

/// Partner's copy of a user.
#[derive(Clone, Debug, Serialize)]
pub struct DemoUser {
    /// The user's id.
    pub id: Uuid,
    /// DRIVER, MANAGER …
    pub role: String,
    /// First and last name.
    pub name: String,
    /// E.164.
    pub phone: String,
    /// The user's fleet.
    pub fleet_id: Option<Uuid>,
    /// Whether they may sign in.
    pub is_active: bool,
}

/// Partner's copy of a fleet.
#[derive(Clone, Debug, Serialize)]
pub struct DemoFleet {
    /// The fleet's id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// ACTIVE or INACTIVE.
    pub status: String,
}

/// Partner's copy of a hub.
#[derive(Clone, Debug, Serialize)]
pub struct DemoHub {
    /// The hub's id.
    pub id: Uuid,
    /// Its fleet.
    pub fleet_id: Uuid,
    /// Latitude.
    pub lat: f64,
    /// Longitude.
    pub lng: f64,
    /// How near a driver must be to check in, in metres.
    pub geofence_radius_m: i32,
}

/// One driver with their documents: an approved one has the six required ones, a rejected one had a photo refused, and
/// one who is pending has all of them or, while nothing was submitted, three.
#[derive(Clone, Debug)]
pub struct DemoDriver {
    /// The driver's id.
    pub id: Uuid,
    /// `DRV20260127001`, unique.
    pub short_id: String,
    /// The user that the driver is.
    pub user_id: Uuid,
    /// Their fleet.
    pub fleet_id: Uuid,
    /// Where they check in.
    pub hub_id: Option<Uuid>,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E.164.
    pub mobile: String,
    /// City.
    pub city: String,
    /// KYC.
    pub kyc_status: KycStatus,
    /// Whether all documents were handed in for a decision.
    pub kyc_submitted: bool,
    /// Whether they may work.
    pub status: DriverStatus,
    /// How money is shared.
    pub payment_model: PaymentModel,
    /// Twelve digits.
    pub aadhaar_number: String,
    /// Like ABCDE1234F.
    pub pan_number: String,
    /// Letters and digits.
    pub licence_number: String,
    /// 9 to 18 digits.
    pub bank_account: String,
    /// Like HDFC0001234.
    pub bank_ifsc: String,
    /// When the profile was made.
    pub created_at: DateTime<Utc>,
}

/// Inserts copies of users; gives how many were new.
pub async fn insert_users(conn: &mut PgConnection, users: &[DemoUser]) -> Result<u64> {
    let sql = "INSERT INTO user_ref (id, role, name, phone, fleet_id, is_active, version, updated_at)
         SELECT id, role, name, phone, fleet_id, is_active, 0, now() FROM jsonb_populate_recordset(NULL::user_ref, $1)
         ON CONFLICT DO NOTHING";
    insert_rows(conn, sql, users).await
}

/// Inserts copies of fleets; gives how many were new.
pub async fn insert_fleets(conn: &mut PgConnection, fleets: &[DemoFleet]) -> Result<u64> {
    let sql = "INSERT INTO fleet_ref (id, name, status, version, updated_at)
         SELECT id, name, status, 0, now() FROM jsonb_populate_recordset(NULL::fleet_ref, $1) ON CONFLICT DO NOTHING";
    insert_rows(conn, sql, fleets).await
}

/// Inserts copies of hubs; gives how many were new.
pub async fn insert_hubs(conn: &mut PgConnection, hubs: &[DemoHub]) -> Result<u64> {
    let sql = "INSERT INTO hub_ref (id, fleet_id, lat, lng, geofence_radius_m, version, updated_at)
         SELECT id, fleet_id, lat, lng, geofence_radius_m, 0, now() FROM jsonb_populate_recordset(NULL::hub_ref, $1)
         ON CONFLICT DO NOTHING";
    insert_rows(conn, sql, hubs).await
}

/// Inserts drivers with their documents and referral codes; gives how many drivers were new.
/// `data_key` is `Config::partner_data_key`. Errors: a key that is none.
pub async fn insert_drivers(conn: &mut PgConnection, data_key: &str, drivers: &[DemoDriver]) -> Result<u64> {
    let sealer = Sealer::new(data_key)?;
    let rows = drivers.iter().map(|driver| row(&sealer, driver)).collect::<Result<Vec<Value>>>()?;
    let new = insert_rows(
        conn,
        "INSERT INTO driver (id, short_id, user_id, fleet_id, hub_id, first_name, last_name, mobile, city, kyc_status,
             kyc_submitted_at, kyc_reject_reason, status, status_before_suspension, payment_model, aadhaar_sealed,
             aadhaar_last4, pan_sealed, pan_last4, licence_sealed, licence_last4, bank_account_sealed, bank_account_last4,
             bank_ifsc, bank_account_name, onboarded_at, created_at, updated_at)
         SELECT id, short_id, user_id, fleet_id, hub_id, first_name, last_name, mobile, city, kyc_status,
             CASE WHEN kyc_submitted AND kyc_status <> 'REJECTED' THEN created_at END,
             CASE kyc_status WHEN 'REJECTED' THEN 'The photo does not show the face' END, status,
             CASE WHEN status IN ('SUSPENDED', 'BLACKLISTED') THEN 'ACTIVE' END, payment_model,
             decode(aadhaar, 'hex'), aadhaar4, decode(pan, 'hex'), pan4, decode(licence, 'hex'), licence4,
             decode(bank, 'hex'), bank4, bank_ifsc, first_name || ' ' || last_name,
             CASE WHEN kyc_submitted THEN created_at END, created_at, created_at
         FROM jsonb_to_recordset($1) AS r (id uuid, short_id text, user_id uuid, fleet_id uuid, hub_id uuid, first_name text,
             last_name text, mobile text, city text, kyc_status text, kyc_submitted boolean, status text, payment_model text,
             aadhaar text, aadhaar4 text, pan text, pan4 text, licence text, licence4 text, bank text, bank4 text,
             bank_ifsc text, created_at timestamptz)
         ON CONFLICT DO NOTHING",
        &rows,
    )
    .await?;
    insert_documents(conn, drivers).await?;
    insert_codes(conn, drivers).await?;
    insert_decisions(conn, drivers).await?;
    Ok(new)
}

fn row(sealer: &Sealer, driver: &DemoDriver) -> Result<Value> {
    let sealed = |field, text: &str| sealer.seal(driver.id, field, text).map(|bytes| hex(&bytes));
    Ok(json!({
        "id": driver.id, "short_id": driver.short_id, "user_id": driver.user_id, "fleet_id": driver.fleet_id,
        "hub_id": driver.hub_id, "first_name": driver.first_name, "last_name": driver.last_name, "mobile": driver.mobile,
        "city": driver.city, "kyc_status": driver.kyc_status, "kyc_submitted": driver.kyc_submitted, "status": driver.status,
        "payment_model": driver.payment_model, "created_at": driver.created_at, "bank_ifsc": driver.bank_ifsc,
        "aadhaar": sealed(Field::Aadhaar, &driver.aadhaar_number)?, "aadhaar4": last4(&driver.aadhaar_number),
        "pan": sealed(Field::Pan, &driver.pan_number)?, "pan4": last4(&driver.pan_number),
        "licence": sealed(Field::Licence, &driver.licence_number)?, "licence4": last4(&driver.licence_number),
        "bank": sealed(Field::BankAccount, &driver.bank_account)?, "bank4": last4(&driver.bank_account),
    }))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A document's row.
#[derive(Serialize)]
struct Document {
    id: Uuid,
    driver_id: Uuid,
    kind: KycDocumentKind,
    status: KycStatus,
    by: Uuid,
    at: DateTime<Utc>,
}

fn documents(driver: &DemoDriver) -> impl Iterator<Item = Document> {
    let handed_in = if driver.kyc_submitted { REQUIRED.len() } else { 3 };
    REQUIRED.into_iter().take(handed_in).map(|kind| Document {
        id: Uuid::new_v5(&driver.id, kind.as_str().as_bytes()),
        driver_id: driver.id,
        kind,
        status: match driver.kyc_status {
            KycStatus::Rejected if kind != KycDocumentKind::LivePhoto => KycStatus::Approved,
            status => status,
        },
        by: driver.user_id,
        at: driver.created_at,
    })
}

async fn insert_documents(conn: &mut PgConnection, drivers: &[DemoDriver]) -> Result<()> {
    let rows: Vec<Document> = drivers.iter().flat_map(documents).collect();
    let sql = "INSERT INTO kyc_document (id, driver_id, kind, url, status, expires_at, reject_reason, submitted_at, submitted_by,
             reviewed_at)
         SELECT id, driver_id, kind, 'https://files.example/documents/' || driver_id || '/' || lower(kind) || '.jpg', status,
             CASE WHEN kind LIKE 'LICENSE%' THEN (at + interval '10 years')::date END,
             CASE status WHEN 'REJECTED' THEN 'The photo does not show the face' END, at, by,
             CASE WHEN status <> 'PENDING' THEN at END
         FROM jsonb_to_recordset($1) AS r (id uuid, driver_id uuid, kind text, status text, by uuid, at timestamptz)
         ON CONFLICT DO NOTHING";
    insert_rows(conn, sql, &rows).await?;
    Ok(())
}

/// Referral codes that follow from the driver's id, so that seeding again gives the same.
async fn insert_codes(conn: &mut PgConnection, drivers: &[DemoDriver]) -> Result<()> {
    let users: Vec<Uuid> = drivers.iter().map(|driver| driver.user_id).collect();
    let code =
        |driver: &DemoDriver| code_from(Uuid::new_v5(&Uuid::NAMESPACE_OID, driver.id.as_bytes()).as_u128());
    let codes: Vec<String> = drivers.iter().map(code).collect();
    let times: Vec<DateTime<Utc>> = drivers.iter().map(|driver| driver.created_at).collect();
    sqlx::query(
        "INSERT INTO referral_code (user_id, code, created_at)
         SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) ON CONFLICT DO NOTHING",
    )
    .bind(users)
    .bind(codes)
    .bind(times)
    .execute(conn)
    .await?;
    Ok(())
}

/// What the profile's history says of the decision.
async fn insert_decisions(conn: &mut PgConnection, drivers: &[DemoDriver]) -> Result<()> {
    let rows: Vec<Value> = drivers
        .iter()
        .filter(|driver| driver.kyc_status != KycStatus::Pending)
        .map(|driver| {
            let id = Uuid::new_v5(&driver.id, b"kyc decision");
            json!({"id": id, "driver_id": driver.id, "to_value": driver.kyc_status, "changed_at": driver.created_at})
        })
        .collect();
    let sql = "INSERT INTO driver_change (id, driver_id, what, from_value, to_value, changed_at)
         SELECT id, driver_id, 'KYC', 'PENDING', to_value, changed_at FROM jsonb_populate_recordset(NULL::driver_change, $1)
         ON CONFLICT DO NOTHING";
    insert_rows(conn, sql, &rows).await?;
    Ok(())
}
