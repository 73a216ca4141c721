//! The form of the three tabs, read into settings: every field that cannot be read is refused at once, each at its place.

use super::notifications::{critical_field, default_field};
use crate::{
    app::normal_form::nfkc,
    domain::{
        ids::PrincipalId,
        policy::{
            ActivationRules, ApprovalRule, AssignmentRules, Expiry, HalfHours, Longest, MfaRule, NotificationRule,
            NotificationRuleId, Policy, Window,
        },
        policy_notifications::parse_additional,
        refusal::Refusal,
    },
    ui::{
        answer::Fault,
        form::{Form, FormFault},
    },
};

/// What somebody sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// The version they had seen.
    pub seen: i64,
    /// The settings they want.
    pub policy: Policy,
}

/// Reads the form.
pub fn read(form: &Form) -> Result<Typed, Fault> {
    let mut reading = Reading { form, refusals: Vec::new() };
    let seen = form.one("version")?.parse().map_err(|_| Refusal::Stale)?;
    let policy = reading.policy()?;
    if reading.refusals.is_empty() { Ok(Typed { seen, policy }) } else { Err(reading.refusals.into()) }
}

/// Reads field by field and remembers what was wrong.
struct Reading<'a> {
    form: &'a Form,
    refusals: Vec<Refusal>,
}

impl Reading<'_> {
    fn policy(&mut self) -> Result<Policy, FormFault> {
        let longest = HalfHours::parse_hours(self.form.one("duration")?);
        let longest = self.or_note(longest, HalfHours::EIGHT_HOURS);
        let mfa = self.mfa()?;
        let approval =
            ApprovalRule { required: self.ticked("approval"), approvers: self.approvers(), window: self.window()? };
        let assignment = AssignmentRules {
            eligible: self.expiry("eligible_permanent", "eligible_longest")?,
            active: self.expiry("active_permanent", "active_longest")?,
            active_mfa: self.ticked("active_mfa"),
            active_justification: self.ticked("active_justification"),
        };
        let (justification, ticket) = (self.ticked("justification"), self.ticked("ticket"));
        let notifications = NotificationRuleId::ALL.into_iter().map(|id| self.mail(id)).collect::<Result<_, _>>()?;
        let activation = ActivationRules { longest, mfa, justification, ticket, approval };
        Ok(Policy { activation, assignment, notifications })
    }

    /// The value; or the refusal is kept, and something stands in until all is read.
    fn or_note<T>(&mut self, read: Result<T, Refusal>, instead: T) -> T {
        read.unwrap_or_else(|refusal| {
            self.refusals.push(refusal);
            instead
        })
    }

    fn ticked(&self, name: &str) -> bool {
        self.form.many(name).any(|value| value == "true")
    }

    fn mfa(&mut self) -> Result<MfaRule, FormFault> {
        let rule = match self.form.one("mfa")? {
            "none" => Ok(MfaRule::None),
            "session" => Ok(MfaRule::Session),
            "fresh" => whole(self.form.one("mfa_minutes")?, "mfa_minutes", "Give whole minutes, from 1 to 1440.")
                .and_then(MfaRule::fresh),
            _ => Err(Refusal::Unreadable { field: "mfa", sentence: "Choose one of the three.".to_owned() }),
        };
        Ok(self.or_note(rule, MfaRule::Session))
    }

    fn approvers(&mut self) -> Vec<PrincipalId> {
        let ids: Result<Vec<_>, _> = self.form.many("approvers").map(PrincipalId::parse).collect();
        let refused = Refusal::Unreadable {
            field: "approvers",
            sentence: "One of these is neither a person nor a group. Choose from the list.".to_owned(),
        };
        self.or_note(ids.map_err(|_| refused), Vec::new())
    }

    fn window(&mut self) -> Result<Window, FormFault> {
        if self.ticked("window_never") {
            return Ok(Window::Never);
        }
        let hours = whole(self.form.one("window_hours")?, "window_hours", "Give whole hours, from 1 to 720.");
        Ok(self.or_note(hours.and_then(Window::hours), Window::DAY))
    }

    fn expiry(&mut self, permanent: &str, longest: &'static str) -> Result<Expiry, FormFault> {
        if self.ticked(permanent) {
            return Ok(Expiry::PermanentAllowed);
        }
        let choice = self.form.one(longest)?.parse().ok().and_then(Longest::from_days);
        let refused = Refusal::Unreadable { field: longest, sentence: "Choose one of the lengths.".to_owned() };
        Ok(self.or_note(choice.map(Expiry::Within).ok_or(refused), Expiry::PermanentAllowed))
    }

    fn mail(&mut self, id: NotificationRuleId) -> Result<NotificationRule, FormFault> {
        let typed = nfkc(self.form.optional(id.id())?.unwrap_or_default());
        let additional = parse_additional(id, &typed).unwrap_or_else(|refusals| {
            self.refusals.extend(refusals);
            Vec::new()
        });
        Ok(NotificationRule {
            id,
            to_default: self.ticked(&default_field(id)),
            additional,
            critical_only: self.ticked(&critical_field(id)),
        })
    }
}

