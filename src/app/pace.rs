//! How fast a long read of the whole database goes.

use std::time::{Duration, Instant as Stopwatch};

/// The shortest rest.
const REST: Duration = Duration::from_millis(5);

/// How fast to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// Somebody waits for the answer.
    AtOnce,
    /// Beside everything else that a server does: it rests for longer than it works, so that people are answered first.
    InBackground,
}

impl Pace {
    /// The rest after a piece of work that began then.
    pub(super) async fn rest(self, begun: Stopwatch) {
        match self {
            Self::AtOnce => {}
            Self::InBackground => tokio::time::sleep(REST.max(begun.elapsed() * 2)).await,
        }
    }
}
