//! One day in which everything that the fleet service tells the others happens once.

use serde_json::{Value, json};

use crate::support::people::*;
use crate::support::{World, event};

/// Every event that the fleet service publishes.
pub(crate) const PUBLISHED: [&str; 13] = [
    "account.requested",
    "fleet.created",
    "fleet.deactivated",
    "fleet.updated",
    "fleet_manager.created",
    "fleet_manager.deactivated",
    "hub.upserted",
    "manager_rights.settled",
    "own_vehicle.settled",
    "vehicle.created",
    "vehicle.docs_expiring",
    "vehicle.status_changed",
    "vehicle.updated",
];

async fn make(world: &World, operation: &str, kind: &str, input: Value) -> Value {
    let query = format!("mutation ($input: {kind}!) {{ {operation}(input: $input) {{ id }} }}");
    let data = world.ok(&super_admin(), &query, json!({ "input": input })).await;
    data[operation]["id"].clone()
}

/// Lets the day happen.
pub(crate) async fn whole_day(world: &World) {
    let fleet = make(
        world,
        "createFleet",
        "CreateFleetInput",
        json!({
            "name": "Alpha Cabs", "mobile": "98200 00001", "city": "New Delhi", "fleetType": "COMPANY",
            "gstNumber": "07ABCDE1234F1Z5", "panNumber": "ABCDE1234F", "adminName": "Arjun Mehta",
        }),
    )
    .await;
    make(world, "updateFleet", "UpdateFleetInput", json!({ "id": fleet, "name": "Alpha Cabs Delhi" })).await;
    let manager = make(
        world,
        "createFleetManager",
        "CreateFleetManagerInput",
        json!({
            "fleetId": fleet, "name": "Meera Iyer", "mobile": "98200 00002",
        }),
    )
    .await;
    let made = json!({ "userId": id(0x1234), "source": { "kind": "fleet_manager", "id": manager } });
    world.deliver(&event("user.created", uuid(0x1234), 1, made)).await;
    make(world, "deactivateFleetManager", "DeactivateFleetManagerInput", json!({ "id": manager })).await;
    let hub = make(
        world,
        "createHub",
        "CreateHubInput",
        json!({
            "fleetId": fleet, "name": "IGI T3", "hubType": "AIRPORT", "address": "Terminal 3, New Delhi",
            "location": { "lat": 28.5562, "lng": 77.1 },
        }),
    )
    .await;
    let vehicle = make(world, "createVehicle", "CreateVehicleInput", json!({
        "fleetId": fleet, "hubId": hub, "number": "DL 01 AB 1234", "name": "Tata", "model": "Tigor EV", "color": "White",
        "ownership": "OWNED", "fuelType": "ELECTRIC", "documents": {
            "permitExpiry": "2034-01-01", "fitnessExpiry": "2026-12-31", "insuranceExpiry": "2026-12-31" },
    }))
    .await;
    make(
        world,
        "updateVehicleDocuments",
        "UpdateVehicleDocumentsInput",
        json!({
            "id": vehicle, "documents": { "insuranceExpiry": "2026-02-26" },
        }),
    )
    .await;
    let tick = kit::scheduler::Tick { since: at("2026-01-26T06:00:00Z"), until: at("2026-01-27T06:00:00Z") };
    assert_eq!(fleet::papers::warning::warn(&world.app, tick).await.unwrap(), 1);
    make(
        world,
        "setVehicleStatus",
        "SetVehicleStatusInput",
        json!({ "id": vehicle, "status": "MAINTENANCE" }),
    )
    .await;
    let refused = json!({ "source": { "kind": "fleet", "id": fleet }, "reason": "PHONE_TAKEN" });
    world.deliver(&event("user.refused", uuid(0x1235), 1, refused)).await;
    let admin = json!({ "id": fleet, "name": "Bina Shah", "phone": "98200 00003" });
    make(world, "requestFleetAdmin", "RequestFleetAdminInput", admin).await;
    let off = json!({ "userId": id(0x1234), "isActive": false, "rightsRequest": id(0x5A6A) });
    world.deliver(&event("user.deactivated", uuid(0x1234), 2, off)).await;
    let offer = json!({ "sagaId": id(0x5A6B), "driverId": id(DRIVER_A), "userId": id(0x14), "fleetId": fleet, "vehicle": {
        "number": "DL 1C AB 1234", "name": "Maruti", "model": "Dzire", "color": null, "fuelType": "CNG",
        "ownerName": "Ravi Kumar" } });
    world.deliver(&event("own_vehicle.offered", uuid(DRIVER_A), 1, offer)).await;
    make(world, "deactivateFleet", "FleetStateInput", json!({ "id": fleet })).await;
}

fn at(text: &str) -> chrono::DateTime<chrono::Utc> {
    text.parse().unwrap()
}
