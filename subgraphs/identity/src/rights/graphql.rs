//! Sagas of identity that need a look.

use async_graphql::{Context, Object};
use kit::Result;
use kit::saga::StuckSaga;

use crate::app::acting;

/// Questions about sagas.
#[derive(Default)]
pub struct SagaQuery;

#[Object]
impl SagaQuery {
    /// Accounts that were switched off or on, and services that have not followed although they were asked again and again.
    /// The oldest first; for super admins.
    async fn identity_stuck_sagas(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most: 1 to 100, 20 when left out.")] first: Option<i32>,
    ) -> Result<Vec<StuckSaga>> {
        let (app, _) = acting(ctx).await?;
        StuckSaga::list(ctx, &app.pool, first).await
    }
}
