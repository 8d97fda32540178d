//! Scenario 10: nobody but the router says who calls.

use chrono::{DateTime, Duration, Utc};
use drivers_klub::client::{Client, Failure};
use drivers_klub::story::{expect, text};
use kit::viewer::{Role, Viewer};
use kit::{Caller, Clock, PrincipalKey};
use serde_json::json;
use uuid::Uuid;

use super::support::Stage;

/// Something of each subgraph that nobody may ask for without a name.
const PRIVATE: [(&str, &str); 4] = [
    ("identity", "{ users { nodes { id } } }"),
    ("fleet", "{ vehicles { nodes { id } } }"),
    ("partner", "{ drivers { nodes { id } } }"),
    ("trip", "{ trips { nodes { id } } }"),
];

/// A super admin, as a forger would like to be seen.
fn super_admin() -> Caller {
    Caller::Viewer(Viewer {
        user_id: Uuid::from_u128(1),
        role: Role::SuperAdmin,
        fleet_id: None,
        hub_ids: Vec::new(),
        session_id: None,
        driver_id: None,
    })
}

fn signed(secret: &[u8], caller: &Caller, at: DateTime<Utc>) -> String {
    let key = PrincipalKey::new(secret).expect("32 bytes");
    key.sign(caller, at).expect("a token").expect("a name")
}

async fn unauthenticated(client: &Client, query: &str, what: &str) -> Result<(), Failure> {
    let answer = client.send(query, json!({})).await?;
    let code = answer["errors"][0]["extensions"]["code"].as_str();
    expect(&format!("{what}: {answer}"), code, Some("UNAUTHENTICATED"))?;
    expect("its data", answer["data"].as_object().map(serde_json::Map::len), None)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_10_a_subgraph_believes_no_header_but_the_routers() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let secret = stage.settings.router.principal_key.clone().ok_or("no key")?.0;
    let now = Clock::system().now();
    let genuine = signed(secret.as_bytes(), &super_admin(), now);
    let (head, _) = genuine.rsplit_once('.').ok_or("a token has dots")?;
    let principals = [
        ("no token at all", "forged".to_owned()),
        ("another key", signed(&[7; 32], &super_admin(), now)),
        ("another key, a service", signed(&[7; 32], &Caller::Service { name: "trip".into() }, now)),
        ("no signature", format!("{head}.")),
        ("algorithm none", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIwMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDEiLCJyb2xlIjoiU1VQRVJfQURNSU4iLCJhdWQiOiJzdWJncmFwaCIsImlhdCI6MTc2OTQ5MDAwMCwiZXhwIjoxODAxMDI2MDAwfQ.".to_owned()),
        ("of two minutes ago", signed(secret.as_bytes(), &super_admin(), now - Duration::minutes(2))),
        ("of the day after", signed(secret.as_bytes(), &super_admin(), now + Duration::days(1))),
    ];
    let headers = [
        ("x-dk-user-id", "00000000-0000-0000-0000-000000000001"),
        ("x-dk-role", "SUPER_ADMIN"),
        ("x-dk-fleet-id", "00000000-0000-0000-0000-000000000001"),
        ("x-dk-hub-ids", "00000000-0000-0000-0000-000000000001"),
        ("x-dk-driver-id", "00000000-0000-0000-0000-000000000001"),
    ];
    for (subgraph, query) in PRIVATE {
        let direct = Client::anonymous(stage.federation.subgraphs.get(subgraph).ok_or("no address")?);
        unauthenticated(&direct, query, &format!("{subgraph}, no header")).await?;
        for (what, principal) in &principals {
            let forger = direct.with_header(kit::principal::PRINCIPAL_HEADER, principal);
            unauthenticated(&forger, query, &format!("{subgraph}, {what}")).await?;
            unauthenticated(&forger, "{ _service { sdl } }", &format!("{subgraph}'s schema, {what}")).await?;
        }
        for (name, value) in headers {
            let forger = direct.with_header(name, value);
            unauthenticated(&forger, query, &format!("{subgraph}, {name}")).await?;
            let both = forger.with_header(kit::principal::PRINCIPAL_HEADER, &genuine);
            unauthenticated(&both, query, &format!("{subgraph}, {name} beside a principal")).await?;
        }
        // The proof that the door opens for the right key.
        let fresh = signed(secret.as_bytes(), &super_admin(), Clock::system().now());
        direct.with_header(kit::principal::PRINCIPAL_HEADER, &fresh).ask(query, json!({})).await?;
    }
    stage.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_10_the_router_passes_no_identity_on_that_it_has_not_verified() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let secret = stage.settings.router.principal_key.clone().ok_or("no key")?.0;
    let genuine = signed(secret.as_bytes(), &super_admin(), Clock::system().now());
    let fleet = stage.company.found_a_fleet("Green Wheels").await?;
    let me = "{ me { id role } }";
    let manager = text(&fleet.manager.ask(me, json!({})).await?, "/me/id")?;
    for (name, value) in [(kit::principal::PRINCIPAL_HEADER, genuine.as_str()), ("x-dk-role", "SUPER_ADMIN")]
    {
        let posing = fleet.manager.with_header(name, value).ask(me, json!({})).await?;
        let wanted = json!({ "me": { "id": manager, "role": "MANAGER" } });
        expect("a manager with a better header", &posing, &wanted)?;
        let nobody = stage.company.anonymous.with_header(name, value);
        unauthenticated(&nobody, "{ users { nodes { id } } }", "nobody with a good header").await?;
    }
    stage.close().await
}
