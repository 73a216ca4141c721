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
        }
    }

    /// The place in the portal it leads to.
    pub fn link(self, request: Option<&RequestId>) -> String {
        match (self, request) {
            (Self::ApprovalRequested, Some(request)) => format!("/approve-requests/{request}"),
            (Self::ApprovalRequested | Self::ApprovedByOther | Self::DeniedByOther, _) => {
                "/approve-requests".to_owned()
            }
            (Self::Pending | Self::Denied | Self::Lapsed | Self::Canceled, Some(request)) => {
                format!("/my-requests/{request}")
            }
            (Self::Pending | Self::Denied | Self::Lapsed | Self::Canceled, None) => "/my-requests".to_owned(),
            (Self::Approved | Self::Activated | Self::MadeActive, _) => "/my-roles?tab=active".to_owned(),
            (Self::MadeEligible | Self::Ended, _) => "/my-roles".to_owned(),
            (Self::Removed | Self::Expired, _) => "/my-roles?tab=expired".to_owned(),
        }
    }

    /// The icon's name in the sprite.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::ApprovalRequested | Self::Pending => "wait",
            Self::Approved | Self::ApprovedByOther | Self::Activated => "good",
            Self::Denied | Self::DeniedByOther => "denied",
            Self::Lapsed | Self::Canceled | Self::Ended | Self::Expired | Self::Removed => "info",
            Self::MadeEligible | Self::MadeActive => "key",
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
