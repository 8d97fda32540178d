//! Inputs made clean, or refused with the name of the field.

use async_graphql::{ID, MaybeUndefined};
use chrono::{Datelike, NaiveDate};
use kit::{Error, Result};
use uuid::Uuid;

/// The longest name, address or remark, and the longest address of a file that is kept.
const NAME_MAX: usize = 120;
const TEXT_MAX: usize = 500;
const FILE_MAX: usize = 2_000;

/// An id that a client sent.
pub fn id(field: &str, id: &ID) -> Result<Uuid> {
    id.parse().map_err(|_| Error::validation(field, "This is not an id"))
}

/// An optional id.
pub fn optional_id(field: &str, given: Option<&ID>) -> Result<Option<Uuid>> {
    given.map(|given| id(field, given)).transpose()
}

/// A name, blanks squeezed, 1 to 120 characters of which some can be read.
pub fn name(field: &str, name: &str) -> Result<String> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if !name.chars().any(char::is_alphanumeric) {
        return Err(Error::validation(field, "This is needed"));
    }
    no_longer(field, &name, NAME_MAX)?;
    printable(field, &name)?;
    Ok(name)
}

/// A text that may be left out; blank counts as left out.
pub fn text(field: &str, text: Option<&str>) -> Result<Option<String>> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    no_longer(field, text, TEXT_MAX)?;
    printable(field, text)?;
    Ok(Some(text.to_owned()))
}

fn no_longer(field: &str, text: &str, longest: usize) -> Result<()> {
    if text.chars().count() <= longest {
        return Ok(());
    }
    Err(Error::validation(field, format!("At most {longest} characters")))
}

/// Lines may break; other control characters steer a screen, or cannot be kept at all.
fn printable(field: &str, text: &str) -> Result<()> {
    if text.chars().all(|sign| !sign.is_control() || matches!(sign, '\n' | '\r' | '\t')) {
        return Ok(());
    }
    Err(Error::validation(field, "No control characters"))
}

/// The address of a file that somebody uploaded: what a browser fetches, and nothing that it would run.
pub fn file(field: &str, address: Option<&str>) -> Result<Option<String>> {
    let Some(address) = address.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    no_longer(field, address, FILE_MAX)?;
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    let plain = |sign: char| !sign.is_whitespace() && !sign.is_control();
    if rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(plain)) {
        return Ok(Some(address.to_owned()));
    }
    Err(Error::validation(field, "This is not the address of a file"))
}

/// A day that a paper may bear.
pub fn paper_day(field: &str, day: Option<NaiveDate>) -> Result<Option<NaiveDate>> {
    match day {
        Some(day) if !(1990..2200).contains(&day.year()) => {
            Err(Error::validation(field, "A day between 1990 and 2199"))
        }
        day => Ok(day),
    }
}

/// The birthday of somebody who may own a fleet.
pub fn birthday(field: &str, day: Option<NaiveDate>, today: NaiveDate) -> Result<Option<NaiveDate>> {
    match day.map(|day| today.years_since(day)) {
        None | Some(Some(18..=120)) => Ok(day),
        Some(_) => Err(Error::validation(field, "Whoever owns a fleet is at least 18 years old")),
    }
}

/// Changes what may be empty: left out, it stays; null or blank empties it.
pub fn change(
    kept: &mut Option<String>,
    given: &MaybeUndefined<String>,
    field: &str,
    check: impl FnOnce(&str, Option<&str>) -> Result<Option<String>>,
) -> Result<()> {
    if let Some(given) = given.as_opt_deref() {
        *kept = check(field, given)?;
    }
    Ok(())
}

/// An e-mail address, as far as its shape tells.
pub fn email(field: &str, given: Option<&str>) -> Result<Option<String>> {
    let Some(email) = text(field, given)? else { return Ok(None) };
    let shaped = email.split_once('@').is_some_and(|(who, at)| {
        !who.is_empty() && at.contains('.') && !at.starts_with('.') && !at.ends_with('.')
    });
    if shaped && !email.contains(char::is_whitespace) {
        return Ok(Some(email.to_lowercase()));
    }
    Err(Error::validation(field, "This is not an e-mail address"))
}

