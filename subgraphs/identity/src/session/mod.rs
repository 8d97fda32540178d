//! Sessions: one sign-in on one device, what its access tokens claim, and how long they live.

pub mod graphql;
pub mod repository;
pub mod service;

use async_graphql::Enum;
use chrono::{DateTime, Duration, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::keys::access_lifetime;
use crate::user::User;

/// The shape of the claims; counts up when a reader would have to change.
const CLAIMS_VERSION: u32 = 1;

/// Where a person signs in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum ClientType {
    /// A browser: the session ends a day after its last use.
    #[default]
    Web,
    /// The driver app: the session ends thirty days after its last use.
    App,
}

impl ClientType {
    /// The word in the database and in tokens.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::App => "app",
        }
    }

    /// How long a refresh token is good for.
    pub fn refresh_lifetime(self) -> Duration {
        match self {
            Self::Web => Duration::days(1),
            Self::App => Duration::days(30),
        }
    }
}

/// Why a session ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevokeReason {
    /// Its user signed out.
    Logout,
    /// A refresh token came back that had been used already: one of the two holders is a thief.
    Reuse,
    /// Its user was deactivated.
    Deactivated,
    /// Its user has another role now.
    RoleChanged,
}

impl RevokeReason {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Logout => "LOGOUT",
            Self::Reuse => "REUSE",
            Self::Deactivated => "DEACTIVATED",
            Self::RoleChanged => "ROLE_CHANGED",
        }
    }
}

/// What an access token says.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: Uuid,
    role: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fleet_id: Option<Uuid>,
    hub_ids: &'a [Uuid],
    #[serde(skip_serializing_if = "Option::is_none")]
    driver_id: Option<Uuid>,
    sid: Uuid,
    jti: Uuid,
    ver: u32,
    client_type: &'static str,
    iat: i64,
    exp: i64,
}

/// Who issues tokens, and for whom.
pub struct Issuer<'a> {
    pub iss: &'a str,
    pub aud: &'a str,
}

impl<'a> Claims<'a> {
    /// The claims of one session at one moment. The scope is the user's as it is now.
    pub fn new(
        issuer: &Issuer<'a>,
        user: &'a User,
        session: Uuid,
        client: ClientType,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            iss: issuer.iss,
            aud: issuer.aud,
            sub: user.id,
            role: user.role.as_str(),
            fleet_id: user.fleet_id,
            hub_ids: &user.hub_ids,
            driver_id: user.driver_id,
            sid: session,
            jti: kit::ids::new_id(),
            ver: CLAIMS_VERSION,
            client_type: client.as_str(),
            iat: now.timestamp(),
            exp: (now + access_lifetime()).timestamp(),
        }
    }
}
