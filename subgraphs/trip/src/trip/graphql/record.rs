//! What is told around a trip: who was given it, what happened to it, and who could drive it.

use async_graphql::{ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::extends::{Driver, User, Vehicle};
use crate::trip::dispatch::Obstacle;
use crate::trip::lifecycle::Action;
use crate::trip::repository::dispatch::Dispatch;
use crate::trip::repository::history::Entry;
use crate::trip::service::dispatch::Judged;
use crate::trip::{TripAssignmentStatus, TripStatus};

/// One giving of a trip to a driver.
#[Object(name = "TripAssignment")]
impl Dispatch {
    async fn id(&self) -> ID {
        ID::from(self.id)
    }

    /// The id that people read out, such as TAS20260127001.
    async fn short_id(&self) -> &str {
        &self.short_id
    }

    /// What became of it.
    async fn status(&self) -> TripAssignmentStatus {
        self.status
    }

    async fn driver(&self) -> Driver {
        Driver { id: self.driver_id }
    }

    async fn vehicle(&self) -> Vehicle {
        Vehicle { id: self.vehicle_id }
    }

    /// Who gave the driver the trip.
    async fn assigned_by(&self) -> Option<User> {
        self.assigned_by.map(User::of)
    }

    async fn assigned_at(&self) -> DateTime<Utc> {
        self.assigned_at
    }

    /// When it ended, however it did.
    async fn unassigned_at(&self) -> Option<DateTime<Utc>> {
        self.unassigned_at
    }

    /// Why it ended.
    async fn reason(&self) -> Option<&str> {
        self.unassign_reason.as_deref()
    }
}

/// One change of a trip.
#[Object(name = "TripHistoryEntry")]
impl Entry {
    /// The version that the change made.
    async fn version(&self) -> i64 {
        self.version
    }

    /// What was done.
    async fn action(&self) -> Action {
        self.action
    }

    /// The status before; null for the first entry.
    async fn from_status(&self) -> Option<TripStatus> {
        self.from_status
    }

    /// The status after.
    async fn to_status(&self) -> TripStatus {
        self.to_status
    }

    /// Who did it; null for the system and for passengers.
    async fn actor(&self) -> Option<User> {
        self.actor_id.map(User::of)
    }

    /// Why.
    async fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// Before and after of what is not a status (fare, pickup time), as JSON text.
    async fn detail(&self) -> Option<String> {
        self.detail.as_ref().map(Value::to_string)
    }

    async fn at(&self) -> DateTime<Utc> {
        self.at
    }
}

/// A driver whom a dispatcher could send.
#[derive(Clone, Debug, SimpleObject)]
pub struct DispatchCandidate {
    /// The driver.
    pub driver: Driver,
    /// The driver's name, as trips know it.
    pub name: String,
    /// The vehicle that the driver has on the roster; null when there is none.
    pub vehicle: Option<Vehicle>,
    /// The vehicle's registration, as trips know it.
    pub vehicle_number: Option<String>,
    /// Nothing speaks against the driver.
    pub is_fit: bool,
    /// What speaks against the driver.
    pub obstacles: Vec<Obstacle>,
}

impl From<Judged> for DispatchCandidate {
    fn from(judged: Judged) -> Self {
        Self {
            driver: Driver { id: judged.driver.id },
            name: judged.driver.name,
            vehicle: judged.crew.map(|crew| Vehicle { id: crew.vehicle_id }),
            vehicle_number: judged.vehicle.map(|vehicle| vehicle.number),
            is_fit: judged.obstacles.is_empty(),
            obstacles: judged.obstacles,
        }
    }
}
