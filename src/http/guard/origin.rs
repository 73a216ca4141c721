//! No change from elsewhere: whatever is not a plain read must come from a page of ours.

use super::host::asked_host;
use crate::{
    config::Door,
    http::{Front, error_page},
    ui::visit::Arrival,
};
use axum::{
    extract::{Extension, Request, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    middleware::Next,
    response::Response,
};
use std::sync::Arc;

/// Refuses unsafe methods that do not come from our own pages.
pub async fn refuse_foreign(
    State(front): State<Arc<Front>>,
    Extension(arrival): Extension<Arrival>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    if parts.method.is_safe() || own_origin(&front.door, &parts) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    tracing::warn!("refused a change from another site");
    error_page::answer(
        &front,
        &arrival,
        StatusCode::FORBIDDEN,
        "That did not come from the portal",
        "Changes are only taken from the portal's own pages. Nothing was changed.",
    )
}

/// Whether the request comes from our own pages: by what the browser says about it, else by its origin. A request that
/// says neither does not. `none` is said of what nobody's page began, such as an address that was typed; no form of ours is sent so,
/// and its origin decides.
pub fn own_origin(door: &Door, parts: &Parts) -> bool {
    match text(&parts.headers, "sec-fetch-site") {
        Some("same-origin") => true,
        Some("same-site" | "cross-site") => false,
        Some(_) | None => text(&parts.headers, header::ORIGIN.as_str())
            .zip(asked_host(parts))
            .is_some_and(|(origin, host)| door.is_own_origin(origin, host)),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
