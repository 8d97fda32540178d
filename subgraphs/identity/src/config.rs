//! Settings of the identity service: one field per flag and environment variable.

use std::fmt;

use clap::{Args, FromArgMatches, ValueEnum};

/// How the identity service runs.
#[derive(Args, Clone, Debug)]
// Five of these are flattened into one command, and groups are named after their structs.
#[group(skip)]
pub struct Config {
    /// The secret from which the keys for codes and for sealing signing keys are derived: at least 32 bytes.
    #[arg(
        id = "identity_secret",
        long = "identity-secret",
        env = "IDENTITY_SECRET",
        hide_env_values = true,
        default_value = ""
    )]
    pub secret: Secret,
    /// The `iss` claim of access tokens.
    #[arg(long, env = "TOKEN_ISSUER", default_value = "drivers-klub")]
    pub token_issuer: String,
    /// The `aud` claim of access tokens.
    #[arg(long, env = "TOKEN_AUDIENCE", default_value = "drivers-klub-api")]
    pub token_audience: String,
    /// After how many days a new signing key takes over.
    #[arg(long, env = "SIGNING_KEY_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=365))]
    pub signing_key_days: u32,
    /// How one-time codes reach people.
    #[arg(long, env = "OTP_SENDER", value_enum, default_value_t = OtpDelivery::None)]
    pub otp_sender: OtpDelivery,
    /// Gives phones of the demo range (+91 90000 …) the fixed code 000000. For demonstrations only.
    #[arg(long, env = "DEMO_OTP")]
    pub demo_otp: bool,
}

/// Where one-time codes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OtpDelivery {
    /// Nowhere: no provider is configured.
    None,
    /// Into the log, code included: for development, where the log is the developer's own.
    Log,
}

/// A text that is not printed.
#[derive(Clone, Default)]
pub struct Secret(String);

impl Secret {
    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl Default for Config {
    /// What the flags say when none is given. The environment counts, as it does for the flags.
    fn default() -> Self {
        let matches = Config::augment_args(clap::Command::new("identity")).get_matches_from(["identity"]);
        Config::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}
