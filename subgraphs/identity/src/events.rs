//! Events that identity publishes, and what it does with events that it hears.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kit::outbox::{NewEvent, record};
use kit::{Clock, Envelope, EventBus, Result, inbox};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::app::Identity;
use crate::appointment;
use crate::otp::OtpPurpose;
use crate::rights;
use crate::user::{self, User};
use kit::phone;

const VERSION: u16 = 1;

/// Somebody may sign in from now on. `source` is what the account was made for, if not for itself.
pub async fn user_created(
    conn: &mut PgConnection,
    clock: &Clock,
    user: &User,
    source: Option<&appointment::Source>,
) -> Result<()> {
    let mut payload = snapshot(user);
    if let Some(source) = source {
        payload["source"] = json!(source);
    }
    publish(conn, clock, "user.created", user.id, user.version, payload).await
}

/// Something about a user changed. `rights` is the saga that gives back what depends on the account.
pub async fn user_updated(
    conn: &mut PgConnection,
    clock: &Clock,
    user: &User,
    rights: Option<Uuid>,
) -> Result<()> {
    let mut payload = snapshot(user);
    if let Some(rights) = rights {
        payload["rightsRequest"] = json!(rights);
    }
    publish(conn, clock, "user.updated", user.id, user.version, payload).await
}

/// Nobody may act as this user any more; these sessions were ended. `rights` is the saga that withdraws what depends on the
/// account.
pub async fn user_deactivated(
    conn: &mut PgConnection,
    clock: &Clock,
    user: &User,
    sessions: &[Uuid],
    rights: Option<Uuid>,
) -> Result<()> {
    let mut payload = snapshot(user);
    payload["sessionIds"] = json!(sessions);
    if let Some(rights) = rights {
        payload["rightsRequest"] = json!(rights);
    }
    publish(conn, clock, "user.deactivated", user.id, user.version, payload).await
}

/// An account that was asked for cannot be made.
pub async fn user_refused(
    conn: &mut PgConnection,
    clock: &Clock,
    source: &appointment::Source,
    reason: &str,
) -> Result<()> {
    let payload = json!({ "source": source, "reason": reason });
    publish(conn, clock, "user.refused", source.id, 1, payload).await
}

/// A code was asked for. Neither the code nor the whole phone leaves this service.
pub async fn otp_requested(
    conn: &mut PgConnection,
    clock: &Clock,
    otp: Uuid,
    phone: &str,
    purpose: OtpPurpose,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    let payload = json!({
        "otpId": otp, "phone": phone::mask(phone), "purpose": purpose.as_str(), "expiresAt": expires_at,
    });
    publish(conn, clock, "otp.requested", otp, 1, payload).await
}

fn snapshot(user: &User) -> Value {
    json!({
        "userId": user.id,
        "shortId": user.short_id,
        "name": user.name,
        "phone": user.phone,
        "role": user.role,
        "isActive": user.is_active,
        "fleetId": user.fleet_id,
        "hubIds": user.hub_ids,
        "driverId": user.driver_id,
    })
}

async fn publish(
    conn: &mut PgConnection,
    clock: &Clock,
    event_type: &'static str,
    aggregate_id: Uuid,
    aggregate_version: i64,
    payload: Value,
) -> Result<()> {
    let event = NewEvent { event_type, version: VERSION, aggregate_id, aggregate_version, payload };
    record(conn, clock, event).await.map(|_| ())
}

/// What identity reads from `driver.*`: where a driver belongs, which becomes the scope of their tokens.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DriverNews {
    pub driver_id: Uuid,
    pub user_id: Uuid,
    pub fleet_id: Option<Uuid>,
    pub hub_id: Option<Uuid>,
}

/// Every queue of this service, with what it hears: drivers' whereabouts, accounts that are wanted, and who has followed an
/// account that was switched.
const QUEUES: [(&str, &[&str]); 3] = [
    ("identity.driver-scope", &["driver.*"]),
    (
        "identity.appointments",
        &["account.requested", "fleet.created", "fleet_manager.created", "fleet_manager.deactivated"],
    ),
    ("identity.rights", &["driver_rights.settled", "manager_rights.settled"]),
];

/// Starts to hear.
pub async fn listen(app: &Arc<Identity>, bus: &Arc<dyn EventBus>) -> Result<()> {
    let heard = app.clone();
    inbox::hear(bus.as_ref(), &app.pool, &QUEUES, move |_, conn, event| {
        let app = heard.clone();
        Box::pin(async move { handle(conn, &app, event).await })
    })
    .await
}

async fn handle(conn: &mut PgConnection, app: &Identity, event: &Envelope) -> Result<()> {
    match event.event_type.as_str() {
        "account.requested" | "fleet.created" | "fleet_manager.created" => {
            appointment::fulfil(conn, app, event.read(VERSION)?).await
        }
        "fleet_manager.deactivated" => appointment::end(conn, app, event.read(VERSION)?).await,
        "driver_rights.settled" | "manager_rights.settled" => {
            rights::settled(conn, app, event.read(VERSION)?).await
        }
        _ => note_driver(conn, &app.clock, event).await,
    }
}

async fn note_driver(conn: &mut PgConnection, clock: &Clock, event: &Envelope) -> Result<()> {
    let news: DriverNews = event.read(VERSION)?;
    let changed = user::repository::note_driver(conn, &news, event.aggregate_version, clock.now()).await?;
    match changed {
        Some(user) => user_updated(conn, clock, &user, None).await,
        None => Ok(()),
    }
}
