//! Bulk inserts of drivers, and of partner's copies of users, fleets and hubs.

use kit::error::Result;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{DemoDriver, DemoFleet, DemoHub, DemoUser};
use crate::driver::KycStatus;
use crate::kyc::REQUIRED;
use crate::referral::code_from;
use crate::seal::{Field, Sealer, last4};

/// Inserts copies of users; gives how many were new.
pub async fn insert_users(conn: &mut PgConnection, users: &[DemoUser]) -> Result<u64> {
    let rows: Vec<Value> = users
        .iter()
        .map(|user| {
            json!({"id": user.id, "role": user.role, "name": user.name, "phone": user.phone, "fleet_id": user.fleet_id,
                "is_active": user.is_active})
        })
        .collect();
    let done = sqlx::query(
        "INSERT INTO user_ref (id, role, name, phone, fleet_id, is_active, version, updated_at)
         SELECT id, role, name, phone, fleet_id, is_active, 0, now()
         FROM jsonb_to_recordset($1) AS r (id uuid, role text, name text, phone text, fleet_id uuid, is_active boolean)
         ON CONFLICT DO NOTHING",
    )
    .bind(json!(rows))
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Inserts copies of fleets; gives how many were new.
pub async fn insert_fleets(conn: &mut PgConnection, fleets: &[DemoFleet]) -> Result<u64> {
    let rows: Vec<Value> = fleets
        .iter()
        .map(|fleet| json!({"id": fleet.id, "name": fleet.name, "status": fleet.status}))
        .collect();
    let done = sqlx::query(
        "INSERT INTO fleet_ref (id, name, status, version, updated_at)
         SELECT id, name, status, 0, now() FROM jsonb_to_recordset($1) AS r (id uuid, name text, status text)
         ON CONFLICT DO NOTHING",
    )
    .bind(json!(rows))
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Inserts copies of hubs; gives how many were new.
pub async fn insert_hubs(conn: &mut PgConnection, hubs: &[DemoHub]) -> Result<u64> {
    let rows: Vec<Value> = hubs
        .iter()
        .map(|hub| {
            json!({"id": hub.id, "fleet_id": hub.fleet_id, "lat": hub.lat, "lng": hub.lng, "radius": hub.geofence_radius_m})
        })
        .collect();
    let done = sqlx::query(
        "INSERT INTO hub_ref (id, fleet_id, lat, lng, geofence_radius_m, version, updated_at)
         SELECT id, fleet_id, lat, lng, radius, 0, now()
         FROM jsonb_to_recordset($1) AS r (id uuid, fleet_id uuid, lat float8, lng float8, radius integer)
         ON CONFLICT DO NOTHING",
    )
    .bind(json!(rows))
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Inserts drivers, and the required documents of those who are approved; gives how many drivers were new.
/// `data_key` is `Config::partner_data_key`. Errors: a key that is none.
pub async fn insert_drivers(conn: &mut PgConnection, data_key: &str, drivers: &[DemoDriver]) -> Result<u64> {
    let sealer = Sealer::new(data_key)?;
    let rows = drivers.iter().map(|driver| row(&sealer, driver)).collect::<Result<Vec<Value>>>()?;
    let done = sqlx::query(
        "INSERT INTO driver (id, short_id, user_id, fleet_id, hub_id, first_name, last_name, mobile, city, kyc_status, status,
             status_before_suspension, payment_model, aadhaar_sealed, aadhaar_last4, pan_sealed, pan_last4, licence_sealed,
             licence_last4, bank_account_sealed, bank_account_last4, bank_ifsc, bank_account_name, created_at, updated_at)
         SELECT id, short_id, user_id, fleet_id, hub_id, first_name, last_name, mobile, city, kyc_status, status,
             CASE WHEN status IN ('SUSPENDED', 'BLACKLISTED') THEN 'ACTIVE' END, payment_model,
             decode(aadhaar, 'hex'), aadhaar4, decode(pan, 'hex'), pan4, decode(licence, 'hex'), licence4,
             decode(bank, 'hex'), bank4, bank_ifsc, first_name || ' ' || last_name, created_at, created_at
         FROM jsonb_to_recordset($1) AS r (id uuid, short_id text, user_id uuid, fleet_id uuid, hub_id uuid, first_name text,
             last_name text, mobile text, city text, kyc_status text, status text, payment_model text, aadhaar text,
             aadhaar4 text, pan text, pan4 text, licence text, licence4 text, bank text, bank4 text, bank_ifsc text,
             created_at timestamptz)
         ON CONFLICT DO NOTHING",
    )
    .bind(json!(rows))
    .execute(&mut *conn)
    .await?;
    insert_documents(conn, drivers).await?;
    insert_codes(conn, drivers).await?;
    Ok(done.rows_affected())
}

fn row(sealer: &Sealer, driver: &DemoDriver) -> Result<Value> {
    let sealed = |field, text: &str| sealer.seal(driver.id, field, text).map(|bytes| hex(&bytes));
    Ok(json!({
        "id": driver.id, "short_id": driver.short_id, "user_id": driver.user_id, "fleet_id": driver.fleet_id,
        "hub_id": driver.hub_id, "first_name": driver.first_name, "last_name": driver.last_name, "mobile": driver.mobile,
        "city": driver.city, "kyc_status": driver.kyc_status, "status": driver.status,
        "payment_model": driver.payment_model, "created_at": driver.created_at, "bank_ifsc": driver.bank_ifsc,
        "aadhaar": sealed(Field::Aadhaar, &driver.aadhaar_number)?, "aadhaar4": last4(&driver.aadhaar_number),
        "pan": sealed(Field::Pan, &driver.pan_number)?, "pan4": last4(&driver.pan_number),
        "licence": sealed(Field::Licence, &driver.licence_number)?, "licence4": last4(&driver.licence_number),
        "bank": sealed(Field::BankAccount, &driver.bank_account)?, "bank4": last4(&driver.bank_account),
    }))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn insert_documents(conn: &mut PgConnection, drivers: &[DemoDriver]) -> Result<()> {
    let kinds: Vec<&str> = REQUIRED.into_iter().map(|kind| kind.as_str()).collect();
    let approved: Vec<Value> = drivers
        .iter()
        .filter(|driver| driver.kyc_status == KycStatus::Approved)
        .map(|driver| json!({"id": driver.id, "user_id": driver.user_id, "at": driver.created_at}))
        .collect();
    sqlx::query(
        "INSERT INTO kyc_document (id, driver_id, kind, url, status, submitted_at, submitted_by, reviewed_at)
         SELECT gen_random_uuid(), d.id, k.kind, 'https://files.example/documents/' || d.id || '/' || lower(k.kind) || '.jpg',
             'APPROVED', d.at, d.user_id, d.at
         FROM jsonb_to_recordset($1) AS d (id uuid, user_id uuid, at timestamptz) CROSS JOIN unnest($2::text[]) AS k (kind)
         ON CONFLICT (driver_id, kind) WHERE superseded_at IS NULL DO NOTHING",
    )
    .bind(json!(approved))
    .bind(kinds)
    .execute(conn)
    .await?;
    Ok(())
}

/// Referral codes that follow from the driver's id, so that seeding again gives the same.
async fn insert_codes(conn: &mut PgConnection, drivers: &[DemoDriver]) -> Result<()> {
    let users: Vec<Uuid> = drivers.iter().map(|driver| driver.user_id).collect();
    let code =
        |driver: &DemoDriver| code_from(Uuid::new_v5(&Uuid::NAMESPACE_OID, driver.id.as_bytes()).as_u128());
    let codes: Vec<String> = drivers.iter().map(code).collect();
    sqlx::query(
        "INSERT INTO referral_code (user_id, code, created_at)
         SELECT user_id, code, now() FROM unnest($1::uuid[], $2::text[]) AS r (user_id, code) ON CONFLICT DO NOTHING",
    )
    .bind(users)
    .bind(codes)
    .execute(conn)
    .await?;
    Ok(())
}
