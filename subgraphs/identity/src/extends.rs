//! Entities owned by the fleet service that identity adds fields to: who works there.

use std::collections::HashMap;

use async_graphql::{Context, ID, Object};
use kit::Result;
use kit::loader::{self, Batch, Source};
use uuid::Uuid;

use crate::user::repository::{self, Group};
use crate::user::{Sight, User, UserRole};

/// A fleet and the people of it.
pub struct Fleet {
    id: ID,
}

impl Fleet {
    /// The reference to one.
    pub fn new(id: Uuid) -> Self {
        Self { id: id.into() }
    }
}

#[Object]
impl Fleet {
    /// The permanent id.
    async fn id(&self) -> &ID {
        &self.id
    }

    /// The people of this fleet, the longest-serving first, at most 100; `users` lists them all, page by page.
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only people of these roles; all when left out.")] roles: Option<Vec<UserRole>>,
    ) -> Result<Vec<User>> {
        members(ctx, Group::Fleet, &self.id, roles.unwrap_or_default()).await
    }

    /// The administrator of this fleet: its first fleet admin who may sign in, or the first of all when none may.
    async fn admin(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let admins = members(ctx, Group::Fleet, &self.id, vec![UserRole::FleetAdmin]).await?;
        Ok(admins.iter().find(|admin| admin.is_active).or(admins.first()).cloned())
    }
}

/// A hub and the people of it.
pub struct Hub {
    id: ID,
}

impl Hub {
    /// The reference to one.
    pub fn new(id: Uuid) -> Self {
        Self { id: id.into() }
    }
}

#[Object]
impl Hub {
    /// The permanent id.
    async fn id(&self) -> &ID {
        &self.id
    }

    /// The operations people of this hub, at most 100.
    async fn operators(&self, ctx: &Context<'_>) -> Result<Vec<User>> {
        members(ctx, Group::Hub, &self.id, vec![UserRole::Operations]).await
    }
}

/// Entities of others that identity adds fields to.
#[derive(Default)]
pub struct ExtensionQuery;

#[Object]
impl ExtensionQuery {
    #[graphql(entity)]
    async fn find_fleet_by_id(&self, id: ID) -> Fleet {
        Fleet { id }
    }

    #[graphql(entity)]
    async fn find_hub_by_id(&self, id: ID) -> Hub {
        Hub { id }
    }
}

/// The people of many fleets or hubs at once.
struct MembersOf;

impl Batch for MembersOf {
    type Key = (Group, Vec<UserRole>, Uuid);
    type Value = Vec<User>;

    async fn load(source: &Source, keys: &[Self::Key]) -> Result<HashMap<Self::Key, Vec<User>>> {
        let sight = Sight::of(&source.caller);
        let mut questions: HashMap<(Group, Vec<UserRole>), Vec<Uuid>> = HashMap::new();
        for (group, roles, owner) in keys {
            questions.entry((*group, roles.clone())).or_default().push(*owner);
        }
        let mut found: HashMap<Self::Key, Vec<User>> = HashMap::new();
        let mut conn = source.pool.acquire().await?;
        for ((group, roles), owners) in questions {
            for (owner, user) in repository::members(&mut conn, sight, group, &owners, &roles).await? {
                found.entry((group, roles.clone(), owner)).or_default().push(user);
            }
        }
        Ok(found)
    }
}

async fn members(ctx: &Context<'_>, group: Group, owner: &ID, mut roles: Vec<UserRole>) -> Result<Vec<User>> {
    let Ok(owner) = owner.parse() else { return Ok(Vec::new()) };
    roles.sort_unstable_by_key(|role| role.as_str());
    roles.dedup();
    Ok(loader::load::<MembersOf>(ctx, (group, roles, owner)).await?.unwrap_or_default())
}
