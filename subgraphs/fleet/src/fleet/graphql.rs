//! Fleets as clients see them.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, NaiveDate, Utc};
use kit::page::Connection;
use kit::{Result, viewer};

use super::input::{
    CreateFleetInput, FleetFilter, FleetStateInput, RequestFleetAdminInput, UpdateFleetInput,
};
use super::repository::Wanted;
use super::{AccountState, Fleet, FleetStatus, FleetType, service};
use crate::access::{STAFF, masked, reads_contacts, reads_private};
use crate::app::acting;
use crate::listing::graphql::{by_id, list, one};
use crate::listing::{ListOrder, search_people};
use crate::people::{UserRef, user};

/// A company or a person who runs cabs.
#[Object]
impl Fleet {
    /// The permanent id.
    async fn id(&self) -> ID {
        self.id.into()
    }

    /// The id that people read out: `FLT20260127001`.
    async fn short_id(&self) -> &str {
        &self.short_id
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.name
    }

    /// Its phone with the country code; drivers see the last four digits.
    async fn mobile(&self, ctx: &Context<'_>) -> String {
        if reads_contacts(viewer::caller(ctx)) { self.mobile.clone() } else { masked(&self.mobile) }
    }

    /// Its e-mail address; nothing for drivers.
    async fn email(&self, ctx: &Context<'_>) -> Option<&str> {
        self.email.as_deref().filter(|_| reads_contacts(viewer::caller(ctx)))
    }

    /// Where it is at home, in capitals: `DELHI`.
    async fn city(&self) -> &str {
        &self.city
    }

    /// The owner's birthday, for those who run fleets.
    async fn dob(&self, ctx: &Context<'_>) -> Option<NaiveDate> {
        self.dob.filter(|_| reads_private(viewer::caller(ctx)))
    }

    /// Who stands behind it.
    async fn fleet_type(&self) -> FleetType {
        self.fleet_type
    }

    /// The goods-and-services-tax number; others than those who run fleets see its last four signs.
    async fn gst_number(&self, ctx: &Context<'_>) -> Option<String> {
        let number = self.gst_number.as_deref()?;
        Some(if reads_private(viewer::caller(ctx)) { number.to_owned() } else { masked(number) })
    }

    /// The permanent account number; others than those who run fleets see its last four signs.
    async fn pan_number(&self, ctx: &Context<'_>) -> String {
        if reads_private(viewer::caller(ctx)) { self.pan_number.clone() } else { masked(&self.pan_number) }
    }

    /// Where the picture of the PAN card is, for those who run fleets.
    async fn pan_image(&self, ctx: &Context<'_>) -> Option<&str> {
        self.pan_image.as_deref().filter(|_| reads_private(viewer::caller(ctx)))
    }

    /// The mode of transport: `CAB`.
    async fn mode_id(&self) -> &str {
        &self.mode_id
    }

    /// Whether it takes part in the business.
    async fn status(&self) -> FleetStatus {
        self.status
    }

    /// The administrator's name as given when the fleet was opened.
    async fn admin_name(&self) -> Option<&str> {
        self.admin_name.as_deref()
    }

    /// How far the administrator's account is.
    async fn admin_state(&self) -> AccountState {
        self.admin_state
    }

    /// Why there is no account, if it was refused: PHONE_TAKEN, PHONE_NOT_ACCEPTED, NAME_NOT_ACCEPTED.
    async fn admin_refusal(&self) -> Option<&str> {
        self.admin_refusal.as_deref()
    }

    /// The account that was made for the administrator.
    async fn admin_user(&self) -> Option<UserRef> {
        user(self.admin_user_id)
    }

    /// Counts up with every change; send it back as `expectedVersion` to change only what you read.
    async fn version(&self) -> i64 {
        self.version
    }

    /// Who opened it.
    async fn created_by(&self) -> Option<UserRef> {
        user(self.created_by)
    }

    /// Who changed it last.
    async fn updated_by(&self) -> Option<UserRef> {
        user(self.updated_by)
    }

    /// When it was opened.
    async fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }

    /// When it was changed last.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.updated_at
    }
}

/// Questions about fleets.
#[derive(Default)]
pub struct FleetQuery;

#[Object]
impl FleetQuery {
    /// One fleet, by id or short id. Nothing when there is none, or none that you may see.
    async fn fleet(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Fleet>> {
        acting(ctx)?;
        one(ctx, &id).await
    }

    /// Fleets, page by page: all for a super admin, else your own.
    async fn fleets(
        &self,
        ctx: &Context<'_>,
        filter: Option<FleetFilter>,
        #[graphql(desc = "How to order; the newest first when left out.")] order_by: Option<ListOrder>,
        #[graphql(desc = "How many at most: 1 to 100, 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
    ) -> Result<Connection<Fleet>> {
        acting(ctx)?.1.require(&STAFF)?;
        let filter = filter.unwrap_or_default();
        let wanted = Wanted {
            city: filter.city.map(|city| crate::check::city("filter.city", &city)).transpose()?,
            fleet_type: filter.fleet_type,
            status: filter.status,
            search: search_people(filter.search.as_deref())?,
        };
        list(ctx, wanted, order_by.unwrap_or_default(), first, after).await
    }

    #[graphql(entity)]
    async fn find_fleet_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Fleet>> {
        by_id(ctx, id.parse().ok()).await
    }
}

/// Changes of fleets.
#[derive(Default)]
pub struct FleetMutation;

#[Object]
impl FleetMutation {
    /// Opens a fleet.
    async fn create_fleet(&self, ctx: &Context<'_>, input: CreateFleetInput) -> Result<Fleet> {
        let (app, viewer) = acting(ctx)?;
        service::create(app, viewer, &input).await
    }

    /// Asks for an administrator's account, for a fleet that has none or was refused one.
    async fn request_fleet_admin(&self, ctx: &Context<'_>, input: RequestFleetAdminInput) -> Result<Fleet> {
        let (app, viewer) = acting(ctx)?;
        service::request_admin(app, viewer, &input).await
    }

    /// Changes a fleet.
    async fn update_fleet(&self, ctx: &Context<'_>, input: UpdateFleetInput) -> Result<Fleet> {
        let (app, viewer) = acting(ctx)?;
        service::update(app, viewer, &input).await
    }

    /// Closes a fleet: nothing new begins in it.
    async fn deactivate_fleet(&self, ctx: &Context<'_>, input: FleetStateInput) -> Result<Fleet> {
        let (app, viewer) = acting(ctx)?;
        service::set_status(app, viewer, &input, FleetStatus::Inactive).await
    }

    /// Opens a closed fleet again.
    async fn activate_fleet(&self, ctx: &Context<'_>, input: FleetStateInput) -> Result<Fleet> {
        let (app, viewer) = acting(ctx)?;
        service::set_status(app, viewer, &input, FleetStatus::Active).await
    }
}
