//! Sagas: work that several services do together, in steps that each commit by themselves.
//!
//! A saga is a row. [`begin`] writes it in the transaction of the first step, which also records the event that asks
//! another service for the next one. The answer is an event too: its handler calls [`end`], or [`advance`], in the
//! transaction of what it does about it. Nothing else holds the work together, so a crash anywhere loses nothing: what
//! was committed is in an outbox or an inbox, and what got lost on the way, or died among the dead letters, is asked
//! for again by the [`Worker`], with growing pauses. Requests carry the saga's id and answers bring it back, so that an
//! answer to an earlier attempt is told from one to this. Every step must be repeatable.

mod graphql;
mod store;
mod worker;

use chrono::{DateTime, Duration, Utc};
use serde_json::Value;
use uuid::Uuid;

pub use graphql::StuckSaga;
pub use store::{advance, begin, end, lock, lock_running, stuck};
pub use worker::{Progress, Worker};

/// How often a step is repeated before somebody should look at it: after seven and a half minutes.
pub const STUCK_AFTER: i32 = 4;

/// The first pause before a step is repeated, in seconds; each further one is twice as long.
const FIRST_PAUSE: i64 = 30;

/// The longest pause, in seconds.
const LONGEST_PAUSE: i64 = 3_600;

/// How long sagas that have ended are kept for questions, in days.
const KEEP_DAYS: i64 = 30;

/// A saga about to begin.
#[derive(Clone, Debug)]
pub struct NewSaga {
    /// Goes out with the request; a new one for every attempt that somebody starts.
    pub id: Uuid,
    /// Which saga; the worker has a step for each kind.
    pub kind: &'static str,
    /// The entity it is about. One saga of a kind runs about it at a time.
    pub subject_id: Uuid,
    /// What is being done.
    pub step: &'static str,
    /// What repeating the step needs.
    pub payload: Value,
}

/// A saga as stored.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Saga {
    /// Its id.
    pub id: Uuid,
    /// Which saga.
    pub kind: String,
    /// The entity it is about.
    pub subject_id: Uuid,
    /// What is being done, or waited for.
    pub step: String,
    /// How it stands.
    pub state: State,
    /// What repeating the step needs; empty at the end.
    pub payload: Value,
    /// How often the step was repeated.
    pub attempts: i32,
    /// When the step is repeated, if nothing is heard before.
    pub next_at: DateTime<Utc>,
    /// What went wrong last, or why it was compensated.
    pub last_error: Option<String>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When something was last known of it.
    pub updated_at: DateTime<Utc>,
}

/// How a saga stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// A step is being done.
    Running,
    /// All was done.
    Completed,
    /// It could not be done, and what had been done was made good.
    Compensated,
}

impl State {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Running => "RUNNING",
            State::Completed => "COMPLETED",
            State::Compensated => "COMPENSATED",
        }
    }
}

/// The pause after a step was repeated `attempts` times.
fn pause(attempts: i32) -> Duration {
    let doubled = FIRST_PAUSE.checked_shl(attempts.clamp(0, 20).unsigned_abs()).unwrap_or(LONGEST_PAUSE);
    Duration::seconds(doubled.min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_hour_and_a_saga_is_stuck_after_minutes() {
        let seconds: Vec<i64> = (0..9).map(|attempts| pause(attempts).num_seconds()).collect();
        assert_eq!(seconds, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
        assert_eq!(pause(i32::MAX), Duration::seconds(LONGEST_PAUSE));
        let until_stuck: i64 = (0..STUCK_AFTER).map(|attempts| pause(attempts).num_seconds()).sum();
        assert_eq!(until_stuck, 450);
    }
}
