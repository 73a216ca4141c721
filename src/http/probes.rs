//! What machines ask: whether the server is alive, and whether it is ready. Without a session, without a word more, and without a line in
//! the log but when the answer changes.

use std::sync::atomic::{AtomicBool, Ordering};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use std::sync::Arc;

use crate::app::{App, health::is_ready};

struct Probed {
    app: App,
    was_ready: AtomicBool,
}

/// The two addresses. They answer under every host's name: a probe asks for the machine, not for the portal.
pub fn routes(app: App) -> Router {
    let probed = Arc::new(Probed { app, was_ready: AtomicBool::new(true) });
    Router::new()
        .route("/healthz", get(async || plain(StatusCode::OK, "alive\n")))
        .route("/readyz", get(ready))
        .with_state(probed)
}

async fn ready(State(probed): State<Arc<Probed>>) -> Response {
    let ready = is_ready(&probed.app).await;
    let changed = probed.was_ready.swap(ready.is_ok(), Ordering::Relaxed) != ready.is_ok();
    match ready {
        Ok(()) => {
            if changed {
                tracing::info!("ready again");
            }
            plain(StatusCode::OK, "ready\n")
        }
        Err(why) => {
            if changed {
                tracing::error!(error = &why as &dyn std::error::Error, "not ready");
            }
            plain(StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
        }
    }
}

fn plain(status: StatusCode, words: &'static str) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store"), (header::CONTENT_TYPE, "text/plain; charset=utf-8")], words)
        .into_response()
}
