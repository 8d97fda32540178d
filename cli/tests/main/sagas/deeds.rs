//! What is done in the tests of sagas, what goes before it, and what must be true afterwards.

use drivers_klub::story::booking;
use kit::{Caller, Role};
use serde_json::{Value, json};
use uuid::Uuid;

use super::company::{Company, caller};

/// One thing that several services do together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Driver,
    RefusedDriver,
    Fleet,
    ManagerLogin,
    RefusedManagerLogin,
    Deactivation,
    Reactivation,
    Suspension,
    OwnVehicle,
}

/// Where it happens.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    fleet: Uuid,
}

impl Scene {
    /// A fleet without anybody.
    pub(crate) async fn set(company: &Company) -> Scene {
        let fleet = json!({ "name": "Alpha Cabs", "mobile": "9820000001", "city": "DELHI", "fleetType": "COMPANY",
            "panNumber": "ABCDE1234F" });
        let made = company.act("fleet", &caller(Role::SuperAdmin, None), "createFleet", fleet).await;
        Scene::from_json(&made["id"])
    }

    /// For the child.
    pub(crate) fn to_json(&self) -> Value {
        json!(self.fleet)
    }

    /// From the parent.
    pub(crate) fn from_json(value: &Value) -> Scene {
        Scene { fleet: value.as_str().and_then(|id| id.parse().ok()).expect("the id of a fleet") }
    }
}

/// The phone of the person of one round.
fn phone(number: u32) -> String {
    format!("+9198101{number:05}")
}

const DRIVER: &str = "SELECT id::text FROM driver WHERE mobile = $1";
const USER: &str = "SELECT id::text FROM app_user WHERE phone = $1";

impl Deed {
    /// As the child is told.
    pub(crate) fn name(self) -> String {
        format!("{self:?}")
    }

    /// From what the child was told.
    pub(crate) fn named(name: &Value) -> Deed {
        let all = [
            Self::Driver,
            Self::RefusedDriver,
            Self::Fleet,
            Self::ManagerLogin,
            Self::RefusedManagerLogin,
            Self::Deactivation,
            Self::Reactivation,
            Self::Suspension,
            Self::OwnVehicle,
        ];
        all.into_iter().find(|deed| *name == deed.name()).expect("a deed")
    }

    /// What has to be there before it.
    pub(crate) async fn prepare(self, company: &Company, scene: &Scene, number: u32) {
        match self {
            Self::Driver | Self::Fleet | Self::ManagerLogin => {}
            Self::RefusedDriver | Self::RefusedManagerLogin => take_the_phone(company, number).await,
            Self::Deactivation => office_and_profile(company, scene, number).await,
            Self::Reactivation => {
                office_and_profile(company, scene, number).await;
                company.quiet().await;
                Self::Deactivation.perform(company, scene, number).await;
            }
            Self::Suspension => driver_at_work(company, scene, number).await,
            Self::OwnVehicle => signed_up(company, scene, number).await,
        }
    }

