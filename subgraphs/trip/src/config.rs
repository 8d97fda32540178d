//! Settings of the trip service: one environment variable and one flag per rule, never an environment's name.

use chrono::TimeDelta;
use clap::{Args, Parser};

/// Settings of the trip service.
#[derive(Args, Clone, Debug)]
// Five of these are flattened into one command, and groups are named after their structs.
#[group(skip)]
pub struct Config {
    /// Minutes before pickup from which a driver may start the trip.
    #[arg(long, env = "START_WINDOW_MIN", default_value_t = 150)]
    pub start_window_min: i64,
    /// Metres around the pickup within which a driver may report arrival.
    #[arg(long, env = "ARRIVE_GEOFENCE_M", default_value_t = 500)]
    pub arrive_geofence_m: i64,
    /// Minutes before pickup from which a driver may report arrival.
    #[arg(long, env = "ARRIVE_EARLY_MIN", default_value_t = 30)]
    pub arrive_early_min: i64,
    /// Minutes after pickup from which a passenger may be reported as not shown up.
    #[arg(long, env = "NO_SHOW_WAIT_MIN", default_value_t = 30)]
    pub no_show_wait_min: i64,
    /// Kilometres above which an electric vehicle may not be booked for an INTER_CITY trip.
    #[arg(long, env = "EV_INTERCITY_MAX_KM", default_value_t = 250)]
    pub ev_intercity_max_km: i64,
    /// Hour in India, on the calendar day after booking, from which AIRPORT and RENTAL pickups are accepted.
    #[arg(long, env = "PREBOOK_HOUR_IST", default_value_t = 4)]
    pub prebook_hour_ist: u32,
    /// Minutes that must lie between the pickups of two AIRPORT trips of one driver.
    #[arg(long, env = "AIRPORT_GAP_MIN", default_value_t = 60)]
    pub airport_gap_min: i64,
    /// Minutes of lead that a new pickup time must have when a trip is rescheduled.
    #[arg(long, env = "RESCHEDULE_LEAD_MIN", default_value_t = 60)]
    pub reschedule_lead_min: i64,
    /// Kilometres per hour from which the end of a trip is estimated.
    #[arg(long, env = "AVERAGE_SPEED_KMH", default_value_t = 30)]
    pub average_speed_kmh: i64,
    /// Whether a driver must be checked in, approved and not on a break to start a trip.
    #[arg(long, env = "REQUIRE_CHECK_IN", default_value_t = true, action = clap::ArgAction::Set)]
    pub require_check_in: bool,
    /// Whether checking out ends the driver's shift on the roster.
    #[arg(long, env = "END_SHIFT_AT_CHECK_OUT", default_value_t = true, action = clap::ArgAction::Set)]
    pub end_shift_at_check_out: bool,
    /// Hours for which reported positions are kept.
    #[arg(long, env = "LOCATION_RETENTION_H", default_value_t = 72)]
    pub location_retention_h: i64,
    /// Cities in which a trip may begin.
    #[arg(
        long,
        env = "ORIGIN_CITIES",
        value_delimiter = ',',
        default_value = "DELHI,NOIDA,GURGAON,FARIDABAD,GHAZIABAD"
    )]
    pub origin_cities: Vec<String>,
    /// Other names of cities, as NAME=CITY.
    #[arg(
        long,
        env = "CITY_ALIASES",
        value_delimiter = ',',
        default_value = "NEW DELHI=DELHI,GURUGRAM=GURGAON,GREATER NOIDA=NOIDA,BENGALURU=BANGALORE"
    )]
    pub city_aliases: Vec<String>,
    /// Stock keeping units of vehicles that can be booked.
    #[arg(long, env = "VEHICLE_SKUS", value_delimiter = ',', default_value = "TATA_TIGOR_EV")]
    pub vehicle_skus: Vec<String>,
}

impl Config {
    /// The canonical name of a city where trips may begin, whatever its case or alias.
    #[must_use]
    pub fn origin_city(&self, name: &str) -> Option<String> {
        let city = self.city(name);
        self.origin_cities.contains(&city).then_some(city)
    }

    /// The canonical name of any city.
    #[must_use]
    pub fn city(&self, name: &str) -> String {
        let upper = name.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase();
        let alias = self.city_aliases.iter().filter_map(|pair| pair.split_once('='));
        alias.into_iter().find(|(from, _)| *from == upper).map_or(upper.clone(), |(_, to)| to.to_owned())
    }

    /// How long a trip of this distance is expected to take; half an hour at least.
    #[must_use]
    pub fn estimated_duration(&self, distance_km: f64) -> TimeDelta {
        #[expect(clippy::cast_precision_loss, reason = "a speed is a small number")]
        let minutes = distance_km * 60.0 / self.average_speed_kmh.max(1) as f64;
        #[expect(clippy::cast_possible_truncation, reason = "distances are checked to be under 5,000 km")]
        let minutes = minutes.ceil() as i64;
        TimeDelta::minutes(minutes.max(30))
    }
}

impl Default for Config {
    fn default() -> Self {
        #[derive(Parser)]
        struct Alone {
            #[command(flatten)]
            config: Config,
        }
        Alone::parse_from(["trip"]).config
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn cities_are_known_by_any_case_and_by_their_aliases() {
        let config = Config::default();
        for (name, city) in [
            ("delhi", Some("DELHI")),
            ("New  Delhi", Some("DELHI")),
            ("Gurugram", Some("GURGAON")),
            ("greater noida", Some("NOIDA")),
            ("Bengaluru", None),
            ("Agra", None),
        ] {
            assert_eq!(config.origin_city(name).as_deref(), city, "{name}");
        }
        assert_eq!(config.city("bengaluru"), "BANGALORE");
    }

    #[test]
    fn a_trip_takes_half_an_hour_at_least() {
        let config = Config::default();
        assert_eq!(config.estimated_duration(3.0).num_minutes(), 30);
        assert_eq!(config.estimated_duration(45.0).num_minutes(), 90);
    }
}
