//! How an event looks and where it leads.

use crate::app::read_audit::Scope;
use crate::domain::audit::{Activity, Event, Outcome};
use crate::ui::answer::Mood;

/// The list's path.
pub const fn path(scope: Scope) -> &'static str {
    match scope {
        Scope::Resource => "/resource-audit",
        Scope::Mine => "/my-audit",
    }
}

/// The list's name.
pub const fn title(scope: Scope) -> &'static str {
    match scope {
        Scope::Resource => "Resource audit",
        Scope::Mine => "My audit",
    }
}

/// Whether it is good, bad, or still waits.
pub const fn mood(event: &Event) -> Mood {
    match (event.outcome, event.activity) {
        (Outcome::Refused, _)
        | (
            Outcome::Success,
            Activity::RequestDenied
            | Activity::RequestLapsed
            | Activity::ActivationFailed
            | Activity::ActivationRevoked
            | Activity::SignInFailed
            | Activity::VerificationFailed
            | Activity::UserDisabled
            | Activity::AuditAccepted
            | Activity::BackupRestored
            | Activity::AdministratorRecovered
            | Activity::RowNotTrusted,
        ) => Mood::Bad,
        (
            Outcome::Success,
            Activity::ActivationRequested
            | Activity::ApprovalRequested
            | Activity::ExtensionRequested
            | Activity::RenewalRequested,
        ) => Mood::Wait,
        (
            Outcome::Success,
            Activity::RequestApproved
            | Activity::ActivationCompleted
            | Activity::EligibilityAssigned
            | Activity::AssignmentAssigned
            | Activity::EligibilityExtended
            | Activity::AssignmentExtended
            | Activity::EligibilityRenewed
            | Activity::AssignmentRenewed
            | Activity::UserEnabled
            | Activity::SetUp,
        ) => Mood::Good,
        (
            Outcome::Success,
            Activity::EligibilityRemoved
            | Activity::AssignmentRemoved
            | Activity::EligibilityExpired
            | Activity::AssignmentExpired
            | Activity::RequestCanceled
            | Activity::ActivationExpired
            | Activity::Deactivated
            | Activity::ActivationShortened
            | Activity::EligibilityUpdated
            | Activity::AssignmentUpdated
            | Activity::SettingsUpdated
            | Activity::KeyRotated
            | Activity::MailResent
            | Activity::TestMailSent
            | Activity::MailSettingsUpdated
            | Activity::UserCreated
            | Activity::UserUpdated
            | Activity::PasswordReset
            | Activity::SecondFactorReset
            | Activity::GroupCreated
            | Activity::GroupUpdated
            | Activity::MemberAdded
            | Activity::MemberRemoved
            | Activity::SignedIn
            | Activity::SignedOut
            | Activity::Verified
            | Activity::SecondFactorEnrolled
            | Activity::RecoveryCodesMade
            | Activity::RecoveryCodeUsed
            | Activity::PasswordChanged
            | Activity::SessionEnded
            | Activity::RecoveryAcknowledged
            | Activity::AuditExported,
        ) => Mood::Info,
    }
}

/// What happened, or was tried and refused.
pub fn what(event: &Event) -> String {
    match event.outcome {
        Outcome::Success => event.activity.label().to_owned(),
        Outcome::Refused => format!("Refused: {}", event.activity.label()),
    }
}

/// Done or refused, as a person reads it.
pub const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "Done",
        Outcome::Refused => "Refused",
    }
}

/// The first words of a text, for tight places.
pub fn clipped(text: &str) -> String {
    const MOST: usize = 140;
    let mut letters = text.chars();
    let mut clipped: String = letters.by_ref().take(MOST).collect();
    if letters.next().is_some() {
        clipped.push('\u{2026}');
    }
    clipped
}