    /// The mutation that begins it; the same key whenever it is repeated.
    pub(crate) async fn perform(self, company: &Company, scene: &Scene, number: u32) {
        let (admin, key) = (caller(Role::SuperAdmin, None), format!("{self:?}-{number}"));
        match self {
            Self::Driver | Self::RefusedDriver => {
                let account = json!({ "name": "Ravi Kumar", "phone": phone(number) });
                let input = json!({ "account": account, "fleetId": scene.fleet, "idempotencyKey": key });
                company
                    .act("partner", &caller(Role::Manager, Some(scene.fleet)), "createDriver", input)
                    .await;
            }
            Self::Fleet => {
                let input = json!({ "name": "Beta Cabs", "mobile": phone(number), "city": "NOIDA",
                    "fleetType": "COMPANY", "panNumber": "ABCDE1234F", "adminName": "Meera Nair",
                    "idempotencyKey": key });
                company.act("fleet", &admin, "createFleet", input).await;
            }
            Self::ManagerLogin | Self::RefusedManagerLogin => {
                let input = json!({ "fleetId": scene.fleet, "name": "Meera Nair", "mobile": phone(number),
                    "withLogin": true, "idempotencyKey": key });
                company.act("fleet", &admin, "createFleetManager", input).await;
            }
            Self::Deactivation | Self::Reactivation => {
                let mutation = if self == Self::Deactivation { "deactivateUser" } else { "reactivateUser" };
                let user = company.look("identity", USER, &phone(number)).await;
                let query =
                    format!("mutation ($input: UserStateInput!) {{ {mutation}(input: $input) {{ id }} }}");
                let input = json!({ "input": { "id": user, "idempotencyKey": key } });
                company.ok("identity", &admin, &query, input).await;
            }
            Self::Suspension => {
                let driver = company.look("partner", DRIVER, &phone(number)).await;
                let input = json!({ "driverId": driver, "type": "SUSPENSION", "reason": "Speeding",
                    "suspensionStart": "2026-01-01T00:00:00Z", "suspensionEnd": "2126-01-01T00:00:00Z",
                    "idempotencyKey": key });
                company.act("partner", &admin, "createPenalty", input).await;
            }
            Self::OwnVehicle => {
                let user = company.look("identity", USER, &phone(number)).await.expect("the user");
                let mut by = caller(Role::Driver, Some(scene.fleet));
                if let Caller::Viewer(viewer) = &mut by {
                    viewer.user_id = user.parse().expect("an id");
                }
                let vehicle = json!({ "number": own_number(number), "name": "Maruti", "model": "Dzire",
                    "fuelType": "CNG" });
                let input = json!({ "firstName": "Ravi", "vehicle": vehicle, "idempotencyKey": key });
                company.act("partner", &by, "completeOnboarding", input).await;
            }
        }
    }

    /// Panics unless it is complete, or compensated, and was done once.
    pub(crate) async fn check(self, company: &Company, scene: &Scene, number: u32) {
        for (service, sql, expected) in self.expected() {
            let mut argument = phone(number);
            if *service == "trip" {
                argument = company.look("partner", DRIVER, &argument).await.expect("the driver");
            }
            let found = company.look(service, sql, &argument).await;
            assert_eq!(found.as_deref(), *expected, "{self:?} {number} in {scene:?}: {service}: {sql}");
        }
        if self == Self::OwnVehicle {
            let linked = "SELECT own_vehicle_id::text FROM driver WHERE mobile = $1";
            let linked = company.look("partner", linked, &phone(number)).await.expect("a vehicle");
            let made = "SELECT string_agg(number || ' ' || ownership || ' ' || fleet_id, ',') FROM vehicle
                        WHERE id::text = $1 OR number = (SELECT number FROM vehicle WHERE id::text = $1)";
            let expected = format!("{} OWNED {}", own_number(number), scene.fleet);
            assert_eq!(company.look("fleet", made, &linked).await, Some(expected));
        }
    }

