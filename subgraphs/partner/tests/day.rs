//! A whole day of a driver, as the other tests and the example events need it.

use serde_json::json;

use crate::support::people::*;
use crate::support::{World, event};

/// Every event that a day brings, in alphabetical order.
pub(crate) const PUBLISHED: [&str; 16] = [
    "account.requested",
    "attendance.approved",
    "attendance.break_ended",
    "attendance.break_started",
    "attendance.checked_in",
    "attendance.checked_out",
    "attendance.rejected",
    "driver.availability_changed",
    "driver.bank_changed",
    "driver.created",
    "driver.kyc_changed",
    "driver.status_changed",
    "driver.updated",
    "driver_rights.settled",
    "own_vehicle.offered",
    "wallet.updated",
];

/// A driver is made and approved, works a shift with a break and a trip, is refused the next day's, and is taken out of
/// service; another is made together with the account, and a third signs up with a vehicle.
pub(crate) async fn whole_day(world: &World) -> String {
    let (mg, ravi) = (manager(FLEET_A), the_driver(RAVI));
    let driver = world.driver(RAVI).await;
    let bank =
        json!({"accountNumber": crate::money::BANK, "ifsc": "HDFC0001234", "holderName": "Ravi Kumar"});
    let change = json!({"id": driver, "paymentModel": "PAYOUT", "bank": bank});
    world.act(&mg, "updateDriver", change, "id").await;
    for kind in ["LICENSE_FRONT", "LICENSE_BACK", "AADHAAR_FRONT", "AADHAAR_BACK", "PAN_CARD", "LIVE_PHOTO"] {
        let document = json!({"driverId": driver, "kind": kind, "url": "https://files.test/a.jpg"});
        world.act(&mg, "submitKycDocument", document, "id").await;
    }
    world.act(&mg, "approveKyc", json!({"driverId": driver}), "kycStatus").await;
    let place = json!({"lat": A1_PLACE.0, "lng": A1_PLACE.1, "odometerStart": 10_500, "selfieUrl": "https://files.test/s.jpg"});
    let shift = world.act(&ravi, "checkIn", place.clone(), "id").await;
    world.act(&mg, "approveAttendance", json!({"id": shift["id"]}), "id").await;
    world.act(&ravi, "startBreak", json!({}), "id").await;
    world.act(&ravi, "endBreak", json!({}), "id").await;
    world.deliver(&crate::wallet::worked_trip(&driver, 0x71, "CASH")).await;
    world.act(&ravi, "checkOut", json!({"odometerEnd": 10_650, "cashDepositedPaise": 178_625}), "id").await;
    let shift = world.act(&ravi, "checkIn", place, "id").await;
    world
        .act(&mg, "rejectAttendance", json!({"id": shift["id"], "remarks": "Yesterday's selfie"}), "id")
        .await;
    let off = json!({"id": driver, "available": false, "reason": "training"});
    world.act(&mg, "setDriverAvailability", off, "id").await;
    world
        .act(&mg, "setDriverStatus", json!({"id": driver, "status": "INACTIVE", "reason": "on leave"}), "id")
        .await;
    let account = json!({"name": "Farid Khan", "phone": "98100 00777"});
    world.act(&mg, "createDriver", json!({"account": account, "hubId": id(HUB_A1)}), "id").await;
    let off = json!({"userId": id(RAVI), "name": "Ravi Kumar", "phone": "+919000000257", "role": "DRIVER", "isActive": false,
        "rightsRequest": id(0x5A6A)});
    world.deliver(&event("user.deactivated", uuid(RAVI), 2, off)).await;
    let vehicle = json!({"number": "DL 1C AB 1234", "name": "Maruti", "model": "Dzire", "color": "White", "fuelType": "CNG"});
    let signed_up = json!({"firstName": "Asha", "vehicle": vehicle});
    world.act(&the_driver(ASHA), "completeOnboarding", signed_up, "id").await;
    driver
}
