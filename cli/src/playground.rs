//! What GraphiQL shows of this domain in development: example operations in tabs, people to sign in as.

use router::playground::{DemoIdentity, Example, PlaygroundData, SignInStep};
use serde_json::{Map, Value, json};

use crate::seed::people;
use crate::story::documents;

const SUBSCRIPTION: &str = "# The open trips of a fleet, then every change. Start it in the Live pane (left edge) and it goes on while
# you book a trip in the next tab.
subscription WatchFleet($fleetId: ID!) {
  fleetTrips(fleetId: $fleetId) { status version occurredAt trip { shortId pickupLocation } driver { user { name } } }
}";

const BOOK: &str = "mutation BookATrip($input: CreateTripInput!) {
  createTrip(input: $input) { id shortId status fare { total { amountPaise } } }
}";

const DRIVERS: &str = "query DriversAndTheirWallets {
  drivers(first: 10) {
    nodes { name status kycStatus user { phone } wallet { earnings { amountPaise } } activeAssignment { vehicle { number } } }
  }
}";

const ME: &str = "query WhoAmI { me { name role phone fleet { name city } driver { kycStatus } } }";

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn example(title: &str, query: &str, variables: Value) -> Example {
    Example { title: title.to_owned(), query: query.to_owned(), variables: map(variables) }
}

/// Examples, identities, and the two steps of signing in.
pub(crate) fn data() -> PlaygroundData {
    let fleet = people::first_fleet_id();
    let booking = json!({ "input": { "tripType": "INTER_CITY", "originCity": "DELHI", "destinationCity": "GURGAON",
        "pickupTime": "2030-01-15T06:00:00Z", "pickupLocation": "IGI Airport T3", "dropLocation": "Cyber Hub",
        "distanceKm": 25.5, "fleetId": fleet } });
    PlaygroundData {
        title: "Drivers Klub".to_owned(),
        examples: vec![
            example("Trips across four subgraphs", documents::FEDERATED_QUERY, json!({ "first": 50 })),
            example("Watch a fleet's trips", SUBSCRIPTION, json!({ "fleetId": fleet })),
            example("Book a trip", BOOK, booking),
            example("Drivers and their wallets", DRIVERS, json!({})),
            example("Who am I", ME, json!({})),
        ],
        identities: people::demo_identities()
            .into_iter()
            .map(|person| DemoIdentity {
                label: person.label,
                note: person.role.to_owned(),
                values: map(json!({ "phone": person.phone, "code": people::DEMO_CODE })),
            })
            .collect(),
        sign_in: vec![
            SignInStep { query: documents::REQUEST_OTP.to_owned(), ..SignInStep::default() },
            SignInStep {
                query: documents::VERIFY_OTP.to_owned(),
                token: Some("/verifyOtp/access".to_owned()),
                ..SignInStep::default()
            },
        ],
    }
}