    /// Service, statement about a phone (for trip, a driver), and what it gives.
    fn expected(self) -> &'static [(&'static str, &'static str, Option<&'static str>)] {
        match self {
            Self::Driver => &[
                ("partner", "SELECT string_agg(account_status || ' ' || status, ',') FROM driver WHERE mobile = $1",
                    Some("READY ACTIVE")),
                ("identity", "SELECT string_agg(role, ',') FROM app_user WHERE phone = $1 AND driver_id IS NOT NULL",
                    Some("DRIVER")),
                ("trip", "SELECT status FROM driver_ref WHERE id::text = $1", Some("ACTIVE")),
                ("partner", "SELECT string_agg(state, ',') FROM saga WHERE subject_id IN
                    (SELECT id FROM driver WHERE mobile = $1)", Some("COMPLETED")),
                ("partner", "SELECT count(*)::text FROM outbox WHERE event_type = 'driver.created' AND aggregate_id IN
                    (SELECT id FROM driver WHERE mobile = $1)", Some("1")),
            ],
            Self::RefusedDriver => &[
                ("partner", "SELECT string_agg(account_status || ' ' || status || ' ' || account_refusal, ',')
                    FROM driver WHERE mobile = $1", Some("REFUSED INACTIVE PHONE_TAKEN")),
                ("identity", "SELECT string_agg(role, ',') FROM app_user WHERE phone = $1", Some("MANAGER")),
                ("trip", "SELECT status FROM driver_ref WHERE id::text = $1", None),
                ("partner", "SELECT string_agg(state, ',') FROM saga WHERE subject_id IN
                    (SELECT id FROM driver WHERE mobile = $1)", Some("COMPENSATED")),
            ],
            Self::Fleet => &[
                ("fleet", "SELECT string_agg(admin_state || ' ' || status, ',') FROM fleet WHERE mobile = $1",
                    Some("READY ACTIVE")),
                ("identity", "SELECT string_agg(role, ',') FROM app_user WHERE phone = $1", Some("FLEET_ADMIN")),
                ("fleet", "SELECT string_agg(state, ',') FROM saga WHERE subject_id IN
                    (SELECT id FROM fleet WHERE mobile = $1)", Some("COMPLETED")),
            ],
            Self::ManagerLogin => &[
                ("fleet", "SELECT string_agg(login_state || ' ' || status, ',') FROM fleet_manager WHERE mobile = $1
                    AND user_id IS NOT NULL", Some("READY ACTIVE")),
                ("identity", "SELECT string_agg(role, ',') FROM app_user WHERE phone = $1", Some("MANAGER")),
                ("fleet", "SELECT string_agg(kind || ' ' || state, ',') FROM saga WHERE subject_id IN
                    (SELECT id FROM fleet_manager WHERE mobile = $1)", Some("manager_login COMPLETED")),
            ],
            Self::RefusedManagerLogin => &[
                ("fleet", "SELECT string_agg(login_state || ' ' || status || ' ' || login_refusal, ',')
                    FROM fleet_manager WHERE mobile = $1 AND user_id IS NULL", Some("REFUSED ACTIVE PHONE_TAKEN")),
                ("identity", "SELECT string_agg(name, ',') FROM app_user WHERE phone = $1", Some("Meera Iyer")),
                ("fleet", "SELECT string_agg(kind || ' ' || state, ',') FROM saga WHERE subject_id IN
                    (SELECT id FROM fleet_manager WHERE mobile = $1)", Some("manager_login COMPENSATED")),
            ],
            Self::Deactivation => &[
                ("identity", "SELECT count(*)::text FROM session s JOIN app_user u ON u.id = s.user_id
                    WHERE u.phone = $1 AND s.revoked_at IS NULL", Some("0")),
                ("partner", "SELECT status FROM driver WHERE mobile = $1", Some("INACTIVE")),
                ("fleet", "SELECT status FROM hub_manager WHERE mobile = $1", Some("INACTIVE")),
                ("trip", "SELECT status FROM driver_ref WHERE id::text = $1", Some("INACTIVE")),
                ("identity", "SELECT string_agg(state, ',') FROM saga WHERE subject_id IN
                    (SELECT id FROM app_user WHERE phone = $1)", Some("COMPLETED")),
            ],
            Self::Reactivation => &[
                ("partner", "SELECT status FROM driver WHERE mobile = $1", Some("ACTIVE")),
                ("fleet", "SELECT status FROM hub_manager WHERE mobile = $1", Some("ACTIVE")),
                ("trip", "SELECT status FROM driver_ref WHERE id::text = $1", Some("ACTIVE")),
                ("identity", "SELECT string_agg(state, ',') FROM saga WHERE subject_id IN
                    (SELECT id FROM app_user WHERE phone = $1)", Some("COMPLETED,COMPLETED")),
            ],
            Self::Suspension => &[
                ("partner", "SELECT status FROM driver WHERE mobile = $1", Some("SUSPENDED")),
                ("partner", "SELECT string_agg(kind || ' ' || state, ',' ORDER BY kind) FROM saga WHERE subject_id IN
                    (SELECT id FROM driver WHERE mobile = $1)",
                    Some("driver_account COMPLETED,driver_stand_down COMPLETED")),
                ("trip", "SELECT string_agg(status, ',') FROM assignment WHERE driver_id::text = $1", Some("ENDED")),
                ("trip", "SELECT string_agg(t.status || ' ' || a.status, ',') FROM trip t
                    JOIN trip_assignment a ON a.trip_id = t.id WHERE a.driver_id::text = $1",
                    Some("CREATED UNASSIGNED")),
            ],
            Self::OwnVehicle => &[
                ("partner", "SELECT string_agg(own_vehicle_state || ' ' || status, ',') FROM driver WHERE mobile = $1",
                    Some("READY ACTIVE")),
                ("partner", "SELECT string_agg(kind || ' ' || state, ',') FROM saga WHERE subject_id IN
                    (SELECT id FROM driver WHERE mobile = $1)", Some("own_vehicle COMPLETED")),
                ("fleet", "SELECT count(*)::text FROM vehicle WHERE number = 'DL01OV' || right($1, 4)", Some("1")),
                ("trip", "SELECT status FROM driver_ref WHERE id::text = $1", Some("ACTIVE")),
            ],
        }
    }
}

/// Somebody of whom the asking service has never heard has the phone.
async fn take_the_phone(company: &Company, number: u32) {
    let sql = "INSERT INTO app_user (id, short_id, name, phone, role, fleet_id, created_at, updated_at)
               VALUES (gen_random_uuid(), 'USR' || $1, 'Meera Iyer', $1, 'MANAGER', gen_random_uuid(), now(), now())";
    company.meddle("identity", sql, &phone(number)).await;
}

/// A driver with an account and a session, who is a hub manager besides.
async fn office_and_profile(company: &Company, scene: &Scene, number: u32) {
    Deed::Driver.perform(company, scene, number).await;
    company.quiet().await;
    let phone = phone(number);
    let session = "INSERT INTO session (id, user_id, client_type, last_used_at, created_at)
                   SELECT gen_random_uuid(), id, 'web', now(), now() FROM app_user WHERE phone = $1";
    company.meddle("identity", session, &phone).await;
    let user = company.look("identity", USER, &phone).await;
    let input = json!({ "fleetId": scene.fleet, "name": "Ravi Kumar", "mobile": phone, "city": "DELHI", "userId": user });
    company.act("fleet", &caller(Role::SuperAdmin, None), "createHubManager", input).await;
}

/// The number of the vehicle that the person of one round brings.
fn own_number(number: u32) -> String {
    format!("DL01OV{number:04}")
}

/// Somebody who signed up as a driver of the fleet, and has no profile yet.
async fn signed_up(company: &Company, scene: &Scene, number: u32) {
    let sql = "INSERT INTO app_user (id, short_id, name, phone, role, fleet_id, created_at, updated_at)
               SELECT gen_random_uuid(), 'USR' || given[1], 'Ravi Kumar', given[1], 'DRIVER', given[2]::uuid, now(), now()
                 FROM string_to_array($1, ' ') AS given";
    company.meddle("identity", sql, &format!("{} {}", phone(number), scene.fleet)).await;
}

/// A driver on the roster with a trip that waits.
async fn driver_at_work(company: &Company, scene: &Scene, number: u32) {
    let by = caller(Role::Manager, Some(scene.fleet));
    Deed::Driver.perform(company, scene, number).await;
    company.quiet().await;
    let phone = phone(number);
    let driver = company.look("partner", DRIVER, &phone).await.expect("the driver");
    company.meddle("partner", "UPDATE driver SET kyc_status = 'APPROVED' WHERE mobile = $1", &phone).await;
    company
        .meddle("trip", "UPDATE driver_ref SET kyc_status = 'APPROVED' WHERE id::text = $1", &driver)
        .await;
    let vehicle = json!({ "number": format!("DL01SG{number:04}"), "name": "Tata", "model": "Tigor EV", "ownership": "OWNED",
        "fuelType": "ELECTRIC", "documents": { "permitExpiry": "2124-01-01", "fitnessExpiry": "2124-01-01",
        "insuranceExpiry": "2124-01-01" } });
    let vehicle = company.act("fleet", &by, "createVehicle", vehicle).await;
    let shift = json!({ "driverId": driver, "vehicleId": vehicle["id"] });
    company.act("trip", &by, "createAssignment", shift).await;
    let pickup = kit::Clock::system().now() + chrono::Duration::days(2);
    let trip = company.act("trip", &by, "createTrip", booking(pickup)).await;
    let dispatch = json!({ "tripId": trip["id"], "driverId": driver });
    company.act("trip", &by, "assignDriver", dispatch).await;
}
