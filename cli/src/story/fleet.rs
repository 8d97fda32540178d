//! What a fleet does: hubs, cabs, drivers, shifts and bookings.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::documents as doc;
use super::{
    AIRPORT, CYBER_HUB, Company, Place, eventually, expect, new_phone, new_registration, point, sign_in, text,
};
use crate::client::{Client, Failure};

/// The papers without which nobody is approved.
const REQUIRED_PAPERS: [&str; 6] =
    ["LICENSE_FRONT", "LICENSE_BACK", "AADHAAR_FRONT", "AADHAAR_BACK", "PAN_CARD", "LIVE_PHOTO"];

/// A fleet with its manager and first hub.
#[derive(Clone)]
pub struct Fleet {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Asks as its manager.
    pub manager: Client,
    /// The hub at the airport.
    pub hub: String,
    /// Whose it is.
    pub company: Company,
}

/// A driver who has signed in.
#[derive(Clone)]
pub struct Driver {
    /// The profile.
    pub id: String,
    /// The user.
    pub user_id: String,
    /// First and last name.
    pub name: String,
    /// Asks as the driver.
    pub client: Client,
}

impl Fleet {
    /// Opens a hub; gives its id.
    pub async fn open_a_hub(&self, name: &str, place: Place) -> Result<String, Failure> {
        let hub = json!({ "fleetId": self.id, "name": name, "hubType": "AIRPORT", "address": "New Delhi",
            "location": point(place) });
        text(&self.manager.ask(doc::CREATE_HUB, json!({ "input": hub })).await?, "/createHub/id")
    }

    /// Buys an electric cab with papers in order, for a hub; gives its id.
    pub async fn buy_a_cab(&self, hub: &str) -> Result<String, Failure> {
        let vehicle = json!({ "number": new_registration(), "name": "Tata", "model": "Tigor EV", "color": "White",
            "ownership": "OWNED", "fuelType": "ELECTRIC", "hubId": hub, "documents": { "permitExpiry": "2034-01-01",
            "fitnessExpiry": "2034-01-01", "insuranceExpiry": "2034-01-01" } });
        let answer = self.manager.ask(doc::CREATE_VEHICLE, json!({ "input": vehicle })).await?;
        expect("the vehicle's fleet", text(&answer, "/createVehicle/fleet/name")?, self.name.clone())?;
        text(&answer, "/createVehicle/id")
    }

    /// Hires a driver for a hub: user, profile, papers, approval.
    pub async fn hire_a_driver(&self, name: &str, hub: &str) -> Result<Driver, Failure> {
        let (phone, manager) = (new_phone(), &self.manager);
        let user = json!({ "name": name, "phone": phone, "role": "DRIVER" });
        let user_id =
            text(&manager.ask(doc::CREATE_USER, json!({ "input": user })).await?, "/createUser/id")?;
        let profile = json!({ "input": { "userId": user_id, "hubId": hub } });
        let profile = manager.ask(doc::CREATE_DRIVER, profile).await?;
        let id = text(&profile, "/createDriver/id")?;
        expect("the driver's user", text(&profile, "/createDriver/user/name")?.as_str(), name)?;
        for kind in REQUIRED_PAPERS {
            let paper =
                json!({ "driverId": id, "kind": kind, "url": format!("https://files.example/{kind}.jpg") });
            manager.ask(doc::SUBMIT_DOCUMENT, json!({ "input": paper })).await?;
        }
        let approved = manager.ask(doc::APPROVE_KYC, json!({ "input": { "driverId": id } })).await?;
        expect("KYC", text(&approved, "/approveKyc/kycStatus")?.as_str(), "APPROVED")?;
        let client = sign_in(&self.company.anonymous, &phone).await?.client;
        Ok(Driver { id, user_id, name: name.to_owned(), client })
    }

