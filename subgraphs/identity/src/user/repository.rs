//! The SQL of users.

use chrono::{DateTime, Utc};
use kit::page::PageArgs;
use kit::{Error, OnConstraint, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{Sight, User, UserOrder, UserRole};

/// Which users a list is about; an absent part means any.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub role: Option<UserRole>,
    pub fleet_id: Option<Uuid>,
    pub hub_id: Option<Uuid>,
    pub is_active: Option<bool>,
    /// Any part of a name, phone or short id.
    pub search: Option<String>,
}

const COLUMNS: &str = "id, short_id, name, phone, role, is_active, fleet_id, hub_ids, driver_id, \
                       version, created_by, updated_by, created_at, updated_at";

/// Adds a user. Errors: CONFLICT on `phone` when it is somebody's already.
pub async fn insert(conn: &mut PgConnection, user: &User) -> Result<()> {
    sqlx::query(
        "INSERT INTO app_user (id, short_id, name, phone, role, is_active, fleet_id, hub_ids, version, created_by,
                               updated_by, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(user.id)
    .bind(&user.short_id)
    .bind(&user.name)
    .bind(&user.phone)
    .bind(user.role.as_str())
    .bind(user.is_active)
    .bind(user.fleet_id)
    .bind(&user.hub_ids)
    .bind(user.version)
    .bind(user.created_by)
    .bind(user.updated_by)
    .bind(user.created_at)
    .bind(user.updated_at)
    .execute(conn)
    .await
    .on_constraint("app_user_phone_key", || {
        Error::conflict("Somebody is registered with this phone already").field("phone")
    })?;
    Ok(())
}

/// Writes what may change of a user that was read at `user.version`, and counts the version up.
/// Errors: STALE_VERSION when somebody was faster; CONFLICT on `phone`.
pub async fn update(conn: &mut PgConnection, user: &mut User) -> Result<()> {
    let version: Option<i64> = sqlx::query_scalar(
        "UPDATE app_user
            SET name = $3, phone = $4, role = $5, is_active = $6, fleet_id = $7, hub_ids = $8,
                updated_by = $9, updated_at = $10, version = version + 1
          WHERE id = $1 AND version = $2
      RETURNING version",
    )
    .bind(user.id)
    .bind(user.version)
    .bind(&user.name)
    .bind(&user.phone)
    .bind(user.role.as_str())
    .bind(user.is_active)
    .bind(user.fleet_id)
    .bind(&user.hub_ids)
    .bind(user.updated_by)
    .bind(user.updated_at)
    .fetch_optional(conn)
    .await
    .on_constraint("app_user_phone_key", || {
        Error::conflict("Somebody is registered with this phone already").field("phone")
    })?;
    user.version = version.ok_or_else(stale)?;
    Ok(())
}

/// Notes the driver profile of a user, unless newer news of it is known. Gives the user when it moved them: most news of a
/// driver (on a trip, free again) changes nothing of the account, and must not make what somebody reads of it stale.
pub async fn note_driver(
    conn: &mut PgConnection,
    driver: &crate::events::DriverNews,
    driver_version: i64,
    now: DateTime<Utc>,
) -> Result<Option<User>> {
    let hubs: Vec<Uuid> = driver.hub_id.filter(|_| driver.fleet_id.is_some()).into_iter().collect();
    let told: Option<Told> = sqlx::query_as(
        "WITH known AS (
            SELECT id, (driver_id, fleet_id, hub_ids) IS DISTINCT FROM ($2::uuid, $4::uuid, $5::uuid[]) AS moved
              FROM app_user
             WHERE id = $1 AND role = 'DRIVER' AND (driver_version < $3 OR driver_id IS DISTINCT FROM $2)
               FOR UPDATE)
         UPDATE app_user u
            SET driver_id = $2, driver_version = $3, fleet_id = $4, hub_ids = $5,
                updated_at = CASE WHEN moved THEN $6 ELSE updated_at END, version = version + moved::int
           FROM known WHERE u.id = known.id
      RETURNING u.id, short_id, name, phone, role, is_active, fleet_id, hub_ids, driver_id, version,
                created_by, updated_by, created_at, updated_at, moved",
    )
    .bind(driver.user_id)
    .bind(driver.driver_id)
    .bind(driver_version)
    .bind(driver.fleet_id)
    .bind(hubs)
    .bind(now)
    .fetch_optional(conn)
    .await?;
    Ok(told.filter(|told| told.moved).map(|told| told.user))
}

