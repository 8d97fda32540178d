//! The company's work, step by step, as its people do it through the router: what `smoke` tells and the acceptance tests
//! build their scenes from.

pub mod documents;
mod fleet;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use self::documents as doc;
use crate::client::{Client, Failure};
use crate::seed::people;

pub use self::fleet::{Driver, Fleet, booking};

/// How long what events bring about may take: moments, but on a crowded machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// The phone of the super admin: the demo data has one, other worlds add one.
pub const SUPER_ADMIN_PHONE: &str = people::SUPER_ADMIN_PHONE;

/// The code of phones in the demo range, where the demo flag is set.
pub const DEMO_CODE: &str = people::DEMO_CODE;

/// A place in degrees: latitude, longitude.
pub type Place = (f64, f64);

/// Where most trips begin and where the hub is.
pub const AIRPORT: Place = (28.5562, 77.1);

/// Where most trips end.
pub const CYBER_HUB: Place = (28.495, 77.089);

/// A place as inputs take it.
pub fn point((lat, lng): Place) -> Value {
    json!({ "lat": lat, "lng": lng })
}

/// Numbers that this process gives out once, above those of the demo data.
fn serial() -> u32 {
    static SERIAL: AtomicU32 = AtomicU32::new(50_000);
    SERIAL.fetch_add(1, Ordering::Relaxed)
}

/// A phone of the demo range, whose one-time code is fixed; another one with every call.
pub fn new_phone() -> String {
    people::phone(serial() as usize)
}

/// A registration; another one with every call.
pub fn new_registration() -> String {
    let number = serial();
    format!("DL{:02}SM{:04}", number / 10_000, number % 10_000)
}

/// The text at a JSON pointer.
pub fn text(value: &Value, pointer: &str) -> Result<String, Failure> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| format!("no {pointer} in {value}"))
}

/// The whole number at a JSON pointer.
pub fn number(value: &Value, pointer: &str) -> Result<i64, Failure> {
    value.pointer(pointer).and_then(Value::as_i64).ok_or_else(|| format!("no {pointer} in {value}"))
}

/// Fails with a sentence when two things differ.
pub fn expect<T: PartialEq + std::fmt::Debug>(what: &str, got: T, wanted: T) -> Result<(), Failure> {
    if got == wanted { Ok(()) } else { Err(format!("{what}: expected {wanted:?}, got {got:?}")) }
}

/// Tries until it holds: what events bring about takes a moment.
pub async fn eventually<F, Fut>(what: &str, mut attempt: F) -> Result<(), Failure>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<bool, Failure>>,
{
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if attempt().await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(format!("{what}: not within {PATIENCE:?}"))
}

/// Somebody who has signed in.
#[derive(Clone)]
pub struct Session {
    /// Asks in their name.
    pub client: Client,
    /// The user.
    pub user_id: String,
    /// What the next access token is had for.
    pub refresh: String,
}

/// Signs in with the fixed code.
pub async fn sign_in(anonymous: &Client, phone: &str) -> Result<Session, Failure> {
    anonymous.ask(doc::REQUEST_OTP, json!({ "phone": phone })).await?;
    let answer = anonymous.ask(doc::VERIFY_OTP, json!({ "phone": phone, "code": DEMO_CODE })).await?;
    Ok(Session {
        client: anonymous.with_token(&text(&answer, "/verifyOtp/access")?),
        user_id: text(&answer, "/verifyOtp/user/id")?,
        refresh: text(&answer, "/verifyOtp/refresh")?,
    })
}

/// The company: somebody who has not signed in, and the one who may do everything.
#[derive(Clone)]
pub struct Company {
    /// Nobody in particular.
    pub anonymous: Client,
    /// The super admin.
    pub admin: Client,
}

impl Company {
    /// Signs the super admin in at this router.
    pub async fn at(url: &str) -> Result<Self, Failure> {
        let anonymous = Client::anonymous(url);
        let admin = sign_in(&anonymous, SUPER_ADMIN_PHONE).await?.client;
        Ok(Company { anonymous, admin })
    }

    /// Has `by` create a user of a fleet and signs them in.
    pub async fn hire(
        &self,
        by: &Client,
        role: &str,
        fleet: &str,
        hubs: &[&str],
    ) -> Result<Session, Failure> {
        let phone = new_phone();
        let user =
            json!({ "name": "Ravi Kumar", "phone": phone, "role": role, "fleetId": fleet, "hubIds": hubs });
        by.ask(doc::CREATE_USER, json!({ "input": user })).await?;
        sign_in(&self.anonymous, &phone).await
    }

    /// Creates a fleet with a manager and a hub at the airport.
    pub async fn found_a_fleet(&self, name: &str) -> Result<Fleet, Failure> {
        let fleet = json!({ "name": name, "mobile": new_phone(), "city": "DELHI", "fleetType": "COMPANY",
            "panNumber": "ABCDE1234F", "adminName": "Meera Nair" });
        let answer = self.admin.ask(doc::CREATE_FLEET, json!({ "input": fleet })).await?;
        let id = text(&answer, "/createFleet/id")?;
        let manager = self.hire(&self.admin, "MANAGER", &id, &[]).await?.client;
        let mut fleet =
            Fleet { id, name: name.to_owned(), manager, hub: String::new(), company: self.clone() };
        fleet.hub = fleet.open_a_hub("IGI", AIRPORT).await?;
        Ok(fleet)
    }
}
