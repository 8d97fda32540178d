//! The queue of check-ins, live.

use std::collections::HashMap;

use async_graphql::{ComplexObject, Context, ID, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt, stream};
use kit::error::{Error, Result};
use kit::feed::{Cursor, Feed, FeedItem};
use kit::outbox::Filter;
use kit::page::PageArgs;
use kit::{Scope, loader};
use serde::Deserialize;
use uuid::Uuid;

use super::loader::AttendanceById;
use super::{Attendance, AttendanceStatus, repository};
use crate::actor::{ADMINS, actor};
use crate::input as check;
use crate::scope::is_news;

/// A shift as of one change.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub(crate) struct AttendanceUpdate {
    /// The shift.
    attendance_id: ID,
    /// How far it had come.
    status: AttendanceStatus,
    /// The shift's version; it only grows.
    version: i64,
    /// Where to go on after a reconnect.
    cursor: String,
    /// When it happened.
    occurred_at: DateTime<Utc>,
    #[graphql(skip)]
    id: Uuid,
}

#[ComplexObject]
impl AttendanceUpdate {
    /// The shift as it is now; null if its driver has left your scope.
    async fn attendance(&self, ctx: &Context<'_>) -> Result<Option<Attendance>> {
        loader::load::<AttendanceById>(ctx, self.id).await
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shift {
    attendance_id: Uuid,
    fleet_id: Option<Uuid>,
    hub_id: Option<Uuid>,
    status: AttendanceStatus,
}

/// Subscriptions to shifts.
#[derive(Default)]
pub(crate) struct AttendanceSubscription;

#[Subscription]
impl AttendanceSubscription {
    /// The check-ins of a fleet that wait for approval (up to 100, the longest waiting first), then every change of a shift in your
    /// scope, breaks included. With the cursor of the last update you got, the stream goes on from there instead.
    async fn attendance_queue_changed<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        fleet_id: Option<ID>,
        after: Option<String>,
    ) -> Result<impl Stream<Item = Result<AttendanceUpdate>> + use<'ctx>> {
        let by = actor(ctx, ADMINS)?;
        let fleet = by.fleet(check::id(fleet_id.as_ref(), "fleetId")?, "fleetId")?;
        let scope = by.scope();
        let feed = ctx.data_opt::<Feed>().ok_or_else(|| Error::internal("no feed"))?;
        let (start, waiting) = match after {
            Some(cursor) => (Cursor::decode(&cursor)?, Vec::new()),
            None => {
                let now = feed.now().await?;
                let filter = repository::Filter {
                    fleet: Some(fleet),
                    statuses: Some(vec![AttendanceStatus::Pending.as_str()]),
                    ..repository::Filter::default()
                };
                let page = PageArgs::parse(Some(100), None)?;
                (now, repository::page(&by.app.pool, &scope, &filter, &page).await?)
            }
        };
        let waiting = waiting.iter().take(100).rev();
        let seen: HashMap<Uuid, i64> = waiting.clone().map(|shift| (shift.id, shift.version)).collect();
        let snapshot: Vec<_> = waiting.map(|shift| Ok(initial(shift, start))).collect();
        let filter = Filter::types(&[
            "attendance.checked_in",
            "attendance.approved",
            "attendance.rejected",
            "attendance.break_started",
            "attendance.break_ended",
            "attendance.checked_out",
        ]);
        let changes = feed.follow(start, filter).filter_map(move |item| {
            let update = changed(item, fleet, &scope)
                .map(|update| update.filter(|update| is_news(&seen, update.id, update.version)))
                .transpose();
            async move { update }
        });
        Ok(stream::iter(snapshot).chain(changes))
    }
}

fn initial(shift: &Attendance, at: Cursor) -> AttendanceUpdate {
    AttendanceUpdate {
        attendance_id: shift.id.into(),
        status: shift.status,
        version: shift.version,
        cursor: at.encode(),
        occurred_at: shift.check_in_time,
        id: shift.id,
    }
}

/// A feed item as an update; None for shifts elsewhere.
fn changed(item: Result<FeedItem>, fleet: Uuid, scope: &Scope) -> Result<Option<AttendanceUpdate>> {
    let item = item?;
    let event = &item.placed.envelope;
    let shift: Shift = event.read(1)?;
    if shift.fleet_id != Some(fleet) || !crate::scope::sees(scope, shift.fleet_id, shift.hub_id) {
        return Ok(None);
    }
    Ok(Some(AttendanceUpdate {
        attendance_id: shift.attendance_id.into(),
        status: shift.status,
        version: event.aggregate_version,
        cursor: item.cursor(),
        occurred_at: event.occurred_at,
        id: shift.attendance_id,
    }))
}
