//! A mistake of ours ends one request, never the server.

use crate::{
    http::{Front, error_page},
    ui::visit::Arrival,
};
use axum::{
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use futures::FutureExt as _;
use std::{panic::AssertUnwindSafe, sync::Arc};

/// Answers a panic with the page for what is our fault.
pub async fn answer(State(front): State<Arc<Front>>, request: Request, next: Next) -> Response {
    let arrival = request.extensions().get::<Arrival>().cloned();
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(panic) => {
            let words =
                panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
            tracing::error!(panic = words.unwrap_or("without words"), "panicked while answering");
            match arrival {
                Some(arrival) => error_page::ours(&front, &arrival),
                None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            }
        }
    }
}
