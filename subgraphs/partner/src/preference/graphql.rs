//! Preferences as clients see and ask for them.

use std::collections::HashMap;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kit::error::Result;
use kit::loader::{self, Batch, Source};
use kit::page::{Connection, PageArgs, connection, wants_total};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::repository::{self, Filter};
use super::{
    EffectivePreference, PreferenceDefinition, PreferenceRequest, PreferenceRequestStatus, effective, service,
};
use crate::actor::{ADMINS, EVERYBODY, MONEY_OR_SELF, actor};
use crate::driver::Driver;
use crate::driver::loader::DriverById;
use crate::input as check;

/// One value of a request.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct PreferenceChange {
    /// The preference's key.
    key: String,
    /// The value before; null if it had none.
    current: Option<bool>,
    /// The value asked for.
    requested: bool,
}

/// A request to change preferences.
#[Object]
impl PreferenceRequest {
    /// The request's id.
    async fn id(&self) -> ID {
        self.id.into()
    }

    /// A short id for people, like DPR20260127001.
    async fn short_id(&self) -> &str {
        &self.short_id
    }

    /// Whose preferences.
    async fn driver(&self, ctx: &Context<'_>) -> Result<Option<Driver>> {
        loader::load::<DriverById>(ctx, self.driver_id).await
    }

    /// What would change.
    async fn changes(&self) -> Vec<PreferenceChange> {
        let change = |(key, requested): (&String, &bool)| PreferenceChange {
            key: key.clone(),
            current: self.current_values.get(key).copied(),
            requested: *requested,
        };
        self.requested_values.iter().map(change).collect()
    }

    /// How far it has come.
    async fn status(&self) -> PreferenceRequestStatus {
        self.status
    }

    /// When it was made.
    async fn requested_at(&self) -> DateTime<Utc> {
        self.requested_at
    }

    /// Who made it.
    async fn requested_by(&self) -> ID {
        self.requested_by.into()
    }

    /// When it was decided.
    async fn reviewed_at(&self) -> Option<DateTime<Utc>> {
        self.reviewed_at
    }

    /// Who decided.
    async fn reviewed_by(&self) -> Option<ID> {
        self.reviewed_by.map(ID::from)
    }

    /// Why it was refused.
    async fn rejection_reason(&self) -> Option<&str> {
        self.rejection_reason.as_deref()
    }
}

/// A value to ask for.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct PreferenceChangeInput {
    /// The preference's key.
    pub(crate) key: String,
    /// On or off.
    pub(crate) value: bool,
}

/// Asks for a change of preferences.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct RequestPreferenceChangeInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The driver; left out by drivers, who act for themselves.
    pub(crate) driver_id: Option<ID>,
    /// What to change.
    pub(crate) changes: Vec<PreferenceChangeInput>,
}

/// Applies a request.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct ApprovePreferenceRequestInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The request.
    pub(crate) id: ID,
}

/// Refuses a request.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct RejectPreferenceRequestInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The request.
    pub(crate) id: ID,
    /// Why, in words that the driver reads.
    pub(crate) reason: String,
}

/// Effective preferences of drivers that were loaded within the viewer's scope.
pub(crate) struct PreferencesByDriver;

impl Batch for PreferencesByDriver {
    type Key = Uuid;
    type Value = Vec<EffectivePreference>;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, Vec<EffectivePreference>>> {
        let definitions = repository::definitions(&source.pool).await?;
        let mut stored: HashMap<Uuid, _> =
            repository::stored(&source.pool, keys).await?.into_iter().collect();
        let values = |id: &Uuid| effective(&definitions, &stored.remove(id).unwrap_or_default());
        Ok(keys.iter().copied().zip(keys.iter().map(values)).collect())
    }
}

/// Queries about preferences.
#[derive(Default)]
pub(crate) struct PreferenceQuery;

#[Object]
impl PreferenceQuery {
    /// The preferences that drivers can have.
    async fn preference_definitions(&self, ctx: &Context<'_>) -> Result<Vec<PreferenceDefinition>> {
        let by = actor(ctx, EVERYBODY)?;
        repository::definitions(&by.app.pool).await
    }

    /// Requests in your scope that wait for a decision.
    async fn pending_preference_requests(
        &self,
        ctx: &Context<'_>,
        fleet_id: Option<ID>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<PreferenceRequest>> {
        let by = actor(ctx, ADMINS)?;
        let filter = Filter { fleet: check::id(fleet_id.as_ref(), "fleetId")?, only_pending: true };
        list(ctx, first, after, filter, by.scope()).await
    }

    /// Your own requests, the newest first.
    async fn my_preference_requests(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<PreferenceRequest>> {
        let by = actor(ctx, crate::actor::DRIVERS)?;
        list(ctx, first, after, Filter::default(), by.scope()).await
    }
}

async fn list(
    ctx: &Context<'_>,
    first: Option<i32>,
    after: Option<String>,
    filter: Filter,
    scope: kit::Scope,
) -> Result<Connection<PreferenceRequest>> {
    let page = PageArgs::parse(first, after)?;
    let pool = &crate::actor::app(ctx)?.pool;
    let rows = repository::page(pool, &scope, &filter, &page).await?;
    let total = if wants_total(ctx) { Some(repository::count(pool, &scope, &filter).await?) } else { None };
    Ok(connection(&page, rows, |row| json!((row.requested_at, row.id)), total))
}

/// Mutations of preferences.
#[derive(Default)]
pub(crate) struct PreferenceMutation;

#[Object]
impl PreferenceMutation {
    /// Asks for a change of preferences; one request at a time.
    async fn request_preference_change(
        &self,
        ctx: &Context<'_>,
        input: RequestPreferenceChangeInput,
    ) -> Result<PreferenceRequest> {
        service::request(&actor(ctx, MONEY_OR_SELF)?, input).await
    }

    /// Applies a request.
    async fn approve_preference_request(
        &self,
        ctx: &Context<'_>,
        input: ApprovePreferenceRequestInput,
    ) -> Result<PreferenceRequest> {
        service::approve(&actor(ctx, ADMINS)?, input).await
    }

    /// Refuses a request with a reason.
    async fn reject_preference_request(
        &self,
        ctx: &Context<'_>,
        input: RejectPreferenceRequestInput,
    ) -> Result<PreferenceRequest> {
        service::reject(&actor(ctx, ADMINS)?, input).await
    }
}