#[derive(sqlx::FromRow)]
struct Told {
    #[sqlx(flatten)]
    user: User,
    moved: bool,
}

/// One user, locked until the transaction ends.
pub async fn lock(conn: &mut PgConnection, sight: Sight, id: Uuid) -> Result<Option<User>> {
    let mut query = select(sight);
    query.push(" AND id = ").push_bind(id).push(" FOR UPDATE");
    Ok(query.build_query_as().fetch_optional(conn).await?)
}

/// One user.
pub async fn find(conn: &mut PgConnection, sight: Sight, id: Uuid) -> Result<Option<User>> {
    Ok(find_many(conn, sight, &[id]).await?.pop())
}

/// The users among `ids` that are in sight, in no order.
pub async fn find_many(conn: &mut PgConnection, sight: Sight, ids: &[Uuid]) -> Result<Vec<User>> {
    let mut query = select(sight);
    query.push(" AND id = ANY(").push_bind(ids.to_vec()).push(")");
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// One user by the id that people read out.
pub async fn find_by_short_id(conn: &mut PgConnection, sight: Sight, short_id: &str) -> Result<Option<User>> {
    let mut query = select(sight);
    query.push(" AND short_id = ").push_bind(short_id.to_owned());
    Ok(query.build_query_as().fetch_optional(conn).await?)
}

/// The user of a phone. Signing in is the one read that nobody's sight limits.
pub async fn find_by_phone(conn: &mut PgConnection, phone: &str) -> Result<Option<User>> {
    Ok(of_phone(phone).build_query_as().fetch_optional(conn).await?)
}

/// The user of a phone, who stays as they are until the transaction ends: whoever switches them off meanwhile waits, and
/// then finds the session that was opened.
pub async fn hold_by_phone(conn: &mut PgConnection, phone: &str) -> Result<Option<User>> {
    let mut query = of_phone(phone);
    query.push(" FOR SHARE");
    Ok(query.build_query_as().fetch_optional(conn).await?)
}

fn of_phone(phone: &str) -> QueryBuilder<Postgres> {
    let mut query = select(Sight::All);
    query.push(" AND phone = ").push_bind(phone.to_owned());
    query
}

/// One page of users, one row more than it holds.
pub async fn page(
    conn: &mut PgConnection,
    sight: Sight,
    wanted: &Wanted,
    order: UserOrder,
    page: &PageArgs,
) -> Result<Vec<User>> {
    let mut query = select(sight);
    push_wanted(&mut query, wanted);
    match order {
        UserOrder::NewestFirst => {
            if let Some((at, id)) = page.after::<(DateTime<Utc>, Uuid)>()? {
                query.push(" AND (created_at, id) < (").push_bind(at).push(", ").push_bind(id).push(")");
            }
            query.push(" ORDER BY created_at DESC, id DESC");
        }
        UserOrder::Name => {
            if let Some((name, id)) = page.after::<(String, Uuid)>()? {
                query
                    .push(" AND (lower(name), id) > (lower(")
                    .push_bind(name)
                    .push("), ")
                    .push_bind(id)
                    .push(")");
            }
            query.push(" ORDER BY lower(name), id");
        }
    }
    query.push(" LIMIT ").push_bind(page.limit());
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// The keyset position of a user in a list.
pub fn position(order: UserOrder, user: &User) -> serde_json::Value {
    match order {
        UserOrder::NewestFirst => serde_json::json!([user.created_at, user.id]),
        UserOrder::Name => serde_json::json!([user.name, user.id]),
    }
}

/// How many users a list has in all its pages.
pub async fn count(conn: &mut PgConnection, sight: Sight, wanted: &Wanted) -> Result<i64> {
    let mut query = QueryBuilder::new("SELECT count(*) FROM app_user WHERE true");
    push_sight(&mut query, sight);
    push_wanted(&mut query, wanted);
    Ok(query.build_query_scalar().fetch_one(conn).await?)
}

/// The first users of each of several fleets (`by` = fleet_id) or hubs, newest first, in one statement.
/// Gives (fleet or hub, user) pairs.
pub async fn members(
    conn: &mut PgConnection,
    sight: Sight,
    group: Group,
    owners: &[Uuid],
    roles: &[UserRole],
) -> Result<Vec<(Uuid, User)>> {
    let mut query = QueryBuilder::new("SELECT owner.id AS owner_id, u.* FROM unnest(");
    query.push_bind(owners.to_vec()).push("::uuid[]) AS owner (id) CROSS JOIN LATERAL (SELECT ");
    query.push(COLUMNS).push(" FROM app_user WHERE ");
    query.push(match group {
        Group::Fleet => "fleet_id = owner.id",
        Group::Hub => "hub_ids @> ARRAY[owner.id]",
    });
    push_sight(&mut query, sight);
    if !roles.is_empty() {
        let words: Vec<&'static str> = roles.iter().map(|role| role.as_str()).collect();
        query.push(" AND role = ANY(").push_bind(words).push(")");
    }
    query.push(" ORDER BY created_at, id LIMIT ").push_bind(MEMBERS_MAX).push(") AS u");
    let rows: Vec<Member> = query.build_query_as().fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.owner_id, row.user)).collect())
}

