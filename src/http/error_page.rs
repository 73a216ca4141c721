//! The document that says why there is no other. It asks nothing of the application, so it can always be shown.

use super::Front;
use crate::ui::{document::document, layout, parts::IconSheet, visit::Arrival};
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse as _, Response},
};
use leptos::prelude::{Owner, provide_context};

/// A page with a status, a heading and a sentence.
pub fn answer(front: &Front, arrival: &Arrival, status: StatusCode, title: &str, sentence: &str) -> Response {
    let owner = Owner::new();
    let html = owner.with(|| {
        provide_context(IconSheet(front.assets.files().icons.clone()));
        let body = layout::error_body(status.as_u16(), title, sentence, &arrival.request_id);
        document(&layout::browser_title(title, "Ostiary"), front.assets.files(), arrival, body)
    });
    (status, Html(html)).into_response()
}

/// There is nothing here, or nothing for this person to see.
pub fn not_found(front: &Front, arrival: &Arrival) -> Response {
    answer(
        front,
        arrival,
        StatusCode::NOT_FOUND,
        "There is no such page",
        "The address may be mistyped, what stood here may be gone, or it is not yours to see.",
    )
}

/// Something of ours is broken; the log has the causes under the request's id.
pub fn ours(front: &Front, arrival: &Arrival) -> Response {
    answer(
        front,
        arrival,
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something went wrong on our side",
        "It has been logged. Try again; if it stays, give your administrator the number below.",
    )
}

/// More was sent than any form of ours holds.
pub fn too_large(front: &Front, arrival: &Arrival) -> Response {
    answer(
        front,
        arrival,
        StatusCode::PAYLOAD_TOO_LARGE,
        "That is too much at once",
        "What was sent is larger than 64 kB, more than any form here holds. Nothing was changed.",
    )
}
