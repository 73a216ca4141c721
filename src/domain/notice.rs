//! What the bell says, in one place: the kinds of notice, their sentences, and where each leads.

use super::ids::RequestId;
use super::request::words;

/// One kind of notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeKind {
    /// To approvers: somebody waits.
    ApprovalRequested,
    /// To the requestor: it waits now.
    Pending,
    /// To the requestor: yes.
    Approved,
    /// To the requestor: no.
    Denied,
    /// To the other approvers: somebody said yes.
    ApprovedByOther,
    /// To the other approvers: somebody said no.
    DeniedByOther,
    /// To requestor and approvers: nobody decided in time.
    Lapsed,
    /// To requestor or approvers: withdrawn by somebody else.
    Canceled,
    /// To the person: active.
    Activated,
    /// To the person: the activation ended.
    Ended,
    /// To the person: eligible now.
    MadeEligible,
    /// To the person: actively assigned now.
    MadeActive,
    /// To the person: an assignment was removed.
    Removed,
    /// To the person: an assignment expired.
    Expired,
    /// To the person: an eligible assignment ends within 14 days.
    EligibilityEndsSoon,
    /// To the person: an eligible assignment ends within a day.
    EligibilityEndsTomorrow,
    /// To the person: an active assignment ends within 14 days.
    AssignmentEndsSoon,
    /// To the person: an active assignment ends within a day.
    AssignmentEndsTomorrow,
    /// To the person: the activation ends within 15 minutes.
    ActivationEndsSoon,
    /// To the person: the activation ends within 5 minutes.
    ActivationEndsNow,
    /// To the person: the start of an activation came, and it could not begin.
    NotStarted,
    /// To approvers: somebody still waits, and half of the time is over.
    StillWaiting,
    /// To administrators: a person asks for a later end.
    ExtensionRequested,
    /// To administrators: a person asks for an expired assignment again.
    RenewalRequested,
    /// To the requestor: it waits for an administrator now.
    ChangePending,
    /// To the person: an assignment ends later.
    Extended,
    /// To the person: an expired assignment is in force again.
    Renewed,
    /// To the person: type, start or end of an assignment were changed.
    Updated,
    /// To the requestor: an administrator said no.
    ChangeDenied,
    /// To the other administrators: somebody extended.
    ExtendedByOther,
    /// To the other administrators: somebody renewed.
    RenewedByOther,
    /// To the other administrators: somebody changed an assignment.
    UpdatedByOther,
    /// To the other administrators: somebody said no.
    ChangeDeniedByOther,
    /// To requestor and administrators: nobody decided in time.
    ChangeLapsed,
    /// To requestor or administrators: withdrawn by somebody else.
    ChangeCanceled,
    /// To the person: an activation ends earlier, as the eligibility behind it does.
    Shortened,
    /// To every administrator: one of them was recovered from the server's console.
    AdministratorRecovered,
}

words!(NoticeKind {
    ApprovalRequested = "ApprovalRequested",
    Pending = "Pending",
    Approved = "Approved",
    Denied = "Denied",
    ApprovedByOther = "ApprovedByOther",
    DeniedByOther = "DeniedByOther",
    Lapsed = "Lapsed",
    Canceled = "Canceled",
    Activated = "Activated",
    Ended = "Ended",
    MadeEligible = "MadeEligible",
    MadeActive = "MadeActive",
    Removed = "Removed",
    Expired = "Expired",
    EligibilityEndsSoon = "EligibilityEndsSoon",
    EligibilityEndsTomorrow = "EligibilityEndsTomorrow",
    AssignmentEndsSoon = "AssignmentEndsSoon",
    AssignmentEndsTomorrow = "AssignmentEndsTomorrow",
    ActivationEndsSoon = "ActivationEndsSoon",
    ActivationEndsNow = "ActivationEndsNow",
    NotStarted = "NotStarted",
    StillWaiting = "StillWaiting",
    ExtensionRequested = "ExtensionRequested",
    RenewalRequested = "RenewalRequested",
    ChangePending = "ChangePending",
    Extended = "Extended",
    Renewed = "Renewed",
    Updated = "Updated",
    ChangeDenied = "ChangeDenied",
    ExtendedByOther = "ExtendedByOther",
    RenewedByOther = "RenewedByOther",
    UpdatedByOther = "UpdatedByOther",
    ChangeDeniedByOther = "ChangeDeniedByOther",
    ChangeLapsed = "ChangeLapsed",
    ChangeCanceled = "ChangeCanceled",
    Shortened = "Shortened",
    AdministratorRecovered = "AdministratorRecovered",
});

