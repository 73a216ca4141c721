//! Nobody comes in unseen: every request gets an id, a nonce and one line in the log.

use crate::{
    app::ports::random_bytes,
    http::{Front, cookies},
    ui::{
        theme::{COOKIE, Theme},
        visit::Arrival,
    },
};
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use data_encoding::BASE64URL_NOPAD;
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Instant,
};
use tracing::Instrument as _;

/// The header that carries the request's id back.
pub const REQUEST_ID: &str = "x-request-id";

/// The header that says how long the portal took; a browser shows it beside its own figures.
pub const SERVER_TIMING: &str = "server-timing";

/// The longest name of a browser that is kept.
const LONGEST_USER_AGENT: usize = 300;

/// Notes down what is known about a request, answers it, and logs how that went.
pub async fn identify(State(front): State<Arc<Front>>, mut request: Request, next: Next) -> Response {
    let now = front.app.now();
    let nonce = BASE64URL_NOPAD.encode(&random_bytes::<18>(front.app.randomness.as_ref()));
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let headers = request.headers();
    let arrival = Arrival {
        request_id: front.app.new_id(now).into(),
        nonce: nonce.into(),
        now,
        address: peer.map(|peer| client_address(peer, headers, |proxy| front.door.trusts(proxy))),
        user_agent: user_agent(headers).into(),
        theme: cookies::get(headers, COOKIE, front.door.public_url.is_secure())
            .and_then(|name| Theme::parse(&name))
            .unwrap_or_default(),
        secure: front.door.public_url.is_secure(),
    };
    let id = Arc::clone(&arrival.request_id);
    let span = tracing::info_span!("request", id = %id, method = %request.method(), path = request.uri().path());
    let reads = request.method().is_safe();
    request.extensions_mut().insert(arrival);
    async move {
        let came = Instant::now();
        let mut response = next.run(request).await;
        let took = came.elapsed();
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        // Not of what is sent: how long a password takes is nobody's business.
        if reads && let Ok(took) = HeaderValue::from_str(&format!("portal;dur={:.2}", took.as_secs_f64() * 1_000.0)) {
            response.headers_mut().insert(SERVER_TIMING, took);
        }
        tracing::info!(status = response.status().as_u16(), took_ms = took.as_millis(), "answered");
        response
    }
    .instrument(span)
    .await
}

fn user_agent(headers: &HeaderMap) -> String {
    let text = headers.get(header::USER_AGENT).and_then(|text| text.to_str().ok()).unwrap_or_default();
    text.chars().take(LONGEST_USER_AGENT).collect()
}

/// Where a request came from: the last address of `X-Forwarded-For` that no trusted proxy added for itself. Without a
/// trusted proxy in front, the header is nothing but words.
fn client_address(peer: IpAddr, headers: &HeaderMap, trusts: impl Fn(IpAddr) -> bool) -> IpAddr {
    let hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .collect();
    let mut address = peer;
    for hop in hops.into_iter().rev() {
        if !trusts(address) {
            break;
        }
        match hop.parse() {
            Ok(hop) => address = hop,
            Err(_) => break,
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::client_address;
    use axum::http::HeaderMap;
    use std::net::IpAddr;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let seen = |peer: &str, line: &str| {
            let headers: HeaderMap =
                [("x-forwarded-for".parse().unwrap(), line.parse().unwrap())].into_iter().collect();
            let inside = |address: IpAddr| address.to_string().starts_with("10.");
            client_address(peer.parse().unwrap(), &headers, inside).to_string()
        };
        assert_eq!(seen("198.51.100.7", "203.0.113.9"), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", "203.0.113.9"), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", "1.2.3.4, 203.0.113.9, 10.0.0.2"), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", "nonsense"), "10.0.0.1");
    }
}
