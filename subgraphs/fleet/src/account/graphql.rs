//! Sagas of fleet that need a look.

use async_graphql::{Context, Object};
use kit::Result;
use kit::saga::StuckSaga;

use crate::app::acting;

/// Questions about sagas.
#[derive(Default)]
pub struct SagaQuery;

#[Object]
impl SagaQuery {
    /// Administrators of fleets and managers whose account is not made although it was asked for again and again. The oldest
    /// first; for super admins.
    async fn fleet_stuck_sagas(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most: 1 to 100, 20 when left out.")] first: Option<i32>,
    ) -> Result<Vec<StuckSaga>> {
        let (app, _) = acting(ctx)?;
        StuckSaga::list(ctx, &app.pool, first).await
    }
}