impl NoticeKind {
    /// The sentence. `who` is the other person it is about, where there is one.
    pub fn sentence(self, role: &str, who: &str) -> String {
        match self {
            Self::ApprovalRequested => format!("{who} asks to activate {role}. Approve or deny."),
            Self::Pending => format!("Your request to activate {role} is pending approval."),
            Self::Approved => format!("{who} approved your request to activate {role}."),
            Self::Denied => format!("{who} denied your request to activate {role}."),
            Self::ApprovedByOther => format!("{who} approved a request to activate {role}."),
            Self::DeniedByOther => format!("{who} denied a request to activate {role}."),
            Self::Lapsed => format!("The request to activate {role} lapsed: nobody decided in time."),
            Self::Canceled => format!("The request to activate {role} was canceled."),
            Self::Activated => format!("{role} is active."),
            Self::Ended => format!("{role} is no longer active."),
            Self::MadeEligible => format!("You are eligible for {role}."),
            Self::MadeActive => format!("You are assigned {role}."),
            Self::Removed => format!("Your assignment to {role} was removed."),
            Self::Expired => format!("Your assignment to {role} has expired."),
            Self::EligibilityEndsSoon => format!("Your eligibility for {role} ends within 14 days."),
            Self::EligibilityEndsTomorrow => format!("Your eligibility for {role} ends within a day."),
            Self::AssignmentEndsSoon => format!("Your assignment to {role} ends within 14 days."),
            Self::AssignmentEndsTomorrow => format!("Your assignment to {role} ends within a day."),
            Self::ActivationEndsSoon => {
                format!("{role} ends within 15 minutes. Activate it again when you still need it.")
            }
            Self::ActivationEndsNow => {
                format!("{role} ends within 5 minutes. Activate it again when you still need it.")
            }
            Self::AdministratorRecovered => format!("{who} was made {role} on the console of the server."),
            Self::NotStarted => format!("{role} was not activated: you were not eligible for it any more."),
            Self::StillWaiting => format!("{who} still waits to activate {role}. Half of the time to decide is over."),
            Self::ExtensionRequested => format!("{who} asks to extend an assignment to {role}. Approve or deny."),
            Self::RenewalRequested => format!("{who} asks to renew an assignment to {role}. Approve or deny."),
            Self::ChangePending => format!("Your request about {role} waits for an administrator."),
            Self::Extended => format!("{who} extended your assignment to {role}."),
            Self::Renewed => format!("{who} renewed your assignment to {role}."),
            Self::Updated => format!("{who} changed your assignment to {role}."),
            Self::ChangeDenied => format!("{who} denied your request about {role}. Nothing has changed."),
            Self::ExtendedByOther => format!("{who} extended an assignment to {role}."),
            Self::RenewedByOther => format!("{who} renewed an assignment to {role}."),
            Self::UpdatedByOther => format!("{who} changed an assignment to {role}."),
            Self::ChangeDeniedByOther => format!("{who} denied a request to extend or renew {role}."),
            Self::ChangeLapsed => format!("The request to extend or renew {role} lapsed: nobody decided in time."),
            Self::ChangeCanceled => format!("The request to extend or renew {role} was canceled."),
            Self::Shortened => {
                format!("{role} is active for a shorter time: the assignment behind it ends earlier now.")
            }
        }
    }

