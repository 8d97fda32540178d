//! Scenario 2: what is another hub's stays another hub's, and nobody hands out more than they have.

use chrono::Duration;
use drivers_klub::client::{Client, Failure};
use drivers_klub::story::{AIRPORT, CYBER_HUB, booking, documents as doc, expect, new_phone, point, text};
use serde_json::{Value, json};

use super::support::{Stage, refused};

const READS: [(&str, &str); 5] = [
    ("driver", "query($id: ID!) { driver(id: $id) { id } }"),
    ("vehicle", "query($id: ID!) { vehicle(id: $id) { id } }"),
    ("hub", "query($id: ID!) { hub(id: $id) { id } }"),
    ("assignment", "query($id: ID!) { assignment(id: $id) { id } }"),
    ("attendance", "query($id: ID!) { attendance(id: $id) { id } }"),
];

const LISTS: &str = "{
  drivers { nodes { id } } vehicles { nodes { id } } hubs { nodes { id } } assignments { nodes { id } }
  attendanceHistory { nodes { id } } kycQueue { nodes { id } }
}";

/// What there is to see of a hub.
struct Yard {
    hub: String,
    driver: String,
    vehicle: String,
    assignment: String,
    attendance: String,
}

async fn yard(fleet: &drivers_klub::story::Fleet, name: &str, place: (f64, f64)) -> Result<Yard, Failure> {
    let hub = fleet.open_a_hub(name, place).await?;
    let vehicle = fleet.buy_a_cab(&hub).await?;
    let driver = fleet.hire_a_driver("Vikram Singh", &hub).await?;
    let assignment = fleet.pair(&driver, &vehicle).await?;
    let mut here = point(place);
    here["odometerStart"] = 10_500.into();
    here["selfieUrl"] = "https://files.example/me.jpg".into();
    let attendance = driver.client.ask(doc::CHECK_IN, json!({ "input": here })).await?;
    let attendance = text(&attendance, "/checkIn/id")?;
    Ok(Yard { hub, driver: driver.id, vehicle, assignment, attendance })
}

impl Yard {
    fn ids(&self) -> [&str; 5] {
        [&self.driver, &self.vehicle, &self.hub, &self.assignment, &self.attendance]
    }
}

