//! Why not, in words: the sentence that a person reads for each refusal.

use std::fmt;

use super::refusal::Refusal;

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPermitted => out.write_str("Your active roles do not allow this."),
            Self::VerificationRequired => out.write_str("Additional verification is required before you can do this."),
            Self::NotFound(what) => write!(out, "This {what} does not exist, or is not yours to see."),
            Self::Stale => out.write_str(
                "Somebody else saved a change after you opened this page. Look at what is there now, then save again.",
            ),
            Self::Missing { sentence, .. } => out.write_str(sentence),
            Self::Unreadable { sentence, .. } | Self::Impossible { sentence, .. } | Self::WeakPassword { sentence } => {
                out.write_str(sentence)
            }
            Self::TooLong { limit, .. } => write!(out, "Use at most {limit} characters."),
            Self::HiddenCharacters { .. } => {
                out.write_str("This contains characters that cannot be seen or that change the direction of writing. Remove them.")
            }
            Self::NameTaken { .. } => out.write_str("This name is already in use."),
            Self::NotEligible => out.write_str("You are not eligible for this role now."),
            Self::AlreadyActive => out.write_str("This role is active already. You can activate it again after it has ended."),
            Self::AlreadyPending => {
                out.write_str("A request for this role is waiting already. Cancel it under My requests to ask anew.")
            }
            Self::DurationTooLong { most } => write!(out, "This role can be active for at most {most}."),
            Self::DurationNotAStep => out.write_str("Choose a duration in steps of half an hour, of 30 minutes at least and no more than the slider offers."),
            Self::JustificationRequired => out.write_str("Give a reason. It is recorded."),
            Self::TicketRequired { field: "ticket_system", .. } => out.write_str("Name the ticket system."),
            Self::TicketRequired { .. } => out.write_str("Give the ticket number."),
            Self::StartInPast => out.write_str("This start has passed. Choose a later time."),
            Self::StartAfterEligibility => out.write_str("Your eligibility ends before this start."),
            Self::StartTooFar { most } => write!(out, "Choose a start within the next {most}."),
            Self::NoApprover => out.write_str(
                "This role needs approval, and nobody who could approve is available. Ask a Privileged Role Administrator.",
            ),
            Self::TooYoung { .. } => {
                out.write_str("It was made less than 5 minutes ago. It can be ended 5 minutes after it began.")
            }
            Self::NotActive => out.write_str("This role is not active."),
            Self::OwnRequest => out.write_str("Nobody decides their own request. Another approver has to."),
            Self::NotApprover => out.write_str("You are not an approver of this role."),
            Self::AlreadyClosed { how } => write!(out, "This request was already {how}. Nothing was changed."),
            Self::GroupNotAssignable { group } => {
                write!(out, "{group} was not created as role-assignable, so it cannot hold a role.")
            }
            Self::PrincipalDisabled { name } => write!(out, "{name} is disabled and cannot be assigned."),
            Self::RoleNotAssignable => out.write_str("This role is kept for the directory itself and cannot be assigned."),
            Self::AssignmentExists { name } => write!(out, "{name} already has this assignment."),
            Self::PermanentForbidden { most } => {
                write!(out, "This role's settings forbid permanent assignments. Choose an end within {most} of the start.")
            }
            Self::AssignmentTooLong { most } => {
                write!(out, "This role's settings allow at most {most} from start to end.")
            }
            Self::AssignmentTooShort => out.write_str("The end has to be at least 5 minutes after the start."),
            Self::LastAdministrator { role } => {
                write!(out, "This is the last active {role}. Assign another one first, so that nobody is locked out.")
            }
            Self::NobodyLeftToAdminister { role } => write!(
                out,
                "Nobody would be left who has signed in, has a second factor and holds {role} without an end. Assign it, active and \
                 without an end, to somebody who has both first. If there is nobody, `ostiary recover` on the server's console makes one."
            ),
            Self::OfGroup => out.write_str(
                "This assignment belongs to a group. Only an administrator can extend or renew it, for the whole group.",
            ),
            Self::OnlyActivated => {
                out.write_str("An activation is not extended. Activate the role again when it has ended.")
            }
            Self::NeverEnds => out.write_str("This assignment is permanent: there is nothing to extend."),
            Self::ExtensionTooEarly { .. } => out.write_str("This assignment can be extended in its last 14 days."),
            Self::AssignmentOver => out.write_str("This assignment has ended. Nothing was changed."),
            Self::StillRunning => out.write_str("It has not ended, or was assigned again since: there is nothing to renew."),
            Self::NotExpired => out.write_str(
                "Only what expired by itself can be renewed. This was ended by somebody: it has to be assigned anew.",
            ),
            Self::RenewalTooLate => {
                out.write_str("It expired more than 30 days ago. It has to be assigned anew.")
            }
            Self::ExtendedTooFar { most } => {
                write!(out, "This role's settings allow at most {most} at a time, counted from now.")
            }
            Self::EndNotLater => out.write_str("Choose an end after the present one."),
            Self::EndTooSoon => {
                out.write_str("Choose an end at least 5 minutes from now. To end it at once, remove it.")
            }
            Self::StartFixed => out.write_str("It has begun, so its start cannot be changed any more."),
            Self::Unchanged => out.write_str("Nothing in this form is different from what is there now."),
            Self::Of { what, refusal } => write!(out, "{what}: {refusal}"),
            Self::NoMailServer => out.write_str("No mail server is configured, so no mail can be sent."),
            Self::MailWaits => out.write_str("This mail waits to be sent already; there is nothing to send again."),
            Self::MembersAreUsers => out.write_str("Only people can be members of a group."),
            Self::NotOnYourself => out.write_str("You cannot do this to your own account."),
            Self::WrongCredentials => out.write_str("The name or the password is wrong."),
            Self::CredentialsNotTrusted => out.write_str(
                "The password or the second factor of this account was changed outside of Ostiary and is not trusted. Ask an administrator to reset the password.",
            ),
            Self::ConsoleCodeInvalid => out.write_str(
                "This is not the code of this user, or it was used. `ostiary recover` on the server's console makes a new one.",
            ),
            Self::ConsoleCodeExpired => out.write_str(
                "This code is older than 15 minutes. `ostiary recover` on the server's console makes a new one.",
            ),
            Self::WrongCode => out.write_str("This code is wrong, or was used before. Wait for the next one."),
            Self::WrongPassword => out.write_str("The current password is wrong."),
            Self::TooOften { wait } => {
                write!(out, "That is more than one person does in a short time. Try again in {wait}.")
            }
            Self::Throttled { wait } => write!(out, "Too many attempts failed. Try again in {wait}."),
            Self::ChangedOutside { what, way_out } => write!(out, "{what} changed outside of Ostiary. {way_out}"),
            Self::WritingStopped => out.write_str(
                "Nothing can be changed at the moment: the database was changed outside of Ostiary, and an administrator has to look \
                 at it first.",
            ),
            Self::DatabaseLocked => out.write_str(
                "Nothing was changed: the database is in use by another program at this moment. Send this again in a few seconds.",
            ),
            Self::DiskFull => out.write_str(
                "Nothing was changed: the server's disk is full, or fails. Whoever runs the server has to look at it; then send this again.",
            ),
            Self::Busy => out.write_str("Too many people are signing in at this moment. Try again in a few seconds."),
            Self::NoSecondFactor => out.write_str("Set up your second factor first."),
            Self::PasswordChangeRequired => out.write_str("Choose a password of your own first."),
            Self::SetupCodeInvalid => out.write_str("This set-up code was used, or never existed."),
        }
    }
}

impl std::error::Error for Refusal {}
