//! No body that is larger than any form of ours, whatever its length says.

use crate::{
    http::{Front, error_page},
    ui::visit::Arrival,
};
use axum::{
    body::Body,
    extract::{Extension, Request, State},
    http::header,
    middleware::Next,
    response::Response,
};
use http_body_util::Limited;
use std::sync::Arc;

/// The largest form: 64 kB.
const LARGEST_FORM: usize = 64 * 1024;

/// Refuses what says that it is too large, and cuts off what turns out to be.
pub async fn refuse_large(
    State(front): State<Arc<Front>>,
    Extension(arrival): Extension<Arrival>,
    request: Request,
    next: Next,
) -> Response {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let too_large = length.is_some_and(|length| length.parse().map_or(true, |length: usize| length > LARGEST_FORM));
    if too_large {
        return error_page::too_large(&front, &arrival);
    }
    let (parts, body) = request.into_parts();
    next.run(Request::from_parts(parts, Body::new(Limited::new(body, LARGEST_FORM)))).await
}
