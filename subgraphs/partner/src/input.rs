//! Checks of what clients send: each names the field at fault.

use async_graphql::ID;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use kit::error::{Error, Result};
use uuid::Uuid;

/// An id that must be one. Errors: VALIDATION on `field`.
pub(crate) fn required_id(id: &ID, field: &str) -> Result<Uuid> {
    Uuid::try_parse(id.as_str()).map_err(|_| Error::validation(field, "This is not an id"))
}

/// An optional id. Errors: VALIDATION on `field`.
pub(crate) fn id(id: Option<&ID>, field: &str) -> Result<Option<Uuid>> {
    id.map(|id| required_id(id, field)).transpose()
}

/// Text without surrounding blanks, of 1 to `longest` characters, none of them a control character but line breaks and tabs
/// (the database can't even keep U+0000). Errors: VALIDATION on `field`.
pub(crate) fn text(text: &str, field: &str, longest: usize) -> Result<String> {
    let trimmed = text.trim();
    if trimmed.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Error::validation(field, "This holds characters that can't be shown"));
    }
    if trimmed.is_empty() {
        return Err(Error::validation(field, "This can't be empty"));
    }
    if trimmed.chars().count() > longest {
        return Err(Error::validation(field, format!("At most {longest} characters")));
    }
    Ok(trimmed.to_owned())
}

/// Text that may be left out; blanks alone are as good as nothing. Errors: VALIDATION on `field`.
pub(crate) fn optional_text(words: Option<&str>, field: &str, longest: usize) -> Result<Option<String>> {
    words.filter(|words| !words.trim().is_empty()).map(|words| text(words, field, longest)).transpose()
}

/// A moment that a calendar knows. Errors: VALIDATION on `field`.
pub(crate) fn instant(at: Option<DateTime<Utc>>, field: &str) -> Result<Option<DateTime<Utc>>> {
    match at {
        Some(at) if !(1..=9999).contains(&at.year()) => {
            Err(Error::validation(field, "This year does not exist"))
        }
        fine => Ok(fine),
    }
}

/// A day that a calendar knows. Errors: VALIDATION on `field`.
pub(crate) fn day(day: Option<NaiveDate>, field: &str) -> Result<Option<NaiveDate>> {
    match day {
        Some(day) if !(1..=9999).contains(&day.year()) => {
            Err(Error::validation(field, "This year does not exist"))
        }
        fine => Ok(fine),
    }
}

/// A mobile number in E.164: ten local digits get +91. Errors: VALIDATION on `field`.
pub(crate) fn phone(phone: &str, field: &str) -> Result<String> {
    kit::phone::normalise(field, phone)
}

/// An address of a file that somebody uploaded. Errors: VALIDATION on `field`.
pub(crate) fn url(url: &str, field: &str) -> Result<String> {
    let url = text(url, field, 2_000)?;
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    if rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace)) {
        Ok(url)
    } else {
        Err(Error::validation(field, "This is not the address of a file"))
    }
}

/// An e-mail address, as far as its shape tells. Errors: VALIDATION on `field`.
pub(crate) fn email(email: &str, field: &str) -> Result<String> {
    let email = text(email, field, 254)?;
    let shaped = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.')
    });
    if shaped && !email.contains(char::is_whitespace) {
        Ok(email.to_lowercase())
    } else {
        Err(Error::validation(field, "This is not an e-mail address"))
    }
}

/// A number in a fixed pattern: `9` is a digit, `A` a letter, `*` either. Errors: VALIDATION on `field`.
pub(crate) fn pattern(text: &str, pattern: &str, field: &str, what: &str) -> Result<String> {
    let plain: String =
        text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect::<String>().to_uppercase();
    let fits = plain.len() == pattern.len()
        && plain.chars().zip(pattern.chars()).all(|(c, p)| match p {
            '9' => c.is_ascii_digit(),
            'A' => c.is_ascii_uppercase(),
            '*' => c.is_ascii_digit() || c.is_ascii_uppercase(),
            fixed => c == fixed,
        });
    if fits { Ok(plain) } else { Err(Error::validation(field, format!("{what} looks like {pattern}"))) }
}

