//! The server functions that islands ask, each at `/call/<name>`. They only read.

use super::{Front, error_page, session};
use crate::{
    app::{AppResult, Caller, viewer::find_viewer},
    ui::{calls::Asking, visit::Arrival},
};
use axum::{
    Router,
    extract::{Extension, Request, State},
    response::{IntoResponse as _, Response},
    routing::{MethodFilter, on},
};
use leptos::prelude::provide_context;
use std::sync::Arc;
use tower_sessions::Session;

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
    let asking = Asking { app: front.app.clone(), caller };
    let context = move || provide_context(asking.clone());
    leptos_axum::handle_server_fns_with_context(context, request).await.into_response()
}

/// Who asks. Whoever still has to choose their own password is nobody here.
async fn caller(front: &Front, arrival: &Arrival, session: &Session) -> AppResult<Option<Caller>> {
    let Some(signed_in) = session::current(session).await? else { return Ok(None) };
    let caller = session::caller(&signed_in, &arrival.request_id);
    let viewer = find_viewer(&front.app, caller, signed_in.session, arrival.now).await?;
    Ok(viewer.filter(|viewer| !viewer.must_change_password).map(|viewer| viewer.caller))
}
