//! Who may do what: the rows.

/// Who calls: super admin; fleet admin, manager and operator of the fleet or hub and of another; the driver and another;
/// nobody.
pub(crate) const CALLERS: [&str; 10] = ["SA", "FA", "FA'", "MG", "MG'", "OP", "OP'", "DR", "DR'", "PUB"];

/// Operation, outcome per caller, how far the trip is, selection.
pub(crate) struct Row {
    pub(crate) operation: &'static str,
    pub(crate) outcomes: &'static str,
    pub(crate) at: Stage,
    pub(crate) text: &'static str,
}

/// How far the trip of a row is when the operation is tried.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub(crate) enum Stage {
    Nothing,
    Roster,
    Booked,
    Public,
    Dispatched,
    Started,
    Arrived,
    Onboarded,
}

const fn row(operation: &'static str, outcomes: &'static str, at: Stage, text: &'static str) -> Row {
    Row { operation, outcomes, at, text }
}

pub(crate) const MATRIX: &[Row] = &[
    row("Query.trip", "++0+0+0+0U", Stage::Dispatched, "query { r: trip(id: \"$trip\") { id } }"),
    row(
        "Query.trips",
        "++0+0+0+0U",
        Stage::Dispatched,
        "query { r: trips(filter: {driverId: \"$driver\"}) { nodes { id } } }",
    ),
    row("Query.myTrips", "FFFFFFF+0U", Stage::Dispatched, "query { r: myTrips { nodes { id } } }"),
    row(
        "Query.tripByTrackingToken",
        "++++++++++",
        Stage::Public,
        "query { r: tripByTrackingToken(token: \"$token\") { status } }",
    ),
    row(
        "Query.assignment",
        "++0+0+0+0U",
        Stage::Roster,
        "query { r: assignment(id: \"$assignment\") { id } }",
    ),
    row(
        "Query.assignments",
        "++0+0+0+0U",
        Stage::Roster,
        "query { r: assignments(filter: {driverId: \"$driver\"}) { nodes { id } } }",
    ),
    row(
        "Query.roster",
        "++F+F+0FFU",
        Stage::Roster,
        "query { r: roster(fleetId: \"$fleet\") { nodes: entries { name } } }",
    ),
    row(
        "Query.dispatchCandidates",
        "++N+N+0FFU",
        Stage::Booked,
        "query { r: dispatchCandidates(tripId: \"$trip\") { name } }",
    ),
    row(
        "Query.operationsSummary",
        "++F+F++FFU",
        Stage::Booked,
        "query { r: operationsSummary(fleetId: \"$fleet\") { date } }",
    ),
    row(
        "Query.fareQuote",
        "++++++++++",
        Stage::Nothing,
        "query { r: fareQuote(input: {distanceKm: 10}) { billableKm } }",
    ),
    row(
        "Mutation.createTrip",
        "++F+F++FFU",
        Stage::Nothing,
        "createTrip { fleetId: \"$fleet\", tripType: INTER_CITY, originCity: \"Delhi\", pickupTime: \"2026-02-20T06:00:00Z\", pickupLocation: \"a\", dropLocation: \"b\", distanceKm: 10 }",
    ),
    row(
        "Mutation.createTripFromAssignment",
        "++N+N+NFFU",
        Stage::Roster,
        "createTripFromAssignment { assignmentId: \"$assignment\", originCity: \"Delhi\", pickupLocation: \"a\", distanceKm: 5 }",
    ),
    row(
        "Mutation.bookPublicTrip",
        "++++++++++",
        Stage::Nothing,
        "bookPublicTrip { tripType: INTER_CITY, originCity: \"Delhi\", pickupTime: \"2026-02-20T06:00:00Z\", pickupLocation: \"a\", dropLocation: \"b\", distanceKm: 10, passenger: {name: \"n\", phone: \"9000000001\"} }",
    ),
    row(
        "Mutation.cancelPublicTrip",
        "++++++++++",
        Stage::Public,
        "cancelPublicTrip { trackingToken: \"$token\", reason: \"r\" }",
    ),
    row(
        "Mutation.assignDriver",
        "++N+N+NFFU",
        Stage::Booked,
        "assignDriver { tripId: \"$trip\", driverId: \"$driver\" }",
    ),
    row(
        "Mutation.reassignDriver",
        "++N+N+NFFU",
        Stage::Dispatched,
        "reassignDriver { tripId: \"$trip\", driverId: \"$second\", reason: \"r\" }",
    ),
    row(
        "Mutation.unassignDriver",
        "++N+N+NFFU",
        Stage::Dispatched,
        "unassignDriver { tripId: \"$trip\", reason: \"r\" }",
    ),
    row(
        "Mutation.cancelTrip",
        "++N+N+NFFU",
        Stage::Dispatched,
        "cancelTrip { tripId: \"$trip\", reason: \"r\" }",
    ),
    row(
        "Mutation.rescheduleTrip",
        "++N+N+NFFU",
        Stage::Dispatched,
        "rescheduleTrip { tripId: \"$trip\", pickupTime: \"2026-02-21T06:00:00Z\" }",
    ),
    row(
        "Mutation.adjustFare",
        "++N+N+NFFU",
        Stage::Dispatched,
        "adjustFare { tripId: \"$trip\", tollPaise: 5, reason: \"r\" }",
    ),
    row("Mutation.startTrip", "FFFFFFF+NU", Stage::Dispatched, "startTrip { tripId: \"$trip\" }"),
    row("Mutation.markArrived", "FFFFFFF+NU", Stage::Started, "markArrived { tripId: \"$trip\" }"),
    row("Mutation.onboardPassenger", "FFFFFFF+NU", Stage::Arrived, "onboardPassenger { tripId: \"$trip\" }"),
    row("Mutation.completeTrip", "FFFFFFF+NU", Stage::Onboarded, "completeTrip { tripId: \"$trip\" }"),
    row(
        "Mutation.markNoShow",
        "FFFFFFF+NU",
        Stage::Arrived,
        "markNoShow { tripId: \"$trip\", reason: \"r\" }",
    ),
    row(
        "Mutation.reportLocation",
        "FFFFFFF+NU",
        Stage::Started,
        "reportLocation { tripId: \"$trip\", point: {lat: 28.5, lng: 77.1} }",
    ),
    row(
        "Mutation.createAssignment",
        "++N+N+NFFU",
        Stage::Nothing,
        "createAssignment { driverId: \"$driver\", vehicleId: \"$vehicle\" }",
    ),
    row(
        "Mutation.endAssignment",
        "++N+N+NFFU",
        Stage::Roster,
        "endAssignment { assignmentId: \"$assignment\" }",
    ),
    row(
        "Mutation.swapVehicle",
        "++N+N+NFFU",
        Stage::Roster,
        "swapVehicle { assignmentId: \"$assignment\", vehicleId: \"$free\" }",
    ),
    row(
        "Subscription.tripStatusChanged",
        "++N+N+N+NU",
        Stage::Dispatched,
        "subscription { r: tripStatusChanged(tripId: \"$trip\") { status } }",
    ),
    row(
        "Subscription.myTripAssigned",
        "FFFFFFF+0U",
        Stage::Dispatched,
        "subscription { r: myTripAssigned { status } }",
    ),
    row(
        "Subscription.fleetTrips",
        "++F+F+0FFU",
        Stage::Dispatched,
        "subscription { r: fleetTrips(fleetId: \"$fleet\") { status } }",
    ),
    row(
        "Subscription.tripLocation",
        "++N+N+N+NU",
        Stage::Started,
        "subscription { r: tripLocation(tripId: \"$trip\") { recordedAt } }",
    ),
    row("Entity.Trip", "++0+0+0+00", Stage::Dispatched, "Trip $trip { r: id }"),
    row("Entity.Assignment", "++0+0+0+00", Stage::Roster, "Assignment $assignment { r: id }"),
    row(
        "Entity.Driver.activeAssignment",
        "++0+0+0+00",
        Stage::Roster,
        "Driver $driver { r: activeAssignment { id } }",
    ),
    row(
        "Entity.Driver.trips",
        "++0+0+0+00",
        Stage::Dispatched,
        "Driver $driver { r: trips { nodes { id } } }",
    ),
    row(
        "Entity.Vehicle.activeAssignment",
        "++0+0+0+00",
        Stage::Roster,
        "Vehicle $vehicle { r: activeAssignment { id } }",
    ),
    row("Entity.Fleet.trips", "++0+0+0+00", Stage::Dispatched, "Fleet $fleet { r: trips { nodes { id } } }"),
    row(
        "Entity.Fleet.assignments",
        "++0+0+0+00",
        Stage::Roster,
        "Fleet $fleet { r: assignments { nodes { id } } }",
    ),
    row("Entity.Fleet.stats", "++0+0++000", Stage::Dispatched, "Fleet $fleet { r: stats { activeNow } }"),
];
