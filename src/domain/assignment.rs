//! Assigning and removing, as an administrator does it (reference/entra-pim.md section 3 and 5.2).

use super::ids::PrincipalId;
use super::policy::{AssignmentRules, Expiry, Longest, Policy};
use super::refusal::Refusal;
use super::request::Kind;
use super::role::{PortalRole, Role};
use super::schedule::{FIVE_MINUTES, Term};
use super::time::{Instant, Span};

/// How many can be assigned in one act.
pub const MOST_MEMBERS: usize = 100;
/// How far ahead an assignment may start.
pub const FURTHEST_START: Span = Span::days(365);

/// What the administrator asks for, the same for every member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignAsk {
    /// Eligible or active.
    pub kind: Kind,
    /// From when; at once if empty.
    pub starts_at: Option<Instant>,
    /// Until when; permanent if empty.
    pub ends_at: Option<Instant>,
    /// Why.
    pub justification: String,
}

/// One of those who are to be assigned, as known at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub principal: PrincipalId,
    /// Name for the sentence.
    pub name: String,
    /// What it is.
    pub standing: CandidateStanding,
    /// True when they hold the role in this way already.
    pub assigned: bool,
}

/// What a candidate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CandidateStanding {
    /// A person who is enabled.
    Person,
    /// A person who is disabled.
    Disabled,
    /// A group made for roles.
    RoleGroup,
    /// Any other group.
    OtherGroup,
}

/// Decides: the term for all of them, or every refusal that stands against any of them.
pub fn assign(
    ask: &AssignAsk,
    role: &Role,
    policy: &Policy,
    candidates: &[Candidate],
    verified: bool,
    now: Instant,
) -> Result<Term, Vec<Refusal>> {
    if role.is_hidden {
        return Err(vec![Refusal::RoleNotAssignable]);
    }
    if ask.kind == Kind::Assignment && policy.assignment.active_mfa && !verified {
        return Err(vec![Refusal::VerificationRequired]);
    }
    let mut refusals = check_members(candidates);
    let term = check_term(ask.kind, ask.starts_at, ask.ends_at, policy, now);
    if ask.kind == Kind::Assignment && policy.assignment.active_justification && ask.justification.is_empty() {
        refusals.push(Refusal::JustificationRequired);
    }
    match term {
        Ok(term) if refusals.is_empty() => Ok(term),
        Ok(_) => Err(refusals),
        Err(wrong) => {
            refusals.push(wrong);
            Err(refusals)
        }
    }
}

/// Every refusal that stands against who is to be assigned, whatever the setting.
pub fn check_members(candidates: &[Candidate]) -> Vec<Refusal> {
    let mut refusals: Vec<Refusal> =
        candidates.iter().filter_map(|candidate| check_candidate(candidate).err()).collect();
    if candidates.is_empty() {
        refusals.push(Refusal::Missing { field: "members", sentence: "Choose at least one person or group." });
    }
    if candidates.len() > MOST_MEMBERS {
        let sentence = format!("Assign at most {MOST_MEMBERS} at once, or put them into a role-assignable group.");
        refusals.push(Refusal::Impossible { field: "members", sentence });
    }
    refusals
}

fn check_candidate(candidate: &Candidate) -> Result<(), Refusal> {
    match candidate.standing {
        CandidateStanding::Disabled => Err(Refusal::PrincipalDisabled { name: candidate.name.clone() }),
        CandidateStanding::OtherGroup => Err(Refusal::GroupNotAssignable { group: candidate.name.clone() }),
        CandidateStanding::Person | CandidateStanding::RoleGroup if candidate.assigned => {
            Err(Refusal::AssignmentExists { name: candidate.name.clone() })
        }
        CandidateStanding::Person | CandidateStanding::RoleGroup => Ok(()),
    }
}

