//! What clients write: text and times within what can be stored, shown and planned with.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use kit::error::{Error, Result};

const MAX_TEXT: usize = 500;
/// Years that a date or time may lie in: wider than any business, and narrower than what databases and calendars can hold.
const YEARS: std::ops::Range<i32> = 2000..2100;

/// Text that must be there, trimmed.
///
/// # Errors
/// VALIDATION on `field` when it is empty, too long or has characters that cannot be shown.
pub fn required(field: &str, text: &str) -> Result<String> {
    optional(field, Some(text))?.ok_or_else(|| Error::validation(field, "This must not be empty"))
}

/// Text that may be left out, trimmed. Nothing but spaces counts as left out.
///
/// # Errors
/// VALIDATION on `field` when it is too long or has characters that cannot be shown.
pub fn optional(field: &str, text: Option<&str>) -> Result<Option<String>> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    if text.chars().count() > MAX_TEXT {
        return Err(Error::validation(field, format!("This is longer than {MAX_TEXT} characters")));
    }
    if text.chars().any(|one| one.is_control() && !['\n', '\r', '\t'].contains(&one)) {
        return Err(Error::validation(field, "This has characters that cannot be shown"));
    }
    Ok(Some(text.to_owned()))
}

/// A time.
///
/// # Errors
/// VALIDATION on `field` when it is centuries away.
pub fn instant(field: &str, at: DateTime<Utc>) -> Result<DateTime<Utc>> {
    day(field, at.date_naive()).map(|_| at)
}

/// A day.
///
/// # Errors
/// VALIDATION on `field` when it is centuries away.
pub fn day(field: &str, date: NaiveDate) -> Result<NaiveDate> {
    if YEARS.contains(&date.year()) {
        return Ok(date);
    }
    let message = format!("A year is between {} and {}", YEARS.start, YEARS.end - 1);
    Err(Error::validation(field, message))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::{instant, optional, required};

    #[test]
    fn text_is_trimmed_and_can_be_stored() {
        assert_eq!(required("reason", " Flat\ntyre ").ok().as_deref(), Some("Flat\ntyre"));
        assert_eq!(optional("reason", Some("  ")).ok(), Some(None));
        for wrong in ["", " ", "a\0b", "\u{1b}[2J", &"x".repeat(501)] {
            assert_eq!(required("reason", wrong).unwrap_err().field_name(), Some("reason"), "{wrong:?}");
        }
    }

    #[test]
    fn times_are_of_this_century() {
        for (time, fits) in
            [("2026-01-27T06:00:00Z", true), ("1999-12-31T23:59:59Z", false), ("2100-01-01T00:00:00Z", false)]
        {
            let at = time.parse::<DateTime<Utc>>().unwrap();
            assert_eq!(instant("pickupTime", at).is_ok(), fits, "{time}");
        }
        assert!(instant("pickupTime", DateTime::<Utc>::MAX_UTC).is_err());
        assert!(instant("pickupTime", DateTime::<Utc>::MIN_UTC).is_err());
    }
}