/// A city in capitals, its other names folded into one: `Gurugram` is GURGAON.
pub fn city(field: &str, city: &str) -> Result<String> {
    let city = name(field, city)?.to_uppercase();
    Ok(match city.as_str() {
        "NEW DELHI" => "DELHI".to_owned(),
        "GURUGRAM" => "GURGAON".to_owned(),
        "GREATER NOIDA" => "NOIDA".to_owned(),
        "BENGALURU" => "BANGALORE".to_owned(),
        _ => city,
    })
}

/// A permanent account number: five letters, four digits, a letter.
pub fn pan(field: &str, number: &str) -> Result<String> {
    shaped(field, number, "AAAAA0000A", "A PAN has five letters, four digits and a letter")
}

/// A goods-and-services-tax number: state code, PAN, entity, `Z`, check sign.
pub fn gst(field: &str, number: Option<&str>) -> Result<Option<String>> {
    let Some(number) = text(field, number)? else { return Ok(None) };
    shaped(field, &number, "00AAAAA0000AXZX", "A GST number has 15 signs: 07AAAAA0000A1Z5").map(Some)
}

/// A registration number without blanks and hyphens, in capitals: `DL 01-ab 1234` is DL01AB1234.
pub fn registration(field: &str, number: &str) -> Result<String> {
    let number: String = number.chars().filter(|sign| !matches!(sign, ' ' | '-')).collect();
    let number = number.to_uppercase();
    let state_series = || {
        let rest = number.trim_start_matches(|sign: char| sign.is_ascii_uppercase());
        let state = number.len() - rest.len();
        let (district, rest) = split_digits(rest);
        let (series, rest) = split_letters(rest);
        let (serial, rest) = split_digits(rest);
        state == 2 && (1..=2).contains(&district) && series <= 3 && serial == 4 && rest.is_empty()
            // Without a series the serial runs into the district code, which leaves six digits in one piece.
            || state == 2 && (5..=6).contains(&district) && series == 0 && serial == 0 && rest.is_empty()
    };
    if number.is_ascii() && (state_series() || is_bharat(&number)) {
        return Ok(number);
    }
    Err(Error::validation(field, "This is not a registration number such as DL01AB1234"))
}

/// The Bharat series: `22BH1234AA`.
fn is_bharat(number: &str) -> bool {
    let (year, rest) = split_digits(number);
    let Some(rest) = rest.strip_prefix("BH").filter(|_| year == 2) else { return false };
    let (serial, rest) = split_digits(rest);
    let (letters, rest) = split_letters(rest);
    serial == 4 && (1..=2).contains(&letters) && rest.is_empty()
}

fn split_digits(text: &str) -> (usize, &str) {
    let rest = text.trim_start_matches(|sign: char| sign.is_ascii_digit());
    (text.len() - rest.len(), rest)
}

fn split_letters(text: &str) -> (usize, &str) {
    let rest = text.trim_start_matches(|sign: char| sign.is_ascii_uppercase());
    (text.len() - rest.len(), rest)
}

/// A vehicle identification number: 17 signs without I, O and Q.
pub fn vin(field: &str, number: Option<&str>) -> Result<Option<String>> {
    let Some(number) = text(field, number)? else { return Ok(None) };
    let number = number.to_uppercase();
    let fits = number.len() == 17
        && number.bytes().all(|sign| sign.is_ascii_alphanumeric() && !matches!(sign, b'I' | b'O' | b'Q'));
    if fits {
        Ok(Some(number))
    } else {
        Err(Error::validation(field, "A VIN has 17 signs, without I, O and Q"))
    }
}

