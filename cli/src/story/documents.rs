//! The operations of a day's work, as the apps send them.

/// Asks for a one-time code.
pub const REQUEST_OTP: &str =
    "mutation($phone: String!) { requestOtp(input: { phone: $phone }) { resendAfterSeconds } }";

/// Signs in with it.
pub const VERIFY_OTP: &str = "mutation($phone: String!, $code: String!) {
  verifyOtp(input: { phone: $phone, code: $code }) { access refresh user { id name role } }
}";

/// A fleet and, by an event, its admin.
pub const CREATE_FLEET: &str =
    "mutation($input: CreateFleetInput!) { createFleet(input: $input) { id name status } }";

/// Somebody who may sign in.
pub const CREATE_USER: &str =
    "mutation($input: CreateUserInput!) { createUser(input: $input) { id name role fleetId } }";

/// A fleet's record of a manager.
pub const CREATE_MANAGER: &str = "mutation($input: CreateFleetManagerInput!) { createFleetManager(input: $input) { id name fleet { name } } }";

/// A cab.
pub const CREATE_VEHICLE: &str =
    "mutation($input: CreateVehicleInput!) { createVehicle(input: $input) { id number fleet { name } } }";

/// The profile of a user who drives.
pub const CREATE_DRIVER: &str =
    "mutation($input: CreateDriverInput!) { createDriver(input: $input) { id kycStatus user { name } } }";

/// One paper of a driver.
pub const SUBMIT_DOCUMENT: &str = "mutation($input: SubmitKycDocumentInput!) { submitKycDocument(input: $input) { id missingKycDocuments } }";

/// A place where shifts begin.
pub const CREATE_HUB: &str = "mutation($input: CreateHubInput!) { createHub(input: $input) { id name } }";

/// A driver begins the day.
pub const CHECK_IN: &str = "mutation($input: CheckInInput!) { checkIn(input: $input) { id status } }";

/// Somebody looks at the check-in and agrees.
pub const APPROVE_ATTENDANCE: &str =
    "mutation($input: ApproveAttendanceInput!) { approveAttendance(input: $input) { id status } }";

/// Who is on duty, as trips know it.
pub const ROSTER: &str = "query($fleet: ID!) {
  roster(fleetId: $fleet) { entries { driver { id } attendance { status onBreak } } }
}";

/// The verdict on a driver's papers.
pub const APPROVE_KYC: &str =
    "mutation($input: ApproveKycInput!) { approveKyc(input: $input) { id kycStatus } }";

/// A driver gets a vehicle for a shift.
pub const CREATE_ASSIGNMENT: &str = "mutation($input: CreateAssignmentInput!) {
  createAssignment(input: $input) { id status version driver { user { name } } vehicle { number } }
}";

/// A booking.
pub const CREATE_TRIP: &str = "mutation($input: CreateTripInput!) {
  createTrip(input: $input) { id status fare { quote { amountPaise } total { amountPaise } } }
}";

/// Dispatch.
pub const ASSIGN_DRIVER: &str = "mutation($input: AssignDriverInput!) { assignDriver(input: $input) { id status driver { user { name } } } }";

/// The driver leaves for the pickup.
pub const START_TRIP: &str = "mutation($input: StartTripInput!) { startTrip(input: $input) { status } }";
/// The driver is there.
pub const MARK_ARRIVED: &str =
    "mutation($input: MarkArrivedInput!) { markArrived(input: $input) { status } }";
/// The passenger is in.
pub const ONBOARD: &str =
    "mutation($input: OnboardPassengerInput!) { onboardPassenger(input: $input) { status } }";
/// Done and priced.
pub const COMPLETE_TRIP: &str = "mutation($input: CompleteTripInput!) {
  completeTrip(input: $input) { status fare { total { amountPaise } } }
}";

/// Every change of a trip.
pub const WATCH_TRIP: &str = "subscription($trip: ID!) {
  tripStatusChanged(tripId: $trip) { status version driver { user { name } } }
}";

/// What a driver has earned.
pub const WALLET: &str = "query($driver: ID!) { wallet(driverId: $driver) { earnings { amountPaise } cashHeld { amountPaise } version } }";

/// The query that crosses all four subgraphs; the first tab of the playground shows it too.
pub const FEDERATED_QUERY: &str = include_str!("../../../examples/trips.graphql");

/// One trip.
pub const TRIP_BY_ID: &str = "query($trip: ID!) { trip(id: $trip) { id status } }";