/// How long an assignment of this kind lasts when nobody says otherwise: as long as the settings allow, else as long as they would
/// if they did not allow permanent ones (reference/entra-pim.md section 3.2).
pub const fn usual_length(kind: Kind, rules: &AssignmentRules) -> Longest {
    match (kind, rules.eligible, rules.active) {
        (Kind::Eligibility, Expiry::Within(most), _) | (Kind::Assignment, _, Expiry::Within(most)) => most,
        (Kind::Eligibility, Expiry::PermanentAllowed, _) => Longest::Year1,
        (Kind::Assignment, _, Expiry::PermanentAllowed) => Longest::Months6,
    }
}

/// The policy's limits on start and end.
pub fn check_term(
    kind: Kind,
    starts_at: Option<Instant>,
    ends_at: Option<Instant>,
    policy: &Policy,
    now: Instant,
) -> Result<Term, Refusal> {
    let start = starts_at.unwrap_or(now);
    if start < now {
        return Err(Refusal::StartInPast);
    }
    if start > now.plus(FURTHEST_START) {
        return Err(Refusal::StartTooFar { most: FURTHEST_START });
    }
    let expiry = match kind {
        Kind::Eligibility => policy.assignment.eligible,
        Kind::Assignment => policy.assignment.active,
    };
    match (ends_at, expiry) {
        (None, Expiry::Within(most)) => return Err(Refusal::PermanentForbidden { most: most.span() }),
        (Some(end), _) if end < start.plus(FIVE_MINUTES) => return Err(Refusal::AssignmentTooShort),
        (Some(end), Expiry::Within(most)) if end > start.plus(most.span()) => {
            return Err(Refusal::AssignmentTooLong { most: most.span() });
        }
        (None | Some(_), Expiry::PermanentAllowed) | (Some(_), Expiry::Within(_)) => {}
    }
    Ok(Term { starts_at: start, ends_at })
}

/// What is known about an assignment that is to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemovalFacts {
    /// When it was made.
    pub created_at: Instant,
    /// The portal role it gives actively, when nobody else would hold that role afterwards.
    pub last_of: Option<PortalRole>,
}

/// Removes; not in the first five minutes, and never the last one who could administer.
pub fn remove(facts: RemovalFacts, now: Instant) -> Result<(), Refusal> {
    keep_an_administrator(facts.last_of)?;
    let from = facts.created_at.plus(FIVE_MINUTES);
    if now < from { Err(Refusal::TooYoung { from }) } else { Ok(()) }
}

