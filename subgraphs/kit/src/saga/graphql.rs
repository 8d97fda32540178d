//! Stuck sagas as those see them who look after the platform.

use async_graphql::{Context, ID, SimpleObject};
use chrono::{DateTime, Utc};
use sqlx::PgPool;

use super::{Saga, store};
use crate::error::{Error, Result};
use crate::viewer::{self, Role};

/// Work between services that does not come to its end: a step was repeated again and again without an answer. It goes on
/// being repeated; look at the dead letters of the service that should answer.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(shareable)]
pub struct StuckSaga {
    /// Its id, which its requests and answers carry.
    pub id: ID,
    /// Which work it is.
    pub kind: String,
    /// The id of the entity it is about.
    pub subject_id: ID,
    /// What is being waited for.
    pub step: String,
    /// How often the step was repeated.
    pub attempts: i32,
    /// When it is repeated next.
    pub next_attempt_at: DateTime<Utc>,
    /// What went wrong last, where something did.
    pub last_error: Option<String>,
    /// When the work began.
    pub created_at: DateTime<Utc>,
    /// When something was last known of it.
    pub updated_at: DateTime<Utc>,
}

impl StuckSaga {
    /// The stuck sagas of a database, the oldest first: the answer of a root field. Errors: UNAUTHENTICATED; FORBIDDEN but for a
    /// super admin; VALIDATION on `first`.
    pub async fn list(ctx: &Context<'_>, pool: &PgPool, first: Option<i32>) -> Result<Vec<StuckSaga>> {
        viewer::viewer(ctx)?.require(&[Role::SuperAdmin])?;
        let first = first.unwrap_or(20);
        if !(1..=100).contains(&first) {
            return Err(Error::validation("first", "Ask for 1 to 100"));
        }
        Ok(store::stuck(pool, i64::from(first)).await?.into_iter().map(StuckSaga::from).collect())
    }
}

impl From<Saga> for StuckSaga {
    fn from(saga: Saga) -> Self {
        Self {
            id: saga.id.into(),
            kind: saga.kind,
            subject_id: saga.subject_id.into(),
            step: saga.step,
            attempts: saga.attempts,
            next_attempt_at: saga.next_at,
            last_error: saga.last_error,
            created_at: saga.created_at,
            updated_at: saga.updated_at,
        }
    }
}
