//! The steps of a working day, as tests need them before their own step.

use chrono::TimeDelta;
use kit::Caller;
use serde_json::{Value, json};

use super::people::{self, FLEET_A, HUB_A1, driver_payload, id, uuid, vehicle_payload};
use super::{World, event};

/// Fields that most tests look at.
pub(crate) const TRIP: &str = "id shortId status version pickupTime driver { id } vehicle { id } fleet { id } \
    assignment { id } fare { quote { amountPaise } total { amountPaise } }";

impl World {
    /// Trip hears of a driver of fleet A, hub A1.
    pub(crate) async fn driver(&self, number: u128) {
        self.driver_at(number, FLEET_A, Some(HUB_A1)).await;
    }

    /// Trip hears of a driver.
    pub(crate) async fn driver_at(&self, number: u128, fleet: u128, hub: Option<u128>) {
        self.deliver(&event("driver.created", uuid(number), 1, driver_payload(number, fleet, hub))).await;
    }

    /// Trip hears of a vehicle of fleet A, hub A1.
    pub(crate) async fn vehicle(&self, number: u128) {
        self.vehicle_at(number, FLEET_A, Some(HUB_A1)).await;
    }

    /// Trip hears of a vehicle.
    pub(crate) async fn vehicle_at(&self, number: u128, fleet: u128, hub: Option<u128>) {
        self.deliver(&event("vehicle.created", uuid(number), 1, vehicle_payload(number, fleet, hub))).await;
    }

    /// A driver of fleet A who is on duty, with a vehicle on the roster; the id of the assignment. The vehicle has the driver's number
    /// plus 0x1000.
    pub(crate) async fn on_roster(&self, driver: u128) -> String {
        self.on_roster_at(driver, FLEET_A, Some(HUB_A1)).await
    }

    /// The same without a check-in.
    pub(crate) async fn on_roster_off_duty(&self, driver: u128) -> String {
        self.paired(driver, FLEET_A, Some(HUB_A1)).await
    }

    /// The same as [`World::on_roster`] in any fleet and hub.
    pub(crate) async fn on_roster_at(&self, driver: u128, fleet: u128, hub: Option<u128>) -> String {
        let assignment = self.paired(driver, fleet, hub).await;
        self.on_duty(driver).await;
        assignment
    }

    /// Trip hears that a driver has checked in and was approved, an hour ago.
    pub(crate) async fn on_duty(&self, driver: u128) {
        let attendance = driver + 0x7_0000_0000;
        let payload = json!({
            "attendanceId": id(attendance), "driverId": id(driver), "status": "APPROVED",
            "checkInTime": self.clock.now() - TimeDelta::hours(1), "onBreak": false,
        });
        self.deliver(&event("attendance.approved", uuid(attendance), 2, payload)).await;
    }

    async fn paired(&self, driver: u128, fleet: u128, hub: Option<u128>) -> String {
        self.driver_at(driver, fleet, hub).await;
        self.vehicle_at(driver + 0x1000, fleet, hub).await;
        let pair = json!({"driverId": id(driver), "vehicleId": id(driver + 0x1000)});
        let made = self.act(&people::super_admin(), ("createAssignment", "id"), pair).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// A trip that fleet A's manager books: 26 km between cities, a day and a bit ahead. Its id.
    pub(crate) async fn booked(&self) -> String {
        self.booked_by(&people::manager(FLEET_A), self.journey()).await
    }

    /// A trip that somebody books. Its id.
    pub(crate) async fn booked_by(&self, caller: &Caller, journey: Value) -> String {
        let trip = self.act(caller, ("createTrip", TRIP), journey).await;
        trip["id"].as_str().unwrap().to_owned()
    }

    /// 26 km between cities, pickup in 26 hours.
    pub(crate) fn journey(&self) -> Value {
        json!({
            "tripType": "INTER_CITY", "originCity": "Delhi", "destinationCity": "Gurugram",
            "pickupTime": self.clock.now() + TimeDelta::hours(26),
            "pickupLocation": "IGI T3", "dropLocation": "Cyber Hub", "distanceKm": 25.5,
            "pickupPoint": {"lat": 28.5562, "lng": 77.1000},
            "passenger": {"name": "Asha Rao", "phone": "90000 00001"},
        })
    }

    /// A booked trip that was given to a driver on the roster. Its id.
    pub(crate) async fn dispatched(&self, driver: u128) -> String {
        let trip = self.booked().await;
        self.assign(&trip, driver).await;
        trip
    }

    /// Fleet A's manager gives a trip to a driver.
    pub(crate) async fn assign(&self, trip: &str, driver: u128) -> Value {
        let input = json!({"tripId": trip, "driverId": id(driver)});
        self.act(&people::manager(FLEET_A), ("assignDriver", TRIP), input).await
    }

    /// What the driver with this number does with a trip.
    pub(crate) async fn drive(&self, driver: u128, mutation: &str, trip: &str) -> Value {
        let input = match mutation {
            "markArrived" => json!({"tripId": trip, "position": {"lat": 28.5562, "lng": 77.1000}}),
            "markNoShow" => json!({"tripId": trip, "reason": "Nobody came"}),
            _ => json!({"tripId": trip}),
        };
        self.act(&people::driver(driver), (mutation, TRIP), input).await
    }

    /// Time goes on.
    pub(crate) fn pass(&self, minutes: i64) {
        self.clock.advance(TimeDelta::minutes(minutes));
    }
}