/// Refuses what would leave nobody as Global Administrator or as Privileged Role Administrator.
pub fn keep_an_administrator(last_of: Option<PortalRole>) -> Result<(), Refusal> {
    match last_of {
        Some(role @ (PortalRole::GlobalAdministrator | PortalRole::PrivilegedRoleAdministrator)) => {
            Err(Refusal::LastAdministrator { role: role.display_name() })
        }
        Some(
            PortalRole::SecurityAdministrator
            | PortalRole::GlobalReader
            | PortalRole::SecurityReader
            | PortalRole::SecurityOperator,
        )
        | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::role::catalogue;

    fn at(minutes: i64) -> Instant {
        Instant::from_millis(minutes * 60_000)
    }

    fn role() -> Role {
        catalogue().unwrap().into_iter().find(|role| role.display_name == "Security Operator").unwrap()
    }

    fn candidate(standing: CandidateStanding) -> Candidate {
        Candidate {
            principal: PrincipalId::parse("00000000-0000-7000-8000-000000000001").unwrap(),
            name: "Tess Ng".to_owned(),
            standing,
            assigned: false,
        }
    }

    fn ask(kind: Kind, ends_at: Option<Instant>) -> AssignAsk {
        AssignAsk { kind, starts_at: None, ends_at, justification: "project".to_owned() }
    }

    fn codes(result: Result<Term, Vec<Refusal>>) -> Vec<&'static str> {
        result.unwrap_err().iter().map(Refusal::code).collect()
    }

    #[test]
    fn with_three_months_allowed_four_months_and_permanent_are_refused_by_name() {
        let mut policy = Policy::default();
        policy.assignment.eligible = Expiry::Within(Longest::Months3);
        let people = [candidate(CandidateStanding::Person)];
        let try_end = |ends_at| {
            assign(&ask(Kind::Eligibility, ends_at), &role(), &policy, &people, true, at(0)).map(|term| term.ends_at)
        };
        let day = 24 * 60;
        assert_eq!(try_end(Some(at(90 * day))), Ok(Some(at(90 * day))));
        assert_eq!(try_end(Some(at(120 * day))), Err(vec![Refusal::AssignmentTooLong { most: Span::days(90) }]));
        assert_eq!(try_end(None), Err(vec![Refusal::PermanentForbidden { most: Span::days(90) }]));
    }

    #[test]
    fn other_groups_disabled_people_and_those_assigned_already_are_each_named() {
        let mut twice = candidate(CandidateStanding::RoleGroup);
        twice.assigned = true;
        let all = [candidate(CandidateStanding::OtherGroup), candidate(CandidateStanding::Disabled), twice];
        let refused = assign(&ask(Kind::Eligibility, None), &role(), &Policy::default(), &all, true, at(0));
        assert_eq!(codes(refused), ["GroupNotAssignable", "SubjectDisabled", "RoleAssignmentExists"]);
    }

    #[test]
    fn active_assignments_ask_for_a_reason_and_a_second_factor_where_the_settings_do() {
        let mut policy = Policy::default();
        let people = [candidate(CandidateStanding::Person)];
        let silent = AssignAsk { justification: String::new(), ..ask(Kind::Assignment, None) };
        assert_eq!(codes(assign(&silent, &role(), &policy, &people, false, at(0))), ["JustificationRule"]);
        policy.assignment.active_mfa = true;
        assert_eq!(codes(assign(&silent, &role(), &policy, &people, false, at(0))), ["MfaRule"]);
        let eligible = AssignAsk { justification: String::new(), ..ask(Kind::Eligibility, None) };
        assert!(assign(&eligible, &role(), &policy, &people, false, at(0)).is_ok());
    }

    #[test]
    fn a_term_lies_ahead_and_lasts_five_minutes() {
        let policy = Policy::default();
        let check =
            |start, end| check_term(Kind::Eligibility, start, end, &policy, at(100)).map_err(|refusal| refusal.code());
        assert_eq!(check(Some(at(99)), None), Err("StartTimeInPast"));
        assert_eq!(check(None, Some(at(104))), Err("ExpirationRule"));
        assert!(check(None, Some(at(105))).is_ok());
        assert_eq!(check(Some(at(200)), Some(at(150))), Err("ExpirationRule"));
    }

    #[test]
    fn nothing_younger_than_five_minutes_and_never_the_last_administrator() {
        let facts = RemovalFacts { created_at: at(0), last_of: None };
        assert_eq!(remove(facts, at(4)), Err(Refusal::TooYoung { from: at(5) }));
        assert_eq!(remove(facts, at(5)), Ok(()));
        let last = RemovalFacts { last_of: Some(PortalRole::GlobalAdministrator), ..facts };
        assert_eq!(remove(last, at(50)).map_err(|refusal| refusal.code()), Err("LastAdministrator"));
        let reader = RemovalFacts { last_of: Some(PortalRole::GlobalReader), ..facts };
        assert_eq!(remove(reader, at(50)), Ok(()));
    }

    #[test]
    fn an_assignment_lasts_a_year_or_half_a_year_unless_the_settings_say_less() {
        let mut rules = Policy::default().assignment;
        assert_eq!(usual_length(Kind::Eligibility, &rules), Longest::Year1);
        assert_eq!(usual_length(Kind::Assignment, &rules), Longest::Months6);
        rules.active = Expiry::Within(Longest::Days15);
        assert_eq!(usual_length(Kind::Eligibility, &rules), Longest::Year1);
        assert_eq!(usual_length(Kind::Assignment, &rules), Longest::Days15);
    }

    #[test]
    fn hidden_roles_are_never_assigned() {
        let hidden = catalogue().unwrap().into_iter().find(|role| role.is_hidden).unwrap();
        let people = [candidate(CandidateStanding::Person)];
        let refused = assign(&ask(Kind::Eligibility, None), &hidden, &Policy::default(), &people, true, at(0));
        assert_eq!(codes(refused), ["RoleNotAssignable"]);
    }
}
