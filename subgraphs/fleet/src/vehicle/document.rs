//! The papers of a vehicle, and whether they are in order on a day.

use async_graphql::SimpleObject;
use chrono::NaiveDate;

use crate::words::words;

words! {
    /// A paper that a cab must carry.
    VehicleDocumentKind {
        /// The registration certificate, both sides; it does not run out.
        Rc = "RC",
        /// The permit to carry passengers.
        Permit = "PERMIT",
        /// The certificate of fitness.
        Fitness = "FITNESS",
        /// The insurance.
        Insurance = "INSURANCE",
    }
}

words! {
    /// Whether a paper is in order; the later, the worse.
    DocumentHealth {
        /// It is.
        Valid = "VALID",
        /// It runs out soon.
        Expiring = "EXPIRING",
        /// It is not there: no picture of the registration certificate, no expiry date of another paper.
        Missing = "MISSING",
        /// It has run out.
        Expired = "EXPIRED",
    }
}

/// The papers of a vehicle as they are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Papers {
    pub rc_front_image: Option<String>,
    pub rc_back_image: Option<String>,
    pub permit_image: Option<String>,
    pub permit_expiry: Option<NaiveDate>,
    pub fitness_image: Option<String>,
    pub fitness_expiry: Option<NaiveDate>,
    pub insurance_image: Option<String>,
    pub insurance_start: Option<NaiveDate>,
    pub insurance_expiry: Option<NaiveDate>,
}

/// One paper of one vehicle, as it stands today.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub struct VehicleDocument {
    /// Which paper.
    pub kind: VehicleDocumentKind,
    /// Where its pictures are.
    pub images: Vec<String>,
    /// The first day on which it counts, where that is known.
    pub starts_on: Option<NaiveDate>,
    /// The last day on which it counts.
    pub expires_on: Option<NaiveDate>,
    /// The days that are left; negative once it has run out.
    pub days_left: Option<i64>,
    /// Whether it is in order.
    pub health: DocumentHealth,
}

/// The day of today, and from how many days before its end a paper counts as running out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Today {
    pub date: NaiveDate,
    pub warning_days: i64,
}

impl Today {
    /// The health of a paper that runs out on `expiry`, its last good day.
    pub fn health(self, expiry: Option<NaiveDate>) -> DocumentHealth {
        match expiry {
            None => DocumentHealth::Missing,
            Some(expiry) if expiry < self.date => DocumentHealth::Expired,
            Some(expiry) if (expiry - self.date).num_days() <= self.warning_days => DocumentHealth::Expiring,
            Some(_) => DocumentHealth::Valid,
        }
    }
}

impl Papers {
    /// Every paper, as it stands on a day.
    pub fn documents(&self, today: Today) -> Vec<VehicleDocument> {
        let rc: Vec<String> =
            [&self.rc_front_image, &self.rc_back_image].into_iter().flatten().cloned().collect();
        let rc_health = if rc.len() == 2 { DocumentHealth::Valid } else { DocumentHealth::Missing };
        let dated =
            |kind, image: &Option<String>, starts_on, expires_on: Option<NaiveDate>| VehicleDocument {
                kind,
                images: image.iter().cloned().collect(),
                starts_on,
                expires_on,
                days_left: expires_on.map(|expiry| (expiry - today.date).num_days()),
                health: today.health(expires_on),
            };
        vec![
            VehicleDocument {
                kind: VehicleDocumentKind::Rc,
                images: rc,
                starts_on: None,
                expires_on: None,
                days_left: None,
                health: rc_health,
            },
            dated(VehicleDocumentKind::Permit, &self.permit_image, None, self.permit_expiry),
            dated(VehicleDocumentKind::Fitness, &self.fitness_image, None, self.fitness_expiry),
            dated(
                VehicleDocumentKind::Insurance,
                &self.insurance_image,
                self.insurance_start,
                self.insurance_expiry,
            ),
        ]
    }

    /// The health of the worst paper.
    pub fn health(&self, today: Today) -> DocumentHealth {
        let papers = self.documents(today);
        papers.into_iter().map(|paper| paper.health).max().unwrap_or(DocumentHealth::Missing)
    }

    /// The last day on which permit, fitness and insurance all count; none as soon as one has no date.
    pub fn valid_until(&self) -> Option<NaiveDate> {
        let dates = [self.permit_expiry?, self.fitness_expiry?, self.insurance_expiry?];
        dates.into_iter().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn today() -> Today {
        Today { date: day("2026-01-27"), warning_days: 30 }
    }

    #[test]
    fn a_paper_is_good_to_the_end_of_its_last_day_and_warns_thirty_days_before() {
        let health = |text: &str| today().health(Some(day(text)));
        assert_eq!(health("2026-01-26"), DocumentHealth::Expired);
        assert_eq!(health("2026-01-27"), DocumentHealth::Expiring);
        assert_eq!(health("2026-02-26"), DocumentHealth::Expiring);
        assert_eq!(health("2026-02-27"), DocumentHealth::Valid);
        assert_eq!(today().health(None), DocumentHealth::Missing);
    }

    #[test]
    fn the_worst_paper_speaks_for_the_vehicle() {
        let far = Some(day("2030-01-01"));
        let image = || Some("file".to_owned());
        let mut papers = Papers {
            rc_front_image: image(),
            rc_back_image: image(),
            permit_expiry: far,
            fitness_expiry: far,
            insurance_expiry: far,
            ..Papers::default()
        };
        assert_eq!(papers.health(today()), DocumentHealth::Valid);
        papers.fitness_expiry = Some(day("2026-02-01"));
        assert_eq!(papers.health(today()), DocumentHealth::Expiring);
        assert_eq!(papers.valid_until(), Some(day("2026-02-01")));
        papers.rc_back_image = None;
        assert_eq!(papers.health(today()), DocumentHealth::Missing);
        papers.permit_expiry = Some(day("2026-01-01"));
        assert_eq!(papers.health(today()), DocumentHealth::Expired);
        papers.insurance_expiry = None;
        assert_eq!(papers.valid_until(), None);
    }
}
