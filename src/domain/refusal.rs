//! Why not: one closed enum for the whole product. The same code and sentence appear in the page and in the API.

use super::time::{Instant, Span};

/// A rule said no. Each variant is a sentence a person understands, a code a program understands, and the field it concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Their roles do not allow it.
    NotPermitted,
    /// A second factor, or a fresher one, has to be shown first.
    VerificationRequired,
    /// The thing is not there, or not theirs to see.
    NotFound(&'static str),
    /// Somebody else changed it in between.
    Stale,
    /// A field of the form that nobody filled in.
    Missing {
        /// The field.
        field: &'static str,
        /// What is missing, as a sentence.
        sentence: &'static str,
    },
    /// A field of the form that cannot be read as what it should be.
    Unreadable {
        /// The field.
        field: &'static str,
        /// What was expected, as a sentence.
        sentence: String,
    },
    /// The text is longer than its limit.
    TooLong {
        /// The field.
        field: &'static str,
        /// Characters allowed.
        limit: usize,
    },
    /// A text holds characters that cannot be seen or that turn the direction of writing.
    HiddenCharacters {
        /// The field.
        field: &'static str,
    },
    /// That name is in use.
    NameTaken {
        /// The field.
        field: &'static str,
    },

    /// The person is not eligible for the role now.
    NotEligible,
    /// The role is active already.
    AlreadyActive,
    /// A request for this role waits already.
    AlreadyPending,
    /// Longer than the role allows.
    DurationTooLong {
        /// The most the role allows.
        most: Span,
    },
    /// Not a half-hour step between 30 minutes and 24 hours.
    DurationNotAStep,
    /// The role's settings ask for a reason.
    JustificationRequired,
    /// The role's settings ask for ticket number and system.
    TicketRequired {
        /// `ticket_number` or `ticket_system`.
        field: &'static str,
    },
    /// A start that has passed.
    StartInPast,
    /// It would start after the eligibility has ended.
    StartAfterEligibility,
    /// Start too far ahead.
    StartTooFar {
        /// How far ahead a start may lie.
        most: Span,
    },
    /// Approval is required, and nobody who could approve is there.
    NoApprover,
    /// Too early to end what was just made.
    TooYoung {
        /// When it becomes possible.
        from: Instant,
    },
    /// The role is not active, or was not activated by this person.
    NotActive,

    /// Nobody decides their own request.
    OwnRequest,
    /// Not one of the approvers.
    NotApprover,
    /// The request was decided, canceled or lapsed before.
    AlreadyClosed {
        /// What happened to it, as the rest of a sentence: "approved by Bo Lindqvist".
        how: String,
    },

    /// The group was not made for roles.
    GroupNotAssignable {
        /// The group's name.
        group: String,
    },
    /// The principal cannot be assigned.
    PrincipalDisabled {
        /// The person's name.
        name: String,
    },
    /// The role is not for people.
    RoleNotAssignable,
    /// The principal holds this role in this way already.
    AssignmentExists {
        /// Who.
        name: String,
    },
    /// The role's settings forbid permanent assignments.
    PermanentForbidden {
        /// The longest allowed.
        most: Span,
    },
    /// Longer than the role's settings allow.
    AssignmentTooLong {
        /// The longest allowed.
        most: Span,
    },
    /// It would end before it starts, or within five minutes.
    AssignmentTooShort,
    /// The last one who could administer.
    LastAdministrator {
        /// Name of the role.
        role: &'static str,
    },
    /// Nobody would be left who can sign in, verify and administer for good.
    NobodyLeftToAdminister {
        /// Name of the role.
        role: &'static str,
    },

    /// It belongs to a group, not to the person.
    OfGroup,
    /// An activation; it is neither extended nor renewed.
    OnlyActivated,
    /// It never ends.
    NeverEnds,
    /// Not in the last days before its end yet.
    ExtensionTooEarly {
        /// When those begin.
        from: Instant,
    },
    /// It has ended.
    AssignmentOver,
    /// It has not ended.
    StillRunning,
    /// It was taken away; only what expired is renewed.
    NotExpired,
    /// It expired too long ago.
    RenewalTooLate,
    /// The new end lies further ahead than the role's settings allow.
    ExtendedTooFar {
        /// The longest allowed, from now.
        most: Span,
    },
    /// The new end is not after the present one.
    EndNotLater,
    /// The new end is (almost) now.
    EndTooSoon,
    /// It has begun.
    StartFixed,
    /// Nothing is different.
    Unchanged,
    /// A refusal of one among several.
    Of {
        /// Which one.
        what: String,
        /// What stands against it.
        refusal: Box<Refusal>,
    },

    /// Settings that cannot work together.
    Impossible {
        /// The field.
        field: &'static str,
        /// Why not, as a sentence.
        sentence: String,
    },
    /// There is no mail server to send with.
    NoMailServer,
    /// The mail waits to be sent already.
    MailWaits,
    /// Groups hold people only.
    MembersAreUsers,
    /// Nobody disables or resets themself here.
    NotOnYourself,

    /// Name or password are wrong; never says which.
    WrongCredentials,
    /// What the person proves who they are with was changed outside of Ostiary.
    CredentialsNotTrusted,
    /// The code of `ostiary recover` is wrong or was used, or belongs to somebody else.
    ConsoleCodeInvalid,
    /// The code of `ostiary recover` is too old.
    ConsoleCodeExpired,
    /// The one-time code is wrong or was used.
    WrongCode,
    /// The current password is wrong.
    WrongPassword,
    /// Too many failures.
    Throttled {
        /// How long to wait.
        wait: Span,
    },
    /// One person did this too often in a short time, or does too much at once.
    TooOften {
        /// How long to wait.
        wait: Span,
    },
    /// More sign-ins at once than the server takes.
    Busy,
    /// Somebody else holds the database's lock, and did not let go of it in time.
    DatabaseLocked,
    /// Nothing can be written: the disk is full or fails.
    DiskFull,
    /// The database was changed outside of Ostiary: nothing is written until somebody has looked at it.
    WritingStopped,
    /// A row gives nothing, because it was changed outside of Ostiary.
    ChangedOutside {
        /// Which, with "was" or "were".
        what: &'static str,
        /// What helps, as a sentence.
        way_out: &'static str,
    },
    /// The password is not good enough.
    WeakPassword {
        /// Why, as a sentence.
        sentence: String,
    },
    /// No second factor is set up.
    NoSecondFactor,
    /// An administrator set the password; its owner has to choose another one first.
    PasswordChangeRequired,
    /// The set-up code was used or never existed.
    SetupCodeInvalid,
}

