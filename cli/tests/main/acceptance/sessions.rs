//! Scenario 1: signing in, going on, and what ends it.

use chrono::Duration;
use drivers_klub::client::{Client, Failure};
use drivers_klub::story::{
    DEMO_CODE, SUPER_ADMIN_PHONE, documents as doc, eventually, expect, new_phone, sign_in, text,
};
use futures_util::future::join_all;
use kit::Clock;
use serde_json::{Value, json};

use super::support::{Stage, opening};

const ME: &str = "{ me { id role } }";

const REFRESH: &str = "mutation($token: String!) {
  refreshSession(input: { refreshToken: $token }) { access refresh user { id } }
}";

const DEACTIVATE: &str =
    "mutation($input: UserStateInput!) { deactivateUser(input: $input) { id isActive } }";

async fn refresh(anonymous: &Client, token: &str) -> Result<(Client, String), Failure> {
    let answer = anonymous.ask(REFRESH, json!({ "token": token })).await?;
    let client = anonymous.with_token(&text(&answer, "/refreshSession/access")?);
    Ok((client, text(&answer, "/refreshSession/refresh")?))
}

async fn code_of(client: &Client, query: &str, variables: Value) -> Result<String, Failure> {
    Ok(client.refused(query, variables).await?.0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_01_a_refresh_token_works_once_and_its_replay_ends_the_family() -> Result<(), Failure> {
    let sessions = Clock::fixed(opening());
    let stage = Stage::with(|settings| settings.clocks.identity = sessions.clone()).await?;
    let anonymous = &stage.company.anonymous;
    let fleet = stage.company.found_a_fleet("Green Wheels").await?;
    let manager = stage.company.hire(&stage.company.admin, "MANAGER", &fleet.id, &[]).await?;
    expect("who I am", &manager.client.ask(ME, json!({})).await?["me"]["id"], &json!(manager.user_id))?;

    // An access token is good for fifteen minutes, by the clock of those who issue it.
    sessions.advance(Duration::minutes(14));
    manager.client.ask(ME, json!({})).await?;
    sessions.advance(Duration::minutes(2));
    expect("an old token", code_of(&manager.client, ME, json!({})).await?.as_str(), "UNAUTHENTICATED")?;

    let (second, second_token) = refresh(anonymous, &manager.refresh).await?;
    second.ask(ME, json!({})).await?;
    let (third, third_token) = refresh(anonymous, &second_token).await?;
    for used in [&manager.refresh, &second_token, &third_token] {
        let replay = code_of(anonymous, REFRESH, json!({ "token": used })).await?;
        expect("a replay, then everything of the family", replay.as_str(), "UNAUTHENTICATED")?;
    }
    for access in [&second, &third] {
        expect("its tokens", code_of(access, ME, json!({})).await?.as_str(), "UNAUTHENTICATED")?;
    }

    // A browser's session rests a day at most.
    let rested = stage
        .company
        .hire(&sign_in(anonymous, SUPER_ADMIN_PHONE).await?.client, "MANAGER", &fleet.id, &[])
        .await?;
    sessions.advance(Duration::hours(23));
    let (_, token) = refresh(anonymous, &rested.refresh).await?;
    sessions.advance(Duration::hours(24));
    expect(
        "after a day",
        code_of(anonymous, REFRESH, json!({ "token": token })).await?.as_str(),
        "UNAUTHENTICATED",
    )?;
    stage.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_01_of_twenty_parallel_refreshes_one_wins() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let session = sign_in(&stage.company.anonymous, SUPER_ADMIN_PHONE).await?;
    let attempts =
        (0..20).map(|_| stage.company.anonymous.send(REFRESH, json!({ "token": session.refresh })));
    let answers: Vec<Value> = join_all(attempts).await.into_iter().collect::<Result<_, _>>()?;
    let won = answers.iter().filter(|answer| answer["data"]["refreshSession"]["access"].is_string()).count();
    let lost = answers.iter().filter(|answer| answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED");
    expect("winners and losers", (won, lost.count()), (1, 19))?;
    stage.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_01_the_fourth_wrong_code_is_refused_and_so_is_the_right_one_after_it() -> Result<(), Failure>
{
    let stage = Stage::open().await?;
    let anonymous = &stage.company.anonymous;
    let phone = SUPER_ADMIN_PHONE;
    anonymous.ask(doc::REQUEST_OTP, json!({ "phone": phone })).await?;
    for attempt in 1..=3 {
        let code = code_of(anonymous, doc::VERIFY_OTP, json!({ "phone": phone, "code": "123456" })).await?;
        expect(&format!("wrong code {attempt}"), code.as_str(), "OTP_INVALID")?;
    }
    for code in ["123456", DEMO_CODE] {
        let refused = code_of(anonymous, doc::VERIFY_OTP, json!({ "phone": phone, "code": code })).await?;
        expect("after three wrong codes", refused.as_str(), "OTP_ATTEMPTS_EXCEEDED")?;
    }
    // A phone that nobody has is answered in the same words.
    let nobody = new_phone();
    anonymous.ask(doc::REQUEST_OTP, json!({ "phone": nobody })).await?;
    let refused = code_of(anonymous, doc::VERIFY_OTP, json!({ "phone": nobody, "code": DEMO_CODE })).await?;
    expect("an unknown phone", refused.as_str(), "OTP_INVALID")?;
    stage.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_01_a_deactivated_user_is_refused_everywhere() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let (admin, anonymous) = (&stage.company.admin, &stage.company.anonymous);
    let fleet = stage.company.found_a_fleet("Green Wheels").await?;
    let phone = new_phone();
    let user = json!({ "name": "Ravi Kumar", "phone": phone, "role": "MANAGER", "fleetId": fleet.id });
    admin.ask(doc::CREATE_USER, json!({ "input": user })).await?;
    let manager = sign_in(anonymous, &phone).await?;
    let answer = admin.ask(DEACTIVATE, json!({ "input": { "id": manager.user_id } })).await?;
    expect("isActive", &answer["deactivateUser"]["isActive"], &json!(false))?;
    expect("the live token", code_of(&manager.client, ME, json!({})).await?.as_str(), "UNAUTHENTICATED")?;
    let refreshed = code_of(anonymous, REFRESH, json!({ "token": manager.refresh })).await?;
    expect("the refresh token", refreshed.as_str(), "UNAUTHENTICATED")?;
    anonymous.ask(doc::REQUEST_OTP, json!({ "phone": phone })).await?;
    let again = code_of(anonymous, doc::VERIFY_OTP, json!({ "phone": phone, "code": DEMO_CODE })).await?;
    expect("signing in again", again.as_str(), "FORBIDDEN")?;
    stage.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_01_signing_out_reaches_every_subgraph_and_every_open_stream() -> Result<(), Failure> {
    let interval = std::time::Duration::from_millis(200);
    let stage = Stage::with(|settings| settings.router.revocation_interval = interval).await?;
    let fleet = stage.company.found_a_fleet("Green Wheels").await?;
    let manager = stage.company.hire(&stage.company.admin, "MANAGER", &fleet.id, &[]).await?.client;
    let stays = stage.company.hire(&stage.company.admin, "MANAGER", &fleet.id, &[]).await?.client;
    let watch = "subscription($fleet: ID!) { fleetTrips(fleetId: $fleet) { status } }";
    let mut streams = [
        manager.watch_websocket(watch, json!({ "fleet": fleet.id })).await?,
        manager.watch_sse(watch, json!({ "fleet": fleet.id })).await?,
    ];
    manager.ask("mutation { logout { endedSessions } }", json!({})).await?;
    for query in
        ["{ vehicles { nodes { id } } }", "{ drivers { nodes { id } } }", "{ trips { nodes { id } } }"]
    {
        eventually(&format!("{query} is refused"), || async {
            let answer = manager.send(query, json!({})).await?;
            Ok(answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED")
        })
        .await?;
        stays.ask(query, json!({})).await?;
    }
    for stream in &mut streams {
        let end = stream.next().await;
        let ended = end.as_ref().is_err_and(|error| !error.contains("no event within"))
            || end.as_ref().is_ok_and(|event| event["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED");
        expect(&format!("{} ends: {end:?}", stream.transport), ended, true)?;
    }
    stage.close().await
}
