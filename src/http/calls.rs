//! The server functions that islands ask, each at `/call/<name>`. They only read.

use super::{
    Front, error_page,
    session::{self, Session},
};
use crate::{
    app::{AppResult, Caller, viewer::find_viewer},
    ui::{
        calls::{Asking, CallError},
        visit::Arrival,
    },
};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Extension, Request, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::{MethodFilter, on},
};
use leptos::prelude::provide_context;
use std::sync::Arc;

/// Adds a route for each server function of the crate.
pub fn mount(mut router: Router<Arc<Front>>) -> Router<Arc<Front>> {
    for (path, method) in leptos::server_fn::axum::server_fn_paths() {
        if let Ok(filter) = MethodFilter::try_from(method) {
            router = router.route(path, on(filter, answer));
        }
    }
    router
}

async fn answer(
    State(front): State<Arc<Front>>,
    Extension(arrival): Extension<Arrival>,
    Extension(session): Extension<Session>,
    request: Request,
) -> Response {
    let caller = match caller(&front, &arrival, &session).await {
        Ok(caller) => caller,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "could not find out who calls");
            return error_page::ours(&front, &arrival);
        }
    };
    let _turn = match &caller {
        Some(caller) => match front.app.turn_to_read(&caller.user).await {
            Ok(turn) => Some(turn),
            Err(_) => return StatusCode::TOO_MANY_REQUESTS.into_response(),
        },
        None => None,
    };
    let asking = Asking { app: front.app.clone(), caller };
    let context = move || provide_context(asking.clone());
    with_status(leptos_axum::handle_server_fns_with_context(context, request).await.into_response()).await
}

/// Server functions answer every error with 500; the code in it says which status is meant.
async fn with_status(response: Response) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, LONGEST_ERROR).await else { return parts.into_response() };
    parts.status = match serde_json::from_slice(&bytes) {
        Ok(CallError::SignedOut) => StatusCode::UNAUTHORIZED,
        Ok(CallError::Refused) => StatusCode::FORBIDDEN,
        Ok(CallError::Unreadable) => StatusCode::UNPROCESSABLE_ENTITY,
        Ok(CallError::Failed) | Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    Response::from_parts(parts, Body::from(bytes))
}

/// A code is short.
const LONGEST_ERROR: usize = 1_000;

/// Who asks. Whoever still has to choose their own password is nobody here.
async fn caller(front: &Front, arrival: &Arrival, session: &Session) -> AppResult<Option<Caller>> {
    let Some(signed_in) = session::current(session).await? else { return Ok(None) };
    let caller = session::caller(&signed_in, &arrival.request_id);
    let viewer = find_viewer(&front.app, caller, signed_in.session, arrival.now).await?;
    Ok(viewer.filter(|viewer| !viewer.must_change_password).map(|viewer| viewer.caller))
}
