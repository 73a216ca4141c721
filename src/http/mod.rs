//! THE FRONT DOOR: one list of routes, guards, headers, the files of the portal. No rules.
//!
//! A request passes the guards (outermost first: arrival, headers, panics, host, origin, size, slowness), reaches its route, and
//! leaves as one whole document. `axum` and `tower` are named in this room only.

mod answering;
mod assets;
mod calls;
#[cfg(test)]
mod connection_tests;
mod cookies;
mod error_page;
mod events;
mod exports;
mod guard;
mod kept;
pub mod metrics;
mod probes;
mod raw;
mod render;
mod reports;
mod route;
mod routes;
mod serve;
mod session;
#[cfg(test)]
mod tests;

pub use assets::Assets;
pub use route::{Access, Route};
pub use routes::routes;
pub use serve::serve;

use crate::{app::App, config::Door, ui::visit::Arrival};
use axum::{
    Router,
    extract::{Extension, State},
    http::{StatusCode, header},
    middleware::{from_fn, from_fn_with_state},
    response::Response,
    routing::{get, post},
};
use std::sync::Arc;
use tower_http::compression::CompressionLayer;

/// What every request needs to know about the house.
pub struct Front {
    /// The use cases.
    pub app: App,
    /// What the configuration says about the door.
    pub door: Door,
    /// The files that pages load.
    pub assets: Assets,
}

/// The whole front door.
pub fn router(front: Front) -> Router {
    router_counting(front, Arc::default())
}

/// The same, with figures of what it answers.
pub fn router_counting(front: Front, metrics: Arc<metrics::Metrics>) -> Router {
    let secure = front.door.public_url.is_secure();
    let probes = probes::routes(front.app.clone()).layer(from_fn_with_state(secure, guard::headers::add_to_plain));
    assemble(front, routes()).layer(from_fn_with_state(metrics, metrics::count)).merge(probes)
}

/// What answers when there is no place for a connection: the probes, and that there is none. Probes have to be answered then, too: whoever
/// watches the server would end it for being slow.
pub fn reserve(app: App, secure: bool) -> Router {
    let full = async || {
        let head = [(header::RETRY_AFTER, "5"), (header::CONTENT_TYPE, "text/plain; charset=utf-8")];
        (StatusCode::SERVICE_UNAVAILABLE, head, "Too many connections are open. Try again in a moment.\n")
    };
    probes::routes(app).fallback(full).layer(from_fn_with_state(secure, guard::headers::add_to_plain))
}

fn assemble(front: Front, routes: Vec<Route>) -> Router {
    let front = Arc::new(front);
    let mut router = Router::new();
    for route in routes {
        router = router.route(route.path, route.into_method_router());
    }
    let reports = Arc::new(reports::Reports::default());
    calls::mount(router)
        .layer(from_fn_with_state(Arc::clone(&front), session::give))
        .route("/pkg/{file}", get(assets::serve))
        .route("/favicon.ico", get(assets::favicon))
        .route("/csp-report", post(move |state, body| async move { reports::csp(&reports, state, body) }))
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
        .layer(CompressionLayer::new().quality(tower_http::CompressionLevel::Fastest))
        .layer(from_fn(guard::slow::refuse_slow))
        .layer(from_fn_with_state(Arc::clone(&front), guard::size::refuse_large))
        .layer(from_fn_with_state(Arc::clone(&front), guard::origin::refuse_foreign))
        .layer(from_fn_with_state(Arc::clone(&front), guard::host::refuse_unknown))
        .layer(from_fn_with_state(Arc::clone(&front), guard::panics::answer))
        .layer(from_fn_with_state(Arc::clone(&front), guard::headers::add))
        .layer(from_fn_with_state(Arc::clone(&front), guard::arrival::identify))
        .with_state(front)
}

async fn not_found(State(front): State<Arc<Front>>, Extension(arrival): Extension<Arrival>) -> Response {
    error_page::not_found(&front, &arrival)
}

async fn wrong_method(State(front): State<Arc<Front>>, Extension(arrival): Extension<Arrival>) -> Response {
    error_page::answer(
        &front,
        &arrival,
        StatusCode::METHOD_NOT_ALLOWED,
        "That cannot be done here",
        "This address does not take what was sent. Nothing was changed.",
    )
}
