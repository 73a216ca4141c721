//! What the audit trail says: the kinds of event, and what one event holds.

use super::ids::{EventId, PrincipalId, RequestId, RoleId, UserId};
use super::request::words;
use super::seal::Touched;
use super::time::Instant;

/// One kind of event (reference/entra-pim.md section 8, names condensed).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Activity {
    /// An eligible assignment was made.
    EligibilityAssigned,
    /// An active assignment was made.
    AssignmentAssigned,
    /// An eligible assignment was removed.
    EligibilityRemoved,
    /// An active assignment was removed.
    AssignmentRemoved,
    /// An eligible assignment came to its end.
    EligibilityExpired,
    /// An active assignment came to its end.
    AssignmentExpired,
    /// A person asked to activate.
    ActivationRequested,
    /// Approvers were asked.
    ApprovalRequested,
    /// An approver said yes.
    RequestApproved,
    /// An approver said no.
    RequestDenied,
    /// A waiting request was withdrawn.
    RequestCanceled,
    /// Nobody decided in time.
    RequestLapsed,
    /// The role is active.
    ActivationCompleted,
    /// Its start came, and the person was not eligible any more.
    ActivationFailed,
    /// The activation came to its end.
    ActivationExpired,
    /// The person ended it.
    Deactivated,
    /// It ends earlier than granted, because the eligibility behind it does.
    ActivationShortened,
    /// A person asked for a later end of an assignment.
    ExtensionRequested,
    /// A person asked for an assignment again that had expired.
    RenewalRequested,
    /// An eligible assignment ends later.
    EligibilityExtended,
    /// An active assignment ends later.
    AssignmentExtended,
    /// An eligible assignment that had expired was made again.
    EligibilityRenewed,
    /// An active assignment that had expired was made again.
    AssignmentRenewed,
    /// An eligible assignment was changed.
    EligibilityUpdated,
    /// An active assignment was changed.
    AssignmentUpdated,
    /// It was taken back by somebody else.
    ActivationRevoked,
    /// A role's settings were changed.
    SettingsUpdated,
    /// The organisation was set up.
    SetUp,
    /// A person was created.
    UserCreated,
    /// A person was changed.
    UserUpdated,
    /// A person was disabled.
    UserDisabled,
    /// A person was enabled.
    UserEnabled,
    /// An administrator set a new password.
    PasswordReset,
    /// An administrator took the second factor away.
    SecondFactorReset,
    /// A group was created.
    GroupCreated,
    /// A group was changed.
    GroupUpdated,
    /// A person was added to a group.
    MemberAdded,
    /// A person was removed from a group.
    MemberRemoved,
    /// Somebody signed in.
    SignedIn,
    /// A sign-in failed.
    SignInFailed,
    /// Somebody signed out.
    SignedOut,
    /// A second factor was shown.
    Verified,
    /// A second factor was wrong.
    VerificationFailed,
    /// A second factor was set up.
    SecondFactorEnrolled,
    /// New recovery codes were made.
    RecoveryCodesMade,
    /// A recovery code was used.
    RecoveryCodeUsed,
    /// A person changed their own password.
    PasswordChanged,
    /// A session was ended from the list of sessions.
    SessionEnded,
    /// The audit was exported.
    AuditExported,
    /// Whoever runs the server went on from an audit trail that its anchor did not vouch for.
    AuditAccepted,
    /// A backup was put in the place of the database.
    BackupRestored,
    /// A mail was queued again.
    MailResent,
    /// A test mail was sent.
    TestMailSent,
    /// The settings of mails were changed.
    MailSettingsUpdated,
    /// The key was replaced by a new one.
    KeyRotated,
    /// Whoever runs the server made or restored a Global Administrator.
    AdministratorRecovered,
    /// Another administrator knows of it.
    RecoveryAcknowledged,
    /// A row was found that was not written by Ostiary, or that the audit trail contradicts.
    RowNotTrusted,
}

