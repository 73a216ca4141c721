//! A role's settings in words: what the audit compares, and what people read.

use super::address::MailAddress;
use super::policy::{Expiry, MfaRule, NotificationRule, NotificationRuleId, Policy, Window};
use super::time::Span;

/// A setting's name and its value.
pub type Words = Vec<(String, String)>;

fn named(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

const fn on(flag: bool) -> &'static str {
    if flag { "on" } else { "off" }
}

fn expiry(expiry: Expiry) -> String {
    match expiry {
        Expiry::PermanentAllowed => "permanent allowed".to_owned(),
        Expiry::Within(longest) => format!("at most {}", longest.label()),
    }
}

impl Policy {
    /// Every setting with its value, in the order of the tabs. `approvers` are the names behind the ids.
    pub fn in_words(&self, approvers: &[String]) -> Words {
        let mut words = self.activation_in_words(approvers);
        words.extend(self.assignment_in_words());
        words.extend(self.notifications.iter().map(|rule| (rule.id.id().to_owned(), rule.in_words())));
        words
    }

    /// The Activation tab.
    pub fn activation_in_words(&self, approvers: &[String]) -> Words {
        let activation = &self.activation;
        let mfa = match activation.mfa {
            MfaRule::None => "nothing".to_owned(),
            MfaRule::Session => "a second factor in the session".to_owned(),
            MfaRule::Fresh { minutes } => format!("a second factor not older than {}", Span::minutes(minutes)),
        };
        let who = if approvers.is_empty() {
            "nobody named: active Global and Privileged Role Administrators".to_owned()
        } else {
            approvers.join(", ")
        };
        let window = match activation.approval.window {
            Window::Minutes(minutes) => Span::minutes(minutes).to_string(),
            Window::Never => "never".to_owned(),
        };
        vec![
            named("Activation maximum duration", activation.longest.span().to_string()),
            named("On activation, require", mfa),
            named("Require justification on activation", on(activation.justification)),
            named("Require ticket information on activation", on(activation.ticket)),
            named("Require approval to activate", on(activation.approval.required)),
            named("Approvers", who),
            named("Requests lapse after", window),
        ]
    }

    /// The Assignment tab.
    pub fn assignment_in_words(&self) -> Words {
        let assignment = &self.assignment;
        vec![
            named("Eligible assignments", expiry(assignment.eligible)),
            named("Active assignments", expiry(assignment.active)),
            named("Require a second factor on active assignment", on(assignment.active_mfa)),
            named("Require justification on active assignment", on(assignment.active_justification)),
        ]
    }
}

impl Policy {
    /// What the settings mean for whoever activates and whoever assigns, in a few sentences.
    pub fn in_short(&self) -> Vec<String> {
        let activation = &self.activation;
        let mut asks = Vec::new();
        match activation.mfa {
            MfaRule::None => {}
            MfaRule::Session => asks.push("show a second factor in the session".to_owned()),
            MfaRule::Fresh { minutes } => {
                asks.push(format!("show a second factor not older than {}", Span::minutes(minutes)));
            }
        }
        if activation.justification {
            asks.push("give a reason".to_owned());
        }
        if activation.ticket {
            asks.push("name a ticket".to_owned());
        }
        let asks = match asks.split_last() {
            None => "They are asked for nothing.".to_owned(),
            Some((only, [])) => format!("They {only}."),
            Some((last, others)) => format!("They {} and {last}.", others.join(", ")),
        };
        let approval = match (activation.approval.required, activation.approval.window) {
            (false, _) => "Nobody has to approve: the role is active at once.".to_owned(),
            (true, Window::Never) => "Somebody has to approve first, however long it takes.".to_owned(),
            (true, Window::Minutes(minutes)) => {
                format!("Somebody has to approve first, within {}.", Span::minutes(minutes))
            }
        };
        let assigned = match (self.assignment.eligible, self.assignment.active) {
            (Expiry::PermanentAllowed, Expiry::PermanentAllowed) => {
                "Eligible and active assignments may be permanent.".to_owned()
            }
            (eligible, active) => {
                let length = |expiry| match expiry {
                    Expiry::PermanentAllowed => "may be permanent".to_owned(),
                    Expiry::Within(longest) => format!("end after {} days at most", longest.days()),
                };
                format!("Eligible assignments {}, active ones {}.", length(eligible), length(active))
            }
        };
        vec![
            format!("Whoever is eligible can be active for up to {}. {asks}", activation.longest.span()),
            approval,
            assigned,
        ]
    }
}

impl NotificationRule {
    /// Who gets this mail, in one line.
    pub fn in_words(&self) -> String {
        let default = if self.to_default { self.id.default_recipient() } else { "off" };
        let additional = self.additional.iter().map(MailAddress::as_str);
        let mut value = std::iter::once(default).chain(additional).collect::<Vec<_>>().join("; ");
        if self.critical_only {
            value += " (critical only)";
        }
        value
    }
}

/// What a setting of [`Policy::in_words`] is called for people: the mails have fixed ids, everything else has its name.
pub fn setting_label(name: &str) -> String {
    let block = NotificationRuleId::from_id(name).and_then(|rule| {
        let block = NotificationRuleId::BLOCKS.iter().find(|(_, rules)| rules.contains(&rule));
        block.map(|(title, _)| format!("{title}: {}", rule.label()))
    });
    block.unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::policy::ActivationRules;

    #[test]
    fn settings_read_as_the_tabs_name_them() {
        let mut policy = Policy::default();
        policy.activation.approval.window = Window::Never;
        policy.notifications[0].additional.push(MailAddress::parse("soc@example.com").unwrap());
        policy.notifications[0].critical_only = true;
        let words = policy.in_words(&["Bo".to_owned(), "Ada".to_owned()]);
        assert_eq!(words.len(), 20);
        let value = |name: &str| words.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
        assert_eq!(value("Approvers"), Some("Bo, Ada"));
        assert_eq!(value("Requests lapse after"), Some("never"));
        assert_eq!(value("Notification_Admin_Admin_Eligibility"), Some("Admin; soc@example.com (critical only)"));
    }

    #[test]
    fn settings_in_short_say_what_people_will_meet() {
        let mut policy = Policy::default();
        assert_eq!(
            policy.in_short(),
            [
                "Whoever is eligible can be active for up to 8 hours. They show a second factor in the session and give a reason.",
                "Nobody has to approve: the role is active at once.",
                "Eligible and active assignments may be permanent.",
            ]
        );
        policy.activation.mfa = MfaRule::Fresh { minutes: 10 };
        policy.activation.ticket = true;
        policy.activation.approval.required = true;
        policy.assignment.active = Expiry::Within(crate::domain::policy::Longest::Days15);
        assert_eq!(
            policy.in_short(),
            [
                "Whoever is eligible can be active for up to 8 hours. They show a second factor not older than 10 minutes, \
                 give a reason and name a ticket.",
                "Somebody has to approve first, within 1 day.",
                "Eligible assignments may be permanent, active ones end after 15 days at most.",
            ]
        );
        policy.activation =
            ActivationRules { mfa: MfaRule::None, justification: false, ticket: false, ..policy.activation };
        assert!(policy.in_short()[0].ends_with("They are asked for nothing."));
    }

    #[test]
    fn a_mail_is_called_by_its_block_and_row() {
        assert_eq!(
            setting_label("Notification_Approver_EndUser_Assignment"),
            "Eligible members activate: Request to approve an activation"
        );
        assert_eq!(setting_label("Approvers"), "Approvers");
    }
}
