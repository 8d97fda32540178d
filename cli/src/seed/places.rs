//! Where things are: cities, hubs and the places people go to, in and around Delhi.

/// A place on the map.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) name: &'static str,
    pub(crate) city: &'static str,
    pub(crate) lat: f64,
    pub(crate) lng: f64,
}

const fn place(name: &'static str, city: &'static str, lat: f64, lng: f64) -> Place {
    Place { name, city, lat, lng }
}

/// Terminals of the airport.
pub(crate) const AIRPORT: [Place; 2] =
    [place("IGI Airport T3", "DELHI", 28.5562, 77.1), place("IGI Airport T1", "DELHI", 28.5551, 77.0844)];

/// Places in the served cities.
pub(crate) const TOWN: [Place; 8] = [
    place("Connaught Place", "DELHI", 28.6315, 77.2167),
    place("New Delhi Railway Station", "DELHI", 28.6139, 77.209),
    place("Sector 29", "GURGAON", 28.4595, 77.0266),
    place("Cyber Hub", "GURGAON", 28.495, 77.089),
    place("Sector 62", "NOIDA", 28.627, 77.365),
    place("Sector 18", "NOIDA", 28.5355, 77.391),
    place("Old Faridabad", "FARIDABAD", 28.4089, 77.3178),
    place("Raj Nagar", "GHAZIABAD", 28.6692, 77.4538),
];

/// Cities out of town with their distance by road in kilometres.
pub(crate) const FAR: [(Place, f64); 2] = [
    (place("Taj Ganj", "AGRA", 27.1751, 78.0421), 230.0),
    (place("Sector 17", "CHANDIGARH", 30.7398, 76.7827), 245.0),
];

/// The cities of fleets, in the order in which the first fleets take them, with their weights for the others.
pub(crate) const FLEET_CITIES: [(&str, u32); 5] =
    [("DELHI", 40), ("GURGAON", 25), ("NOIDA", 20), ("FARIDABAD", 8), ("GHAZIABAD", 7)];

/// Metres of the great circle between two points.
pub(crate) fn metres((lat1, lng1): (f64, f64), (lat2, lng2): (f64, f64)) -> f64 {
    let (from, to) = (lat1.to_radians(), lat2.to_radians());
    let (dlat, dlng) = ((to - from) / 2.0, (lng2 - lng1).to_radians() / 2.0);
    let chord = dlat.sin().powi(2) + from.cos() * to.cos() * dlng.sin().powi(2);
    2.0 * 6_371_000.0 * chord.sqrt().asin()
}

/// Kilometres by road between two places: the great circle and a third.
pub(crate) fn road_km(from: Place, to: Place) -> f64 {
    let km = metres((from.lat, from.lng), (to.lat, to.lng)) / 1_000.0 * 1.3;
    (km * 10.0).round() / 10.0
}
