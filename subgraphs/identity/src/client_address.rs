//! The address a request comes from, as the router tells it, for limits on callers who are nobody yet.

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn};
use axum::response::Response;

/// The router replaces this header with the one address of its client.
const HEADER: &str = "x-forwarded-for";

tokio::task_local! {
    static ADDRESS: Option<String>;
}

/// Lets the resolvers behind `router` ask for [`current`].
pub fn remember(router: Router) -> Router {
    router.layer(from_fn(keep))
}

/// The address of the request at hand, if the router told one.
pub fn current() -> Option<String> {
    ADDRESS.try_with(Clone::clone).ok().flatten()
}

async fn keep(request: Request, next: Next) -> Response {
    let address = read(request.headers());
    ADDRESS.scope(address, next.run(request)).await
}

/// Of several addresses the last: the nearest proxy wrote it, the others are hearsay.
fn read(headers: &HeaderMap) -> Option<String> {
    let text = headers.get_all(HEADER).iter().next_back()?.to_str().ok()?;
    let address = text.rsplit(',').next()?.trim();
    address.parse::<std::net::IpAddr>().ok().map(|address| address.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_address_counts_and_nonsense_does_not() {
        let read = |text: &'static str| {
            read(&HeaderMap::from_iter([(HEADER.parse().unwrap(), text.parse().unwrap())]))
        };
        assert_eq!(read("203.0.113.9").as_deref(), Some("203.0.113.9"));
        assert_eq!(read("10.0.0.1, 203.0.113.9").as_deref(), Some("203.0.113.9"));
        assert_eq!(read("2001:DB8::1").as_deref(), Some("2001:db8::1"));
        assert_eq!(read("unknown"), None);
    }
}