    /// The place in the portal it leads to.
    pub fn link(self, request: Option<&RequestId>) -> String {
        match (self, request) {
            (
                Self::ApprovalRequested | Self::StillWaiting | Self::ExtensionRequested | Self::RenewalRequested,
                Some(request),
            ) => format!("/approve-requests/{request}"),
            (
                Self::ApprovalRequested
                | Self::StillWaiting
                | Self::ApprovedByOther
                | Self::DeniedByOther
                | Self::ExtensionRequested
                | Self::RenewalRequested,
                _,
            ) => "/approve-requests".to_owned(),
            (
                Self::ExtendedByOther | Self::RenewedByOther | Self::UpdatedByOther | Self::ChangeDeniedByOther,
                Some(request),
            ) => format!("/timeline/{request}"),
            (Self::ExtendedByOther | Self::RenewedByOther | Self::UpdatedByOther | Self::ChangeDeniedByOther, None) => {
                "/assignments".to_owned()
            }
            (
                Self::Pending
                | Self::Denied
                | Self::Lapsed
                | Self::Canceled
                | Self::NotStarted
                | Self::ChangePending
                | Self::ChangeDenied
                | Self::ChangeLapsed
                | Self::ChangeCanceled,
                Some(request),
            ) => format!("/my-requests/{request}"),
            (
                Self::Pending
                | Self::Denied
                | Self::Lapsed
                | Self::Canceled
                | Self::NotStarted
                | Self::ChangePending
                | Self::ChangeDenied
                | Self::ChangeLapsed
                | Self::ChangeCanceled,
                None,
            ) => "/my-requests".to_owned(),
            (Self::ActivationEndsSoon | Self::ActivationEndsNow, Some(request)) => {
                format!("/my-roles/activate?again={request}")
            }
            (
                Self::Approved
                | Self::Activated
                | Self::MadeActive
                | Self::AssignmentEndsSoon
                | Self::AssignmentEndsTomorrow
                | Self::ActivationEndsSoon
                | Self::ActivationEndsNow
                | Self::Shortened,
                _,
            ) => "/my-roles?tab=active".to_owned(),
            (
                Self::MadeEligible
                | Self::Ended
                | Self::EligibilityEndsSoon
                | Self::EligibilityEndsTomorrow
                | Self::Extended
                | Self::Renewed
                | Self::Updated,
                _,
            ) => "/my-roles".to_owned(),
            (Self::Removed | Self::Expired, _) => "/my-roles?tab=expired".to_owned(),
            (Self::AdministratorRecovered, _) => "/resource-audit".to_owned(),
        }
    }

    /// The icon's name in the sprite.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::ApprovalRequested
            | Self::Pending
            | Self::StillWaiting
            | Self::EligibilityEndsSoon
            | Self::EligibilityEndsTomorrow
            | Self::AssignmentEndsSoon
            | Self::AssignmentEndsTomorrow
            | Self::ActivationEndsSoon
            | Self::ActivationEndsNow
            | Self::ExtensionRequested
            | Self::RenewalRequested
            | Self::ChangePending => "wait",
            Self::Approved | Self::ApprovedByOther | Self::Activated | Self::ExtendedByOther | Self::RenewedByOther => {
                "good"
            }
            Self::Denied
            | Self::DeniedByOther
            | Self::NotStarted
            | Self::ChangeDenied
            | Self::ChangeDeniedByOther
            | Self::AdministratorRecovered => "denied",
            Self::Lapsed
            | Self::Canceled
            | Self::Ended
            | Self::Expired
            | Self::Removed
            | Self::Shortened
            | Self::UpdatedByOther
            | Self::ChangeLapsed
            | Self::ChangeCanceled => "info",
            Self::MadeEligible | Self::MadeActive | Self::Extended | Self::Renewed | Self::Updated => "key",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notice_names_the_role_and_leads_somewhere_inside() {
        for kind in NoticeKind::ALL {
            assert!(kind.sentence("Security Operator", "Ada").contains("Security Operator"));
            assert!(kind.link(None).starts_with('/'));
        }
    }
}
