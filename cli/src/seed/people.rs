//! Synthetic people: names, phones of the reserved demo range, and who a newcomer may sign in as.

use chrono::{DateTime, Utc};
use fastrand::Rng;
use uuid::Uuid;

use super::DEFAULT_SEED;

/// The one-time code of the demo range; it works only where the demo flag is set.
pub(crate) const DEMO_CODE: &str = "000000";

/// The first super admin.
pub(crate) const SUPER_ADMIN_PHONE: &str = "+919000000001";

const FIRST_NAMES: [&str; 24] = [
    "Aarav", "Aditi", "Amit", "Anita", "Arjun", "Deepa", "Farhan", "Gurpreet", "Harish", "Imran", "Kavita",
    "Lakshmi", "Manoj", "Neha", "Pooja", "Rahul", "Rekha", "Sanjay", "Shabnam", "Sunil", "Tara", "Vijay",
    "Yusuf", "Zoya",
];
const LAST_NAMES: [&str; 20] = [
    "Ahuja", "Ansari", "Bose", "Chauhan", "Das", "Gill", "Gupta", "Iyer", "Jain", "Khan", "Kumar", "Mehta",
    "Nair", "Patel", "Rao", "Sharma", "Singh", "Thakur", "Verma", "Yadav",
];

/// A name in two parts.
pub(crate) fn name(rng: &mut Rng) -> (&'static str, &'static str) {
    (FIRST_NAMES[rng.usize(..FIRST_NAMES.len())], LAST_NAMES[rng.usize(..LAST_NAMES.len())])
}

/// The phone of the n-th demo person, E.164.
pub(crate) fn phone(number: usize) -> String {
    format!("+9190000{number:05}")
}

/// The same id for the same seed, kind and number, in every database.
pub(crate) fn id(seed: u64, kind: &str, number: usize) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("drivers-klub:{seed}/{kind}/{number}").as_bytes())
}

/// An id like one that was drawn at an instant: ids of later rows sort behind it.
pub(crate) fn id_at(rng: &mut Rng, at: DateTime<Utc>) -> Uuid {
    let mut random = [0; 10];
    rng.fill(&mut random);
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// The demo world's first fleet.
pub(crate) fn first_fleet_id() -> Uuid {
    id(DEFAULT_SEED, "fleet", 0)
}

/// Somebody a newcomer may sign in as.
pub(crate) struct DemoIdentity {
    /// The role, as the API writes it.
    pub(crate) role: &'static str,
    /// E.164.
    pub(crate) phone: String,
    /// Who it is, for a button.
    pub(crate) label: String,
}

/// One of each role; the phones are those that the world gives them.
pub(crate) fn demo_identities() -> Vec<DemoIdentity> {
    let people = [
        ("SUPER_ADMIN", 1, "Super admin"),
        ("FLEET_ADMIN", 10, "Fleet admin"),
        ("MANAGER", 11, "Manager"),
        ("OPERATIONS", 12, "Operations"),
        ("DRIVER", 100, "Driver"),
        ("MANAGER", 31, "Manager of another fleet"),
    ];
    people
        .into_iter()
        .map(|(role, number, label)| DemoIdentity { role, phone: phone(number), label: label.to_owned() })
        .collect()
}