words!(Activity {
    EligibilityAssigned = "EligibilityAssigned",
    AssignmentAssigned = "AssignmentAssigned",
    EligibilityRemoved = "EligibilityRemoved",
    AssignmentRemoved = "AssignmentRemoved",
    EligibilityExpired = "EligibilityExpired",
    AssignmentExpired = "AssignmentExpired",
    ActivationRequested = "ActivationRequested",
    ApprovalRequested = "ApprovalRequested",
    RequestApproved = "RequestApproved",
    RequestDenied = "RequestDenied",
    RequestCanceled = "RequestCanceled",
    RequestLapsed = "RequestLapsed",
    ActivationCompleted = "ActivationCompleted",
    ActivationFailed = "ActivationFailed",
    ActivationExpired = "ActivationExpired",
    Deactivated = "Deactivated",
    ActivationShortened = "ActivationShortened",
    ExtensionRequested = "ExtensionRequested",
    RenewalRequested = "RenewalRequested",
    EligibilityExtended = "EligibilityExtended",
    AssignmentExtended = "AssignmentExtended",
    EligibilityRenewed = "EligibilityRenewed",
    AssignmentRenewed = "AssignmentRenewed",
    EligibilityUpdated = "EligibilityUpdated",
    AssignmentUpdated = "AssignmentUpdated",
    ActivationRevoked = "ActivationRevoked",
    SettingsUpdated = "SettingsUpdated",
    SetUp = "SetUp",
    UserCreated = "UserCreated",
    UserUpdated = "UserUpdated",
    UserDisabled = "UserDisabled",
    UserEnabled = "UserEnabled",
    PasswordReset = "PasswordReset",
    SecondFactorReset = "SecondFactorReset",
    GroupCreated = "GroupCreated",
    GroupUpdated = "GroupUpdated",
    MemberAdded = "MemberAdded",
    MemberRemoved = "MemberRemoved",
    SignedIn = "SignedIn",
    SignInFailed = "SignInFailed",
    SignedOut = "SignedOut",
    Verified = "Verified",
    VerificationFailed = "VerificationFailed",
    SecondFactorEnrolled = "SecondFactorEnrolled",
    RecoveryCodesMade = "RecoveryCodesMade",
    RecoveryCodeUsed = "RecoveryCodeUsed",
    PasswordChanged = "PasswordChanged",
    SessionEnded = "SessionEnded",
    AuditExported = "AuditExported",
    AuditAccepted = "AuditAccepted",
    BackupRestored = "BackupRestored",
    MailResent = "MailResent",
    TestMailSent = "TestMailSent",
    MailSettingsUpdated = "MailSettingsUpdated",
    KeyRotated = "KeyRotated",
    AdministratorRecovered = "AdministratorRecovered",
    RecoveryAcknowledged = "RecoveryAcknowledged",
    RowNotTrusted = "RowNotTrusted",
});

/// What kinds of event belong together in the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Assigning, extending, renewing, changing and removing.
    Assignments,
    /// Activating, approving, ending.
    Activations,
    /// Role settings.
    Settings,
    /// People and groups.
    Directory,
    /// Signing in and proving who one is.
    SignIns,
}

words!(Family {
    Assignments = "Assignments",
    Activations = "Activations",
    Settings = "Settings",
    Directory = "Directory",
    SignIns = "SignIns",
});

impl Family {
    /// As the filter says it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Assignments => "Assignments",
            Self::Activations => "Activations",
            Self::Settings => "Role settings",
            Self::Directory => "People and groups",
            Self::SignIns => "Sign-ins",
        }
    }
}

impl Activity {
    /// The family it belongs to.
    pub const fn family(self) -> Family {
        match self {
            Self::EligibilityAssigned
            | Self::AssignmentAssigned
            | Self::EligibilityRemoved
            | Self::AssignmentRemoved
            | Self::EligibilityExpired
            | Self::AssignmentExpired
            | Self::ExtensionRequested
            | Self::RenewalRequested
            | Self::EligibilityExtended
            | Self::AssignmentExtended
            | Self::EligibilityRenewed
            | Self::AssignmentRenewed
            | Self::EligibilityUpdated
            | Self::AssignmentUpdated => Family::Assignments,
            Self::ActivationRequested
            | Self::ApprovalRequested
            | Self::RequestApproved
            | Self::RequestDenied
            | Self::RequestCanceled
            | Self::RequestLapsed
            | Self::ActivationCompleted
            | Self::ActivationFailed
            | Self::ActivationExpired
            | Self::Deactivated
            | Self::ActivationShortened
            | Self::ActivationRevoked => Family::Activations,
            Self::SettingsUpdated => Family::Settings,
            Self::SetUp
            | Self::UserCreated
            | Self::UserUpdated
            | Self::UserDisabled
            | Self::UserEnabled
            | Self::PasswordReset
            | Self::SecondFactorReset
            | Self::GroupCreated
            | Self::GroupUpdated
            | Self::MemberAdded
            | Self::MemberRemoved
            | Self::AuditExported
            | Self::AuditAccepted
            | Self::BackupRestored
            | Self::MailResent
            | Self::TestMailSent
            | Self::MailSettingsUpdated
            | Self::KeyRotated
            | Self::AdministratorRecovered
            | Self::RecoveryAcknowledged
            | Self::RowNotTrusted => Family::Directory,
            Self::SignedIn
            | Self::SignInFailed
            | Self::SignedOut
            | Self::Verified
            | Self::VerificationFailed
            | Self::SecondFactorEnrolled
            | Self::RecoveryCodesMade
            | Self::RecoveryCodeUsed
            | Self::PasswordChanged
            | Self::SessionEnded => Family::SignIns,
        }
    }

