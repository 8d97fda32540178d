//! Who acts, on what: the application's parts, and the viewer with their scope, handed to every service function.

use std::sync::Arc;

use async_graphql::Context;
use kit::error::{Error, Result};
use kit::{Caller, Clock, Peers, Role, Scope, Viewer};
use sqlx::PgPool;
use uuid::Uuid;

use crate::config::Config;
use crate::payout::bank::Bank;
use crate::seal::Sealer;
use crate::upload::FileStore;

/// SUPER_ADMIN, FLEET_ADMIN, MANAGER and OPERATIONS, each within their scope.
pub(crate) const ADMINS: &[Role] = &[Role::SuperAdmin, Role::FleetAdmin, Role::Manager, Role::Operations];
/// Those who handle money: not OPERATIONS.
pub(crate) const MONEY: &[Role] = &[Role::SuperAdmin, Role::FleetAdmin, Role::Manager];
/// Drivers, about themselves.
pub(crate) const DRIVERS: &[Role] = &[Role::Driver];
/// Those who handle money, and drivers about themselves.
pub(crate) const MONEY_OR_SELF: &[Role] = &[Role::SuperAdmin, Role::FleetAdmin, Role::Manager, Role::Driver];
/// Everybody who is signed in.
pub(crate) const EVERYBODY: &[Role] =
    &[Role::SuperAdmin, Role::FleetAdmin, Role::Manager, Role::Operations, Role::Driver];

/// What partner works with; made once.
pub(crate) struct App {
    pub(crate) pool: PgPool,
    pub(crate) clock: Clock,
    pub(crate) peers: Peers,
    pub(crate) sealer: Sealer,
    pub(crate) files: Box<dyn FileStore>,
    pub(crate) bank: Box<dyn Bank>,
    pub(crate) config: Config,
}

/// A signed-in user about to do something.
#[derive(Clone, Copy)]
pub(crate) struct Actor<'a> {
    pub(crate) app: &'a App,
    pub(crate) caller: &'a Caller,
    pub(crate) viewer: &'a Viewer,
}

impl Actor<'_> {
    /// What the viewer may see and touch.
    pub(crate) fn scope(&self) -> Scope {
        self.caller.scope()
    }

    /// The fleet an operation is about: the one that was named, or the viewer's own.
    /// Errors: VALIDATION if a SUPER_ADMIN names none, FORBIDDEN for another fleet than the viewer's.
    pub(crate) fn fleet(&self, named: Option<Uuid>, field: &str) -> Result<Uuid> {
        match (self.caller.scope(), named) {
            (Scope::All, Some(fleet)) => Ok(fleet),
            (Scope::All, None) => Err(Error::validation(field, "Name a fleet")),
            (Scope::Fleet(own) | Scope::Hubs { fleet: own, .. }, named) => match named {
                Some(other) if other != own => Err(Error::forbidden("This is another fleet").field(field)),
                _ => Ok(own),
            },
            (Scope::Own(_) | Scope::Nothing, _) => {
                Err(Error::forbidden("This is about fleets that are not yours"))
            }
        }
    }

    /// FORBIDDEN unless the hub is one the viewer may act on; OPERATIONS must name one of theirs.
    pub(crate) fn check_hub(&self, hub: Option<Uuid>, field: &str) -> Result<()> {
        match self.caller.scope() {
            Scope::Hubs { hubs, .. } if !hub.is_some_and(|hub| hubs.contains(&hub)) => {
                Err(Error::forbidden("Name one of your hubs").field(field))
            }
            _ => Ok(()),
        }
    }
}

/// The application's parts, from a request.
pub(crate) fn app<'a>(ctx: &Context<'a>) -> Result<&'a App> {
    ctx.data_opt::<Arc<App>>()
        .map(Arc::as_ref)
        .ok_or_else(|| Error::internal("a request without the application's parts"))
}

/// The signed-in user of a request with one of these roles. Errors: UNAUTHENTICATED, FORBIDDEN.
pub(crate) fn actor<'a>(ctx: &Context<'a>, roles: &[Role]) -> Result<Actor<'a>> {
    let caller = kit::viewer::caller(ctx);
    let viewer = caller.viewer()?;
    viewer.require(roles)?;
    Ok(Actor { app: app(ctx)?, caller, viewer })
}
