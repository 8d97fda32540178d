//! The viewer's scope as a condition on drivers: every query that a client can cause goes through here.

use std::collections::HashMap;

use kit::Scope;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

/// Appends the condition that `scope` means for the driver aliased `d`. An empty hub list sees nothing.
pub(crate) fn push(query: &mut QueryBuilder<Postgres>, scope: &Scope) {
    match scope {
        Scope::All => query.push("true"),
        Scope::Fleet(fleet) => query.push("d.fleet_id = ").push_bind(*fleet),
        Scope::Hubs { fleet, hubs } => query
            .push("(d.fleet_id = ")
            .push_bind(*fleet)
            .push(" AND d.hub_id = ANY(")
            .push_bind(hubs.clone())
            .push("))"),
        Scope::Own(user) => query.push("d.user_id = ").push_bind(*user),
        Scope::Nothing => query.push("false"),
    };
}

/// Whether an administrator's scope holds a driver of this fleet and hub; for events, which carry both.
pub(crate) fn sees(scope: &Scope, fleet_id: Option<Uuid>, hub_id: Option<Uuid>) -> bool {
    match scope {
        Scope::All => true,
        Scope::Fleet(fleet) => fleet_id == Some(*fleet),
        Scope::Hubs { fleet, hubs } => {
            fleet_id == Some(*fleet) && hub_id.is_some_and(|hub| hubs.contains(&hub))
        }
        Scope::Own(_) | Scope::Nothing => false,
    }
}

/// Whether an update tells something that the picture at the beginning of a subscription has not: what happened while the
/// picture was taken is in it already.
pub(crate) fn is_news(seen: &HashMap<Uuid, i64>, id: Uuid, version: i64) -> bool {
    seen.get(&id).is_none_or(|seen| *seen < version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(scope: &Scope) -> String {
        let mut query = QueryBuilder::new("");
        push(&mut query, scope);
        query.sql().as_str().to_owned()
    }

    #[test]
    fn every_scope_is_a_condition_and_nothing_is_false() {
        let id = Uuid::nil();
        assert_eq!(condition(&Scope::All), "true");
        assert_eq!(condition(&Scope::Fleet(id)), "d.fleet_id = $1");
        assert_eq!(
            condition(&Scope::Hubs { fleet: id, hubs: vec![] }),
            "(d.fleet_id = $1 AND d.hub_id = ANY($2))"
        );
        assert_eq!(condition(&Scope::Own(id)), "d.user_id = $1");
        assert_eq!(condition(&Scope::Nothing), "false");
    }
}
