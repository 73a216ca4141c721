//! The one list of reasons to say no that are the person's business. Each has a code for machines and a sentence for people.

use std::fmt;

/// What kind of no it is; the front door turns it into a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A rule of the role or of the directory does not allow it.
    Rule,
    /// Somebody else was faster, or it is already decided.
    Stale,
    /// The person does not hold what this needs.
    Forbidden,
    /// Too many tries.
    TooMany,
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The person may not do this.
    NotAllowed,
}

impl Refusal {
    /// The name that machines read; it never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAllowed => "not_allowed",
        }
    }

    /// The form field it concerns, where there is one.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::NotAllowed => None,
        }
    }

    /// What kind of no it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::NotAllowed => Kind::Forbidden,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAllowed => out.write_str("Your active roles do not allow this."),
        }
    }
}

impl std::error::Error for Refusal {}