    /// As a person reads it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::EligibilityAssigned => "Eligible assignment made",
            Self::AssignmentAssigned => "Active assignment made",
            Self::EligibilityRemoved => "Eligible assignment removed",
            Self::AssignmentRemoved => "Active assignment removed",
            Self::EligibilityExpired => "Eligible assignment expired",
            Self::AssignmentExpired => "Active assignment expired",
            Self::ActivationRequested => "Activation requested",
            Self::ApprovalRequested => "Approval requested",
            Self::RequestApproved => "Request approved",
            Self::RequestDenied => "Request denied",
            Self::RequestCanceled => "Request canceled",
            Self::RequestLapsed => "Request lapsed",
            Self::ActivationCompleted => "Activation completed",
            Self::ActivationFailed => "Activation failed",
            Self::ActivationExpired => "Activation expired",
            Self::Deactivated => "Role deactivated",
            Self::ActivationShortened => "Activation shortened",
            Self::ExtensionRequested => "Extension requested",
            Self::RenewalRequested => "Renewal requested",
            Self::EligibilityExtended => "Eligible assignment extended",
            Self::AssignmentExtended => "Active assignment extended",
            Self::EligibilityRenewed => "Eligible assignment renewed",
            Self::AssignmentRenewed => "Active assignment renewed",
            Self::EligibilityUpdated => "Eligible assignment updated",
            Self::AssignmentUpdated => "Active assignment updated",
            Self::ActivationRevoked => "Activation revoked",
            Self::SettingsUpdated => "Role settings updated",
            Self::SetUp => "Organization set up",
            Self::UserCreated => "User created",
            Self::UserUpdated => "User updated",
            Self::UserDisabled => "User disabled",
            Self::UserEnabled => "User enabled",
            Self::PasswordReset => "Password reset",
            Self::SecondFactorReset => "Second factor reset",
            Self::GroupCreated => "Group created",
            Self::GroupUpdated => "Group updated",
            Self::MemberAdded => "Group member added",
            Self::MemberRemoved => "Group member removed",
            Self::SignedIn => "Signed in",
            Self::SignInFailed => "Sign-in failed",
            Self::SignedOut => "Signed out",
            Self::Verified => "Second factor shown",
            Self::VerificationFailed => "Second factor wrong",
            Self::SecondFactorEnrolled => "Second factor set up",
            Self::RecoveryCodesMade => "Recovery codes made",
            Self::RecoveryCodeUsed => "Recovery code used",
            Self::PasswordChanged => "Password changed",
            Self::SessionEnded => "Session ended",
            Self::AuditExported => "Audit exported",
            Self::AuditAccepted => "Audit trail accepted after a restore",
            Self::BackupRestored => "Backup restored",
            Self::MailResent => "Mail sent again",
            Self::TestMailSent => "Test mail sent",
            Self::MailSettingsUpdated => "Mail settings updated",
            Self::KeyRotated => "Key rotated",
            Self::AdministratorRecovered => "Administrator recovered from the console",
            Self::RecoveryAcknowledged => "Recovery of an administrator acknowledged",
            Self::RowNotTrusted => "Row not trusted",
        }
    }
}

/// Whether it was done, or refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Success,
    /// Tried, and refused.
    Refused,
}

words!(Outcome { Success = "Success", Refused = "Refused" });

/// One changed value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it is called.
    pub field: String,
    /// What it was; empty when it was not there.
    pub before: String,
    /// What it is; empty when it is gone.
    pub after: String,
}

/// One event as it is stored. Names are copied, so that it reads the same when what it names is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Place in the chain, from 1 without gaps.
    pub seq: i64,
    /// Its id.
    pub id: EventId,
    /// When.
    pub at: Instant,
    /// What.
    pub activity: Activity,
    /// Done or refused.
    pub outcome: Outcome,
    /// Who did it; nobody when Ostiary itself did.
    pub actor: Option<UserId>,
    /// Their name then; "Ostiary" for itself.
    pub actor_name: String,
    /// Which role.
    pub role: Option<RoleId>,
    /// Its name then.
    pub role_name: String,
    /// Whom it concerns.
    pub subject: Option<PrincipalId>,
    /// Their name then.
    pub subject_name: String,
    /// The request that ties the steps together.
    pub request: Option<RequestId>,
    /// The reason that was given, or why it was refused.
    pub reason: String,
    /// Ticket number.
    pub ticket_number: String,
    /// Ticket system.
    pub ticket_system: String,
    /// What changed, before and after.
    pub changes: Vec<Change>,
    /// The sealed rows that it changed.
    pub objects: Vec<Touched>,
    /// The request over HTTP, or the run of a command.
    pub trace: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_activity_has_its_word_and_a_label_of_its_own() {
        let labels: std::collections::BTreeSet<_> = Activity::ALL.iter().map(|activity| activity.label()).collect();
        assert_eq!(labels.len(), Activity::ALL.len());
        for activity in Activity::ALL {
            assert_eq!(activity.word().parse(), Ok(*activity));
        }
    }
}
