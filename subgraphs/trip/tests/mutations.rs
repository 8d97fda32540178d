//! What every mutation has in common: sent twice with one key, as phones do, it happens once and answers the same.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use kit::Caller;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::people::{self, FLEET_A, id};

/// A world in which every mutation is sent twice, and which keeps their names.
struct Twice {
    world: World,
    done: BTreeSet<String>,
    keys: u32,
}

impl Twice {
    /// Sends a mutation, and again a minute later.
    async fn act(&mut self, caller: &Caller, (mutation, fields): (&str, &str), mut input: Value) -> Value {
        self.keys += 1;
        input["idempotencyKey"] = json!(format!("key {}", self.keys));
        let first = self.world.act(caller, (mutation, fields), input.clone()).await;
        let before = self.traces().await;
        self.world.pass(1);
        let second = self.world.act(caller, (mutation, fields), input).await;
        assert_eq!(first, second, "{mutation} answers the same");
        assert_eq!(self.traces().await, before, "{mutation} leaves traces once");
        self.done.insert(mutation.to_owned());
        first
    }

    /// Events, history and rows so far.
    async fn traces(&self) -> i64 {
        let sql = "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM trip_history) \
                   + (SELECT count(*) FROM trip) + (SELECT count(*) FROM assignment) \
                   + (SELECT count(*) FROM trip_assignment) + (SELECT count(*) FROM trip_location)";
        self.world.count(sql).await
    }

    /// What the manager of fleet A does to a trip.
    async fn manage(&mut self, mutation: &str, trip: &Value, more: Value) -> Value {
        let mut input = json!({"tripId": trip});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.act(&people::manager(FLEET_A), (mutation, "id status version"), input).await
    }

    /// What the driver does with a trip.
    async fn drive(&mut self, mutation: &str, trip: &Value, more: Value) -> Value {
        let mut input = json!({"tripId": trip});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.act(&people::driver(0x11), (mutation, "id status version"), input).await
    }

    /// A booked trip goes through many hands, and is driven.
    async fn dispatched_and_driven(&mut self) {
        let journey = self.world.journey();
        let trip = self.act(&people::manager(FLEET_A), ("createTrip", "id"), journey).await["id"].clone();
        self.manage("assignDriver", &trip, json!({"driverId": id(0x12)})).await;
        self.manage("reassignDriver", &trip, json!({"driverId": id(0x11), "reason": "Nearer"})).await;
        self.manage("unassignDriver", &trip, json!({"reason": "Mistaken"})).await;
        self.manage("assignDriver", &trip, json!({"driverId": id(0x11)})).await;
        let later = self.world.clock.now() + TimeDelta::hours(30);
        self.manage("rescheduleTrip", &trip, json!({"pickupTime": later})).await;
        self.world.clock.advance(later - self.world.clock.now() - TimeDelta::minutes(20));
        self.drive("startTrip", &trip, json!({})).await;
        self.drive("reportLocation", &trip, json!({"point": {"lat": 28.55, "lng": 77.1}})).await;
        self.drive("markArrived", &trip, json!({"position": {"lat": 28.5562, "lng": 77.1}})).await;
        self.drive("onboardPassenger", &trip, json!({})).await;
        let done = self.drive("completeTrip", &trip, json!({"tollPaise": 5000})).await;
        assert_eq!(done["status"], "COMPLETED");
        let repriced =
            self.manage("adjustFare", &trip, json!({"tollPaise": 6000, "reason": "Receipt"})).await;
        assert_eq!(repriced["version"].as_i64(), done["version"].as_i64().map(|version| version + 1));
    }
}

#[tokio::test]
async fn whatever_is_sent_twice_happens_once() {
    let mut twice = Twice { world: World::new().await, done: BTreeSet::new(), keys: 0 };
    let manager = people::manager(FLEET_A);
    twice.world.on_roster(0x12).await;
    for driver in [0x11, 0x13] {
        twice.world.driver(driver).await;
        twice.world.on_duty(driver).await;
    }
    for vehicle in [0x21, 0x22, 0x23] {
        twice.world.vehicle(vehicle).await;
    }
    let pair = |driver: u128, vehicle: u128| json!({"driverId": id(driver), "vehicleId": id(vehicle)});
    let shift = twice.act(&manager, ("createAssignment", "id status version"), pair(0x11, 0x21)).await;
    let swap = json!({"assignmentId": shift["id"], "vehicleId": id(0x22)});
    let shift = twice.act(&manager, ("swapVehicle", "id status version"), swap).await["id"].clone();
    twice.dispatched_and_driven().await;

    let soon = json!({"assignmentId": shift, "originCity": "Delhi", "pickupLocation": "a", "distanceKm": 5});
    let trip = twice.act(&manager, ("createTripFromAssignment", "id"), soon).await["id"].clone();
    twice.drive("startTrip", &trip, json!({})).await;
    twice.drive("markArrived", &trip, json!({})).await;
    twice.world.pass(31);
    twice.drive("markNoShow", &trip, json!({"reason": "Nobody came"})).await;
    let trip = twice.world.booked().await;
    twice.manage("cancelTrip", &json!(trip), json!({"reason": "Rain"})).await;
    twice.act(&manager, ("endAssignment", "id status version"), json!({"assignmentId": shift})).await;

    let mut journey = twice.world.journey();
    journey["passenger"] = json!({"name": "n", "phone": "9000000001"});
    let short_id = "trip { shortId status }";
    let booked = twice.act(&Caller::Anonymous, ("bookPublicTrip", short_id), journey.clone()).await;
    assert_eq!(booked["trip"]["status"], "CREATED");
    let token = twice.world.act(&Caller::Anonymous, ("bookPublicTrip", "trackingToken"), journey).await;
    let cancel = json!({"trackingToken": token["trackingToken"], "reason": "Rain"});
    twice.act(&Caller::Anonymous, ("cancelPublicTrip", "shortId status"), cancel).await;

    let query = "{ __schema { mutationType { fields { name } } } }";
    let service = Caller::Service { name: "partner".into() };
    let schema = twice.world.ok(&service, query, json!({})).await;
    let fields = schema["__schema"]["mutationType"]["fields"].as_array().unwrap().clone();
    let all: BTreeSet<String> =
        fields.iter().map(|field| field["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(twice.done, all, "every mutation was sent twice");
}
