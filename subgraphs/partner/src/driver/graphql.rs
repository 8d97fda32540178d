//! Drivers as clients see and ask for them.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use kit::error::Result;
use kit::viewer::caller;
use kit::{Caller, Role, loader};
use uuid::Uuid;

use super::history::DriverChange;
use super::loader::Changes;
use super::{AccountStatus, Driver, DriverStatus, KycStatus, OwnVehicleState, PaymentModel};
use crate::actor::{MONEY_OR_SELF, actor, app};
use crate::attendance::Attendance;
use crate::attendance::loader::OpenAttendance;
use crate::extends::{Fleet, Hub, User, Vehicle};
use crate::kyc::graphql::DocumentsByDriver;
use crate::kyc::{KycDocument, KycDocumentKind};
use crate::preference::EffectivePreference;
use crate::preference::graphql::PreferencesByDriver;
use crate::rental::DriverRental;
use crate::rental::graphql::ActiveRental;
use crate::seal::{Field, masked};
use crate::wallet::Wallet;
use crate::wallet::graphql::WalletByDriver;

/// Where payouts of a driver go.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct BankAccount {
    /// The account number; masked unless you handle money or the account is yours.
    account_number: String,
    /// The bank branch.
    ifsc: Option<String>,
    /// The holder's name.
    holder_name: Option<String>,
}

/// Somebody who drives.
#[Object]
impl Driver {
    /// The driver's id.
    async fn id(&self) -> ID {
        self.id.into()
    }

    /// A short id for people, like DRV20260127001.
    async fn short_id(&self) -> &str {
        &self.short_id
    }

    /// The id of the user that the driver is; until `accountStatus` is READY, the id that the user is to have.
    async fn user_id(&self) -> ID {
        self.user_id.into()
    }

    /// The user that the driver is; null until `accountStatus` is READY.
    async fn user(&self) -> Option<User> {
        (self.account_status == AccountStatus::Ready).then(|| User { id: self.user_id.into() })
    }

    /// Whether the driver can sign in.
    async fn account_status(&self) -> AccountStatus {
        self.account_status
    }

    /// Why there is no account, if it was refused: PHONE_TAKEN, USER_HAS_PROFILE, PHONE_NOT_ACCEPTED, NAME_NOT_ACCEPTED.
    async fn account_refusal(&self) -> Option<&str> {
        self.account_refusal.as_deref()
    }

    /// The id of the fleet; null for an independent driver.
    async fn fleet_id(&self) -> Option<ID> {
        self.fleet_id.map(ID::from)
    }

    /// The fleet; null for an independent driver.
    async fn fleet(&self) -> Option<Fleet> {
        self.fleet_id.map(|id| Fleet { id: id.into() })
    }

    /// The id of the hub where the driver checks in.
    async fn hub_id(&self) -> Option<ID> {
        self.hub_id.map(ID::from)
    }

    /// The hub where the driver checks in.
    async fn hub(&self) -> Option<Hub> {
        self.hub_id.map(|id| Hub { id: id.into() })
    }

    /// The vehicle that the driver brought as their own.
    async fn own_vehicle(&self) -> Option<Vehicle> {
        self.own_vehicle_id.map(|id| Vehicle { id: id.into() })
    }

    /// How it stands with the vehicle that the driver brings.
    async fn own_vehicle_state(&self) -> OwnVehicleState {
        self.own_vehicle_state
    }

    /// Why the vehicle was not added, if it was refused: NUMBER_TAKEN (another vehicle has this registration), NUMBER_NOT_ACCEPTED
    /// (it is no registration), FLEET_NOT_OPEN (your fleet takes no vehicles), VEHICLE_NOT_ACCEPTED (something else about it). Offer it
    /// again, corrected, with `offerOwnVehicle`.
    async fn own_vehicle_refusal(&self) -> Option<&str> {
        self.own_vehicle_refusal.as_deref()
    }

    /// First and last name.
    #[graphql(name = "name")]
    async fn full_name(&self) -> String {
        self.name()
    }

    /// First name.
    async fn first_name(&self) -> &str {
        &self.first_name
    }

    /// Last name; "NA" if the driver has none.
    async fn last_name(&self) -> &str {
        &self.last_name
    }

    /// Mobile number in E.164.
    async fn mobile(&self) -> &str {
        &self.mobile
    }

    /// Address of the profile picture.
    async fn profile_pic(&self) -> Option<&str> {
        self.profile_pic.as_deref()
    }

    /// E-mail address.
    async fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// Birthday.
    async fn dob(&self) -> Option<NaiveDate> {
        self.dob
    }

    /// Street address.
    async fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// City.
    async fn city(&self) -> Option<&str> {
        self.city.as_deref()
    }

    /// Postal code.
    async fn pincode(&self) -> Option<&str> {
        self.pincode.as_deref()
    }

    /// Aadhaar number; masked unless you handle money or it is yours.
    async fn aadhaar_number(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.number(ctx, Field::Aadhaar, self.aadhaar_sealed.as_deref(), self.aadhaar_last4.as_deref())
    }

    /// PAN; masked unless you handle money or it is yours.
    async fn pan_number(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.number(ctx, Field::Pan, self.pan_sealed.as_deref(), self.pan_last4.as_deref())
    }

    /// Number of the driving licence; masked unless you handle money or it is yours.
    async fn licence_number(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.number(ctx, Field::Licence, self.licence_sealed.as_deref(), self.licence_last4.as_deref())
    }

    /// GST number.
    async fn gst_number(&self) -> Option<&str> {
        self.gst_number.as_deref()
    }

