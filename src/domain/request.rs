//! The life of a request: what state it is in, and which step may follow. A step consumes the state it leaves.

use super::ids::UserId;
use super::refusal::Refusal;
use super::time::Instant;

/// What is asked for, in the words of the Graph API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// An administrator assigns.
    AdminAssign,
    /// An administrator changes an assignment.
    AdminUpdate,
    /// An administrator removes.
    AdminRemove,
    /// An administrator extends.
    AdminExtend,
    /// An administrator renews.
    AdminRenew,
    /// A person activates an eligible role.
    SelfActivate,
    /// A person ends their activation.
    SelfDeactivate,
    /// A person asks for a later end.
    SelfExtend,
    /// A person asks for an ended assignment again.
    SelfRenew,
}

/// Which of the two kinds of assignment it concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An eligible assignment.
    Eligibility,
    /// An active assignment.
    Assignment,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Approve,
    /// No.
    Deny,
}

/// Who decided, when, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Yes or no.
    pub verdict: Verdict,
    /// The approver.
    pub by: UserId,
    /// When.
    pub at: Instant,
    /// The approver's reason.
    pub justification: String,
}

/// Where a request stands (reference/entra-pim.md section 10.1; `TimedOut` is ours, Graph has no word for a lapsed request).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Waits for an approver; nothing is granted.
    PendingApproval {
        /// When it lapses; never if empty.
        lapses_at: Option<Instant>,
    },
    /// Waits for an administrator (extend, renew); the assignment stays as it is.
    PendingAdminDecision {
        /// When it lapses: once the assignment has been over for too long.
        lapses_at: Option<Instant>,
    },
    /// Granted, and starts later.
    Granted {
        /// The approval, when one was needed.
        approval: Option<Decision>,
    },
    /// Done.
    Provisioned {
        /// The approval, when one was needed.
        approval: Option<Decision>,
    },
    /// Somebody said no.
    Denied(Decision),
    /// Withdrawn before it led to anything.
    Canceled {
        /// By whom; nobody when what it rested on was removed.
        by: Option<UserId>,
        /// When.
        at: Instant,
    },
    /// Nobody decided in time.
    TimedOut {
        /// When.
        at: Instant,
    },
    /// What it had led to was taken back.
    Revoked {
        /// The approval, when one was needed.
        approval: Option<Decision>,
        /// When.
        at: Instant,
    },
    /// It could not be carried out.
    Failed {
        /// The approval, when one was needed.
        approval: Option<Decision>,
        /// When.
        at: Instant,
    },
}

impl State {
    /// The decision that was taken, if any.
    pub const fn decision(&self) -> Option<&Decision> {
        match self {
            Self::Denied(decision) => Some(decision),
            Self::Granted { approval }
            | Self::Provisioned { approval }
            | Self::Revoked { approval, .. }
            | Self::Failed { approval, .. } => approval.as_ref(),
            Self::PendingApproval { .. }
            | Self::PendingAdminDecision { .. }
            | Self::Canceled { .. }
            | Self::TimedOut { .. } => None,
        }
    }

    /// True while somebody has to act.
    pub const fn is_pending(&self) -> bool {
        matches!(self, Self::PendingApproval { .. } | Self::PendingAdminDecision { .. })
    }

    /// When it lapses, while somebody has to act and not for ever.
    pub const fn lapses_at(&self) -> Option<Instant> {
        match self {
            Self::PendingApproval { lapses_at } | Self::PendingAdminDecision { lapses_at } => *lapses_at,
            Self::Granted { .. }
            | Self::Provisioned { .. }
            | Self::Denied(_)
            | Self::Canceled { .. }
            | Self::TimedOut { .. }
            | Self::Revoked { .. }
            | Self::Failed { .. } => None,
        }
    }

