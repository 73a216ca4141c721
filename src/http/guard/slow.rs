//! No body that takes longer than any form of ours needs, even on a bad line.

use axum::{
    BoxError,
    body::{Body, HttpBody as _},
    extract::Request,
    middleware::Next,
    response::Response,
};
use futures::StreamExt as _;
use std::time::Duration;

/// How long a whole body may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The body did not arrive in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body did not arrive in time")]
pub struct TooSlow;

/// Breaks off what takes too long. Whoever reads the body finds [`TooSlow`] among the causes of its error.
pub async fn refuse_slow(request: Request, next: Next) -> Response {
    next.run(request.map(|body| within(body, PATIENCE))).await
}

/// The same body, which fails when it is not whole this long after somebody began to read it.
pub fn within(body: Body, patience: Duration) -> Body {
    if body.is_end_stream() {
        return body;
    }
    let mut pieces = body.into_data_stream();
    Body::from_stream(async_stream::stream! {
        let mut over = std::pin::pin!(tokio::time::sleep(patience));
        loop {
            let piece = tokio::select! {
                piece = pieces.next() => piece.map(|piece| piece.map_err(BoxError::from)),
                () = &mut over => Some(Err(BoxError::from(TooSlow))),
            };
            let Some(piece) = piece else { break };
            let is_broken = piece.is_err();
            yield piece;
            if is_broken {
                break;
            }
        }
    })
}
