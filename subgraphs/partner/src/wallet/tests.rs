//! The wallet rule in numbers.

use super::*;

/// 45 km AIRPORT at night with 60 minutes of waiting and ₹80 toll: ₹1,786.25.
const WORKED: TripFare = TripFare { total: 178_625, toll: 8_000, parking: 0, state_tax: 0 };

fn sum(lines: &[Line]) -> i64 {
    lines.iter().map(|line| line.amount_paise).sum()
}

#[test]
fn the_worked_trip_credits_127438_paise_at_70_percent() {
    assert_eq!(trip_earning(Some(PaymentModel::Payout), 7000, &WORKED).unwrap(), 127_438);
    assert_eq!(trip_earning(None, 7000, &WORKED).unwrap(), 127_438);
}

#[test]
fn a_rental_driver_keeps_the_whole_fare() {
    assert_eq!(trip_earning(Some(PaymentModel::Rental), 7000, &WORKED).unwrap(), 178_625);
    let lines = trip_lines(Some(PaymentModel::Rental), 7000, &WORKED, PaymentMode::Prepaid).unwrap();
    assert_eq!(
        lines,
        [
            Line { account: Account::Clearing, amount_paise: -178_625 },
            Line { account: Account::Earnings, amount_paise: 178_625 },
        ]
    );
}

#[test]
fn a_cash_fare_is_owed_by_the_driver_who_holds_it() {
    let lines = trip_lines(None, 7000, &WORKED, PaymentMode::Cash).unwrap();
    assert_eq!(
        lines,
        [
            Line { account: Account::CashHeld, amount_paise: -178_625 },
            Line { account: Account::Earnings, amount_paise: 127_438 },
            Line { account: Account::Revenue, amount_paise: 51_187 },
        ]
    );
}

#[test]
fn a_fare_whose_parts_exceed_it_is_refused() {
    for fare in [
        TripFare { total: 100, toll: 101, parking: 0, state_tax: 0 },
        TripFare { total: -1, toll: 0, parking: 0, state_tax: 0 },
        TripFare { total: 100, toll: -5, parking: 0, state_tax: 0 },
        TripFare { total: 100, toll: i64::MAX, parking: i64::MAX, state_tax: 0 },
    ] {
        assert!(trip_earning(None, 7000, &fare).is_err(), "{fare:?}");
    }
}

#[test]
fn every_posting_balances_and_nobody_gets_more_than_the_fare() {
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..20_000 {
        let pass = [random.i64(0..50_000), random.i64(0..50_000), random.i64(0..50_000)];
        let shareable = random.i64(0..1_000_000_000);
        let fare = TripFare {
            total: shareable + pass.iter().sum::<i64>(),
            toll: pass[0],
            parking: pass[1],
            state_tax: pass[2],
        };
        let model = [None, Some(PaymentModel::Payout), Some(PaymentModel::Rental)][random.usize(0..3)];
        let mode = [PaymentMode::Cash, PaymentMode::Prepaid, PaymentMode::Qr][random.usize(0..3)];
        let lines = trip_lines(model, random.i32(0..=10_000), &fare, mode).unwrap();
        assert_eq!(sum(&lines), 0, "{fare:?} {model:?} {mode:?}");
        let earned: i64 =
            lines.iter().filter(|line| line.account == Account::Earnings).map(|line| line.amount_paise).sum();
        assert!(earned <= fare.total && earned >= pass.iter().sum());
    }
}

#[test]
fn an_adjustment_moves_the_difference_and_nothing_if_there_is_none() {
    let before = trip_lines(None, 7000, &WORKED, PaymentMode::Cash).unwrap();
    let cheaper = TripFare { total: 100_000, ..WORKED };
    let after = trip_lines(None, 7000, &cheaper, PaymentMode::Prepaid).unwrap();
    let moved = difference(&after, &before);
    assert_eq!(sum(&moved), 0);
    let of = |account| moved.iter().find(|line| line.account == account).map(|line| line.amount_paise);
    assert_eq!(of(Account::CashHeld), Some(178_625));
    assert_eq!(of(Account::Clearing), Some(-100_000));
    assert_eq!(of(Account::Earnings), Some(72_400 - 127_438));
    assert_eq!(difference(&before, &before), []);
}
