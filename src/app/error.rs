//! What can go wrong in a use case: the person's business, or ours.

use crate::app::crypto::{HashError, SealError};
use crate::app::mail_document::BadDocument;
use crate::app::verify_audit::Verdict;
use crate::domain::refusal::Refusal;
use crate::store::StoreError;

/// Why a use case did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A rule said no: the person's business. Never empty; what stands in the way of everything else comes first.
    #[error("refused: {}", .0.first().map_or("", Refusal::code))]
    Refused(Vec<Refusal>),
    /// Nobody is signed in, or the session has ended.
    #[error("signed out")]
    SignedOut,
    /// The database failed.
    #[error("the store failed")]
    Store(#[source] StoreError),
    /// A secret could not be sealed or opened.
    #[error("a secret could not be sealed or opened")]
    Seal(#[from] SealError),
    /// A password could not be hashed.
    #[error("a password could not be hashed")]
    Hash(#[source] HashError),
    /// A mail cannot be put into words again.
    #[error("a kept mail cannot be read")]
    Mail(#[from] BadDocument),
    /// A file beside the database could not be written or read.
    #[error("a file could not be used")]
    Io(#[from] std::io::Error),
    /// The audit trail is not as it was written, or the anchor kept beside the key does not vouch for it.
    #[error("{0} {way_out}", way_out = way_out(.0))]
    AuditTampered(Verdict),
    /// Something shipped with the product is broken.
    #[error("{0} is broken")]
    Broken(&'static str),
}

/// What whoever runs the server can do about such a trail.
const fn way_out(verdict: &Verdict) -> &'static str {
    if matches!(verdict, Verdict::Schema(_)) {
        "Find out who changed it. Undo what is named, and start again; if that cannot be done, restore a backup"
    } else {
        "`ostiary audit verify` checks every event. After restoring an older backup, or losing the anchor, `ostiary audit accept` goes \
         on from what is there, and records that"
    }
}

/// What every use case answers.
pub type AppResult<T> = Result<T, AppError>;

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        // It may go well in a moment: the person's business, and no failure of ours.
        if error.is_locked() { Refusal::DatabaseLocked.into() } else { Self::Store(error) }
    }
}

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

impl From<Vec<Refusal>> for AppError {
    fn from(refusals: Vec<Refusal>) -> Self {
        Self::Refused(refusals)
    }
}

impl From<HashError> for AppError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy => Self::Refused(vec![Refusal::Busy]),
            failed @ HashError::Failed(_) => Self::Hash(failed),
        }
    }
}

impl AppError {
    /// The refusals, when it is the person's business.
    pub fn refusals(&self) -> &[Refusal] {
        match self {
            Self::Refused(refusals) => refusals,
            Self::SignedOut
            | Self::Store(_)
            | Self::Seal(_)
            | Self::Hash(_)
            | Self::Mail(_)
            | Self::Io(_)
            | Self::AuditTampered(_)
            | Self::Broken(_) => &[],
        }
    }
}
