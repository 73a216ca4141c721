//! USE CASES, one verb per file: load facts, ask the domain, save, audit, commit.
//!
//! Not allowed in here: HTTP, views, SQL.

pub mod caller;
pub mod error;

use crate::domain::time::Instant;
use anyhow::Context as _;
use data_encoding::BASE64URL_NOPAD;

/// The application: cheap to clone, shared by every request.
#[derive(Clone, Debug, Default)]
pub struct App {}

impl App {
    /// The moment at which a request arrived.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub fn now(&self) -> Instant {
        Instant::from_millis(chrono::Utc::now().timestamp_millis())
    }

    /// A new id that sorts by time.
    #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
    pub fn new_id(&self) -> String {
        uuid::Uuid::now_v7().to_string()
    }

    /// 128 random bits as text, for a nonce.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks for randomness")]
    pub fn nonce(&self) -> Result<String, error::AppError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).context("asking the system for randomness").map_err(error::AppError::Internal)?;
        Ok(BASE64URL_NOPAD.encode(&bytes))
    }
}
