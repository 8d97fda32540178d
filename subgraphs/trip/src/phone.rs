//! A phone number as it is shown to who needs it no longer.

/// The number with all but its last two digits hidden.
#[must_use]
pub fn masked(phone: &str) -> String {
    let shown = phone.chars().count().saturating_sub(2);
    phone.chars().enumerate().map(|(i, c)| if i < shown && i > 2 { '*' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn a_masked_number_shows_its_country_and_two_digits() {
        assert_eq!(masked("+919876543210"), "+91********10");
    }
}
