//! A role's settings: the policy that every assignment and activation of the role obeys (reference/entra-pim.md section 2).

use super::ids::PrincipalId;
pub use super::policy_notifications::{NotificationRule, NotificationRuleId};
use super::refusal::Refusal;
use super::time::Span;

/// How long one activation may last: half-hour steps from 30 minutes to 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HalfHours(u8);

impl HalfHours {
    /// The default ceiling, 8 hours.
    pub const EIGHT_HOURS: Self = Self(16);
    /// The shortest, 30 minutes.
    pub const SHORTEST: Self = Self(1);
    /// The longest, 24 hours.
    pub const LONGEST: Self = Self(48);

    /// From minutes; refused between steps and outside the range.
    pub fn from_minutes(minutes: i64) -> Result<Self, Refusal> {
        match u8::try_from(minutes.div_euclid(30)) {
            Ok(steps @ 1..=48) if minutes.rem_euclid(30) == 0 => Ok(Self(steps)),
            Ok(_) | Err(_) => Err(Refusal::DurationNotAStep),
        }
    }

    /// From what a person types in hours: "8", "0.5", "1,5".
    pub fn parse_hours(text: &str) -> Result<Self, Refusal> {
        let text = text.trim().replace(',', ".");
        let (whole, half) = match text.split_once('.') {
            None => (text.as_str(), 0),
            Some((whole, "" | "0" | "00")) => (whole, 0),
            Some((whole, "5" | "50")) => (whole, 30),
            Some(_) => return Err(Refusal::DurationNotAStep),
        };
        // Digits alone: no sign, which nobody types who means hours.
        if !whole.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(Refusal::DurationNotAStep);
        }
        let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| Refusal::DurationNotAStep)? };
        Self::from_minutes(whole.saturating_mul(60).saturating_add(half))
    }

    /// Length in minutes.
    pub fn minutes(self) -> i64 {
        i64::from(self.0) * 30
    }

    /// Length of time.
    pub fn span(self) -> Span {
        Span::minutes(self.minutes())
    }

    /// In hours as a number box shows it: "0.5", "8".
    pub fn hours_text(self) -> String {
        if self.0.is_multiple_of(2) { format!("{}", self.0 / 2) } else { format!("{}.5", self.0 / 2) }
    }
}

/// Which second factor an activation asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MfaRule {
    /// None.
    None,
    /// One shown at any time in this session.
    Session,
    /// One shown within so many minutes before the act.
    Fresh {
        /// 1 to 1440.
        minutes: i64,
    },
}

impl MfaRule {
    /// As it is stored: its word, and the minutes of a fresh one.
    pub const fn stored(self) -> (&'static str, Option<i64>) {
        match self {
            Self::None => ("None", None),
            Self::Session => ("Session", None),
            Self::Fresh { minutes } => ("Fresh", Some(minutes)),
        }
    }

    /// A fresh one, within 1 minute to 24 hours.
    pub fn fresh(minutes: i64) -> Result<Self, Refusal> {
        if (1..=1_440).contains(&minutes) {
            Ok(Self::Fresh { minutes })
        } else {
            Err(Refusal::Impossible {
                field: "mfa_minutes",
                sentence: "Choose from 1 to 1440 minutes (one day).".to_owned(),
            })
        }
    }
}

/// How long a request may wait for its decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// It lapses after this many minutes, 60 to 43 200.
    Minutes(i64),
    /// It waits until somebody decides or cancels.
    Never,
}

impl Window {
    /// Its length; nothing when it never closes.
    pub const fn minutes(self) -> Option<i64> {
        match self {
            Self::Minutes(minutes) => Some(minutes),
            Self::Never => None,
        }
    }

    /// 24 hours.
    pub const DAY: Self = Self::Minutes(1_440);

    /// From hours: 1 hour to 30 days.
    pub fn hours(hours: i64) -> Result<Self, Refusal> {
        if (1..=720).contains(&hours) {
            Ok(Self::Minutes(hours * 60))
        } else {
            Err(Refusal::Impossible {
                field: "window_hours",
                sentence: "A request can wait from 1 hour to 30 days (720 hours).".to_owned(),
            })
        }
    }
}

