//! A whole day of a driver, as the other tests and the example events need it.

use serde_json::{Value, json};

use crate::support::World;
use crate::support::people::*;

/// Every event that a day brings, in alphabetical order.
pub(crate) const PUBLISHED: [&str; 6] = [
    "driver.availability_changed",
    "driver.created",
    "driver.kyc_changed",
    "driver.status_changed",
    "driver.updated",
    "wallet.updated",
];

async fn act(world: &World, mutation: &str, input_type: &str, input: Value, selection: &str) -> Value {
    let query = format!("mutation ($input: {input_type}!) {{ {mutation}(input: $input) {{ {selection} }} }}");
    world.ok(&manager(FLEET_A), &query, json!({"input": input})).await[mutation].clone()
}

/// A driver is made and approved, drives a trip, and is taken out of service.
pub(crate) async fn whole_day(world: &World) -> String {
    let driver = world.driver(RAVI).await;
    let update = json!({"id": driver, "paymentModel": "PAYOUT"});
    act(world, "updateDriver", "UpdateDriverInput", update, "id").await;
    for kind in ["LICENSE_FRONT", "LICENSE_BACK", "AADHAAR_FRONT", "AADHAAR_BACK", "PAN_CARD", "LIVE_PHOTO"] {
        let document = json!({"driverId": driver, "kind": kind, "url": "https://files.test/a.jpg"});
        act(world, "submitKycDocument", "SubmitKycDocumentInput", document, "id").await;
    }
    act(world, "approveKyc", "ApproveKycInput", json!({"driverId": driver}), "kycStatus").await;
    world.deliver(&crate::wallet::worked_trip(&driver, 0x71, "CASH")).await;
    let off = json!({"id": driver, "available": false, "reason": "training"});
    act(world, "setDriverAvailability", "SetDriverAvailabilityInput", off, "id").await;
    let leave = json!({"id": driver, "status": "INACTIVE", "reason": "on leave"});
    act(world, "setDriverStatus", "SetDriverStatusInput", leave, "id").await;
    driver
}
