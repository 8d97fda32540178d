//! KYC: documents, decisions, and what reopens them.

use serde_json::{Value, json};

use crate::support::World;
use crate::support::people::*;

const SUBMIT: &str = "mutation ($input: SubmitKycDocumentInput!) { submitKycDocument(input: $input) {
    kycStatus missingKycDocuments kycDocuments { kind status number url submittedBy } } }";
const APPROVE: &str = "mutation ($input: ApproveKycInput!) { approveKyc(input: $input) { kycStatus kycDocuments { status reviewedBy } } }";
const REJECT: &str = "mutation ($input: RejectKycInput!) { rejectKyc(input: $input) { kycStatus kycRejectReason missingKycDocuments } }";
const SUBMIT_ALL: &str =
    "mutation ($input: SubmitKycInput!) { submitKyc(input: $input) { kycStatus kycSubmittedAt } }";
const REQUIRED: [&str; 6] =
    ["LICENSE_FRONT", "LICENSE_BACK", "AADHAAR_FRONT", "AADHAAR_BACK", "PAN_CARD", "LIVE_PHOTO"];

fn document(driver: Option<&str>, kind: &str) -> Value {
    json!({"input": {"driverId": driver, "kind": kind, "url": format!("https://files.test/{kind}.jpg")}})
}

async fn submit_all(world: &World, driver: &str) {
    for kind in REQUIRED {
        world.ok(&the_driver(RAVI), SUBMIT, document(Some(driver), kind)).await;
    }
}

#[tokio::test]
async fn six_documents_and_an_approval_make_a_driver_dispatchable() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let approve = json!({"input": {"driverId": driver}});
    for (done, kind) in REQUIRED.into_iter().enumerate() {
        let answer = world.ask(&manager(FLEET_A), APPROVE, approve.clone()).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "CONFLICT");
        assert_eq!(answer["errors"][0]["extensions"]["details"]["missing"], json!(REQUIRED[done..]));
        let data = world.ok(&the_driver(RAVI), SUBMIT, document(None, kind)).await;
        assert_eq!(data["submitKycDocument"]["missingKycDocuments"], json!(REQUIRED[done + 1..]));
    }
    let data = world.ok(&operations(FLEET_A, &[HUB_A1]), APPROVE, approve.clone()).await;
    assert_eq!(data["approveKyc"]["kycStatus"], "APPROVED");
    assert_eq!(data["approveKyc"]["kycDocuments"][0], json!({"status": "APPROVED", "reviewedBy": uuid(0x4)}));
    assert_eq!(world.refused(&manager(FLEET_A), APPROVE, approve).await.0, "INVALID_TRANSITION");
    let told = world.recorded("driver.kyc_changed").await;
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0]["kycStatus"], &told[0]["previous"]), (&json!("APPROVED"), &json!("PENDING")));
}

#[tokio::test]
async fn replacing_a_required_document_reopens_the_approval_and_keeps_the_old_one() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    submit_all(&world, &driver).await;
    world.ok(&manager(FLEET_A), APPROVE, json!({"input": {"driverId": driver}})).await;
    let other = world.ok(&the_driver(RAVI), SUBMIT, document(None, "BANK_PROOF")).await;
    assert_eq!(other["submitKycDocument"]["kycStatus"], "APPROVED");
    let replaced = world.ok(&the_driver(RAVI), SUBMIT, document(None, "PAN_CARD")).await;
    assert_eq!(replaced["submitKycDocument"]["kycStatus"], "PENDING");
    assert_eq!(replaced["submitKycDocument"]["kycDocuments"].as_array().unwrap().len(), 7);
    assert_eq!(world.count("SELECT count(*) FROM kyc_document WHERE kind = 'PAN_CARD'").await, 2);
}

#[tokio::test]
async fn a_rejection_has_a_reason_and_is_reopened_by_submitting_again() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    submit_all(&world, &driver).await;
    let ravi = the_driver(RAVI);
    let submitted = world.ok(&ravi, SUBMIT_ALL, json!({"input": {}})).await;
    assert!(submitted["submitKyc"]["kycSubmittedAt"].is_string());
    let queue = "{ kycQueue { nodes { id } } }";
    assert_eq!(
        world.ok(&manager(FLEET_A), queue, json!({})).await["kycQueue"]["nodes"],
        json!([{"id": driver}])
    );
    assert_eq!(world.ok(&manager(FLEET_B), queue, json!({})).await["kycQueue"]["nodes"], json!([]));

    let reject =
        |reason: &str| json!({"input": {"driverId": driver, "reason": reason, "documents": ["PAN_CARD"]}});
    assert_eq!(
        world.refused(&manager(FLEET_A), REJECT, reject(" ")).await,
        ("VALIDATION".into(), "reason".into())
    );
    let data = world.ok(&manager(FLEET_A), REJECT, reject("The PAN is blurred")).await;
    let expected = json!({"kycStatus": "REJECTED", "kycRejectReason": "The PAN is blurred", "missingKycDocuments": ["PAN_CARD"]});
    assert_eq!(data["rejectKyc"], expected);
    let refused = world.refused(&ravi, SUBMIT_ALL, json!({"input": {}})).await;
    assert_eq!(refused, ("VALIDATION".into(), "documents".into()));
    world.ok(&ravi, SUBMIT, document(None, "PAN_CARD")).await;
    let again = world.ok(&ravi, SUBMIT_ALL, json!({"input": {}})).await;
    assert_eq!(again["submitKyc"]["kycStatus"], "PENDING");
}

