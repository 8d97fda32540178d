//! Settings of partner, read from the command line and the environment in this one place.

use clap::{Args, FromArgMatches};
use uuid::Uuid;

/// Seals personal data in `dev` and in tests; `build` warns when it is used.
pub const DEVELOPMENT_DATA_KEY: &str = "ZHJpdmVycy1rbHViLWRldmVsb3BtZW50LWRhdGEta2U=";

/// Settings of partner.
#[derive(Debug, Clone, Args)]
// Five of these are flattened into one command, and groups are named after their structs.
#[group(skip)]
pub struct Config {
    /// Key that seals document and bank account numbers: 32 bytes in base64. Losing it loses the numbers.
    #[arg(long, env = "PARTNER_DATA_KEY", default_value = DEVELOPMENT_DATA_KEY, hide_default_value = true, hide_env_values = true)]
    pub partner_data_key: String,
    /// Fleet that a driver joins who signs up alone; without it such a driver has no fleet until someone adds them.
    #[arg(long, env = "PARTNER_DEFAULT_FLEET_ID")]
    pub partner_default_fleet_id: Option<Uuid>,
    /// Base address where uploaded files are put and read.
    #[arg(long, env = "PARTNER_UPLOAD_BASE_URL", default_value = "http://localhost:4003/files")]
    pub partner_upload_base_url: String,
    /// Key that signs upload addresses: 32 bytes in base64, shared with whatever serves that base address. Derived from
    /// the data key when left out.
    #[arg(long, env = "PARTNER_UPLOAD_KEY", hide_env_values = true)]
    pub partner_upload_key: Option<String>,
    /// Distance from the hub within which a driver may check in, for hubs that don't say, in metres.
    #[arg(long, env = "CHECKIN_GEOFENCE_M", default_value_t = 500)]
    pub checkin_geofence_m: u32,
    /// How many newcomers one person may refer.
    #[arg(long, env = "REFERRAL_LIMIT", default_value_t = 5)]
    pub referral_limit: u32,
    /// Seconds between two looks at what time has brought: suspensions to start or end, rentals to expire, rewards due.
    #[arg(long, env = "PARTNER_TIMER_SECONDS", default_value_t = 30)]
    pub partner_timer_seconds: u64,
}

impl Default for Config {
    fn default() -> Self {
        let command = Config::augment_args(clap::Command::new("partner")).no_binary_name(true);
        let matches = command.get_matches_from(Vec::<&str>::new());
        Config::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}