/// Who may decide, and how long they have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalRule {
    /// True when an activation needs somebody's yes.
    pub required: bool,
    /// People and groups; nobody named means the active Global and Privileged Role Administrators.
    pub approvers: Vec<PrincipalId>,
    /// How long a request waits.
    pub window: Window,
}

/// The Activation tab (2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivationRules {
    /// Ceiling of one activation.
    pub longest: HalfHours,
    /// Second factor.
    pub mfa: MfaRule,
    /// A reason is asked for.
    pub justification: bool,
    /// Ticket number and system are asked for.
    pub ticket: bool,
    /// Approval.
    pub approval: ApprovalRule,
}

impl Default for ActivationRules {
    /// What a role has before anybody changes it (0.2).
    fn default() -> Self {
        Self {
            longest: HalfHours::EIGHT_HOURS,
            mfa: MfaRule::Session,
            justification: true,
            ticket: false,
            approval: ApprovalRule { required: false, approvers: Vec::new(), window: Window::DAY },
        }
    }
}

/// The longest an assignment may be, in the five choices of the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Longest {
    /// 15 days.
    Days15,
    /// 1 month of 30 days.
    Month1,
    /// 3 months, 90 days.
    Months3,
    /// 6 months, 180 days.
    Months6,
    /// 1 year, 365 days.
    Year1,
}

impl Longest {
    /// Every choice.
    pub const ALL: [Self; 5] = [Self::Days15, Self::Month1, Self::Months3, Self::Months6, Self::Year1];

    /// Days.
    pub const fn days(self) -> i64 {
        match self {
            Self::Days15 => 15,
            Self::Month1 => 30,
            Self::Months3 => 90,
            Self::Months6 => 180,
            Self::Year1 => 365,
        }
    }

    /// The choice with this many days.
    pub fn from_days(days: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.days() == days)
    }

    /// Length of time.
    pub const fn span(self) -> Span {
        Span::days(self.days())
    }

    /// As the drop-down says it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Days15 => "15 days",
            Self::Month1 => "1 month (30 days)",
            Self::Months3 => "3 months (90 days)",
            Self::Months6 => "6 months (180 days)",
            Self::Year1 => "1 year (365 days)",
        }
    }
}

/// Whether an assignment may be permanent, and if not, how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// Permanent is allowed.
    PermanentAllowed,
    /// It ends within this.
    Within(Longest),
}

impl Expiry {
    /// The most days from start to end; nothing when it may be permanent.
    pub const fn days(self) -> Option<i64> {
        match self {
            Self::PermanentAllowed => None,
            Self::Within(longest) => Some(longest.days()),
        }
    }
}

/// The Assignment tab (2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignmentRules {
    /// Eligible assignments.
    pub eligible: Expiry,
    /// Active assignments.
    pub active: Expiry,
    /// The administrator shows a second factor to assign as active.
    pub active_mfa: bool,
    /// The administrator gives a reason to assign as active.
    pub active_justification: bool,
}

/// All settings of one role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Activation tab.
    pub activation: ActivationRules,
    /// Assignment tab.
    pub assignment: AssignmentRules,
    /// Notification tab, in the order of [`NotificationRuleId::ALL`].
    pub notifications: Vec<NotificationRule>,
}

impl Default for Policy {
    /// What a role has before anybody changes it (0.2).
    fn default() -> Self {
        Self {
            activation: ActivationRules::default(),
            assignment: AssignmentRules {
                eligible: Expiry::PermanentAllowed,
                active: Expiry::PermanentAllowed,
                active_mfa: false,
                active_justification: true,
            },
            notifications: NotificationRuleId::ALL.into_iter().map(NotificationRule::fresh).collect(),
        }
    }
}

/// The most approvers one role can name; more is a group.
pub const MOST_APPROVERS: usize = 50;

