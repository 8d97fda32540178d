//! The saga that makes a driver together with the user that they are: the profile waits, unannounced, until the identity service
//! has made the account or says why it cannot.

use kit::error::{Code, Error, Result};
use kit::ids::new_id;
use kit::saga::{self, Saga, State};
use kit::{Clock, Role, Scope};
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::input::{DriverAccountInput, RetryDriverAccountInput};
use super::profile::names;
use super::question::Question;
use super::standing::{self, Because};
use super::{AccountStatus, Driver, DriverStatus, repository, service};
use crate::actor::{Actor, App};
use crate::directory::UserRef;
use crate::directory::service as directory;
use crate::input as check;
use crate::write::{Begun, Write};

/// The kind of these sagas.
pub(crate) const KIND: &str = "driver_account";

/// What they ask.
pub(crate) const QUESTION: Question =
    Question { kind: KIND, step: "account", event_type: "account.requested" };

/// The code of a refusal that is found here: somebody else's profile has the account.
const USER_HAS_PROFILE: &str = "USER_HAS_PROFILE";

/// An account that is to be made.
#[derive(Debug, Clone)]
pub(crate) struct NewAccount {
    pub(crate) name: String,
    pub(crate) phone: String,
}

/// What an account was made for, as identity brings it back.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Source {
    kind: String,
    id: Uuid,
    #[serde(default)]
    request: Option<Uuid>,
}

/// What partner reads of `user.refused`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Refused {
    source: Source,
    reason: String,
}

/// The account that an input describes. Errors: VALIDATION naming the field.
pub(crate) fn checked(input: &DriverAccountInput) -> Result<NewAccount> {
    let name = check::text(&input.name, "account.name", 120)?;
    Ok(NewAccount {
        name: name.split_whitespace().collect::<Vec<_>>().join(" "),
        phone: check::phone(&input.phone, "account.phone")?,
    })
}

/// The user who has this phone already and may become this driver; none when nobody here knows the phone, and identity
/// decides. Errors: CONFLICT on `account.phone` for a phone of somebody else.
pub(crate) async fn known(by: &Actor<'_>, phone: &str, fleet_id: Uuid) -> Result<Option<UserRef>> {
    let Some(user) = directory::user_by_phone(by.app, phone).await? else { return Ok(None) };
    let fits = user.role == Role::Driver.as_str()
        && user.is_active
        && user.fleet_id.is_none_or(|fleet| fleet == fleet_id);
    let mut conn = by.app.pool.acquire().await?;
    if fits && repository::find_by_user(&mut conn, &Scope::All, user.id).await?.is_none() {
        return Ok(Some(user));
    }
    Err(phone_taken())
}

fn phone_taken() -> Error {
    Error::conflict("Somebody is registered with this phone already").field("account.phone")
}

/// Begins the saga of a driver who was written in this transaction, and asks for the account.
pub(crate) async fn request(
    conn: &mut PgConnection,
    clock: &Clock,
    driver: &Driver,
    account: &NewAccount,
) -> Result<()> {
    let id = new_id();
    let payload = json!({
        "fleetId": driver.fleet_id,
        "account": {
            "source": { "kind": "driver", "id": driver.id, "request": id },
            "userId": driver.user_id,
            "name": account.name,
            "phone": account.phone,
            "role": Role::Driver.as_str(),
            "requestedBy": driver.updated_by.or(driver.created_by),
        },
    });
    QUESTION.begin(conn, clock, driver, id, payload).await
}

/// The account is there: the driver may work, and everybody hears of them. If another profile has the account, this one
/// is refused. An answer to an earlier attempt changes nothing.
pub(crate) async fn made(conn: &mut PgConnection, app: &App, source: &Source, user: &UserRef) -> Result<()> {
    let Some((saga, before)) = waiting(conn, source).await? else { return Ok(()) };
    let owner = repository::find_by_user(conn, &Scope::All, user.id).await?;
    if owner.is_some_and(|owner| owner.id != before.id) {
        return give_up(conn, app, &saga, &before, USER_HAS_PROFILE).await;
    }
    let mut after = Driver { user_id: user.id, account_status: AccountStatus::Ready, ..before.clone() };
    match before.status {
        DriverStatus::Inactive => after.status = DriverStatus::Active,
        DriverStatus::Suspended | DriverStatus::Blacklisted => {
            after.status_before_suspension = Some(DriverStatus::Active);
        }
        DriverStatus::Active => {}
    }
    let driver = standing::change(conn, &app.clock, &before, after, Because::default()).await?;
    service::welcome(conn, &app.clock, &driver).await?;
    saga::end(conn, &app.clock, saga.id, State::Completed, None).await?;
    Ok(())
}

/// There will be no account: the profile stays out of service and says why.
pub(crate) async fn refused(conn: &mut PgConnection, app: &App, news: &Refused) -> Result<()> {
    match waiting(conn, &news.source).await? {
        Some((saga, driver)) => give_up(conn, app, &saga, &driver, &news.reason).await,
        None => Ok(()),
    }
}

async fn waiting(conn: &mut PgConnection, source: &Source) -> Result<Option<(Saga, Driver)>> {
    let Some(request) = source.request.filter(|_| source.kind == "driver") else { return Ok(None) };
    let Some(saga) = saga::lock(conn, KIND, request).await? else { return Ok(None) };
    let driver = repository::lock(conn, &Scope::All, source.id).await?;
    Ok(Some((saga, driver)))
}

async fn give_up(
    conn: &mut PgConnection,
    app: &App,
    saga: &Saga,
    before: &Driver,
    reason: &str,
) -> Result<()> {
    let after = Driver {
        account_status: AccountStatus::Refused,
        account_refusal: Some(reason.to_owned()),
        ..before.clone()
    };
    let because = Because { by: None, reason: Some(reason) };
    standing::change(conn, &app.clock, before, after, because).await?;
    saga::end(conn, &app.clock, saga.id, State::Compensated, Some(reason)).await?;
    Ok(())
}

/// Asks again for the account of a driver that was refused one, with another phone or name.
pub(crate) async fn retry(by: &Actor<'_>, input: RetryDriverAccountInput) -> Result<Driver> {
    let id = check::required_id(&input.id, "id")?;
    let account = checked(&input.account)?;
    let mut write =
        match Write::begin(by, "retryDriverAccount", input.idempotency_key.as_deref(), &input).await? {
            Begun::Repeated(id) => return service::get(by, id).await,
            Begun::Fresh(write) => write,
        };
    let before = repository::lock(write.conn(), &by.scope(), id).await?;
    if before.account_status != AccountStatus::Refused {
        return Err(Error::new(
            Code::INVALID_TRANSITION,
            "Only an account that was refused is asked for again",
        )
        .with("accountStatus", before.account_status.as_str()));
    }
    let (first_name, last_name) = names(None, None, &account.name)?;
    let named = Driver { first_name, last_name, mobile: account.phone.clone(), ..before.clone() };
    let named = repository::save_profile(write.conn(), &named).await?;
    let after = Driver { account_status: AccountStatus::Pending, account_refusal: None, ..named.clone() };
    let because = Because { by: Some(by.viewer.user_id), reason: None };
    let driver = standing::change(write.conn(), &by.app.clock, &named, after, because).await?;
    request(write.conn(), &by.app.clock, &driver, &account).await?;
    write.commit(driver.id).await?;
    Ok(driver)
}
