//! No other name for the portal: a page that was reached under a name of somebody else's is not shown.

use crate::{
    http::{Front, error_page},
    ui::visit::Arrival,
};
use axum::{
    extract::{Extension, Request, State},
    http::{StatusCode, header, request::Parts},
    middleware::Next,
    response::Response,
};
use std::sync::Arc;

/// Refuses requests for another host than the public address names.
pub async fn refuse_unknown(
    State(front): State<Arc<Front>>,
    Extension(arrival): Extension<Arrival>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    if is_asked_twice(&parts) {
        tracing::warn!("asked under two hosts' names at once");
        return error_page::answer(
            &front,
            &arrival,
            StatusCode::BAD_REQUEST,
            "That request cannot be read",
            "It names more than one host.",
        );
    }
    if asked_host(&parts).is_some_and(|host| front.door.is_own_host(host)) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    tracing::warn!("asked under another host's name");
    error_page::answer(
        &front,
        &arrival,
        StatusCode::MISDIRECTED_REQUEST,
        "This is not the address of the portal",
        &format!("Please use {}.", front.door.public_url),
    )
}

/// Whether the request names several hosts (RFC 9112, 3.2): a proxy before us may have looked at another one than we do.
fn is_asked_twice(parts: &Parts) -> bool {
    let named = parts.headers.get_all(header::HOST).iter().count();
    let differs = match (parts.headers.get(header::HOST), parts.uri.authority()) {
        (Some(host), Some(authority)) => !host.as_bytes().eq_ignore_ascii_case(authority.as_str().as_bytes()),
        (Some(_) | None, _) => false,
    };
    named > 1 || differs
}

/// The host that was asked for, with its port.
pub fn asked_host(parts: &Parts) -> Option<&str> {
    let named = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    named.or_else(|| parts.uri.authority().map(axum::http::uri::Authority::as_str))
}
