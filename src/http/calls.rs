//! The server functions that islands ask, each at `/call/<name>`. They only read.

use super::Front;
use crate::app::caller::Caller;
use axum::{
    Router,
    extract::{Request, State},
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

async fn answer(State(front): State<Arc<Front>>, request: Request) -> Response {
    let app = front.app.clone();
    let caller = request.extensions().get::<Caller>().cloned();
    let context = move || {
        provide_context(app.clone());
        provide_context(caller.clone());
    };
    leptos_axum::handle_server_fns_with_context(context, request).await.into_response()
}
