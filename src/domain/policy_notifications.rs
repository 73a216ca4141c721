//! The Notification tab of a role's settings: nine mails, and who gets each (reference/entra-pim.md section 2.3).

use super::address::MailAddress;
use super::refusal::Refusal;
use super::request::Kind;

/// The nine mails a role's settings rule (2.3), by their fixed ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotificationRuleId {
    /// Assigned as eligible: to administrators.
    AdminAdminEligibility,
    /// Assigned as eligible: to the person.
    RequestorAdminEligibility,
    /// Renewal or extension of an eligible assignment: to whoever decides.
    ApproverAdminEligibility,
    /// Assigned as active: to administrators.
    AdminAdminAssignment,
    /// Assigned as active: to the person.
    RequestorAdminAssignment,
    /// Renewal or extension of an active assignment: to whoever decides.
    ApproverAdminAssignment,
    /// Activated: to administrators.
    AdminEndUserAssignment,
    /// Activated: to the person.
    RequestorEndUserAssignment,
    /// Approval wanted: to the approvers.
    ApproverEndUserAssignment,
}

impl NotificationRuleId {
    /// All nine, in the order of the tab.
    pub const ALL: [Self; 9] = [
        Self::AdminAdminEligibility,
        Self::RequestorAdminEligibility,
        Self::ApproverAdminEligibility,
        Self::AdminAdminAssignment,
        Self::RequestorAdminAssignment,
        Self::ApproverAdminAssignment,
        Self::AdminEndUserAssignment,
        Self::RequestorEndUserAssignment,
        Self::ApproverEndUserAssignment,
    ];

    /// The tab's three blocks: what happened, and the mails about it.
    pub const BLOCKS: [(&'static str, [Self; 3]); 3] = [
        (
            "Members are assigned as eligible",
            [Self::AdminAdminEligibility, Self::RequestorAdminEligibility, Self::ApproverAdminEligibility],
        ),
        (
            "Members are assigned as active",
            [Self::AdminAdminAssignment, Self::RequestorAdminAssignment, Self::ApproverAdminAssignment],
        ),
        (
            "Eligible members activate",
            [Self::AdminEndUserAssignment, Self::RequestorEndUserAssignment, Self::ApproverEndUserAssignment],
        ),
    ];

    /// The fixed id of the Graph policy rule.
    pub const fn id(self) -> &'static str {
        match self {
            Self::AdminAdminEligibility => "Notification_Admin_Admin_Eligibility",
            Self::RequestorAdminEligibility => "Notification_Requestor_Admin_Eligibility",
            Self::ApproverAdminEligibility => "Notification_Approver_Admin_Eligibility",
            Self::AdminAdminAssignment => "Notification_Admin_Admin_Assignment",
            Self::RequestorAdminAssignment => "Notification_Requestor_Admin_Assignment",
            Self::ApproverAdminAssignment => "Notification_Approver_Admin_Assignment",
            Self::AdminEndUserAssignment => "Notification_Admin_EndUser_Assignment",
            Self::RequestorEndUserAssignment => "Notification_Requestor_EndUser_Assignment",
            Self::ApproverEndUserAssignment => "Notification_Approver_EndUser_Assignment",
        }
    }

    /// The rule with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.id() == id)
    }

    /// The row's name on the tab.
    pub const fn label(self) -> &'static str {
        match self {
            Self::AdminAdminEligibility | Self::AdminAdminAssignment => "Role assignment alert",
            Self::RequestorAdminEligibility | Self::RequestorAdminAssignment => "Notification to the assigned user",
            Self::ApproverAdminEligibility | Self::ApproverAdminAssignment => {
                "Request to approve a renewal or extension"
            }
            Self::AdminEndUserAssignment => "Role activation alert",
            Self::RequestorEndUserAssignment => "Notification to the activated user",
            Self::ApproverEndUserAssignment => "Request to approve an activation",
        }
    }

    /// Who gets it by default.
    pub const fn default_recipient(self) -> &'static str {
        match self {
            Self::AdminAdminEligibility | Self::AdminAdminAssignment | Self::AdminEndUserAssignment => "Admin",
            Self::RequestorAdminEligibility | Self::RequestorAdminAssignment => "Assignee",
            Self::RequestorEndUserAssignment => "Requestor",
            Self::ApproverAdminEligibility | Self::ApproverAdminAssignment | Self::ApproverEndUserAssignment => {
                "Approver"
            }
        }
    }

    /// The rows that rule the mails about an assignment of this kind: to administrators, and to the person.
    pub const fn of_assignment(kind: Kind) -> (Self, Self) {
        match kind {
            Kind::Eligibility => (Self::AdminAdminEligibility, Self::RequestorAdminEligibility),
            Kind::Assignment => (Self::AdminAdminAssignment, Self::RequestorAdminAssignment),
        }
    }

    /// The row that rules the mails to whoever is asked to extend or renew an assignment of this kind.
    pub const fn of_change(kind: Kind) -> Self {
        match kind {
            Kind::Eligibility => Self::ApproverAdminEligibility,
            Kind::Assignment => Self::ApproverAdminAssignment,
        }
    }

    /// False for the one mail that only designated approvers may get.
    pub const fn takes_additional(self) -> bool {
        !matches!(self, Self::ApproverEndUserAssignment)
    }
}

