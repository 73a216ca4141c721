//! What browsers report about our own content security policy. A report means that a page of ours is wrong, or that
//! somebody tries to bring a script in. Anybody can send one, so only so many are logged.

use super::Front;
use crate::domain::time::{Instant, Span};
use axum::{body::Bytes, extract::State, http::StatusCode};
use std::sync::{Arc, Mutex, PoisonError};

/// The longest part of a report that is logged.
const LONGEST_REPORT: usize = 2_000;
/// So many are logged in a minute.
const IN_A_MINUTE: u32 = 20;
const MINUTE: Span = Span::minutes(1);

/// The reports of this minute.
#[derive(Default)]
pub struct Reports(Mutex<Minute>);

#[derive(Clone, Copy, Default)]
struct Minute {
    began: Option<Instant>,
    came: u32,
}

impl Minute {
    /// Counts one more report: whether it is logged, and how many of the minute before were not.
    fn count(&mut self, now: Instant) -> (bool, u32) {
        let mut left_out = 0;
        if self.began.is_none_or(|began| now.since(began) >= MINUTE) {
            left_out = self.came.saturating_sub(IN_A_MINUTE);
            *self = Self { began: Some(now), came: 0 };
        }
        self.came = self.came.saturating_add(1);
        (self.came <= IN_A_MINUTE, left_out)
    }
}

/// Logs a report.
pub fn csp(reports: &Reports, State(front): State<Arc<Front>>, body: Bytes) -> StatusCode {
    let (is_logged, left_out) = reports.0.lock().unwrap_or_else(PoisonError::into_inner).count(front.app.now());
    if left_out > 0 {
        tracing::warn!(left_out, "more content security policy reports came than are logged in a minute");
    }
    if is_logged {
        let text: String =
            String::from_utf8_lossy(&body).chars().filter(|letter| !letter.is_control()).take(LONGEST_REPORT).collect();
        tracing::warn!(report = text, "content security policy violated");
    }
    StatusCode::NO_CONTENT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_reports_does_not_flood_the_log() {
        let (mut minute, start) = (Minute::default(), Instant::from_millis(1_800_000_000_000));
        let logged = (0..500).filter(|_| minute.count(start).0).count();
        assert_eq!(logged, 20);
        assert_eq!(minute.count(start.plus(MINUTE)), (true, 480));
        assert_eq!(minute.count(start.plus(MINUTE)), (true, 0));
    }
}
