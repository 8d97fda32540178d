//! The matrix itself: one row per operation, one letter per caller.

use serde_json::{Value, json};

use crate::money::BANK;
use crate::support::World;
use crate::support::people::*;

/// One operation. `letters` answers, in the order of the callers: super admin, fleet admin, another fleet's, manager,
/// another fleet's, operations of the hub, of another hub, the driver, another driver, nobody.
pub(crate) struct Row {
    pub(crate) kind: &'static str,
    pub(crate) name: &'static str,
    /// Arguments in the document: `(id: $driver)`.
    arguments: &'static str,
    selection: &'static str,
    /// The input of a mutation; `$name` stands for an id of the fixture.
    input: &'static str,
    pub(crate) letters: &'static str,
}

const fn query(
    name: &'static str,
    arguments: &'static str,
    selection: &'static str,
    letters: &'static str,
) -> Row {
    Row { kind: "query", name, arguments, selection, input: "", letters }
}

const fn mutation(name: &'static str, input: &'static str, letters: &'static str) -> Row {
    Row { kind: "mutation", name, arguments: "(input: $input)", selection: "__typename", input, letters }
}

const fn subscription(name: &'static str, arguments: &'static str, letters: &'static str) -> Row {
    Row { kind: "subscription", name, arguments, selection: "cursor", input: "", letters }
}

const NODES: &str = "nodes { __typename }";
const ID: &str = "__typename";