#[tokio::test]
async fn whoever_waits_longest_for_a_decision_comes_first_whenever_they_were_hired() {
    let world = World::new().await;
    let mut hired = Vec::new();
    for user in [RAVI, ASHA, IMRAN] {
        hired.push((user, world.driver(user).await));
        world.clock.advance(chrono::Duration::minutes(1));
    }
    for (user, _) in hired.iter().rev() {
        for kind in REQUIRED {
            world.ok(&the_driver(*user), SUBMIT, document(None, kind)).await;
        }
        world.ok(&the_driver(*user), SUBMIT_ALL, json!({"input": {}})).await;
        world.clock.advance(chrono::Duration::minutes(1));
    }
    let page = "query ($after: String) { kycQueue(first: 1, after: $after) { totalCount edges { cursor node { id } } } }";
    let (mut after, mut waiting) = (Value::Null, Vec::new());
    for _ in 0..3 {
        let queue = world.ok(&manager(FLEET_A), page, json!({"after": after})).await["kycQueue"].clone();
        assert_eq!(queue["totalCount"], 3);
        after = queue["edges"][0]["cursor"].clone();
        waiting.push(queue["edges"][0]["node"]["id"].clone());
    }
    let expected: Vec<Value> = hired.iter().rev().map(|(_, driver)| json!(driver)).collect();
    assert_eq!(waiting, expected);
}

#[tokio::test]
async fn document_numbers_are_checked_sealed_and_masked() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let mut wrong = document(Some(&driver), "PAN_CARD");
    wrong["input"]["number"] = json!("123");
    assert_eq!(
        world.refused(&manager(FLEET_A), SUBMIT, wrong.clone()).await,
        ("VALIDATION".into(), "number".into())
    );
    wrong["input"]["number"] = json!("ABCDE1234F");
    wrong["input"]["expiresAt"] = json!("2026-01-26");
    assert_eq!(
        world.refused(&manager(FLEET_A), SUBMIT, wrong.clone()).await,
        ("VALIDATION".into(), "expiresAt".into())
    );
    wrong["input"]["expiresAt"] = json!("2026-01-27");
    world.ok(&manager(FLEET_A), SUBMIT, wrong).await;
    let query = "query ($id: ID!) { driver(id: $id) { kycDocuments { number } } }";
    for (caller, shown) in [(manager(FLEET_A), "ABCDE1234F"), (operations(FLEET_A, &[HUB_A1]), "••••234F")]
    {
        let data = world.ok(&caller, query, json!({"id": driver})).await;
        assert_eq!(data["driver"]["kycDocuments"][0]["number"], shown);
    }
    let mut url = document(Some(&driver), "PAN_CARD");
    url["input"]["url"] = json!("file:///etc/passwd");
    assert_eq!(world.refused(&manager(FLEET_A), SUBMIT, url).await, ("VALIDATION".into(), "url".into()));
}

#[tokio::test]
async fn nobody_decides_or_submits_outside_their_scope() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    submit_all(&world, &driver).await;
    for caller in [manager(FLEET_B), operations(FLEET_A, &[HUB_A2])] {
        assert_eq!(
            world.refused(&caller, APPROVE, json!({"input": {"driverId": driver}})).await.0,
            "NOT_FOUND"
        );
        assert_eq!(world.refused(&caller, SUBMIT, document(Some(&driver), "OTHER")).await.0, "NOT_FOUND");
    }
    assert_eq!(
        world.refused(&the_driver(ASHA), SUBMIT, document(Some(&driver), "OTHER")).await.0,
        "NOT_FOUND"
    );
    let refused = world.refused(&the_driver(RAVI), APPROVE, json!({"input": {"driverId": driver}})).await;
    assert_eq!(refused.0, "FORBIDDEN");
}
