//! A stand-in for the fleet service: it answers `_entities` about the fleets and hubs of the tests. About one hub it knows
//! nothing while identity has a transaction open: whoever waits for a neighbour must not hold rows meanwhile.

use axum::Json;
use axum::routing::post;
use kit::peer::Directory;
use serde_json::{Value, json};
use uuid::Uuid;

use super::people::{CLOSED_FLEET, FLEET_A, FLEET_B, HUB_A1, HUB_A2, HUB_B1, WARY_HUB, id};

/// Registers the stand-in; `pool` is identity's.
pub(crate) fn answering(directory: &Directory, pool: &sqlx::PgPool) {
    let pool = pool.clone();
    let answer = |Json(body): Json<Value>| async move {
        Json(json!({ "data": { "_entities": entities(&body, &pool).await } }))
    };
    directory.in_process("fleet", axum::Router::new().route("/graphql", post(answer)));
}

async fn entities(body: &Value, pool: &sqlx::PgPool) -> Vec<Option<Value>> {
    let wanted = body["variables"]["representations"].as_array().cloned().unwrap_or_default();
    let wary = wanted.iter().any(|wanted| wanted["id"] == id(WARY_HUB));
    let kept_waiting = wary && open_transactions(pool).await > 0;
    wanted.iter().map(|wanted| entity(wanted).filter(|_| !kept_waiting)).collect()
}

async fn open_transactions(pool: &sqlx::PgPool) -> i64 {
    let sql = "SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND state = 'idle in transaction'";
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

fn entity(representation: &Value) -> Option<Value> {
    let number = Uuid::try_parse(representation["id"].as_str()?).ok()?.as_u128();
    match (representation["__typename"].as_str()?, number) {
        ("Fleet", FLEET_A | FLEET_B) => Some(json!({ "status": "ACTIVE" })),
        ("Fleet", CLOSED_FLEET) => Some(json!({ "status": "INACTIVE" })),
        ("Hub", HUB_A1 | HUB_A2 | WARY_HUB) => Some(json!({ "fleetId": id(FLEET_A) })),
        ("Hub", HUB_B1) => Some(json!({ "fleetId": id(FLEET_B) })),
        _ => None,
    }
}
