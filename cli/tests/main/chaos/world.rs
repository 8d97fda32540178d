//! The fleet whose day it is: founded through the router, so that every copy of it comes from events.

use serde_json::{Value, json};
use uuid::Uuid;

use super::client::Client;

/// The first super admin of the demo data.
const SUPER_ADMIN: &str = "+919000000001";

/// The hub, where every shift and every trip begins.
pub(super) const HUB: (f64, f64) = (28.5562, 77.1);

/// The papers that a driver needs.
const PAPERS: [&str; 6] =
    ["LICENSE_FRONT", "LICENSE_BACK", "AADHAAR_FRONT", "AADHAAR_BACK", "PAN_CARD", "LIVE_PHOTO"];

/// Who and what there is.
pub(super) struct World {
    pub(super) admin: Client,
    pub(super) manager: Client,
    pub(super) fleet_id: String,
    pub(super) hub_id: String,
    pub(super) crews: Vec<Crew>,
}

/// A driver on shift.
#[derive(Clone)]
pub(super) struct Crew {
    pub(super) client: Client,
    pub(super) driver_id: String,
    pub(super) vehicle_id: String,
    pub(super) assignment_id: String,
}

/// An input with a key, under which it is carried out once however often it is asked for.
pub(super) fn input(mut fields: Value) -> Value {
    fields["idempotencyKey"] = json!(Uuid::new_v4());
    json!({ "input": fields })
}

fn id(answer: &Value, mutation: &str) -> String {
    answer[mutation]["id"].as_str().unwrap_or_else(|| panic!("no id in {answer}")).to_owned()
}

/// A mutation that answers with an id.
pub(super) async fn make(client: &Client, mutation: &str, kind: &str, fields: Value) -> String {
    let operation = format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ id }} }}");
    id(&client.ask(&operation, input(fields)).await, mutation)
}

/// Founds a fleet with so many drivers, all of them on shift.
pub(super) async fn found(anonymous: &Client, drivers: usize) -> World {
    let admin = anonymous.sign_in(SUPER_ADMIN).await;
    let fleet = json!({ "name": "Chaos Cabs", "mobile": phone(0), "city": "DELHI", "fleetType": "COMPANY",
        "panNumber": "ABCDE1234F", "adminName": "Meera Nair" });
    let fleet_id = make(&admin, "createFleet", "CreateFleetInput", fleet).await;
    let manager = json!({ "name": "Ravi Kumar", "phone": phone(1), "role": "MANAGER", "fleetId": fleet_id });
    make(&admin, "createUser", "CreateUserInput", manager).await;
    let manager = anonymous.sign_in(&phone(1)).await;
    let hub = json!({ "name": "Terminal 3", "hubType": "AIRPORT", "address": "IGI Airport",
        "location": { "lat": HUB.0, "lng": HUB.1 } });
    let hub_id = make(&manager, "createHub", "CreateHubInput", hub).await;
    let mut crews = Vec::new();
    for number in 0..drivers {
        crews.push(hire(anonymous, &manager, &hub_id, number).await);
    }
    World { admin, manager, fleet_id, hub_id, crews }
}

fn phone(number: usize) -> String {
    format!("+9190000{:05}", 70_000 + number)
}

/// A driver with papers, checked in, and a vehicle. Every third has rented theirs, the others share as agreed.
async fn hire(anonymous: &Client, manager: &Client, hub_id: &str, number: usize) -> Crew {
    let name =
        format!("Driver {}", ["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight"][number % 8]);
    let (model, share) = if number % 3 == 2 { ("RENTAL", 7_000) } else { ("PAYOUT", 6_500 + 333 * number) };
    let user = json!({ "name": name, "phone": phone(10 + number), "role": "DRIVER" });
    let user_id = make(manager, "createUser", "CreateUserInput", user).await;
    let driver =
        json!({ "userId": user_id, "hubId": hub_id, "paymentModel": model, "revShareBasisPoints": share });
    let driver_id = make(manager, "createDriver", "CreateDriverInput", driver).await;
    for kind in PAPERS {
        let paper = json!({ "driverId": driver_id, "kind": kind, "url": format!("https://files.example/{kind}.jpg") });
        make(manager, "submitKycDocument", "SubmitKycDocumentInput", paper).await;
    }
    make(manager, "approveKyc", "ApproveKycInput", json!({ "driverId": driver_id })).await;
    let client = anonymous.sign_in(&phone(10 + number)).await;
    let here = json!({ "lat": HUB.0, "lng": HUB.1, "odometerStart": 1_000,
        "selfieUrl": "https://files.example/selfie.jpg" });
    let shift = make(&client, "checkIn", "CheckInInput", here).await;
    make(manager, "approveAttendance", "ApproveAttendanceInput", json!({ "id": shift })).await;
    let vehicle = json!({ "number": format!("DL01CH{number:04}"), "name": "Tata", "model": "Tigor EV",
        "ownership": "OWNED", "fuelType": "ELECTRIC", "hubId": hub_id, "documents": { "permitExpiry": "2044-01-01",
        "fitnessExpiry": "2044-01-01", "insuranceExpiry": "2044-01-01" } });
    let vehicle_id = make(manager, "createVehicle", "CreateVehicleInput", vehicle).await;
    let roster = json!({ "driverId": driver_id, "vehicleId": vehicle_id });
    let assignment_id = make(manager, "createAssignment", "CreateAssignmentInput", roster).await;
    Crew { client, driver_id, vehicle_id, assignment_id }
}
