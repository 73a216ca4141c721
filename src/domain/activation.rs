//! Activating an eligible role, and ending the activation (reference/entra-pim.md section 4).

use super::policy::{HalfHours, MfaRule, Policy, Window};
use super::refusal::Refusal;
use super::schedule::{Assignment, AssignmentType, Eligibility, FIVE_MINUTES, Term};
use super::time::{Instant, Span};

/// Characters of a reason.
pub const LONGEST_REASON: usize = 500;
/// Characters of a ticket number or a ticket system.
pub const LONGEST_TICKET: usize = 100;
/// How far ahead a start may be chosen.
pub const FURTHEST_START: Span = Span::days(30);

/// The ticket an activation belongs to. Information only: nothing looks it up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ticket {
    /// Its number.
    pub number: String,
    /// The system it is in.
    pub system: String,
}

/// What the person asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivationAsk {
    /// How long.
    pub duration: HalfHours,
    /// From when; at once if empty.
    pub starts_at: Option<Instant>,
    /// Why.
    pub justification: String,
    /// For which ticket.
    pub ticket: Ticket,
}

/// What is known about the person and the role at this moment.
#[derive(Clone, Debug)]
pub struct ActivationFacts<'a> {
    /// The role's settings.
    pub policy: &'a Policy,
    /// The eligibility to be used; absent when the person has none in force.
    pub eligibility: Option<&'a Eligibility>,
    /// True when the role is active for the person, or scheduled to be.
    pub already_active: bool,
    /// True when a request of theirs for this role waits.
    pub already_pending: bool,
    /// When this session showed its second factor.
    pub verified_at: Option<Instant>,
    /// True when somebody else could approve.
    pub somebody_can_approve: bool,
}

/// What an accepted ask leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Waits for approval; nothing is granted.
    Pending {
        /// When it lapses.
        lapses_at: Option<Instant>,
    },
    /// In force from now.
    Now(Term),
    /// In force from a later start.
    Later(Term),
}

/// True when the session's second factor suffices for the rule.
pub fn is_verified(rule: MfaRule, verified_at: Option<Instant>, now: Instant) -> bool {
    match rule {
        MfaRule::None => true,
        MfaRule::Session => verified_at.is_some(),
        // A proof from a moment that is still to come is none: the clock went back.
        MfaRule::Fresh { minutes } => verified_at.is_some_and(|at| at <= now && now < at.plus(Span::minutes(minutes))),
    }
}