pub(crate) const ROWS: &[Row] = &[
    query("myDriver", "", ID, "FFFFFFFAAU"),
    query("driver", "(id: $driver)", ID, "AAnAnAnAnU"),
    query("driverByUser", "(userId: $user)", ID, "AAnAnAnAnU"),
    query("drivers", "(filter: {search: \"Ravi\"})", NODES, "AAnAnAnFFU"),
    query("kycQueue", "", NODES, "AAnAnAnFFU"),
    query("wallet", "(driverId: $driver)", ID, "AAnAnFFAnU"),
    query("myWallet", "", ID, "FFFFFFFAAU"),
    query("ledger", "(filter: {driverId: $driver})", NODES, "AAnAnFFAnU"),
    query("attendance", "(id: $attendance)", ID, "AAnAnAnAnU"),
    query("attendanceHistory", "(filter: {driverId: $driver})", NODES, "AAnAnAnAnU"),
    query("myOpenAttendance", "", ID, "FFFFFFFAnU"),
    query("preferenceDefinitions", "", "key", "AAAAAAAAAU"),
    query("pendingPreferenceRequests", "", NODES, "AAnAnAnFFU"),
    query("myPreferenceRequests", "", NODES, "FFFFFFFAnU"),
    query("myReferral", "", ID, "FFFFFFFAAU"),
    query("rentalPlans", "(fleetId: $fleet)", NODES, "AAnAnFFAnU"),
    query("activeRental", "(driverId: $driver)", ID, "AAnAnFFAnU"),
    query("rentalHistory", "(driverId: $driver)", NODES, "AAnAnFFAnU"),
    query("penalties", "(filter: {driverId: $driver})", NODES, "AAnAnAnAnU"),
    query("penaltySummary", "(filter: {driverId: $driver})", "count", "AAnAnAnAnU"),
    query("incentives", "(filter: {driverId: $driver})", NODES, "AAnAnAnAnU"),
    query("incentiveSummary", "(filter: {driverId: $driver})", "count", "AAnAnAnAnU"),
    query("collections", "(filter: {driverId: $driver})", NODES, "AAnAnFFAnU"),
    query("collectionSummary", "(filter: {driverId: $driver})", "days", "AAnAnFFAnU"),
    query("pendingReconciliations", "", NODES, "AAnAnFFFFU"),
    query("pendingPayouts", "", NODES, "AAnAnFFFFU"),
    query("payouts", "(filter: {driverId: $driver})", NODES, "AAnAnFFAnU"),
    query("partnerStuckSagas", "", "attempts", "nFFFFFFFFU"),
    query("weeklyEarnings", "(driverId: $driver)", "tripCount", "AAnAnFFAnU"),
    mutation(
        "createDriver",
        r#"{"userId": "$newcomer", "fleetId": "$fleet", "hubId": "$hub"}"#,
        "AAFAFAFFFU",
    ),
    mutation(
        "retryDriverAccount",
        r#"{"id": "$driver", "account": {"name": "Ravi", "phone": "9810000799"}}"#,
        "AAnAnAnFFU",
    ),
    mutation("updateDriver", r#"{"id": "$driver", "profile": {"city": "Noida"}}"#, "AAnAnAnAnU"),
    mutation("setDriverStatus", r#"{"id": "$driver", "status": "ACTIVE"}"#, "AAnAnAnFFU"),
    mutation("setDriverAvailability", r#"{"id": "$driver", "available": true}"#, "AAnAnAnFFU"),
    mutation("moveDriverToHub", r#"{"driverId": "$driver", "hubId": "$hub"}"#, "AAnAnAFFFU"),
    mutation("completeOnboarding", r#"{"firstName": "Ravi"}"#, "FFFFFFFAAU"),
    mutation(
        "offerOwnVehicle",
        r#"{"vehicle": {"number": "DL1CAB1234", "name": "Maruti", "model": "Dzire", "fuelType": "CNG"}}"#,
        "FFFFFFFAAU",
    ),
    mutation(
        "submitKycDocument",
        r#"{"driverId": "$driver", "kind": "OTHER", "url": "https://f.test/a"}"#,
        "AAnAnAnAnU",
    ),
    mutation("submitKyc", r#"{"driverId": "$driver"}"#, "AAnAnAnAnU"),
    mutation("approveKyc", r#"{"driverId": "$driver"}"#, "AAnAnAnFFU"),
    mutation("rejectKyc", r#"{"driverId": "$driver", "reason": "No"}"#, "AAnAnAnFFU"),
    mutation(
        "checkIn",
        r#"{"lat": 0, "lng": 0, "odometerStart": 1, "selfieUrl": "https://f.test/a"}"#,
        "FFFFFFFAAU",
    ),
    mutation("checkOut", r#"{"odometerEnd": 0}"#, "FFFFFFFAnU"),
    mutation("startBreak", "{}", "FFFFFFFAnU"),
    mutation("endBreak", "{}", "FFFFFFFnnU"),
    mutation("approveAttendance", r#"{"id": "$attendance"}"#, "AAnAnAnFFU"),
    mutation("rejectAttendance", r#"{"id": "$attendance"}"#, "AAnAnAnFFU"),
    mutation(
        "requestPreferenceChange",
        r#"{"driverId": "$driver", "changes": [{"key": "accept_rentals", "value": true}]}"#,
        "AAnAnFFAnU",
    ),
    mutation("approvePreferenceRequest", r#"{"id": "$request"}"#, "AAnAnAnFFU"),
    mutation("rejectPreferenceRequest", r#"{"id": "$request", "reason": "No"}"#, "AAnAnAnFFU"),
    mutation(
        "recordDeposit",
        r#"{"driverId": "$driver", "amountPaise": 1, "paymentMethod": "CASH"}"#,
        "AAnAnFFFFU",
    ),
    mutation(
        "createRentalPlan",
        r#"{"fleetId": "$fleet", "name": "Weekly", "rentalPaise": 1, "depositPaise": 0, "validityDays": 7}"#,
        "AAFAFFFFFU",
    ),
    mutation("updateRentalPlan", r#"{"id": "$plan", "validityDays": 8}"#, "AAnAnFFFFU"),
    mutation("startRental", r#"{"driverId": "$driver", "planId": "$plan"}"#, "AAnAnFFAnU"),
    mutation(
        "createPenalty",
        r#"{"driverId": "$driver", "type": "WARNING", "reason": "Late"}"#,
        "AAnAnAnFFU",
    ),
    mutation("waivePenalty", r#"{"id": "$penalty", "reason": "No"}"#, "AAnAnAnFFU"),
    mutation("reviewPenalty", r#"{"id": "$penalty", "notes": "Seen"}"#, "AAnAnAnFFU"),
    mutation(
        "createIncentive",
        r#"{"driverId": "$driver", "amountPaise": 1, "reason": "Good"}"#,
        "AAnAnAnFFU",
    ),
    mutation("markIncentivePaid", r#"{"id": "$incentive"}"#, "AAnAnFFFFU"),
    mutation(
        "recordCollection",
        r#"{"driverId": "$driver", "date": "2026-01-26", "qrPaise": 5}"#,
        "AAnAnFFFFU",
    ),
    mutation("reconcileCollection", r#"{"id": "$collection"}"#, "AAnAnFFFFU"),
    mutation("markCollectionPaid", r#"{"id": "$collection"}"#, "AAnAnFFFFU"),
    Row {
        selection: "skipped payouts { id }",
        ..mutation("importPayouts", r#"{"csv": "$csv"}"#, "AAnAnFFFFU")
    },
    mutation("createUploadUrl", r#"{"folder": "SELFIES", "contentType": "image/png"}"#, "AAAAAAAAAU"),
    subscription("driverStatusChanged", "(fleetId: $fleet)", "AAFAFAAFFU"),
    subscription("attendanceQueueChanged", "(fleetId: $fleet)", "AAFAFAAFFU"),
    subscription("myWalletChanged", "", "FFFFFFFAAU"),
];

/// One of everything of a driver at hub A1 of fleet A, and a driver of fleet B who has nothing.
pub(crate) struct Fixture {
    ids: Vec<(&'static str, String)>,
}

impl Fixture {
    pub(crate) async fn make(world: &World) -> Fixture {
        let (mg, ravi) = (manager(FLEET_A), the_driver(RAVI));
        let driver = world.driver(RAVI).await;
        world.driver_at(OF_FLEET_B, FLEET_B, Some(HUB_B1)).await;
        let bank = json!({"accountNumber": BANK, "ifsc": "HDFC0001234", "holderName": "Ravi"});
        world
            .act(&mg, "updateDriver", json!({"id": driver, "mobile": "9811100001", "bank": bank}), "id")
            .await;
        for kind in
            ["LICENSE_FRONT", "LICENSE_BACK", "AADHAAR_FRONT", "AADHAAR_BACK", "PAN_CARD", "LIVE_PHOTO"]
        {
            let document = json!({"kind": kind, "url": "https://files.test/a.jpg"});
            world.act(&ravi, "submitKycDocument", document, "id").await;
        }
        world.act(&ravi, "submitKyc", json!({}), "id").await;
        world.deliver(&crate::wallet::worked_trip(&driver, 0x71, "QR")).await;
        let made = async |mutation: &'static str, input: Value| {
            world.act(&mg, mutation, input, "id").await["id"].as_str().unwrap().to_owned()
        };
        let plan = made(
            "createRentalPlan",
            json!({"name": "Plan", "rentalPaise": 1, "depositPaise": 0, "validityDays": 7}),
        )
        .await;
        made("startRental", json!({"driverId": driver, "planId": plan})).await;
        let penalty =
            made("createPenalty", json!({"driverId": driver, "type": "WARNING", "reason": "Late"})).await;
        let incentive =
            made("createIncentive", json!({"driverId": driver, "amountPaise": 5, "reason": "Good"})).await;
        let collection =
            made("recordCollection", json!({"driverId": driver, "date": "2026-01-25", "qrPaise": 500})).await;
        made("reconcileCollection", json!({"id": collection})).await;
        made("recordCollection", json!({"driverId": driver, "date": "2026-01-26", "qrPaise": 5})).await;
        let csv =
            format!("phone,accountNumber,amount,penalty,incentive,payoutCycle\\n9811100001,{BANK},1,0,0,W4");
        world.act(&mg, "importPayouts", json!({"csv": csv.replace("\\n", "\n")}), "skipped").await;
        let place = json!({"lat": A1_PLACE.0, "lng": A1_PLACE.1, "odometerStart": 1, "selfieUrl": "https://files.test/s.jpg"});
        let attendance = world.act(&ravi, "checkIn", place, "id").await["id"].as_str().unwrap().to_owned();
        let wish = json!({"changes": [{"key": "prefer_day_shift", "value": true}]});
        let request =
            world.act(&ravi, "requestPreferenceChange", wish, "id").await["id"].as_str().unwrap().to_owned();
        let ids = vec![
            ("driver", driver),
            ("user", id(RAVI)),
            ("newcomer", id(0x150)),
            ("fleet", id(FLEET_A)),
            ("hub", id(HUB_A1)),
            ("plan", plan),
            ("penalty", penalty),
            ("incentive", incentive),
            ("collection", collection),
            ("attendance", attendance),
            ("request", request),
            ("csv", csv),
        ];
        Fixture { ids }
    }

    /// The variables of an operation: those it names, or its input.
    pub(crate) fn variables(&self, row: &Row) -> Value {
        if row.kind == "mutation" {
            let text = self.ids.iter().fold(row.input.to_owned(), |text, (name, id)| {
                text.replace(&format!("\"${name}\""), &format!("\"{id}\""))
            });
            return json!({"input": serde_json::from_str::<Value>(&text).unwrap_or_else(|e| panic!("{text}: {e}"))});
        }
        let named = self.ids.iter().filter(|(name, _)| row.arguments.contains(&format!("${name}")));
        Value::Object(named.map(|(name, id)| ((*name).to_owned(), json!(id))).collect())
    }
}

impl Row {
    /// The document.
    pub(crate) fn text(&self) -> String {
        let (name, arguments, selection) = (self.name, self.arguments, self.selection);
        let variables = if self.kind == "mutation" {
            format!("($input: {}{}Input!)", name[..1].to_uppercase(), &name[1..])
        } else {
            let used: Vec<String> = ["driver", "user", "fleet", "attendance"]
                .iter()
                .filter(|variable| arguments.contains(&format!("${variable}")))
                .map(|variable| format!("${variable}: ID!"))
                .collect();
            if used.is_empty() { String::new() } else { format!("({})", used.join(", ")) }
        };
        format!("{} {variables} {{ {name}{arguments} {{ {selection} }} }}", self.kind)
    }
}
