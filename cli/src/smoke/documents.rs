//! The operations of the main job, as the apps send them.

pub(crate) const REQUEST_OTP: &str =
    "mutation($phone: String!) { requestOtp(input: { phone: $phone }) { resendAfterSeconds } }";

pub(crate) const VERIFY_OTP: &str = "mutation($phone: String!, $code: String!) {
  verifyOtp(input: { phone: $phone, code: $code }) { access user { id name role } }
}";

pub(crate) const CREATE_FLEET: &str =
    "mutation($input: CreateFleetInput!) { createFleet(input: $input) { id name status } }";

pub(crate) const CREATE_USER: &str =
    "mutation($input: CreateUserInput!) { createUser(input: $input) { id name role fleetId } }";

pub(crate) const CREATE_MANAGER: &str = "mutation($input: CreateFleetManagerInput!) { createFleetManager(input: $input) { id name fleet { name } } }";

pub(crate) const CREATE_VEHICLE: &str =
    "mutation($input: CreateVehicleInput!) { createVehicle(input: $input) { id number fleet { name } } }";

pub(crate) const CREATE_DRIVER: &str =
    "mutation($input: CreateDriverInput!) { createDriver(input: $input) { id kycStatus user { name } } }";

pub(crate) const SUBMIT_DOCUMENT: &str = "mutation($input: SubmitKycDocumentInput!) { submitKycDocument(input: $input) { id missingKycDocuments } }";

pub(crate) const APPROVE_KYC: &str =
    "mutation($input: ApproveKycInput!) { approveKyc(input: $input) { id kycStatus } }";

pub(crate) const CREATE_ASSIGNMENT: &str = "mutation($input: CreateAssignmentInput!) {
  createAssignment(input: $input) { id status driver { user { name } } vehicle { number } }
}";

pub(crate) const CREATE_TRIP: &str = "mutation($input: CreateTripInput!) {
  createTrip(input: $input) { id status fare { quote { amountPaise } total { amountPaise } } }
}";

pub(crate) const ASSIGN_DRIVER: &str = "mutation($input: AssignDriverInput!) { assignDriver(input: $input) { id status driver { user { name } } } }";

pub(crate) const START_TRIP: &str =
    "mutation($input: StartTripInput!) { startTrip(input: $input) { status } }";
pub(crate) const MARK_ARRIVED: &str =
    "mutation($input: MarkArrivedInput!) { markArrived(input: $input) { status } }";
pub(crate) const ONBOARD: &str =
    "mutation($input: OnboardPassengerInput!) { onboardPassenger(input: $input) { status } }";
pub(crate) const COMPLETE_TRIP: &str = "mutation($input: CompleteTripInput!) {
  completeTrip(input: $input) { status fare { total { amountPaise } } }
}";

pub(crate) const WATCH_TRIP: &str = "subscription($trip: ID!) {
  tripStatusChanged(tripId: $trip) { status version driver { user { name } } }
}";

pub(crate) const WALLET: &str = "query($driver: ID!) { wallet(driverId: $driver) { earnings { amountPaise } cashHeld { amountPaise } version } }";

/// The query that crosses all four subgraphs; the first tab of the playground shows it too.
pub(crate) const FEDERATED_QUERY: &str = include_str!("../../../examples/trips.graphql");

pub(crate) const TRIP_BY_ID: &str = "query($trip: ID!) { trip(id: $trip) { id status } }";