impl Refusal {
    /// The code for programs: stable, in the words of reference/entra-pim.md section 10.3 where it has one.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotPermitted => "NotPermitted",
            Self::VerificationRequired => "MfaRule",
            Self::NotFound(_) => "NotFound",
            Self::Stale => "Stale",
            Self::Missing { .. } => "FieldMissing",
            Self::Unreadable { .. } => "FieldUnreadable",
            Self::TooLong { .. } => "FieldTooLong",
            Self::HiddenCharacters { .. } => "HiddenCharacters",
            Self::NameTaken { .. } => "NameTaken",
            Self::NotEligible => "EligibilityRule",
            Self::AlreadyActive | Self::AssignmentExists { .. } => "RoleAssignmentExists",
            Self::AlreadyPending => "PendingRoleAssignmentRequest",
            Self::DurationTooLong { .. }
            | Self::DurationNotAStep
            | Self::StartAfterEligibility
            | Self::StartTooFar { .. }
            | Self::PermanentForbidden { .. }
            | Self::AssignmentTooLong { .. }
            | Self::AssignmentTooShort
            | Self::ExtendedTooFar { .. }
            | Self::EndNotLater
            | Self::EndTooSoon => "ExpirationRule",
            Self::JustificationRequired => "JustificationRule",
            Self::TicketRequired { .. } => "TicketingRule",
            Self::StartInPast | Self::StartFixed => "StartTimeInPast",
            Self::NoApprover => "ApprovalRule",
            Self::TooYoung { .. } => "ActiveDurationTooShort",
            Self::NotActive | Self::AssignmentOver => "RoleAssignmentDoesNotExist",
            Self::OwnRequest => "OwnRequest",
            Self::NotApprover => "NotApprover",
            Self::AlreadyClosed { .. } => "AlreadyClosed",
            Self::GroupNotAssignable { .. } => "GroupNotAssignable",
            Self::PrincipalDisabled { .. } => "SubjectDisabled",
            Self::RoleNotAssignable => "RoleNotAssignable",
            Self::LastAdministrator { .. } => "LastAdministrator",
            Self::NobodyLeftToAdminister { .. } => "NobodyLeftToAdminister",
            Self::OfGroup => "InheritedAssignment",
            Self::OnlyActivated => "ActivatedAssignment",
            Self::NeverEnds => "PermanentAssignment",
            Self::ExtensionTooEarly { .. } => "ExtensionTooEarly",
            Self::StillRunning => "AssignmentStillRunning",
            Self::NotExpired => "AssignmentNotExpired",
            Self::RenewalTooLate => "RenewalTooLate",
            Self::Unchanged => "Unchanged",
            Self::Of { refusal, .. } => refusal.code(),
            Self::Impossible { .. } => "ImpossibleSetting",
            Self::NoMailServer => "NoMailServer",
            Self::MailWaits => "MailWaits",
            Self::MembersAreUsers => "MembersAreUsers",
            Self::NotOnYourself => "NotOnYourself",
            Self::WrongCredentials => "WrongCredentials",
            Self::CredentialsNotTrusted => "CredentialsNotTrusted",
            Self::ConsoleCodeInvalid => "ConsoleCodeInvalid",
            Self::ConsoleCodeExpired => "ConsoleCodeExpired",
            Self::WrongCode => "WrongCode",
            Self::WrongPassword => "WrongPassword",
            Self::Throttled { .. } => "Throttled",
            Self::TooOften { .. } => "TooOften",
            Self::Busy => "Busy",
            Self::DatabaseLocked => "DatabaseLocked",
            Self::DiskFull => "DiskFull",
            Self::WritingStopped => "WritingStopped",
            Self::ChangedOutside { .. } => "ChangedOutside",
            Self::WeakPassword { .. } => "WeakPassword",
            Self::NoSecondFactor => "NoSecondFactor",
            Self::PasswordChangeRequired => "PasswordChangeRequired",
            Self::SetupCodeInvalid => "SetupCodeInvalid",
        }
    }

    /// The form field it concerns, if it concerns one.
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::Missing { field, .. }
            | Self::Unreadable { field, .. }
            | Self::TooLong { field, .. }
            | Self::HiddenCharacters { field }
            | Self::NameTaken { field }
            | Self::TicketRequired { field }
            | Self::Impossible { field, .. } => Some(field),
            Self::DurationTooLong { .. } | Self::DurationNotAStep => Some("duration"),
            Self::JustificationRequired => Some("justification"),
            Self::StartInPast | Self::StartAfterEligibility | Self::StartTooFar { .. } | Self::StartFixed => {
                Some("starts_at")
            }
            Self::PermanentForbidden { .. }
            | Self::AssignmentTooLong { .. }
            | Self::AssignmentTooShort
            | Self::ExtendedTooFar { .. }
            | Self::EndNotLater
            | Self::EndTooSoon => Some("ends_at"),
            Self::GroupNotAssignable { .. }
            | Self::PrincipalDisabled { .. }
            | Self::AssignmentExists { .. }
            | Self::MembersAreUsers => Some("members"),
            Self::RoleNotAssignable => Some("role"),
            Self::WrongCode | Self::ConsoleCodeInvalid | Self::ConsoleCodeExpired | Self::SetupCodeInvalid => {
                Some("code")
            }
            Self::WrongPassword => Some("current_password"),
            Self::WeakPassword { .. } => Some("password"),
            Self::NotPermitted
            | Self::VerificationRequired
            | Self::NotFound(_)
            | Self::Stale
            | Self::NotEligible
            | Self::AlreadyActive
            | Self::AlreadyPending
            | Self::NoApprover
            | Self::TooYoung { .. }
            | Self::NotActive
            | Self::OwnRequest
            | Self::NotApprover
            | Self::AlreadyClosed { .. }
            | Self::LastAdministrator { .. }
            | Self::NobodyLeftToAdminister { .. }
            | Self::OfGroup
            | Self::OnlyActivated
            | Self::NeverEnds
            | Self::ExtensionTooEarly { .. }
            | Self::AssignmentOver
            | Self::StillRunning
            | Self::NotExpired
            | Self::RenewalTooLate
            | Self::Of { .. }
            | Self::Unchanged
            | Self::NoMailServer
            | Self::MailWaits
            | Self::NotOnYourself
            | Self::WrongCredentials
            | Self::CredentialsNotTrusted
            | Self::Throttled { .. }
            | Self::TooOften { .. }
            | Self::Busy
            | Self::DatabaseLocked
            | Self::DiskFull
            | Self::WritingStopped
            | Self::ChangedOutside { .. }
            | Self::NoSecondFactor
            | Self::PasswordChangeRequired => None,
        }
    }

    /// How long to wait before the same is worth trying again; nothing where time alone mends nothing, or nobody knows how long it takes.
    pub const fn retry_after(&self) -> Option<Span> {
        if let Self::Throttled { wait } | Self::TooOften { wait } = self {
            return Some(*wait);
        }
        if matches!(self, Self::Busy | Self::DatabaseLocked) {
            return Some(Span::seconds(5));
        }
        if matches!(self, Self::DiskFull) { Some(Span::minutes(1)) } else { None }
    }

    /// The HTTP status that fits: 403 may not, 404 not there, 409 stale or decided, 422 rule, 429 too many, 503 busy.
    pub const fn status(&self) -> u16 {
        match self {
            Self::NotPermitted | Self::VerificationRequired | Self::NotApprover | Self::OwnRequest => 403,
            Self::NotFound(_) | Self::SetupCodeInvalid => 404,
            Self::Stale
            | Self::AlreadyClosed { .. }
            | Self::AlreadyActive
            | Self::AlreadyPending
            | Self::AssignmentOver
            | Self::StillRunning
            | Self::ChangedOutside { .. }
            | Self::MailWaits => 409,
            Self::Of { refusal, .. } => refusal.status(),
            Self::Throttled { .. } | Self::TooOften { .. } => 429,
            Self::Busy | Self::DatabaseLocked | Self::DiskFull | Self::WritingStopped => 503,
            Self::Missing { .. }
            | Self::Unreadable { .. }
            | Self::TooLong { .. }
            | Self::HiddenCharacters { .. }
            | Self::NameTaken { .. }
            | Self::NotEligible
            | Self::DurationTooLong { .. }
            | Self::DurationNotAStep
            | Self::JustificationRequired
            | Self::TicketRequired { .. }
            | Self::StartInPast
            | Self::StartAfterEligibility
            | Self::StartTooFar { .. }
            | Self::NoApprover
            | Self::TooYoung { .. }
            | Self::NotActive
            | Self::GroupNotAssignable { .. }
            | Self::PrincipalDisabled { .. }
            | Self::RoleNotAssignable
            | Self::AssignmentExists { .. }
            | Self::PermanentForbidden { .. }
            | Self::AssignmentTooLong { .. }
            | Self::AssignmentTooShort
            | Self::LastAdministrator { .. }
            | Self::NobodyLeftToAdminister { .. }
            | Self::OfGroup
            | Self::OnlyActivated
            | Self::NeverEnds
            | Self::ExtensionTooEarly { .. }
            | Self::NotExpired
            | Self::RenewalTooLate
            | Self::ExtendedTooFar { .. }
            | Self::EndNotLater
            | Self::EndTooSoon
            | Self::StartFixed
            | Self::Unchanged
            | Self::Impossible { .. }
            | Self::NoMailServer
            | Self::MembersAreUsers
            | Self::NotOnYourself
            | Self::WrongCredentials
            | Self::CredentialsNotTrusted
            | Self::ConsoleCodeInvalid
            | Self::ConsoleCodeExpired
            | Self::WrongCode
            | Self::WrongPassword
            | Self::WeakPassword { .. }
            | Self::NoSecondFactor
            | Self::PasswordChangeRequired => 422,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_told_to_come_again_is_told_when() {
        for refusal in [Refusal::Busy, Refusal::DatabaseLocked, Refusal::DiskFull] {
            assert_eq!(refusal.status(), 503);
            assert!(refusal.retry_after().is_some_and(|wait| wait >= Span::seconds(1)), "{refusal:?}");
        }
        let wait = Span::seconds(90);
        assert_eq!(Refusal::Throttled { wait }.retry_after(), Some(wait));
        // Nobody knows when somebody will have looked at it.
        assert_eq!((Refusal::WritingStopped.status(), Refusal::WritingStopped.retry_after()), (503, None));
        assert_eq!(Refusal::WrongCode.retry_after(), None);
    }
}
