//! Money as integer paise: exact, and one spelling of it in every subgraph.

use std::fmt;
use std::iter::Sum;

use async_graphql::{InputValueError, InputValueResult, Number, Scalar, ScalarType, SimpleObject, Value};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// An amount in paise (1/100 rupee).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type,
)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Paise(pub i64);

/// An amount in paise (1/100 rupee): a JSON integer, which may exceed 32 bits.
#[Scalar(name = "Paise")]
impl ScalarType for Paise {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(number) => match number.as_i64() {
                Some(paise) => Ok(Paise(paise)),
                None => Err(InputValueError::custom("an amount is a whole number of paise")),
            },
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::Number(Number::from(self.0))
    }
}

impl Paise {
    /// Nothing.
    pub const ZERO: Paise = Paise(0);

    /// Whole rupees. Errors: more than the type can hold.
    pub fn from_rupees(rupees: i64) -> Result<Self> {
        rupees.checked_mul(100).map(Paise).ok_or_else(too_large)
    }

    /// The sum. Errors: more than the type can hold.
    pub fn plus(self, other: Paise) -> Result<Self> {
        self.0.checked_add(other.0).map(Paise).ok_or_else(too_large)
    }

    /// The difference. Errors: more than the type can hold.
    pub fn minus(self, other: Paise) -> Result<Self> {
        self.0.checked_sub(other.0).map(Paise).ok_or_else(too_large)
    }

    /// A count of this amount. Errors: more than the type can hold.
    pub fn times(self, count: i64) -> Result<Self> {
        self.0.checked_mul(count).map(Paise).ok_or_else(too_large)
    }

    /// A share in basis points (7000 = 70 %), rounded to the nearest paisa, halves up.
    pub fn basis_points(self, points: i64) -> Result<Self> {
        let exact = i128::from(self.0) * i128::from(points);
        let rounded = (exact + 5_000).div_euclid(10_000);
        i64::try_from(rounded).map(Paise).map_err(|_| too_large())
    }

    /// True for an amount below nothing.
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }
}

fn too_large() -> Error {
    Error::internal("an amount does not fit into 64 bits of paise")
}

impl fmt::Display for Paise {
    /// Rupees with two decimals: `₹1786.25`, `-₹0.05`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        write!(f, "{sign}₹{}.{:02}", magnitude / 100, magnitude % 100)
    }
}

/// Saturating, for reports; anything that is stored uses [`Paise::plus`].
impl Sum for Paise {
    fn sum<I: Iterator<Item = Paise>>(amounts: I) -> Self {
        amounts.fold(Paise::ZERO, |total, amount| Paise(total.0.saturating_add(amount.0)))
    }
}

/// An amount of money.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
#[graphql(shareable)]
pub struct Money {
    /// The amount in paise (1/100 rupee).
    pub amount_paise: Paise,
    /// The ISO 4217 code of the currency: always `INR`.
    pub currency: String,
}

impl From<Paise> for Money {
    fn from(amount_paise: Paise) -> Self {
        Money { amount_paise, currency: "INR".into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_half_up_to_the_paisa() {
        assert_eq!(Paise(170_625).basis_points(7_000).unwrap(), Paise(119_438));
        assert_eq!(Paise(5).basis_points(5_000).unwrap(), Paise(3));
        assert_eq!(Paise(-5).basis_points(5_000).unwrap(), Paise(-2));
    }

    #[test]
    fn an_amount_reads_in_rupees() {
        assert_eq!(Paise(178_625).to_string(), "₹1786.25");
        assert_eq!(Paise(-5).to_string(), "-₹0.05");
    }

    #[test]
    fn arithmetic_refuses_to_overflow() {
        assert!(Paise(i64::MAX).plus(Paise(1)).is_err());
        assert!(Paise(i64::MAX).times(2).is_err());
        assert_eq!(Paise::from_rupees(741).unwrap(), Paise(74_100));
    }
}
