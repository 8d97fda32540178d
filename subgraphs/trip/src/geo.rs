//! Places and the distance between them.

use async_graphql::{InputObject, SimpleObject};
use kit::error::{Error, Result};
use serde::{Deserialize, Serialize};

const EARTH_RADIUS_M: f64 = 6_371_000.0;
/// Roads are longer than the straight line.
const ROAD_FACTOR: f64 = 1.3;

/// A place on the map, in degrees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, SimpleObject, InputObject)]
#[graphql(name = "GeoPoint", input_name = "GeoPointInput", shareable)]
pub struct Point {
    /// Latitude in degrees, north is positive.
    pub lat: f64,
    /// Longitude in degrees, east is positive.
    pub lng: f64,
}

impl Point {
    /// A point from two optional columns; 0 is a coordinate like any other.
    #[must_use]
    pub fn of(lat: Option<f64>, lng: Option<f64>) -> Option<Self> {
        Some(Self { lat: lat?, lng: lng? })
    }

    /// # Errors
    /// VALIDATION on `field` when a coordinate is off the map.
    pub fn checked(self, field: &str) -> Result<Self> {
        if (-90.0..=90.0).contains(&self.lat) && (-180.0..=180.0).contains(&self.lng) {
            Ok(self)
        } else {
            Err(Error::validation(field, "A latitude is -90 to 90 and a longitude -180 to 180 degrees"))
        }
    }

    /// Metres along the surface of the earth (haversine).
    #[must_use]
    pub fn metres_to(self, other: Self) -> f64 {
        let (a, b) = (self.lat.to_radians(), other.lat.to_radians());
        let half_lat = ((b - a) / 2.0).sin();
        let half_lng = ((other.lng - self.lng).to_radians() / 2.0).sin();
        let chord = half_lat * half_lat + a.cos() * b.cos() * half_lng * half_lng;
        2.0 * EARTH_RADIUS_M * chord.sqrt().min(1.0).asin()
    }

    /// Kilometres by road, estimated without a map: one decimal.
    #[must_use]
    pub fn road_km_to(self, other: Self) -> f64 {
        (self.metres_to(other) * ROAD_FACTOR / 100.0).round() / 10.0
    }
}

#[cfg(test)]
mod tests {
    use super::Point;

    const TERMINAL_3: Point = Point { lat: 28.5562, lng: 77.1 };
    const CYBER_HUB: Point = Point { lat: 28.495, lng: 77.089 };

    #[test]
    fn known_distances_are_right() {
        let metres = TERMINAL_3.metres_to(CYBER_HUB);
        assert!((6_850.0..6_950.0).contains(&metres), "{metres}");
        assert!((8.0..15.0).contains(&TERMINAL_3.road_km_to(CYBER_HUB)));
        assert!(TERMINAL_3.metres_to(TERMINAL_3) < f64::EPSILON);
    }

    #[test]
    fn a_degree_of_latitude_is_111_kilometres() {
        let metres = Point { lat: 0.0, lng: 0.0 }.metres_to(Point { lat: 1.0, lng: 0.0 });
        assert!((metres - 111_194.93).abs() < 0.1, "{metres}");
    }

    #[test]
    fn a_point_off_the_map_is_refused() {
        assert!(Point { lat: 91.0, lng: 0.0 }.checked("pickup").is_err());
        assert!(Point { lat: 0.0, lng: f64::NAN }.checked("pickup").is_err());
        assert!(Point { lat: 0.0, lng: 0.0 }.checked("pickup").is_ok());
    }
}
