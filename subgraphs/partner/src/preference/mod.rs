//! What drivers prefer: ten keys, off by default, each change approved by somebody.

pub(crate) mod graphql;
pub(crate) mod repository;
pub(crate) mod service;

use std::collections::BTreeMap;

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};
use kit::error::{Code, Error, Result};
use sqlx::types::Json;
use uuid::Uuid;

/// Values by key.
pub(crate) type Values = BTreeMap<String, bool>;

/// What a preference is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum PreferenceCategory {
    /// Which trips.
    Trip,
    /// How money is paid.
    Payout,
    /// When to work.
    Shift,
}

/// A preference that drivers can have.
#[derive(Debug, Clone, SimpleObject, sqlx::FromRow)]
pub(crate) struct PreferenceDefinition {
    /// The key that requests use.
    pub(crate) key: String,
    /// A short id for people.
    pub(crate) short_id: String,
    /// What to show.
    pub(crate) display_name: String,
    /// What it means.
    pub(crate) description: String,
    /// What it is about.
    pub(crate) category: PreferenceCategory,
    /// Whether a change must be approved.
    pub(crate) approval_required: bool,
    /// The value of whoever has not chosen.
    pub(crate) default_value: bool,
}

/// A preference with its value for one driver.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct EffectivePreference {
    /// The preference.
    pub(crate) definition: PreferenceDefinition,
    /// The driver's value, or the default.
    pub(crate) value: bool,
}

/// How far a request has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum PreferenceRequestStatus {
    /// Waits for somebody.
    Pending,
    /// Applied.
    Approved,
    /// Refused with a reason.
    Rejected,
}

/// A request to change preferences.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct PreferenceRequest {
    pub(crate) id: Uuid,
    pub(crate) short_id: String,
    pub(crate) driver_id: Uuid,
    pub(crate) current_values: Json<Values>,
    pub(crate) requested_values: Json<Values>,
    pub(crate) status: PreferenceRequestStatus,
    pub(crate) requested_at: DateTime<Utc>,
    pub(crate) requested_by: Uuid,
    pub(crate) reviewed_at: Option<DateTime<Utc>>,
    pub(crate) reviewed_by: Option<Uuid>,
    pub(crate) rejection_reason: Option<String>,
}

/// Every preference with a driver's value: what is stored, else the default.
pub(crate) fn effective(definitions: &[PreferenceDefinition], stored: &Values) -> Vec<EffectivePreference> {
    definitions
        .iter()
        .map(|definition| EffectivePreference {
            value: stored.get(&definition.key).copied().unwrap_or(definition.default_value),
            definition: definition.clone(),
        })
        .collect()
}

/// What a request really changes. Errors: VALIDATION for an unknown key, for one that comes twice, and if nothing changes.
pub(crate) fn changes(current: &[EffectivePreference], wanted: &[(String, bool)]) -> Result<Values> {
    let mut changes = Values::new();
    for (key, value) in wanted {
        let known = current.iter().find(|preference| preference.definition.key == *key);
        let known =
            known.ok_or_else(|| Error::validation("changes", format!("There is no preference {key}")))?;
        if known.value != *value && changes.insert(key.clone(), *value).is_some() {
            return Err(Error::validation("changes", format!("{key} comes twice")));
        }
    }
    if changes.is_empty() {
        return Err(Error::validation("changes", "Nothing would change"));
    }
    Ok(changes)
}

/// A request is decided once.
pub(crate) fn check_decision(status: PreferenceRequestStatus) -> Result<()> {
    if status == PreferenceRequestStatus::Pending {
        return Ok(());
    }
    Err(Error::new(Code::INVALID_TRANSITION, "This request was decided before"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definitions() -> Vec<PreferenceDefinition> {
        [("accept_rentals", false), ("prefer_day_shift", true)]
            .into_iter()
            .map(|(key, default_value)| PreferenceDefinition {
                key: key.into(),
                short_id: String::new(),
                display_name: String::new(),
                description: String::new(),
                category: PreferenceCategory::Trip,
                approval_required: true,
                default_value,
            })
            .collect()
    }

    #[test]
    fn the_stored_value_wins_over_the_default() {
        let stored = Values::from([("prefer_day_shift".to_owned(), false)]);
        let values: Vec<bool> =
            effective(&definitions(), &stored).iter().map(|preference| preference.value).collect();
        assert_eq!(values, [false, false]);
    }

    #[test]
    fn only_real_changes_are_requested() {
        let current = effective(&definitions(), &Values::new());
        let wanted = |pairs: &[(&str, bool)]| -> Vec<(String, bool)> {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), *value)).collect()
        };
        let real =
            changes(&current, &wanted(&[("accept_rentals", true), ("prefer_day_shift", true)])).unwrap();
        assert_eq!(real, Values::from([("accept_rentals".to_owned(), true)]));
        for refused in [vec![], vec![("prefer_day_shift", true)], vec![("fly", true)]] {
            assert_eq!(changes(&current, &wanted(&refused)).unwrap_err().field_name(), Some("changes"));
        }
    }
}
