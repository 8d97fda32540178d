//! What GraphiQL shows of this domain in development: the screens that people need in tabs, people to sign in as.

use chrono::{Datelike, Months};
use kit::Clock;
use router::playground::{DemoIdentity, Example, PlaygroundData, SignInStep};
use serde_json::{Map, Value, json};

use crate::seed::people;
use crate::story::documents;

const DASHBOARD: &str = "# As a manager: what waits, what comes up, what was earned.
query Dashboard {
  operationsSummary {
    date
    stats {
      tripsToday activeNow unassigned completedToday
      revenueToday { amountPaise }
    }
    unassignedTrips { shortId pickupTime pickupLocation }
    upcomingTrips {
      shortId status pickupTime pickupLocation
      driver { user { name } }
      vehicle { number }
    }
  }
  expiringDocuments(first: 5) {
    nodes { kind expiresOn daysLeft vehicle { number } }
  }
}";

const SUBSCRIPTION: &str = "# The open trips, then every change. Start it in the Live
# pane (left edge) and it goes on while you book a trip in
# the next tab and dispatch it in the one after.
subscription WatchFleet($fleetId: ID!) {
  fleetTrips(fleetId: $fleetId) {
    status version occurredAt
    trip { shortId pickupLocation }
    driver { user { name } }
  }
}";

const BOOK: &str = "mutation BookATrip($input: CreateTripInput!) {
  createTrip(input: $input) {
    id shortId status
    fare { quote { amountPaise } total { amountPaise } }
  }
}";

const DISPATCH: &str = "# Three operations; the play button asks which.
# 1. Trips without a driver: copy a shortId to the variables.
query DispatchBoard {
  trips(first: 5, filter: { unassigned: true }) {
    nodes { shortId pickupTime pickupLocation dropLocation }
  }
}

# 2. Who could go, and what speaks against the others.
query Candidates($trip: ID!) {
  dispatchCandidates(tripId: $trip) {
    name isFit obstacles vehicleNumber
    driver { id isAvailable hub { name } }
  }
}

# 3. Send one of them.
mutation Dispatch($trip: ID!, $driver: ID!) {
  assignDriver(input: { tripId: $trip, driverId: $driver }) {
    shortId status
    driver { user { name phone } }
    vehicle { number }
  }
}";

const DRIVER_APP: &str = "# As the driver: the app's first screen in one request.
query DriverApp {
  myDriver {
    name kycStatus status isAvailable
    fleet { name }
    hub { name address }
    activeAssignment { shortId vehicle { number model } }
    openAttendance { status checkInTime }
  }
  myTrips(which: ACTIVE, first: 5) {
    nodes { shortId status pickupTime pickupLocation }
  }
  myWallet {
    earnings { amountPaise }
    cashHeld { amountPaise }
    netPayable { amountPaise }
  }
  weeklyEarnings(weeks: 2) {
    isoWeek tripCount net { amountPaise }
  }
}";

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
pub(crate) fn data(clock: &Clock) -> PlaygroundData {
    PlaygroundData {
        title: "Drivers Klub".to_owned(),
        examples: examples(&pickup_time(clock)),
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

/// The tabs of a first visit, in the order in which a newcomer might try them.
/// A morning two months ahead: not too near and not too far for booking, and the same all month, because the tabs of whoever
/// comes back are replaced when the examples change.
fn pickup_time(clock: &Clock) -> String {
    let today = clock.now().date_naive();
    let first = today.with_day(1).and_then(|first| first.checked_add_months(Months::new(2)));
    format!("{}T06:00:00Z", first.unwrap_or(today))
}

fn examples(pickup_time: &str) -> Vec<Example> {
    let fleet = people::first_fleet_id();
    let booking = json!({ "input": { "tripType": "INTER_CITY", "originCity": "DELHI", "destinationCity": "GURGAON",
        "pickupTime": pickup_time, "pickupLocation": "IGI Airport T3", "dropLocation": "Cyber Hub",
        "distanceKm": 25.5, "fleetId": fleet } });
    let dispatch = json!({ "trip": "", "driver": "" });
    vec![
        example("Trips across four subgraphs", documents::FEDERATED_QUERY, json!({ "first": 50 })),
        example("Dashboard", DASHBOARD, json!({})),
        example("Watch a fleet's trips", SUBSCRIPTION, json!({ "fleetId": fleet })),
        example("Book a trip", BOOK, booking),
        example("Dispatch a trip", DISPATCH, dispatch),
        example("Driver app", DRIVER_APP, json!({})),
    ]
}

#[cfg(test)]
mod tests {
    use federation::operation::{Limits, prepare};
    use federation::supergraph::Supergraph;

    use super::*;

    #[test]
    fn the_example_is_booked_neither_too_near_nor_too_far_ahead() {
        let clock = Clock::fixed("2026-12-31T23:00:00Z".parse().unwrap());
        for _ in 0..400 {
            let pickup = pickup_time(&clock).parse::<chrono::DateTime<chrono::Utc>>().unwrap();
            let days = (pickup - clock.now()).num_days();
            assert!((28..=93).contains(&days), "{pickup} seen from {}", clock.now());
            clock.advance(chrono::Duration::days(1));
        }
    }

    #[test]
    fn every_tab_and_every_step_of_signing_in_fits_the_supergraph() {
        let supergraph = Supergraph::parse(include_str!("../../schema/supergraph.graphql")).unwrap();
        let data = data(&Clock::system());
        let tabs = data.examples.iter().map(|tab| &tab.query);
        for text in tabs.chain(data.sign_in.iter().map(|step| &step.query)) {
            let names = text.lines().filter_map(|line| {
                let (kind, rest) = line.split_once(' ')?;
                let name = rest.split(['(', ' ', '{']).next()?;
                ["query", "mutation", "subscription"]
                    .contains(&kind)
                    .then_some(name)
                    .filter(|it| !it.is_empty())
            });
            let names: Vec<&str> = names.collect();
            assert!(names.len() <= 3, "{names:?}");
            for name in names.iter().map(|name| Some(*name)).chain(names.is_empty().then_some(None)) {
                let prepared = prepare(&supergraph, text, name, &Limits::default());
                assert!(prepared.is_ok(), "{name:?} of {text}: {:?}", prepared.err());
            }
        }
    }
}