    /// An administrator decides about extending or renewing.
    pub fn decide_change(self, decision: Decision) -> Result<Self, Refusal> {
        match self {
            Self::PendingAdminDecision { lapses_at } if lapses_at.is_none_or(|lapse| decision.at < lapse) => {
                Ok(match decision.verdict {
                    Verdict::Deny => Self::Denied(decision),
                    Verdict::Approve => Self::Provisioned { approval: Some(decision) },
                })
            }
            Self::PendingAdminDecision { .. } => {
                Err(Refusal::AlreadyClosed { how: "past its time; it lapses now".to_owned() })
            }
            Self::PendingApproval { .. }
            | Self::Granted { .. }
            | Self::Provisioned { .. }
            | Self::Denied(_)
            | Self::Canceled { .. }
            | Self::TimedOut { .. }
            | Self::Revoked { .. }
            | Self::Failed { .. } => Err(self.closed()),
        }
    }

    /// An approver decides. `starts_later` says whether a yes takes effect only at a later start.
    pub fn decide(self, decision: Decision, starts_later: bool) -> Result<Self, Refusal> {
        match self {
            Self::PendingApproval { lapses_at } if lapses_at.is_none_or(|lapse| decision.at < lapse) => {
                Ok(match decision.verdict {
                    Verdict::Deny => Self::Denied(decision),
                    Verdict::Approve if starts_later => Self::Granted { approval: Some(decision) },
                    Verdict::Approve => Self::Provisioned { approval: Some(decision) },
                })
            }
            Self::PendingApproval { .. }
            | Self::PendingAdminDecision { .. }
            | Self::Granted { .. }
            | Self::Provisioned { .. }
            | Self::Denied(_)
            | Self::Canceled { .. }
            | Self::TimedOut { .. }
            | Self::Revoked { .. }
            | Self::Failed { .. } => Err(self.closed()),
        }
    }

    /// The person who asked, or an administrator, withdraws it.
    pub fn cancel(self, by: Option<UserId>, at: Instant) -> Result<Self, Refusal> {
        match self {
            Self::PendingApproval { .. } | Self::PendingAdminDecision { .. } => Ok(Self::Canceled { by, at }),
            Self::Granted { .. }
            | Self::Provisioned { .. }
            | Self::Denied(_)
            | Self::Canceled { .. }
            | Self::TimedOut { .. }
            | Self::Revoked { .. }
            | Self::Failed { .. } => Err(self.closed()),
        }
    }

    /// Its window has passed.
    pub fn lapse(self, now: Instant) -> Result<Self, Refusal> {
        match self {
            Self::PendingApproval { lapses_at: Some(lapse) }
            | Self::PendingAdminDecision { lapses_at: Some(lapse) }
                if lapse <= now =>
            {
                Ok(Self::TimedOut { at: lapse })
            }
            Self::PendingApproval { .. }
            | Self::PendingAdminDecision { .. }
            | Self::Granted { .. }
            | Self::Provisioned { .. }
            | Self::Denied(_)
            | Self::Canceled { .. }
            | Self::TimedOut { .. }
            | Self::Revoked { .. }
            | Self::Failed { .. } => Err(self.closed()),
        }
    }

    /// Its later start has come.
    pub fn start(self) -> Result<Self, Refusal> {
        match self {
            Self::Granted { approval } => Ok(Self::Provisioned { approval }),
            Self::PendingApproval { .. }
            | Self::PendingAdminDecision { .. }
            | Self::Provisioned { .. }
            | Self::Denied(_)
            | Self::Canceled { .. }
            | Self::TimedOut { .. }
            | Self::Revoked { .. }
            | Self::Failed { .. } => Err(self.closed()),
        }
    }

    /// Its later start has come, and what it rests on is gone.
    pub fn fail(self, at: Instant) -> Result<Self, Refusal> {
        match self {
            Self::Granted { approval } => Ok(Self::Failed { approval, at }),
            Self::PendingApproval { .. }
            | Self::PendingAdminDecision { .. }
            | Self::Provisioned { .. }
            | Self::Denied(_)
            | Self::Canceled { .. }
            | Self::TimedOut { .. }
            | Self::Revoked { .. }
            | Self::Failed { .. } => Err(self.closed()),
        }
    }

    /// What it led to is taken back.
    pub fn revoke(self, at: Instant) -> Result<Self, Refusal> {
        match self {
            Self::Granted { approval } | Self::Provisioned { approval } => Ok(Self::Revoked { approval, at }),
            Self::PendingApproval { .. }
            | Self::PendingAdminDecision { .. }
            | Self::Denied(_)
            | Self::Canceled { .. }
            | Self::TimedOut { .. }
            | Self::Revoked { .. }
            | Self::Failed { .. } => Err(self.closed()),
        }
    }

