//! The stream of events of an open page: topics only. Whoever hears one asks again, through the usual doors.

use std::{convert::Infallible, time::Duration};

use async_stream::stream;
use axum::{
    http::HeaderName,
    response::{IntoResponse as _, Response, Sse, sse::Event},
};

use crate::{
    app::live::{Heard, Over},
    domain::live::{ENDED, OVER, TIMED_OUT, Topic},
    ui::{answer::Fault, visit::Visit},
};

/// When a browser whose stream broke comes again.
const COME_AGAIN: Duration = Duration::from_secs(3);

/// Proxies pass each event on at once.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// Streams what concerns the person of this session, until the session is over. Whoever has no session hears that, and nothing else: a page
/// that was left open asks again when somebody looks at it.
pub async fn stream(visit: Visit) -> Result<Response, Fault> {
    let mut listening = match &visit.viewer {
        Some(viewer) => Some(visit.app.listen(&viewer.caller, &viewer.session)?),
        None => None,
    };
    let events = stream! {
        yield Ok::<_, Infallible>(Event::default().retry(COME_AGAIN));
        let Some(listening) = &mut listening else {
            yield Ok(Event::default().event(OVER).data(TIMED_OUT));
            return;
        };
        while let Some(heard) = listening.next().await {
            yield Ok(match heard {
                Heard::Topics(topics) => {
                    let words: Vec<_> = topics.into_iter().map(Topic::word).collect();
                    Event::default().event("changed").data(words.join(" "))
                }
                Heard::Quiet => Event::default().comment(""),
                Heard::Over(Over::Ended) => Event::default().event(OVER).data(ENDED),
                Heard::Over(Over::TimedOut) => Event::default().event(OVER).data(TIMED_OUT),
            });
        }
    };
    Ok(([UNBUFFERED], Sse::new(events)).into_response())
}
