//! What browsers report about our own content security policy. A report means that a page of ours is wrong, or that
//! somebody tries to bring a script in.

use axum::{body::Bytes, http::StatusCode};

/// The longest part of a report that is logged.
const LONGEST_REPORT: usize = 2_000;

/// Logs a report.
pub async fn csp(body: Bytes) -> StatusCode {
    let text: String =
        String::from_utf8_lossy(&body).chars().filter(|letter| !letter.is_control()).take(LONGEST_REPORT).collect();
    tracing::warn!(report = text, "content security policy violated");
    StatusCode::NO_CONTENT
}