/// One row of the Notification tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationRule {
    /// Which mail.
    pub id: NotificationRuleId,
    /// The default recipients get it.
    pub to_default: bool,
    /// Further addresses.
    pub additional: Vec<MailAddress>,
    /// Only what needs action now.
    pub critical_only: bool,
}

impl NotificationRule {
    /// On, nobody further, everything.
    pub const fn fresh(id: NotificationRuleId) -> Self {
        Self { id, to_default: true, additional: Vec::new(), critical_only: false }
    }
}

/// The most further addresses one mail can have; more is a mailing list.
pub const MOST_ADDITIONAL: usize = 20;

/// Reads further addresses as a person types them: separated by semicolons. Each that is none is named.
pub fn parse_additional(id: NotificationRuleId, typed: &str) -> Result<Vec<MailAddress>, Vec<Refusal>> {
    let unreadable = |sentence: String| Refusal::Unreadable { field: id.id(), sentence };
    let mut addresses: Vec<MailAddress> = Vec::new();
    let mut refusals = Vec::new();
    for typed in typed.split(';').map(str::trim).filter(|typed| !typed.is_empty()) {
        match MailAddress::parse(typed) {
            Ok(address) => {
                if !addresses.iter().any(|known| known.as_str().eq_ignore_ascii_case(address.as_str())) {
                    addresses.push(address);
                }
            }
            Err(error) => {
                let short: String = typed.chars().filter(|letter| !letter.is_control()).take(60).collect();
                refusals.push(unreadable(format!("\u{201c}{short}\u{201d} is not a mail address. {error}")));
            }
        }
    }
    if addresses.len() > MOST_ADDITIONAL {
        refusals.push(unreadable(format!("Give at most {MOST_ADDITIONAL} addresses. Use a mailing list for more.")));
    }
    if refusals.is_empty() { Ok(addresses) } else { Err(refusals) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_that_is_none_is_named_at_its_field() {
        let id = NotificationRuleId::AdminAdminEligibility;
        let read = parse_additional(id, " a@example.com;; B@example.com ;A@EXAMPLE.com; ").unwrap();
        assert_eq!(read.iter().map(MailAddress::as_str).collect::<Vec<_>>(), ["a@example.com", "B@example.com"]);
        assert_eq!(parse_additional(id, " ; "), Ok(Vec::new()));
        let refusals = parse_additional(id, "a@example.com, b@example.com; c@; d@example.com").unwrap_err();
        assert_eq!(refusals.len(), 2);
        assert!(refusals.iter().all(|refusal| refusal.field() == Some(id.id())));
        assert!(refusals[1].to_string().starts_with("\u{201c}c@\u{201d} is not a mail address."), "{}", refusals[1]);
        let many: Vec<String> = (0..21).map(|n| format!("a{n}@example.com")).collect();
        assert_eq!(parse_additional(id, &many.join(";")).unwrap_err().len(), 1);
    }

    #[test]
    fn the_blocks_of_the_tab_hold_every_mail_once_and_in_order() {
        let blocks: Vec<_> = NotificationRuleId::BLOCKS.iter().flat_map(|(_, rules)| *rules).collect();
        assert_eq!(blocks, NotificationRuleId::ALL);
    }
}