async fn seen(client: &Client, yard: &Yard) -> Result<Vec<&'static str>, Failure> {
    let mut seen = Vec::new();
    for ((name, query), id) in READS.into_iter().zip(yard.ids()) {
        let answer = client.ask(query, json!({ "id": id })).await?;
        if answer[name]["id"] == id {
            seen.push(name);
        } else {
            expect(name, &answer[name], &Value::Null)?;
        }
    }
    Ok(seen)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_02_operations_of_hub_a_can_do_nothing_about_hub_b() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let fleet = stage.company.found_a_fleet("Green Wheels").await?;
    let (a, b) = (yard(&fleet, "Hub A", AIRPORT).await?, yard(&fleet, "Hub B", CYBER_HUB).await?);
    let operator = stage.company.hire(&fleet.manager, "OPERATIONS", &fleet.id, &[&a.hub]).await?.client;

    expect("what hub A's operator sees of A", seen(&operator, &a).await?, READS.map(|read| read.0).to_vec())?;
    expect("what hub A's operator sees of B", seen(&operator, &b).await?, Vec::<&str>::new())?;
    let lists = operator.ask(LISTS, json!({})).await?.to_string();
    for (mine, theirs) in a.ids().into_iter().zip(b.ids()) {
        let listed = (lists.contains(mine), lists.contains(theirs));
        expect("A's and B's in lists", listed, (true, false))?;
    }

    // Assigning: a pairing there, one across hubs, a trip to their driver.
    let spare_b = fleet.buy_a_cab(&b.hub).await?;
    let spare_a = fleet.buy_a_cab(&a.hub).await?;
    let trip = fleet.book(booking(stage.clock.now() + Duration::hours(30))).await?;
    let trip = text(&trip, "/id")?;
    for (query, input) in [
        (doc::CREATE_ASSIGNMENT, json!({ "driverId": b.driver, "vehicleId": spare_b })),
        (doc::CREATE_ASSIGNMENT, json!({ "driverId": b.driver, "vehicleId": spare_a })),
        (doc::ASSIGN_DRIVER, json!({ "tripId": trip, "driverId": b.driver })),
        (
            "mutation($input: EndAssignmentInput!) { endAssignment(input: $input) { id } }",
            json!({ "assignmentId": b.assignment }),
        ),
        (
            "mutation($input: SwapVehicleInput!) { swapVehicle(input: $input) { id } }",
            json!({ "assignmentId": b.assignment, "vehicleId": spare_b }),
        ),
        // Approving: their check-in, their papers.
        (doc::APPROVE_ATTENDANCE, json!({ "id": b.attendance })),
        (
            "mutation($input: RejectAttendanceInput!) { rejectAttendance(input: $input) { id } }",
            json!({ "id": b.attendance, "remarks": "No" }),
        ),
        (doc::APPROVE_KYC, json!({ "driverId": b.driver })),
        (
            "mutation($input: RejectKycInput!) { rejectKyc(input: $input) { id } }",
            json!({ "driverId": b.driver, "reason": "No" }),
        ),
        (
            "mutation($input: SetDriverStatusInput!) { setDriverStatus(input: $input) { id } }",
            json!({ "id": b.driver, "status": "INACTIVE" }),
        ),
        (
            "mutation($input: SetVehicleStatusInput!) { setVehicleStatus(input: $input) { id } }",
            json!({ "id": b.vehicle, "status": "INACTIVE" }),
        ),
        (
            "mutation($input: MoveVehicleToHubInput!) { moveVehicleToHub(input: $input) { id } }",
            json!({ "vehicleId": b.vehicle, "hubId": a.hub }),
        ),
        (
            "mutation($input: CreatePenaltyInput!) { createPenalty(input: $input) { id } }",
            json!({ "driverId": b.driver, "type": "WARNING", "reason": "No" }),
        ),
    ] {
        let code = super::support::refusal(&operator, query, input.clone()).await?;
        if code != "NOT_FOUND" && code != "FORBIDDEN" {
            return Err(format!("{query} with {input}: {code}"));
        }
    }
    // The same is done with one's own.
    operator.ask(doc::APPROVE_ATTENDANCE, json!({ "input": { "id": a.attendance } })).await?;
    operator.ask(doc::ASSIGN_DRIVER, json!({ "input": { "tripId": trip, "driverId": a.driver } })).await?;
    stage.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_02_a_manager_grants_neither_fleet_admin_nor_super_admin() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let company = &stage.company;
    let fleet = company.found_a_fleet("Green Wheels").await?;
    let update = "mutation($input: UpdateUserInput!) { updateUser(input: $input) { id role } }";
    let operator = company.hire(&fleet.manager, "OPERATIONS", &fleet.id, &[&fleet.hub]).await?;
    let me = text(&fleet.manager.ask("{ me { id } }", json!({})).await?, "/me/id")?;
    for role in ["FLEET_ADMIN", "SUPER_ADMIN", "MANAGER"] {
        let user = json!({ "name": "Ravi Kumar", "phone": new_phone(), "role": role, "fleetId": fleet.id });
        refused(&fleet.manager, doc::CREATE_USER, user, "FORBIDDEN").await?;
        let promotion = json!({ "id": operator.user_id, "role": role });
        refused(&fleet.manager, update, promotion, "FORBIDDEN").await?;
    }
    for role in ["FLEET_ADMIN", "SUPER_ADMIN"] {
        refused(&fleet.manager, update, json!({ "id": me, "role": role }), "FORBIDDEN").await?;
    }
    let role = "query($id: ID!) { user(id: $id) { role } }";
    for (id, wanted) in [(&operator.user_id, "OPERATIONS"), (&me, "MANAGER")] {
        let now = company.admin.ask(role, json!({ "id": id })).await?;
        expect("the role afterwards", &now["user"]["role"], &json!(wanted))?;
    }
    stage.close().await
}
