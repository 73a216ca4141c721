//! What a use case answers when it does not do what was asked.

use crate::domain::refusal::Refusal;

/// Why a use case did not happen.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A rule says no; the person reads why.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It is not there, or it is not theirs to see.
    #[error("not found")]
    NotFound,
    /// Nobody is signed in.
    #[error("signed out")]
    SignedOut,
    /// Ours: logged with its causes, shown as a request id.
    #[error("internal error")]
    Internal(#[source] anyhow::Error),
}