    /// Where payouts go; null until the driver has told.
    async fn bank_account(&self, ctx: &Context<'_>) -> Result<Option<BankAccount>> {
        let sealed = self.bank_account_sealed.as_deref();
        let number = self.number(ctx, Field::BankAccount, sealed, self.bank_account_last4.as_deref())?;
        Ok(number.map(|account_number| BankAccount {
            account_number,
            ifsc: self.bank_ifsc.clone(),
            holder_name: self.bank_account_name.clone(),
        }))
    }

    /// How money is shared; null is treated as PAYOUT.
    async fn payment_model(&self) -> Option<PaymentModel> {
        self.payment_model
    }

    /// The driver's share of fares in basis points: 7000 = 70 %.
    async fn rev_share_basis_points(&self) -> i32 {
        self.rev_share_bp
    }

    /// How far the check of the documents has come.
    async fn kyc_status(&self) -> KycStatus {
        self.kyc_status
    }

    /// Why the documents were refused.
    async fn kyc_reject_reason(&self) -> Option<&str> {
        self.kyc_reject_reason.as_deref()
    }

    /// When the driver asked for a decision.
    async fn kyc_submitted_at(&self) -> Option<DateTime<Utc>> {
        self.kyc_submitted_at
    }

    /// Whether the driver may work.
    async fn status(&self) -> DriverStatus {
        self.status
    }

    /// Free to work now: ACTIVE, not on a break, no trip under way, not forced off.
    async fn is_available(&self) -> bool {
        self.is_available
    }

    /// An administrator forced the driver off.
    async fn is_forced_unavailable(&self) -> bool {
        self.forced_unavailable
    }

    /// The driver is on a break.
    async fn on_break(&self) -> bool {
        self.on_break
    }

    /// Trips completed so far.
    async fn completed_trips(&self) -> i64 {
        self.completed_trips
    }

    /// When the driver finished signing up by themselves.
    async fn onboarded_at(&self) -> Option<DateTime<Utc>> {
        self.onboarded_at
    }

    /// Grows with every change; send it back as `expectedVersion`.
    async fn version(&self) -> i64 {
        self.version
    }

    /// When the profile was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }

    /// Who made the profile; null for a driver who signed up alone.
    async fn created_by(&self) -> Option<ID> {
        self.created_by.map(ID::from)
    }

    /// When the profile was last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.updated_at
    }

    /// Who last changed the profile; null for time and events.
    async fn updated_by(&self) -> Option<ID> {
        self.updated_by.map(ID::from)
    }

    /// The newest 50 changes of KYC, status, availability, hub, account and bank account: who, when, why.
    async fn changes(&self, ctx: &Context<'_>) -> Result<Vec<DriverChange>> {
        Ok(loader::load::<Changes>(ctx, self.id).await?.unwrap_or_default())
    }

    /// The documents handed in, the current one of each kind.
    async fn kyc_documents(&self, ctx: &Context<'_>) -> Result<Vec<KycDocument>> {
        Ok(loader::load::<DocumentsByDriver>(ctx, self.id).await?.unwrap_or_default())
    }

    /// Required documents that are missing or were refused.
    async fn missing_kyc_documents(&self, ctx: &Context<'_>) -> Result<Vec<KycDocumentKind>> {
        Ok(crate::kyc::missing(&loader::load::<DocumentsByDriver>(ctx, self.id).await?.unwrap_or_default()))
    }

    /// The driver's money. FORBIDDEN for OPERATIONS.
    async fn wallet(&self, ctx: &Context<'_>) -> Result<Option<Wallet>> {
        actor(ctx, MONEY_OR_SELF)?;
        loader::load::<WalletByDriver>(ctx, self.id).await
    }

    /// The shift the driver is on; null if they have not checked in.
    async fn open_attendance(&self, ctx: &Context<'_>) -> Result<Option<Attendance>> {
        loader::load::<OpenAttendance>(ctx, self.id).await
    }

    /// The rental the driver is on; null under another model, or when it has expired. FORBIDDEN for OPERATIONS.
    async fn active_rental(&self, ctx: &Context<'_>) -> Result<Option<DriverRental>> {
        actor(ctx, MONEY_OR_SELF)?;
        loader::load::<ActiveRental>(ctx, self.id).await
    }

    /// Every preference with its value for this driver.
    async fn preferences(&self, ctx: &Context<'_>) -> Result<Vec<EffectivePreference>> {
        Ok(loader::load::<PreferencesByDriver>(ctx, self.id).await?.unwrap_or_default())
    }
}

impl Driver {
    /// A sealed number, whole for those who handle money in scope and the driver, masked for everybody else.
    fn number(
        &self,
        ctx: &Context<'_>,
        field: Field,
        sealed: Option<&[u8]>,
        last: Option<&str>,
    ) -> Result<Option<String>> {
        let Some(sealed) = sealed else { return Ok(None) };
        if sees_numbers(caller(ctx), self.user_id) {
            app(ctx)?.sealer.open(self.id, field, sealed).map(Some)
        } else {
            Ok(Some(masked(last.unwrap_or_default())))
        }
    }
}

/// Who reads Aadhaar, PAN, licence and bank numbers whole. Scope was checked when the driver was loaded.
pub(crate) fn sees_numbers(caller: &Caller, owner: Uuid) -> bool {
    match caller {
        Caller::Viewer(viewer) => match viewer.role {
            Role::SuperAdmin | Role::FleetAdmin | Role::Manager => true,
            Role::Driver => viewer.user_id == owner,
            Role::Operations => false,
        },
        Caller::Anonymous | Caller::Service { .. } => false,
    }
}