fn whole(typed: &str, field: &'static str, sentence: &str) -> Result<i64, Refusal> {
    typed.trim().parse().map_err(|_| Refusal::Unreadable { field, sentence: sentence.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str =
        "version=3&duration=8&mfa=session&mfa_minutes=&window_hours=24&eligible_longest=365&active_longest=180";

    fn refused(form: &str) -> Vec<(Option<String>, String)> {
        let fault = read(&Form::parse(form.as_bytes())).unwrap_err();
        fault.refused().into_iter().map(|refused| (refused.field, refused.sentence)).collect()
    }

    #[test]
    fn a_form_without_ticks_asks_for_little() {
        let typed = read(&Form::parse(PLAIN.as_bytes())).unwrap();
        assert_eq!(typed.seen, 3);
        assert_eq!(typed.policy.activation.longest, HalfHours::EIGHT_HOURS);
        assert!(!typed.policy.activation.justification && !typed.policy.activation.approval.required);
        assert_eq!(typed.policy.assignment.eligible, Expiry::Within(Longest::Year1));
        assert_eq!(typed.policy.assignment.active, Expiry::Within(Longest::Months6));
        assert!(typed.policy.notifications.iter().all(|rule| !rule.to_default && !rule.critical_only));
    }

    #[test]
    fn a_full_form_is_read_to_the_last_field() {
        let form = "version=0&duration=0.5&mfa=fresh&mfa_minutes=10&justification=true&ticket=true&approval=true\
            &approvers=00000000-0000-7000-8000-000000000001&window_never=true&window_hours=nonsense&eligible_permanent=true\
            &eligible_longest=nonsense&active_longest=15&active_mfa=true&active_justification=true\
            &Notification_Admin_Admin_Eligibility_default=true&Notification_Admin_Admin_Eligibility=a%40example.com%3Bb%40example.com\
            &Notification_Admin_Admin_Eligibility_critical=true";
        let policy = read(&Form::parse(form.as_bytes())).unwrap().policy;
        assert_eq!(policy.activation.mfa, MfaRule::Fresh { minutes: 10 });
        assert_eq!(policy.activation.approval.window, Window::Never);
        assert_eq!(policy.activation.approval.approvers.len(), 1);
        assert_eq!(policy.assignment.eligible, Expiry::PermanentAllowed);
        assert_eq!(policy.assignment.active, Expiry::Within(Longest::Days15));
        let first = &policy.notifications[0];
        assert!(first.to_default && first.critical_only && first.additional.len() == 2);
    }

    #[test]
    fn everything_wrong_is_said_at_once_each_at_its_field() {
        let form = "version=0&duration=7.25&mfa=fresh&mfa_minutes=0&approvers=bo&window_hours=721&eligible_longest=16\
            &active_longest=15&Notification_Admin_Admin_Eligibility=a%40";
        let fields: Vec<_> = refused(form).into_iter().filter_map(|(field, _)| field).collect();
        assert_eq!(
            fields,
            [
                "duration",
                "mfa_minutes",
                "approvers",
                "window_hours",
                "eligible_longest",
                "Notification_Admin_Admin_Eligibility"
            ]
        );
        assert_eq!(refused(&PLAIN.replace("mfa=session", "mfa=sms"))[0].0.as_deref(), Some("mfa"));
        assert_eq!(
            refused(&PLAIN.replace("window_hours=24", "window_hours=a+day"))[0].1,
            "Give whole hours, from 1 to 720."
        );
    }

    #[test]
    fn missing_and_doubled_fields_are_refused() {
        assert_eq!(refused(&PLAIN.replace("duration=8&", ""))[0].0.as_deref(), Some("duration"));
        assert_eq!(refused(&format!("{PLAIN}&duration=9"))[0].0.as_deref(), Some("duration"));
        assert!(refused(&PLAIN.replace("version=3", "version=x"))[0].1.starts_with("Somebody else"));
    }
}