/// Compares with a shape: `A` a letter, `0` a digit, `X` either, anything else itself.
fn shaped(field: &str, text: &str, shape: &str, message: &str) -> Result<String> {
    let text = text.trim().to_uppercase();
    let fits = text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(sign, wanted)| match wanted {
            b'A' => sign.is_ascii_uppercase(),
            b'0' => sign.is_ascii_digit(),
            b'X' => sign.is_ascii_alphanumeric(),
            other => sign == other,
        });
    if fits { Ok(text) } else { Err(Error::validation(field, message)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok<T>(result: Result<T>) -> T {
        result.map_err(|error| error.log_line()).unwrap()
    }

    #[test]
    fn a_registration_is_one_number_however_it_is_typed() {
        for typed in ["DL01AB1234", "dl 01 ab 1234", "DL-01-AB-1234"] {
            assert_eq!(ok(registration("number", typed)), "DL01AB1234");
        }
        for number in ["HR26DK8337", "UP16RT1990", "DL1CAB1234", "22BH1234AA", "DL011234"] {
            assert_eq!(ok(registration("number", number)), number);
        }
        for wrong in ["", "DL01", "1234", "DL01AB12345", "D101AB1234", "DL01ABCD1234", "ДЛ01АБ1234"] {
            assert_eq!(registration("number", wrong).unwrap_err().field_name(), Some("number"), "{wrong}");
        }
    }

    #[test]
    fn tax_numbers_have_their_shape() {
        assert_eq!(ok(pan("panNumber", " abcde1234f ")), "ABCDE1234F");
        assert!(pan("panNumber", "ABCD11234F").is_err());
        assert_eq!(ok(gst("gstNumber", Some("07abcde1234f1z5"))), Some("07ABCDE1234F1Z5".into()));
        assert_eq!(ok(gst("gstNumber", Some("  "))), None);
        assert!(gst("gstNumber", Some("07ABCDE1234F1X5")).is_err());
    }

    #[test]
    fn text_is_what_a_person_can_read() {
        assert_eq!(ok(name("name", " O'Neil  &  Söhne ")), "O'Neil & Söhne");
        assert_eq!(ok(name("name", "कबीर")), "कबीर");
        for wrong in ["", "\u{200b}", "...", "a\0b", "a\u{1b}[2J", &"x".repeat(121)] {
            assert_eq!(name("name", wrong).unwrap_err().field_name(), Some("name"), "{wrong:?}");
        }
        assert_eq!(ok(text("remarks", Some(" two\nlines "))), Some("two\nlines".into()));
        assert!(text("remarks", Some("a\0b")).is_err() && text("remarks", Some(&"x".repeat(501))).is_err());
    }

    #[test]
    fn a_file_is_fetched_and_never_run() {
        assert_eq!(
            ok(file("f", Some(" https://files.test/a.jpg "))),
            Some("https://files.test/a.jpg".into())
        );
        assert_eq!(ok(file("f", Some(" "))), None);
        for wrong in
            ["javascript:alert(1)", "data:text/html,x", "a.jpg", "https://", "https://a b", "http://a\0"]
        {
            assert!(file("f", Some(wrong)).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_day_is_one_that_somebody_means() {
        let day = |text: &str| Some(text.parse().unwrap());
        let today: NaiveDate = "2026-01-27".parse().unwrap();
        assert!(paper_day("d", day("2199-12-31")).is_ok() && paper_day("d", None).is_ok());
        for wrong in ["1989-12-31", "2200-01-01", "-200000-01-01", "+200000-01-01"] {
            assert!(paper_day("d", day(wrong)).is_err(), "{wrong}");
        }
        assert!(birthday("dob", day("2008-01-27"), today).is_ok());
        for wrong in ["2008-01-28", "2026-02-01", "1905-01-27"] {
            assert!(birthday("dob", day(wrong), today).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_city_has_one_name() {
        assert_eq!(ok(city("city", "Gurugram")), "GURGAON");
        assert_eq!(ok(city("city", " new  delhi ")), "DELHI");
        assert_eq!(ok(city("city", "Agra")), "AGRA");
    }

    #[test]
    fn a_vin_and_an_email_are_checked() {
        assert_eq!(ok(vin("vinNumber", Some("mat62546789012345"))), Some("MAT62546789012345".into()));
        assert!(vin("vinNumber", Some("MAT6254678901234O")).is_err());
        assert_eq!(ok(email("email", Some("A@b.in"))), Some("a@b.in".into()));
        for wrong in ["a", "a@b", "@b.in", "a @b.in", "a@.in"] {
            assert!(email("email", Some(wrong)).is_err(), "{wrong}");
        }
    }
}