/// Decides an ask. All rules that fail are named at once, in the order of the pane; what concerns the person comes first.
pub fn activate(ask: &ActivationAsk, facts: &ActivationFacts<'_>, now: Instant) -> Result<Activation, Vec<Refusal>> {
    let Some(eligibility) = facts.eligibility.filter(|eligibility| eligibility.term.covers(now)) else {
        return Err(vec![Refusal::NotEligible]);
    };
    if facts.already_active {
        return Err(vec![Refusal::AlreadyActive]);
    }
    if facts.already_pending {
        return Err(vec![Refusal::AlreadyPending]);
    }
    let rules = &facts.policy.activation;
    if !is_verified(rules.mfa, facts.verified_at, now) {
        return Err(vec![Refusal::VerificationRequired]);
    }
    let mut refusals = Vec::new();
    if ask.duration > rules.longest {
        refusals.push(Refusal::DurationTooLong { most: rules.longest.span() });
    }
    refusals.extend(check_start(ask.starts_at, eligibility, now).err());
    if rules.ticket && ask.ticket.number.is_empty() {
        refusals.push(Refusal::TicketRequired { field: "ticket_number" });
    }
    if rules.ticket && ask.ticket.system.is_empty() {
        refusals.push(Refusal::TicketRequired { field: "ticket_system" });
    }
    if rules.justification && ask.justification.is_empty() {
        refusals.push(Refusal::JustificationRequired);
    }
    if rules.approval.required && !facts.somebody_can_approve {
        refusals.push(Refusal::NoApprover);
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    if rules.approval.required {
        let lapses_at = match rules.approval.window {
            Window::Minutes(minutes) => Some(now.plus(Span::minutes(minutes))),
            Window::Never => None,
        };
        return Ok(Activation::Pending { lapses_at });
    }
    Ok(grant(ask.duration, ask.starts_at, eligibility, now))
}

fn check_start(starts_at: Option<Instant>, eligibility: &Eligibility, now: Instant) -> Result<(), Refusal> {
    let Some(start) = starts_at else { return Ok(()) };
    if start < now {
        return Err(Refusal::StartInPast);
    }
    if start > now.plus(FURTHEST_START) {
        return Err(Refusal::StartTooFar { most: FURTHEST_START });
    }
    if eligibility.term.ends_at.is_some_and(|end| start >= end) {
        return Err(Refusal::StartAfterEligibility);
    }
    Ok(())
}

/// The hours that a yes grants: from the later of now and the wished start, never beyond the eligibility.
pub fn grant(duration: HalfHours, starts_at: Option<Instant>, eligibility: &Eligibility, now: Instant) -> Activation {
    let start = starts_at.map_or(now, |wish| wish.max(now));
    let full = start.plus(duration.span());
    let end = eligibility.term.ends_at.map_or(full, |end| end.min(full));
    let term = Term { starts_at: start, ends_at: Some(end) };
    if start > now { Activation::Later(term) } else { Activation::Now(term) }
}

/// An approver's yes, at this moment: the eligibility has to be in force still.
pub fn grant_approved(
    duration: HalfHours,
    starts_at: Option<Instant>,
    eligibility: Option<&Eligibility>,
    already_active: bool,
    now: Instant,
) -> Result<Activation, Refusal> {
    let eligibility = eligibility.filter(|eligibility| eligibility.term.covers(now)).ok_or_else(|| {
        Refusal::AlreadyClosed { how: "overtaken: the person is not eligible for the role any more".to_owned() }
    })?;
    if already_active {
        return Err(Refusal::AlreadyClosed { how: "overtaken: the role is active for the person".to_owned() });
    }
    if starts_at.is_some_and(|start| eligibility.term.ends_at.is_some_and(|end| start >= end)) {
        return Err(Refusal::StartAfterEligibility);
    }
    Ok(grant(duration, starts_at, eligibility, now))
}

/// True when an activation that was granted for later may begin at its start: the person is there, and eligible then.
pub fn may_start(eligibility: Option<&Eligibility>, person_is_enabled: bool, start: Instant) -> bool {
    person_is_enabled && eligibility.is_some_and(|eligibility| eligibility.term.covers(start))
}

/// The person ends their own activation; not in its first five minutes.
pub fn deactivate(assignment: Option<&Assignment>, now: Instant) -> Result<(), Refusal> {
    let assignment = assignment
        .filter(|active| {
            active.assignment_type == AssignmentType::Activated && active.term.ends_at.is_none_or(|end| now < end)
        })
        .ok_or(Refusal::NotActive)?;
    let from = assignment.term.starts_at.plus(FIVE_MINUTES);
    // What has not begun yet can be taken back at any time.
    if assignment.term.starts_at <= now && now < from { Err(Refusal::TooYoung { from }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::ids::{PrincipalId, RequestId, RoleId, ScheduleId};

    const ID: &str = "00000000-0000-7000-8000-000000000001";

    fn at(minutes: i64) -> Instant {
        Instant::from_millis(minutes * 60_000)
    }

    fn eligibility(ends_at: Option<Instant>) -> Eligibility {
        Eligibility {
            id: ScheduleId::parse(ID).unwrap(),
            role: RoleId::parse(ID).unwrap(),
            principal: PrincipalId::parse(ID).unwrap(),
            term: Term { starts_at: at(0), ends_at },
            created_at: at(0),
            request: RequestId::parse(ID).unwrap(),
        }
    }

    fn ask() -> ActivationAsk {
        ActivationAsk {
            duration: HalfHours::from_minutes(120).unwrap(),
            starts_at: None,
            justification: "Triaging IR-2026-0142".to_owned(),
            ticket: Ticket::default(),
        }
    }

    fn facts<'a>(policy: &'a Policy, eligibility: &'a Eligibility) -> ActivationFacts<'a> {
        ActivationFacts {
            policy,
            eligibility: Some(eligibility),
            already_active: false,
            already_pending: false,
            verified_at: Some(at(90)),
            somebody_can_approve: true,
        }
    }

    #[test]
    fn without_approval_it_is_in_force_at_once_for_the_hours_asked() {
        let (policy, eligibility) = (Policy::default(), eligibility(None));
        let granted = activate(&ask(), &facts(&policy, &eligibility), at(100));
        assert_eq!(granted, Ok(Activation::Now(Term { starts_at: at(100), ends_at: Some(at(220)) })));
    }

    #[test]
    fn with_approval_nothing_is_granted_and_it_lapses_after_the_window() {
        let (mut policy, eligibility) = (Policy::default(), eligibility(None));
        policy.activation.approval.required = true;
        let pending = |policy: &Policy| activate(&ask(), &facts(policy, &eligibility), at(100));
        assert_eq!(pending(&policy), Ok(Activation::Pending { lapses_at: Some(at(100 + 1_440)) }));
        policy.activation.approval.window = Window::Never;
        assert_eq!(pending(&policy), Ok(Activation::Pending { lapses_at: None }));
    }

    #[test]
    fn every_failed_rule_is_named_with_its_field() {
        let (mut policy, eligibility) = (Policy::default(), eligibility(None));
        policy.activation.ticket = true;
        policy.activation.approval.required = true;
        let mut ask = ask();
        ask.duration = HalfHours::from_minutes(510).unwrap();
        ask.justification.clear();
        ask.starts_at = Some(at(99));
        let facts = ActivationFacts { somebody_can_approve: false, ..facts(&policy, &eligibility) };
        let codes: Vec<_> = activate(&ask, &facts, at(100)).unwrap_err().iter().map(Refusal::code).collect();
        assert_eq!(
            codes,
            [
                "ExpirationRule",
                "StartTimeInPast",
                "TicketingRule",
                "TicketingRule",
                "JustificationRule",
                "ApprovalRule"
            ]
        );
    }

    #[test]
    fn what_stands_in_the_way_of_any_ask_comes_alone() {
        let (policy, eligibility) = (Policy::default(), eligibility(Some(at(100))));
        let gone = activate(&ask(), &facts(&policy, &eligibility), at(100));
        assert_eq!(gone, Err(vec![Refusal::NotEligible]));
        let active = ActivationFacts { already_active: true, ..facts(&policy, &eligibility) };
        assert_eq!(activate(&ask(), &active, at(50)), Err(vec![Refusal::AlreadyActive]));
        let pending = ActivationFacts { already_pending: true, ..facts(&policy, &eligibility) };
        assert_eq!(activate(&ask(), &pending, at(50)), Err(vec![Refusal::AlreadyPending]));
        let unverified = ActivationFacts { verified_at: None, ..facts(&policy, &eligibility) };
        assert_eq!(activate(&ask(), &unverified, at(50)), Err(vec![Refusal::VerificationRequired]));
    }

    #[test]
    fn a_fresh_factor_ages_and_a_session_factor_does_not() {
        assert!(is_verified(MfaRule::None, None, at(0)));
        assert!(is_verified(MfaRule::Session, Some(at(0)), at(100_000)));
        assert!(is_verified(MfaRule::Fresh { minutes: 10 }, Some(at(0)), at(9)));
        assert!(!is_verified(MfaRule::Fresh { minutes: 10 }, Some(at(0)), at(10)));
        assert!(!is_verified(MfaRule::Fresh { minutes: 10 }, None, at(10)));
        assert!(!is_verified(MfaRule::Fresh { minutes: 10 }, Some(at(11)), at(10)));
    }

    #[test]
    fn an_approval_needs_the_eligibility_to_be_there_still() {
        let eligibility = eligibility(Some(at(100)));
        let hours = HalfHours::SHORTEST;
        assert!(grant_approved(hours, None, None, false, at(50)).is_err());
        assert!(grant_approved(hours, None, Some(&eligibility), false, at(100)).is_err());
        assert!(grant_approved(hours, None, Some(&eligibility), true, at(50)).is_err());
        let granted = grant_approved(hours, None, Some(&eligibility), false, at(90));
        assert_eq!(granted, Ok(Activation::Now(Term { starts_at: at(90), ends_at: Some(at(100)) })));
    }

    #[test]
    fn an_activation_can_be_ended_after_five_minutes_and_before_it_began() {
        let active = Assignment {
            id: ScheduleId::parse(ID).unwrap(),
            role: RoleId::parse(ID).unwrap(),
            principal: PrincipalId::parse(ID).unwrap(),
            assignment_type: AssignmentType::Activated,
            activated_using: ScheduleId::parse(ID).ok(),
            term: Term { starts_at: at(10), ends_at: Some(at(70)) },
            created_at: at(10),
            request: RequestId::parse(ID).unwrap(),
        };
        assert_eq!(deactivate(Some(&active), at(13)), Err(Refusal::TooYoung { from: at(15) }));
        assert_eq!(deactivate(Some(&active), at(15)), Ok(()));
        assert_eq!(deactivate(Some(&active), at(5)), Ok(()));
        assert_eq!(deactivate(Some(&active), at(70)), Err(Refusal::NotActive));
        assert_eq!(deactivate(None, at(15)), Err(Refusal::NotActive));
        let assigned = Assignment { assignment_type: AssignmentType::Assigned, activated_using: None, ..active };
        assert_eq!(deactivate(Some(&assigned), at(15)), Err(Refusal::NotActive));
    }

    proptest! {
        /// No ask, at no moment, leads to an activation that reaches beyond its eligibility or the hours asked for.
        #[test]
        fn an_activation_stays_within_its_eligibility(
            now in 0i64..2_000, end in 1i64..2_000, steps in 1i64..=48, start in prop::option::of(0i64..3_000),
        ) {
            let policy = Policy { ..Policy::default() };
            let eligibility = eligibility(Some(at(end)));
            let ask = ActivationAsk {
                duration: HalfHours::from_minutes(steps * 30).unwrap(), starts_at: start.map(at), ..ask()
            };
            let facts = ActivationFacts { verified_at: Some(at(0)), ..facts(&policy, &eligibility) };
            if let Ok(Activation::Now(term) | Activation::Later(term)) = activate(&ask, &facts, at(now)) {
                let ends_at = term.ends_at.unwrap();
                prop_assert!(ends_at <= at(end));
                prop_assert!(term.starts_at >= at(now) && term.starts_at < ends_at);
                prop_assert!(ends_at.since(term.starts_at) <= ask.duration.span());
            }
        }
    }
}