/// A driving licence or bank account number: letters and digits, of a length. Errors: VALIDATION on `field`.
pub(crate) fn number(text: &str, lengths: std::ops::RangeInclusive<usize>, field: &str) -> Result<String> {
    let plain: String =
        text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect::<String>().to_uppercase();
    if lengths.contains(&plain.len()) && plain.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Ok(plain);
    }
    Err(Error::validation(field, format!("{} to {} letters and digits", lengths.start(), lengths.end())))
}

/// A birthday of somebody who is at least 18. Errors: VALIDATION on `field`.
pub(crate) fn adult(dob: NaiveDate, today: NaiveDate, field: &str) -> Result<NaiveDate> {
    match today.years_since(dob) {
        Some(18..=99) => Ok(dob),
        _ => Err(Error::validation(field, "A driver is at least 18 years old")),
    }
}

/// A latitude and a longitude. Zero is a place like any other. Errors: VALIDATION on the one that is out of range.
pub(crate) fn coordinates(lat: f64, lng: f64) -> Result<()> {
    if !(-90.0..=90.0).contains(&lat) {
        return Err(Error::validation("lat", "A latitude is between -90 and 90"));
    }
    if !(-180.0..=180.0).contains(&lng) {
        return Err(Error::validation("lng", "A longitude is between -180 and 180"));
    }
    Ok(())
}

/// An amount above zero and below ten million rupees. Errors: VALIDATION on `field`.
pub(crate) fn positive(paise: kit::Paise, field: &str) -> Result<i64> {
    if (1..1_000_000_000).contains(&paise.0) {
        Ok(paise.0)
    } else {
        Err(Error::validation(field, "An amount is more than zero and less than ₹1 crore"))
    }
}

/// An amount of zero or more and below ten million rupees. Errors: VALIDATION on `field`.
pub(crate) fn not_negative(paise: kit::Paise, field: &str) -> Result<i64> {
    if (0..1_000_000_000).contains(&paise.0) {
        Ok(paise.0)
    } else {
        Err(Error::validation(field, "An amount is not negative and less than ₹1 crore"))
    }
}

/// A LIKE pattern that finds `words` anywhere, with its wildcards taken literally. None for no words.
/// Errors: VALIDATION on `field`.
pub(crate) fn search(words: Option<&str>, field: &str) -> Result<Option<String>> {
    Ok(optional_text(words, field, 100)?.map(|words| like(&words)))
}

fn like(words: &str) -> String {
    let mut pattern = String::from("%");
    for c in words.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_become_e164() {
        for (given, expected) in [
            ("9000000001", Some("+919000000001")),
            ("+91 90000 00001", Some("+919000000001")),
            ("090000 00001", Some("+919000000001")),
            ("12345", None),
            ("5000000001", None),
        ] {
            assert_eq!(phone(given, "mobile").ok().as_deref(), expected, "{given}");
        }
    }

    #[test]
    fn numbers_follow_their_patterns() {
        assert_eq!(pattern("abcde1234f", "AAAAA9999A", "pan", "PAN").unwrap(), "ABCDE1234F");
        assert_eq!(pattern("1234 1234 1234", "999999999999", "aadhaar", "Aadhaar").unwrap(), "123412341234");
        assert_eq!(pattern("HDFC0001234", "AAAA0******", "ifsc", "IFSC").unwrap(), "HDFC0001234");
        assert_eq!(
            pattern("HDFC1001234", "AAAA0******", "ifsc", "IFSC").unwrap_err().field_name(),
            Some("ifsc")
        );
        assert!(pattern("éBCDE1234F", "AAAAA9999A", "pan", "PAN").is_err());
    }

    #[test]
    fn a_driver_is_grown_up_on_the_day() {
        let today: NaiveDate = "2026-01-27".parse().unwrap();
        assert!(adult("2008-01-27".parse().unwrap(), today, "dob").is_ok());
        assert!(adult("2008-01-28".parse().unwrap(), today, "dob").is_err());
    }

    #[test]
    fn zero_is_a_coordinate_and_nan_is_not() {
        assert!(coordinates(0.0, 0.0).is_ok());
        assert_eq!(coordinates(f64::NAN, 0.0).unwrap_err().field_name(), Some("lat"));
        assert_eq!(coordinates(0.0, 181.0).unwrap_err().field_name(), Some("lng"));
    }

    #[test]
    fn search_takes_wildcards_literally() {
        assert_eq!(like("50%_Ravi"), "%50\\%\\_ravi%");
    }
}