/// Refuses settings that cannot work together. `reachable` is how many people could decide if the settings were in force.
pub fn check(policy: &Policy, reachable: usize) -> Result<(), Vec<Refusal>> {
    let mut refusals = Vec::new();
    let approval = &policy.activation.approval;
    if approval.required && reachable == 0 {
        let sentence = if approval.approvers.is_empty() {
            "Nobody is named, and no Global or Privileged Role Administrator is active to stand in. Name at least one approver."
        } else {
            "None of these can approve today: they are disabled, or groups without an enabled member. Name somebody who can."
        };
        refusals.push(Refusal::Impossible { field: "approvers", sentence: sentence.to_owned() });
    }
    if approval.approvers.len() > MOST_APPROVERS {
        refusals.push(Refusal::Impossible {
            field: "approvers",
            sentence: format!("Name at most {MOST_APPROVERS} people and groups. Put more people into a group."),
        });
    }
    for rule in &policy.notifications {
        if !rule.id.takes_additional() && !rule.additional.is_empty() {
            refusals.push(Refusal::Impossible {
                field: rule.id.id(),
                sentence: "Only designated approvers can get this mail; it takes no further addresses.".to_owned(),
            });
        }
    }
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_role_reads_the_documented_defaults() {
        let policy = Policy::default();
        assert_eq!(policy.activation.longest.minutes(), 480);
        assert_eq!(policy.activation.mfa, MfaRule::Session);
        assert!(policy.activation.justification && !policy.activation.ticket && !policy.activation.approval.required);
        assert_eq!(policy.activation.approval.window, Window::DAY);
        assert_eq!(policy.assignment.eligible, Expiry::PermanentAllowed);
        assert_eq!(policy.assignment.active, Expiry::PermanentAllowed);
        assert!(policy.assignment.active_justification && !policy.assignment.active_mfa);
        assert_eq!(policy.notifications.len(), 9);
        assert!(
            policy
                .notifications
                .iter()
                .all(|rule| rule.to_default && !rule.critical_only && rule.additional.is_empty())
        );
    }

    #[test]
    fn durations_go_in_half_hours_from_half_an_hour_to_a_day() {
        for (text, minutes) in
            [("0.5", 30), (".5", 30), ("8", 480), ("1,5", 90), ("24", 1_440), (" 2.0 ", 120), ("3.50", 210)]
        {
            assert_eq!(HalfHours::parse_hours(text).map(HalfHours::minutes), Ok(minutes), "{text}");
        }
        for text in [
            "",
            "0",
            "0.25",
            "24.5",
            "25",
            "-1",
            "-0.5",
            "+8",
            "+0.5",
            "8h",
            "1.5.5",
            "1e1",
            "٨",
            "99999999999999999999",
        ] {
            assert_eq!(HalfHours::parse_hours(text), Err(Refusal::DurationNotAStep), "{text}");
        }
        assert_eq!(HalfHours::from_minutes(510).map(HalfHours::hours_text), Ok("8.5".to_owned()));
        assert!(HalfHours::from_minutes(45).is_err());
    }

    #[test]
    fn windows_go_from_an_hour_to_thirty_days() {
        assert_eq!(Window::hours(24), Ok(Window::DAY));
        assert!(Window::hours(0).is_err());
        assert!(Window::hours(721).is_err());
    }

    #[test]
    fn approval_without_anybody_to_approve_is_refused_at_its_field() {
        let mut policy = Policy::default();
        assert_eq!(check(&policy, 0), Ok(()));
        policy.activation.approval.required = true;
        assert_eq!(check(&policy, 1), Ok(()));
        let refusals = check(&policy, 0).unwrap_err();
        assert_eq!(refusals.first().and_then(Refusal::field), Some("approvers"));
    }

    #[test]
    fn the_approvers_mail_takes_no_further_addresses() {
        let mut policy = Policy::default();
        policy.notifications[8].additional.push(crate::domain::address::MailAddress::parse("a@example.com").unwrap());
        assert_eq!(check(&policy, 1).unwrap_err().len(), 1);
    }
}