    /// Why no further step is possible, as the rest of "This request was already ...".
    fn closed(&self) -> Refusal {
        let how = match self {
            Self::PendingApproval { .. } => "past its time; it lapses now",
            Self::PendingAdminDecision { .. } => "handed to an administrator",
            Self::Granted { .. } | Self::Provisioned { .. } => "approved",
            Self::Denied(_) => "denied",
            Self::Canceled { .. } => "canceled",
            Self::TimedOut { .. } => "lapsed: nobody decided in time",
            Self::Revoked { .. } => "revoked",
            Self::Failed { .. } => "closed: it could not be carried out",
        };
        Refusal::AlreadyClosed { how: how.to_owned() }
    }

    /// The status word of the Graph API.
    pub const fn status(&self) -> Status {
        match self {
            Self::PendingApproval { .. } => Status::PendingApproval,
            Self::PendingAdminDecision { .. } => Status::PendingAdminDecision,
            Self::Granted { .. } => Status::Granted,
            Self::Provisioned { .. } => Status::Provisioned,
            Self::Denied(_) => Status::Denied,
            Self::Canceled { .. } => Status::Canceled,
            Self::TimedOut { .. } => Status::TimedOut,
            Self::Revoked { .. } => Status::Revoked,
            Self::Failed { .. } => Status::Failed,
        }
    }
}

/// The status word alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// See [`State::PendingApproval`].
    PendingApproval,
    /// See [`State::PendingAdminDecision`].
    PendingAdminDecision,
    /// See [`State::Granted`].
    Granted,
    /// See [`State::Provisioned`].
    Provisioned,
    /// See [`State::Denied`].
    Denied,
    /// See [`State::Canceled`].
    Canceled,
    /// See [`State::TimedOut`].
    TimedOut,
    /// See [`State::Revoked`].
    Revoked,
    /// See [`State::Failed`].
    Failed,
}

impl Status {
    /// As a person reads it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::PendingApproval => "Pending approval",
            Self::PendingAdminDecision => "Pending administrator",
            Self::Granted => "Scheduled",
            Self::Provisioned => "Provisioned",
            Self::Denied => "Denied",
            Self::Canceled => "Canceled",
            Self::TimedOut => "Lapsed",
            Self::Revoked => "Revoked",
            Self::Failed => "Failed",
        }
    }
}

/// A word that stands for none of the values it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownWord;

impl std::fmt::Display for UnknownWord {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("not one of the words that can stand here")
    }
}

/// Gives an enum its one text form, stored and sent alike.
macro_rules! words {
    ($name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word that is stored and sent.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::request::UnknownWord;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text { $($word => Ok(Self::$variant),)+ _ => Err($crate::domain::request::UnknownWord) }
            }
        }
    };
}
pub(crate) use words;

words!(Action {
    AdminAssign = "adminAssign",
    AdminUpdate = "adminUpdate",
    AdminRemove = "adminRemove",
    AdminExtend = "adminExtend",
    AdminRenew = "adminRenew",
    SelfActivate = "selfActivate",
    SelfDeactivate = "selfDeactivate",
    SelfExtend = "selfExtend",
    SelfRenew = "selfRenew",
});
words!(Kind { Eligibility = "eligibility", Assignment = "assignment" });
words!(Verdict { Approve = "Approve", Deny = "Deny" });
words!(Status {
    PendingApproval = "PendingApproval",
    PendingAdminDecision = "PendingAdminDecision",
    Granted = "Granted",
    Provisioned = "Provisioned",
    Denied = "Denied",
    Canceled = "Canceled",
    TimedOut = "TimedOut",
    Revoked = "Revoked",
    Failed = "Failed",
});

impl Action {
    /// As a person reads it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::AdminAssign => "Assign",
            Self::AdminUpdate => "Update",
            Self::AdminRemove => "Remove",
            Self::AdminExtend | Self::SelfExtend => "Extend",
            Self::AdminRenew | Self::SelfRenew => "Renew",
            Self::SelfActivate => "Activate",
            Self::SelfDeactivate => "Deactivate",
        }
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
