//! What may happen to preferences, by whom.

use kit::Role;
use kit::error::{Error, Result};
use kit::ids::{new_id, next_short_id};
use sqlx::types::Json;
use uuid::Uuid;

use super::graphql::{
    ApprovePreferenceRequestInput, RejectPreferenceRequestInput, RequestPreferenceChangeInput,
};
use super::{PreferenceRequest, PreferenceRequestStatus, changes, check_decision, effective, repository};
use crate::actor::Actor;
use crate::driver::repository as drivers;
use crate::input as check;
use crate::write::{Begun, Write};

/// One request in the actor's scope. Errors: NOT_FOUND.
async fn get(by: &Actor<'_>, id: Uuid) -> Result<PreferenceRequest> {
    repository::find(&by.app.pool, &by.scope(), id)
        .await?
        .ok_or_else(|| Error::not_found("Preference request"))
}

/// Asks for a change.
pub(crate) async fn request(
    by: &Actor<'_>,
    input: RequestPreferenceChangeInput,
) -> Result<PreferenceRequest> {
    let named = check::id(input.driver_id.as_ref(), "driverId")?;
    let definitions = repository::definitions(&by.app.pool).await?;
    let mut write =
        match Write::begin(by, "requestPreferenceChange", input.idempotency_key.as_deref(), &input).await? {
            Begun::Repeated(id) => return get(by, id).await,
            Begun::Fresh(write) => write,
        };
    let driver = match named {
        Some(id) => drivers::lock(write.conn(), &by.scope(), id).await?,
        None if by.viewer.role == Role::Driver => drivers::lock_own(write.conn(), by.viewer.user_id).await?,
        None => return Err(Error::validation("driverId", "Name a driver")),
    };
    let current = effective(&definitions, &repository::stored_of(write.conn(), driver.id).await?);
    let wanted: Vec<(String, bool)> =
        input.changes.iter().map(|change| (change.key.clone(), change.value)).collect();
    let now = by.app.clock.now();
    let row = PreferenceRequest {
        id: new_id(),
        short_id: next_short_id(write.conn(), "DPR", now).await?,
        driver_id: driver.id,
        requested_values: Json(changes(&current, &wanted)?),
        current_values: Json(current.into_iter().map(|one| (one.definition.key, one.value)).collect()),
        status: PreferenceRequestStatus::Pending,
        requested_at: now,
        requested_by: by.viewer.user_id,
        reviewed_at: None,
        reviewed_by: None,
        rejection_reason: None,
    };
    repository::insert(write.conn(), &row).await?;
    write.commit(row.id).await?;
    Ok(row)
}

/// Applies a request.
pub(crate) async fn approve(
    by: &Actor<'_>,
    input: ApprovePreferenceRequestInput,
) -> Result<PreferenceRequest> {
    let id = check::required_id(&input.id, "id")?;
    let mut write =
        match Write::begin(by, "approvePreferenceRequest", input.idempotency_key.as_deref(), &input).await? {
            Begun::Repeated(id) => return get(by, id).await,
            Begun::Fresh(write) => write,
        };
    let request = repository::lock(write.conn(), &by.scope(), id).await?;
    check_decision(request.status)?;
    let (user, now) = (by.viewer.user_id, by.app.clock.now());
    let short_id = next_short_id(write.conn(), "DPF", now).await?;
    repository::merge(write.conn(), request.driver_id, &short_id, &request.requested_values, user, now)
        .await?;
    decide(by, write, PreferenceRequest { status: PreferenceRequestStatus::Approved, ..request }).await
}

/// Refuses a request with a reason.
pub(crate) async fn reject(by: &Actor<'_>, input: RejectPreferenceRequestInput) -> Result<PreferenceRequest> {
    let id = check::required_id(&input.id, "id")?;
    let reason = check::text(&input.reason, "reason", 500)?;
    let mut write =
        match Write::begin(by, "rejectPreferenceRequest", input.idempotency_key.as_deref(), &input).await? {
            Begun::Repeated(id) => return get(by, id).await,
            Begun::Fresh(write) => write,
        };
    let request = repository::lock(write.conn(), &by.scope(), id).await?;
    check_decision(request.status)?;
    let status = PreferenceRequestStatus::Rejected;
    decide(by, write, PreferenceRequest { status, rejection_reason: Some(reason), ..request }).await
}

async fn decide(
    by: &Actor<'_>,
    mut write: Write<'_>,
    request: PreferenceRequest,
) -> Result<PreferenceRequest> {
    let request = PreferenceRequest {
        reviewed_at: Some(by.app.clock.now()),
        reviewed_by: Some(by.viewer.user_id),
        ..request
    };
    repository::decide(write.conn(), &request).await?;
    write.commit(request.id).await?;
    Ok(request)
}
