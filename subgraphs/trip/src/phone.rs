//! Phone numbers in one spelling: E.164, Indian unless the country is given.

use kit::error::{Error, Result};

/// `98765 43210`, `098765-43210` and `+91 98765 43210` all become `+919876543210`.
///
/// # Errors
/// VALIDATION on `field` when it is not a phone number.
pub fn e164(field: &str, text: &str) -> Result<String> {
    let bare: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')')).collect();
    let digits = bare.strip_prefix('+').unwrap_or(&bare);
    let refused = || Error::validation(field, "This is not a phone number");
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(refused());
    }
    if bare.starts_with('+') {
        return if (8..=15).contains(&digits.len()) { Ok(format!("+{digits}")) } else { Err(refused()) };
    }
    let local = digits.strip_prefix('0').unwrap_or(digits);
    let local = if local.len() == 12 { local.strip_prefix("91").unwrap_or(local) } else { local };
    if local.len() == 10 && local.as_bytes()[0] >= b'6' {
        return Ok(format!("+91{local}"));
    }
    Err(refused())
}

/// The number with all but its last two digits hidden.
#[must_use]
pub fn masked(phone: &str) -> String {
    let shown = phone.chars().count().saturating_sub(2);
    phone.chars().enumerate().map(|(i, c)| if i < shown && i > 2 { '*' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::{e164, masked};

    #[test]
    fn all_spellings_of_an_indian_number_become_one() {
        for text in ["9876543210", "98765 43210", "09876543210", "+91 98765-43210", "919876543210"] {
            assert_eq!(e164("phone", text).ok().as_deref(), Some("+919876543210"), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused_by_name() {
        for text in ["", "12345", "98765432101", "1234567890", "phone", "+12"] {
            let refused = e164("passenger.phone", text).unwrap_err();
            assert_eq!(refused.field_name(), Some("passenger.phone"), "{text}");
        }
    }

    #[test]
    fn a_masked_number_shows_its_country_and_two_digits() {
        assert_eq!(masked("+919876543210"), "+91********10");
    }
}
