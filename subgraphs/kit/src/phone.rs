//! Phone numbers as they are typed, and the one form in which they are kept: E.164.

use crate::error::{Error, Result};

/// `+919812345678` from `98123 45678`, `098123-45678`, `919812345678` or `+91 98123 45678`.
/// A number without a country code is Indian. Errors: VALIDATION on `field`.
pub fn normalise(field: &str, typed: &str) -> Result<String> {
    let refused =
        || Error::validation(field, "This is not a phone number: ten digits, or a country code first");
    let mut international = false;
    let mut digits = String::with_capacity(15);
    for (position, sign) in typed.trim().chars().enumerate() {
        match sign {
            '0'..='9' => digits.push(sign),
            '+' if position == 0 => international = true,
            ' ' | '-' | '(' | ')' | '.' => {}
            _ => return Err(refused()),
        }
    }
    let national = match (international, digits.len()) {
        (true, 8..=15) if !digits.starts_with("91") && !digits.starts_with('0') => {
            return Ok(format!("+{digits}"));
        }
        (_, 12) if digits.starts_with("91") => &digits[2..],
        (false, 11) if digits.starts_with('0') => &digits[1..],
        (false, 10) => &digits[..],
        _ => return Err(refused()),
    };
    if national.starts_with(['6', '7', '8', '9']) { Ok(format!("+91{national}")) } else { Err(refused()) }
}

/// `+91 ••••• •5678`: enough to recognise one's own number, for logs and events.
pub fn mask(phone: &str) -> String {
    let shown = phone.len().saturating_sub(4);
    format!("••••••{}", &phone[shown..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_type_an_indian_number_is_one_number() {
        for typed in ["9812345678", " 98123 45678", "098123-45678", "919812345678", "+91 (98123) 45678"] {
            assert_eq!(
                normalise("phone", typed).map_err(|e| e.log_line()),
                Ok("+919812345678".into()),
                "{typed}"
            );
        }
    }

    #[test]
    fn a_foreign_number_keeps_its_country_code() {
        assert_eq!(
            normalise("phone", "+1 415 555 2671").map_err(|e| e.log_line()),
            Ok("+14155552671".into())
        );
    }

    #[test]
    fn nonsense_is_refused_and_the_field_named() {
        for typed in ["", "12345", "1234567890", "98123456789", "+0123456789", "98a2345678", "+91 5812345678"]
        {
            let error = normalise("mobile", typed).unwrap_err();
            assert_eq!(error.field_name(), Some("mobile"), "{typed}");
        }
    }

    #[test]
    fn a_masked_number_shows_four_digits() {
        assert_eq!(mask("+919812345678"), "••••••5678");
    }
}
