//! Repairing the copies: every user, fleet and hub that partner knows is asked for again.

use kit::error::Result;
use uuid::Uuid;

use super::{Copied, FleetRef, HubRef, UserRef, repository, service};
use crate::actor::App;

/// How many are asked for at a time.
const BATCH: usize = 500;

/// Asks the owners for everything that partner has a copy of, and overwrites what differs; gives how many were asked for.
/// Whoever drives is known as a user too, even if no event ever came. What an event brings meanwhile is newer than the
/// answer, and stays; what the owner does not know is left as it is.
pub(crate) async fn resync(app: &App) -> Result<u64> {
    let ids = repository::known_ids(&app.pool).await?;
    let mut asked = repair::<UserRef>(app, &ids.users).await?;
    asked += repair::<FleetRef>(app, &ids.fleets).await?;
    asked += repair::<HubRef>(app, &ids.hubs).await?;
    Ok(asked)
}

async fn repair<T: Copied>(app: &App, ids: &[Uuid]) -> Result<u64> {
    for some in ids.chunks(BATCH) {
        let told = service::ask_all::<T>(app, T::OWNER, T::TYPE, T::FIELDS, some).await?;
        let mut conn = app.pool.acquire().await?;
        for copy in told {
            copy.keep(&mut conn, app.clock.now()).await?;
        }
    }
    Ok(ids.len() as u64)
}
