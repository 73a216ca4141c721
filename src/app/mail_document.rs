//! The facts of a mail as they stand in a column: one JSON object of texts.

use crate::app::{AppError, AppResult};
use crate::domain::mail::{Event, Facts, Mail};

/// A document that is not the facts of its mail.
#[derive(Debug, thiserror::Error)]
pub enum BadDocument {
    /// It is no object of texts.
    #[error("the facts of a mail cannot be read")]
    Json(#[from] serde_json::Error),
    /// A fact is missing, or is not what it should be.
    #[error("the facts of a mail do not fit it")]
    Misfit(#[from] crate::domain::mail::Misfit),
}

/// The facts of a mail, to be kept.
pub fn write(mail: &Mail) -> AppResult<String> {
    serde_json::to_string(&mail.facts()).map_err(|_| AppError::Broken("the facts of a mail"))
}

/// The mail of these facts.
pub fn read(event: Event, document: &str) -> Result<Mail, BadDocument> {
    let facts: Facts = serde_json::from_str(document)?;
    Ok(Mail::find(event, &facts)?)
}
