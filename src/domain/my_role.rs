//! What a person can do with a role of theirs at this moment, as My roles offers it (reference/entra-pim.md sections 1.3, 4.3, 5.1).
//! Shows and offers; whoever acts asks `activation` again.

use super::ids::{RequestId, ScheduleId};
use super::policy::HalfHours;
use super::schedule::{AssignmentType, FIVE_MINUTES, Term};
use super::time::{Instant, Span};

/// How long before its end an assignment can be extended.
pub const EXTENSION_WINDOW: Span = Span::days(14);

/// What is known about one eligibility of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EligibleFacts {
    /// From when to when it holds.
    pub term: Term,
    /// The person's live activation of the role, begun or scheduled.
    pub activation: Option<(ScheduleId, Term)>,
    /// True when an assignment makes the role active without activating it.
    pub assigned: bool,
    /// The person's waiting request, and when it lapses.
    pub pending: Option<(RequestId, Option<Instant>)>,
}

/// Where an eligible role stands for its person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It can be activated.
    Off,
    /// The eligibility begins later.
    NotYet {
        /// When.
        from: Instant,
    },
    /// Somebody has to decide.
    Waiting {
        /// The request.
        request: RequestId,
        /// When it lapses.
        lapses_at: Option<Instant>,
    },
    /// Activated for a later start.
    Scheduled {
        /// The activation.
        activation: ScheduleId,
        /// From when to when.
        term: Term,
    },
    /// Activated.
    On {
        /// The activation.
        activation: ScheduleId,
        /// From when to when.
        term: Term,
    },
    /// Active by an assignment; there is nothing to activate.
    Assigned,
}

/// Where it stands. What is in force comes before what waits.
pub fn condition(facts: &EligibleFacts, now: Instant) -> Condition {
    match (&facts.activation, &facts.pending) {
        (Some((activation, term)), _) if term.covers(now) => {
            Condition::On { activation: activation.clone(), term: *term }
        }
        (Some((activation, term)), _) if term.starts_at > now => {
            Condition::Scheduled { activation: activation.clone(), term: *term }
        }
        _ if facts.assigned => Condition::Assigned,
        (_, Some((request, lapses_at))) if lapses_at.is_none_or(|lapse| now < lapse) => {
            Condition::Waiting { request: request.clone(), lapses_at: *lapses_at }
        }
        _ if facts.term.starts_at > now => Condition::NotYet { from: facts.term.starts_at },
        _ => Condition::Off,
    }
}

/// Whether the person can ask for a later end of an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extension {
    /// It never ends.
    Permanent,
    /// It belongs to a group: only an administrator can extend it.
    OfGroup,
    /// From this moment on.
    From(Instant),
    /// Its end is near.
    Open,
}

/// When an assignment with this term can be extended by its person.
pub fn extension(term: &Term, of_group: bool, now: Instant) -> Extension {
    let Some(end) = term.ends_at else { return Extension::Permanent };
    let from = end.minus(EXTENSION_WINDOW);
    match (of_group, now < from) {
        (true, _) => Extension::OfGroup,
        (false, true) => Extension::From(from),
        (false, false) => Extension::Open,
    }
}

/// From when on the person can end this active assignment; never what somebody assigned.
pub fn deactivable_from(assignment_type: AssignmentType, term: &Term, now: Instant) -> Option<Instant> {
    match assignment_type {
        AssignmentType::Assigned => None,
        AssignmentType::Activated if term.starts_at > now => Some(now),
        AssignmentType::Activated => Some(term.starts_at.plus(FIVE_MINUTES)),
    }
}

/// The most that can be asked for: the settings' ceiling, or the half hours that reach the end of the eligibility.
pub fn ceiling(longest: HalfHours, eligibility: &Term, now: Instant) -> HalfHours {
    let Some(end) = eligibility.ends_at else { return longest };
    let half_hour = Span::minutes(30).millis();
    let steps = end.since(now).millis().max(1).div_euclid(half_hour);
    let exact = end.since(now).millis().rem_euclid(half_hour) == 0;
    let minutes = steps.saturating_add(i64::from(!exact)).saturating_mul(30);
    HalfHours::from_minutes(minutes).map_or(longest, |reach| reach.min(longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00000000-0000-7000-8000-000000000001";

    fn at(minutes: i64) -> Instant {
        Instant::from_millis(minutes * 60_000)
    }

    fn term(from: i64, to: i64) -> Term {
        Term { starts_at: at(from), ends_at: Some(at(to)) }
    }

    fn facts() -> EligibleFacts {
        EligibleFacts { term: term(0, 10_000), activation: None, assigned: false, pending: None }
    }

    #[test]
    fn what_is_in_force_comes_before_what_waits() {
        let id = ScheduleId::parse(ID).unwrap();
        let mut facts = facts();
        assert_eq!(condition(&facts, at(5)), Condition::Off);
        facts.pending = Some((RequestId::parse(ID).unwrap(), Some(at(20))));
        assert!(matches!(condition(&facts, at(5)), Condition::Waiting { .. }));
        assert_eq!(condition(&facts, at(20)), Condition::Off, "what has lapsed waits no more");
        facts.activation = Some((id.clone(), term(3, 9)));
        assert_eq!(condition(&facts, at(5)), Condition::On { activation: id.clone(), term: term(3, 9) });
        assert_eq!(condition(&facts, at(2)), Condition::Scheduled { activation: id, term: term(3, 9) });
        facts.assigned = true;
        assert_eq!(condition(&facts, at(9)), Condition::Assigned);
        let later = EligibleFacts { term: term(50, 60), ..super::tests::facts() };
        assert_eq!(condition(&later, at(5)), Condition::NotYet { from: at(50) });
    }

    #[test]
    fn an_extension_opens_fourteen_days_before_the_end_and_never_for_a_group() {
        let day = 24 * 60;
        let ends = term(0, 30 * day);
        assert_eq!(extension(&ends, false, at(0)), Extension::From(at(16 * day)));
        assert_eq!(extension(&ends, false, at(16 * day)), Extension::Open);
        assert_eq!(extension(&ends, true, at(29 * day)), Extension::OfGroup);
        assert_eq!(extension(&Term { ends_at: None, ..ends }, true, at(0)), Extension::Permanent);
    }

    #[test]
    fn an_activation_can_be_ended_five_minutes_after_it_began() {
        let from = |kind, now| deactivable_from(kind, &term(10, 70), at(now));
        assert_eq!(from(AssignmentType::Activated, 12), Some(at(15)));
        assert_eq!(from(AssignmentType::Activated, 5), Some(at(5)));
        assert_eq!(from(AssignmentType::Assigned, 12), None);
    }

    #[test]
    fn the_ceiling_is_the_settings_or_what_reaches_the_end_of_the_eligibility() {
        let hours = |minutes| HalfHours::from_minutes(minutes).unwrap();
        assert_eq!(ceiling(hours(480), &term(0, 10_000), at(0)), hours(480));
        assert_eq!(ceiling(hours(480), &term(0, 90), at(0)), hours(90));
        assert_eq!(ceiling(hours(480), &term(0, 91), at(0)), hours(120));
        assert_eq!(ceiling(hours(480), &term(0, 1), at(0)), hours(30));
        assert_eq!(ceiling(hours(480), &Term { starts_at: at(0), ends_at: None }, at(0)), hours(480));
    }
}
