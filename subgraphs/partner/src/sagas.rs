//! The sagas of partner: what repeats their steps, and where those are seen that are stuck.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Context, Object};
use kit::error::Result;
use kit::saga::{StuckSaga, Worker};
use kit::{Role, Service};

use crate::actor::{App, actor};
use crate::driver::{account, own_vehicle, stand_down};

/// How often is looked for sagas of which nothing was heard.
const EVERY: Duration = Duration::from_secs(5);

/// Adds the worker and its gauge.
pub(crate) fn serve(service: Service, app: &Arc<App>) -> Service {
    let (accounts, stand_downs, vehicles) = (app.clone(), app.clone(), app.clone());
    Worker::new("partner.sagas", &app.pool, &app.clock)
        .on(account::KIND, move |conn, saga| {
            let app = accounts.clone();
            Box::pin(async move { account::QUESTION.repeat(conn, &app, saga).await })
        })
        .on(stand_down::KIND, move |conn, saga| {
            let app = stand_downs.clone();
            Box::pin(async move { stand_down::repeat(conn, &app, saga).await })
        })
        .on(own_vehicle::KIND, move |conn, saga| {
            let app = vehicles.clone();
            Box::pin(async move { own_vehicle::QUESTION.repeat(conn, &app, saga).await })
        })
        .serve(service, EVERY)
}

/// Questions about sagas.
#[derive(Default)]
pub(crate) struct SagaQuery;

#[Object]
impl SagaQuery {
    /// Drivers whose account is not made, whose own vehicle is not added, or who are not taken off the roster, although it was
    /// asked for again and again. The oldest first; for super admins.
    async fn partner_stuck_sagas(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most: 1 to 100, 20 when left out.")] first: Option<i32>,
    ) -> Result<Vec<StuckSaga>> {
        let by = actor(ctx, &[Role::SuperAdmin])?;
        StuckSaga::list(ctx, &by.app.pool, first).await
    }
}
