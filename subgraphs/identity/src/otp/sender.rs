//! How a one-time code reaches a person: a port, with the adapters that need no provider.

use futures_util::future::BoxFuture;
use kit::Result;

use super::OtpPurpose;

/// Delivers codes. A provider of text messages is another implementation of this.
pub trait OtpSender: Send + Sync {
    /// Delivers one code to one phone (E.164).
    fn send<'a>(&'a self, phone: &'a str, code: &'a str, purpose: OtpPurpose) -> BoxFuture<'a, Result<()>>;
}

/// Writes the code into the log: for development, where the log is the developer's own.
pub struct LogSender;

impl OtpSender for LogSender {
    fn send<'a>(&'a self, phone: &'a str, code: &'a str, purpose: OtpPurpose) -> BoxFuture<'a, Result<()>> {
        tracing::info!(phone, code, purpose = purpose.as_str(), "one-time code");
        Box::pin(async { Ok(()) })
    }
}

/// Delivers nothing and says so, without the code.
pub struct NoSender;

impl OtpSender for NoSender {
    fn send<'a>(&'a self, phone: &'a str, _code: &'a str, purpose: OtpPurpose) -> BoxFuture<'a, Result<()>> {
        let phone = kit::phone::mask(phone);
        tracing::warn!(
            phone,
            purpose = purpose.as_str(),
            "no sender is configured: this code reaches nobody"
        );
        Box::pin(async { Ok(()) })
    }
}