/// What `members` groups by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// The fleet of a user.
    Fleet,
    /// Any of the hubs of a user.
    Hub,
}

/// The most users that are given of one fleet or hub at once.
pub const MEMBERS_MAX: i64 = 100;

#[derive(sqlx::FromRow)]
struct Member {
    owner_id: Uuid,
    #[sqlx(flatten)]
    user: User,
}

/// Somebody changed the row since it was read.
fn stale() -> Error {
    Error::new(kit::Code::STALE_VERSION, "Somebody changed this user meanwhile; read again and retry")
}

fn select(sight: Sight) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(COLUMNS).push(" FROM app_user WHERE true");
    push_sight(&mut query, sight);
    query
}

fn push_sight(query: &mut QueryBuilder<Postgres>, sight: Sight) {
    match sight {
        Sight::All => {}
        Sight::Fleet(fleet) => {
            query.push(" AND fleet_id = ").push_bind(fleet);
        }
        Sight::Own(user) => {
            query.push(" AND id = ").push_bind(user);
        }
        Sight::Nothing => {
            query.push(" AND false");
        }
    }
}

fn push_wanted(query: &mut QueryBuilder<Postgres>, wanted: &Wanted) {
    if let Some(role) = wanted.role {
        query.push(" AND role = ").push_bind(role.as_str());
    }
    if let Some(fleet) = wanted.fleet_id {
        query.push(" AND fleet_id = ").push_bind(fleet);
    }
    if let Some(hub) = wanted.hub_id {
        query.push(" AND hub_ids @> ").push_bind(vec![hub]);
    }
    if let Some(active) = wanted.is_active {
        query.push(" AND is_active = ").push_bind(active);
    }
    if let Some(search) = &wanted.search {
        query.push(" AND (name || ' ' || phone || ' ' || short_id) ILIKE ").push_bind(like(search));
    }
}

/// A pattern that finds `text` anywhere, with its own wildcards taken literally.
fn like(text: &str) -> String {
    let literal = text.trim().replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{literal}%")
}