    /// The driver checks in at the hub of the airport and the manager approves; comes back when trips know.
    pub async fn put_on_duty(&self, driver: &Driver) -> Result<(), Failure> {
        let (lat, lng) = AIRPORT;
        let here = json!({ "lat": lat, "lng": lng, "odometerStart": 10_500, "selfieUrl": "https://files.example/me.jpg" });
        let attendance = driver.client.ask(doc::CHECK_IN, json!({ "input": here })).await?;
        let id = text(&attendance, "/checkIn/id")?;
        let approved = self.manager.ask(doc::APPROVE_ATTENDANCE, json!({ "input": { "id": id } })).await?;
        expect("attendance", text(&approved, "/approveAttendance/status")?.as_str(), "APPROVED")?;
        eventually("a driver on duty", || async {
            let answer = self.manager.ask(doc::ROSTER, json!({ "fleet": self.id })).await?;
            let entries = answer.pointer("/roster/entries").and_then(Value::as_array);
            let mine =
                entries.and_then(|entries| entries.iter().find(|entry| entry["driver"]["id"] == driver.id));
            Ok(mine.is_some_and(|entry| entry["attendance"]["status"] == "APPROVED"))
        })
        .await
    }

    /// Gives the driver a vehicle for a shift; gives the assignment's id.
    pub async fn pair(&self, driver: &Driver, vehicle: &str) -> Result<String, Failure> {
        let roster = json!({ "input": { "driverId": driver.id, "vehicleId": vehicle } });
        let assignment = self.manager.ask(doc::CREATE_ASSIGNMENT, roster).await?;
        let name = text(&assignment, "/createAssignment/driver/user/name")?;
        expect("the assignment's driver", &name, &driver.name)?;
        text(&assignment, "/createAssignment/id")
    }

    /// Books; gives the whole trip.
    pub async fn book(&self, booking: Value) -> Result<Value, Failure> {
        let mut answer = self.manager.ask(doc::CREATE_TRIP, json!({ "input": booking })).await?;
        Ok(answer["createTrip"].take())
    }

    /// Sends the driver to a trip.
    pub async fn dispatch(&self, trip: &str, driver: &Driver) -> Result<(), Failure> {
        let dispatch = json!({ "input": { "tripId": trip, "driverId": driver.id } });
        let answer = self.manager.ask(doc::ASSIGN_DRIVER, dispatch).await?;
        expect("dispatch", text(&answer, "/assignDriver/status")?.as_str(), "DRIVER_ASSIGNED")
    }
}

impl Driver {
    /// Starts, arrives at the airport, takes the passenger on board.
    pub async fn pick_up_at_the_airport(&self, trip: &str) -> Result<(), Failure> {
        let only = json!({ "input": { "tripId": trip } });
        let there = json!({ "input": { "tripId": trip, "position": point(AIRPORT) } });
        self.client.ask(doc::START_TRIP, only.clone()).await?;
        self.client.ask(doc::MARK_ARRIVED, there).await?;
        self.client.ask(doc::ONBOARD, only).await?;
        Ok(())
    }

    /// Completes a trip with these extras in paise (`tollPaise`, …); gives its total in paise.
    pub async fn complete(&self, trip: &str, extras: Value) -> Result<i64, Failure> {
        let mut input = extras;
        input["tripId"] = trip.into();
        let answer = self.client.ask(doc::COMPLETE_TRIP, json!({ "input": input })).await?;
        expect("the end", text(&answer, "/completeTrip/status")?.as_str(), "COMPLETED")?;
        super::number(&answer, "/completeTrip/fare/total/amountPaise")
    }
}

/// 26 km from Delhi to Gurgaon, 25.5 by the map, prepaid.
pub fn booking(pickup: DateTime<Utc>) -> Value {
    json!({ "tripType": "INTER_CITY", "originCity": "New Delhi", "destinationCity": "Gurugram", "pickupTime": pickup,
        "pickupLocation": "IGI Airport T3", "dropLocation": "Cyber Hub", "distanceKm": 25.5,
        "pickupPoint": point(AIRPORT), "dropPoint": point(CYBER_HUB),
        "passenger": { "name": "Anita Desai", "phone": new_phone() }, "paymentMode": "PREPAID" })
}
