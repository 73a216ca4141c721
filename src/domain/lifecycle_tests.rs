use proptest::prelude::*;

use super::*;
use crate::domain::activation::grant;
use crate::domain::assignment::{RemovalFacts, remove};
use crate::domain::ids::{PrincipalId, RequestId, RoleId, ScheduleId};
use crate::domain::policy::{HalfHours, Longest};
use crate::domain::role::catalogue;
use crate::domain::schedule::Eligibility;

const DAY: i64 = 24 * 60;
const ID: &str = "00000000-0000-7000-8000-000000000001";

fn at(minutes: i64) -> Instant {
    Instant::from_millis(minutes * 60_000)
}

fn term(from: i64, to: i64) -> Term {
    Term { starts_at: at(from), ends_at: Some(at(to)) }
}

fn known(term: Term) -> Known {
    Known { kind: Kind::Eligibility, activated: false, term, ended: None }
}

fn seeking(policy: &Policy, known: Known) -> SeekFacts<'_> {
    SeekFacts { known, of_group: false, waiting: false, held_again: false, policy }
}

fn why(ends_at: Option<i64>) -> SeekAsk {
    SeekAsk { justification: "The project goes on".to_owned(), ends_at: ends_at.map(at) }
}

fn facts(policy: &Policy, kind: Kind, term: Term) -> ChangeFacts<'_> {
    ChangeFacts {
        kind,
        term,
        name: "Ada",
        standing: CandidateStanding::Person,
        policy,
        verified: true,
        other_held: false,
        last_now: None,
        last_at_end: None,
    }
}

fn ask(kind: Kind, ends_at: Option<i64>) -> AssignAsk {
    AssignAsk { kind, starts_at: None, ends_at: ends_at.map(at), justification: "Agreed".to_owned() }
}

fn within(longest: Longest) -> Policy {
    let mut policy = Policy::default();
    policy.assignment.eligible = Expiry::Within(longest);
    policy.assignment.active = Expiry::Within(longest);
    policy
}

#[test]
fn an_extension_is_asked_for_in_the_last_fourteen_days_and_lapses_thirty_days_after_the_end() {
    let policy = Policy::default();
    let facts = seeking(&policy, known(term(0, 100 * DAY)));
    let try_at = |day| seek(Sought::Extension, &why(None), &facts, at(day * DAY));
    assert_eq!(try_at(85), Err(vec![Refusal::ExtensionTooEarly { from: at(86 * DAY) }]));
    assert_eq!(try_at(86), Ok(Some(at(130 * DAY))));
    assert_eq!(try_at(100), Err(vec![Refusal::AssignmentOver]));
    let permanent = SeekFacts { known: known(Term { starts_at: at(0), ends_at: None }), ..facts };
    assert_eq!(seek(Sought::Extension, &why(None), &permanent, at(5)), Err(vec![Refusal::NeverEnds]));
}

#[test]
fn a_renewal_is_asked_for_in_the_thirty_days_after_the_end() {
    let policy = Policy::default();
    let facts = seeking(&policy, known(term(0, 100 * DAY)));
    let try_at = |day| seek(Sought::Renewal, &why(None), &facts, at(day * DAY));
    assert_eq!(try_at(99), Err(vec![Refusal::StillRunning]));
    assert_eq!(try_at(100), Ok(Some(at(130 * DAY))));
    assert_eq!(try_at(130), Err(vec![Refusal::RenewalTooLate]));
    let again = SeekFacts { held_again: true, ..facts };
    assert_eq!(seek(Sought::Renewal, &why(None), &again, at(110 * DAY)), Err(vec![Refusal::StillRunning]));
    let gone = |reason| {
        let known = Known { ended: Some((at(50 * DAY), reason)), ..facts.known };
        seek(Sought::Renewal, &why(None), &SeekFacts { known, ..facts }, at(60 * DAY))
    };
    assert_eq!(gone(EndReason::Removed), Err(vec![Refusal::NotExpired]));
    assert_eq!(gone(EndReason::Expired), Ok(Some(at(80 * DAY))));
}

#[test]
fn members_of_a_group_activations_and_second_asks_are_refused_alone() {
    let policy = Policy::default();
    let facts = seeking(&policy, known(term(0, 10 * DAY)));
    for (sought, now) in [(Sought::Extension, at(5 * DAY)), (Sought::Renewal, at(15 * DAY))] {
        let silent = SeekAsk { justification: String::new(), ends_at: None };
        let of = |facts: SeekFacts<'_>| seek(sought, &silent, &facts, now);
        assert_eq!(of(SeekFacts { of_group: true, ..facts }), Err(vec![Refusal::OfGroup]));
        assert_eq!(of(SeekFacts { waiting: true, ..facts }), Err(vec![Refusal::AlreadyPending]));
        let activated = Known { activated: true, ..facts.known };
        assert_eq!(of(SeekFacts { known: activated, ..facts }), Err(vec![Refusal::OnlyActivated]));
        assert_eq!(of(facts), Err(vec![Refusal::JustificationRequired]));
    }
}

#[test]
fn a_proposed_end_lies_after_the_present_one_and_within_the_settings() {
    let policy = within(Longest::Days15);
    let facts = seeking(&policy, known(term(0, 15 * DAY)));
    let propose = |day| seek(Sought::Extension, &why(Some(day * DAY)), &facts, at(10 * DAY)).map(drop);
    assert_eq!(propose(15), Err(vec![Refusal::EndNotLater]));
    assert_eq!(propose(25), Ok(()));
    assert_eq!(propose(26), Err(vec![Refusal::ExtendedTooFar { most: Span::days(15) }]));
    assert_eq!(propose(9), Err(vec![Refusal::EndTooSoon]));
}

#[test]
fn the_suggestion_keeps_type_and_start_and_ends_when_proposed_or_after_the_usual_length() {
    let now = at(90 * DAY);
    let running = known(term(0, 100 * DAY));
    let of = |known, proposed: Option<i64>, policy| suggest(known, proposed.map(at), policy, now);
    let free = Policy::default();
    assert_eq!(of(&running, None, &free).ends_at, at((90 + 365) * DAY));
    assert_eq!(of(&running, Some(120 * DAY), &free).ends_at, at(120 * DAY));
    let tight = within(Longest::Month1);
    assert_eq!(
        of(&running, None, &tight),
        Suggestion { kind: Kind::Eligibility, starts_at: None, ends_at: at(120 * DAY) }
    );
    assert_eq!(of(&running, Some(500 * DAY), &tight).ends_at, at(120 * DAY), "capped");
    let later = known(term(95 * DAY, 100 * DAY));
    assert_eq!(
        of(&later, None, &tight),
        Suggestion { kind: Kind::Eligibility, starts_at: Some(at(95 * DAY)), ends_at: at(125 * DAY) }
    );
    let over = known(term(0, 80 * DAY));
    assert_eq!(of(&over, None, &tight).starts_at, None);
}

#[test]
fn an_extension_stays_the_same_assignment_and_ends_later() {
    let policy = within(Longest::Month1);
    let facts = facts(&policy, Kind::Eligibility, term(0, 30 * DAY));
    let now = at(20 * DAY);
    let until = |day: i64| extend(&ask(Kind::Eligibility, Some(day * DAY)), &facts, now);
    assert_eq!(until(50), Ok(Change::Kept(term(0, 50 * DAY))), "the maximum counts from now");
    assert_eq!(until(51), Err(vec![Refusal::ExtendedTooFar { most: Span::days(30) }]));
    assert_eq!(until(30), Err(vec![Refusal::EndNotLater]));
    let for_ever = extend(&ask(Kind::Eligibility, None), &facts, now);
    assert_eq!(for_ever, Err(vec![Refusal::PermanentForbidden { most: Span::days(30) }]));
    let permanent = ChangeFacts { term: Term { starts_at: at(0), ends_at: None }, ..facts };
    assert_eq!(extend(&ask(Kind::Eligibility, Some(50 * DAY)), &permanent, now), Err(vec![Refusal::NeverEnds]));
    let disabled = ChangeFacts { standing: CandidateStanding::Disabled, ..facts };
    let refused = extend(&ask(Kind::Eligibility, Some(50 * DAY)), &disabled, now);
    assert_eq!(refused, Err(vec![Refusal::PrincipalDisabled { name: "Ada".to_owned() }]));
}

#[test]
fn a_start_is_changed_only_before_it() {
    let policy = Policy::default();
    let facts = facts(&policy, Kind::Eligibility, term(10, 500));
    let start = |start: i64| AssignAsk { starts_at: Some(at(start)), ..ask(Kind::Eligibility, Some(500)) };
    assert_eq!(update(&start(20), &facts, at(5)), Ok(Change::Kept(term(20, 500))));
    assert_eq!(update(&start(4), &facts, at(5)), Err(vec![Refusal::StartInPast]));
    assert_eq!(update(&start(498), &facts, at(5)), Err(vec![Refusal::AssignmentTooShort]));
    assert_eq!(update(&start(20), &facts, at(15)), Err(vec![Refusal::StartFixed]));
    assert_eq!(update(&ask(Kind::Eligibility, Some(500)), &facts, at(5)), Ok(Change::Kept(term(5, 500))), "at once");
    let too_far = Refusal::StartTooFar { most: FURTHEST_START };
    let far = AssignAsk { starts_at: Some(at(400 * DAY)), ..ask(Kind::Eligibility, None) };
    assert_eq!(update(&far, &facts, at(5)), Err(vec![too_far]));
}

#[test]
fn a_form_that_changes_nothing_says_so_even_where_the_settings_are_tighter_now() {
    let policy = within(Longest::Days15);
    let facts = facts(&policy, Kind::Eligibility, term(0, 500 * DAY));
    assert_eq!(update(&ask(Kind::Eligibility, Some(500 * DAY)), &facts, at(5)), Err(vec![Refusal::Unchanged]));
    let same = AssignAsk { starts_at: Some(at(0)), ..ask(Kind::Eligibility, Some(500 * DAY)) };
    assert_eq!(update(&same, &facts, at(5)), Err(vec![Refusal::Unchanged]));
    assert!(update(&ask(Kind::Eligibility, Some(10 * DAY)), &facts, at(5)).is_ok());
}

#[test]
fn the_other_type_takes_over_without_a_gap() {
    let mut policy = Policy::default();
    let eligible = facts(&policy, Kind::Eligibility, term(0, 500));
    let turned = update(&ask(Kind::Assignment, Some(500)), &eligible, at(100));
    assert_eq!(turned, Ok(Change::Turned { into: Kind::Assignment, term: term(100, 500) }));
    let held = ChangeFacts { other_held: true, ..eligible };
    let refused = update(&ask(Kind::Assignment, Some(500)), &held, at(100));
    assert_eq!(refused, Err(vec![Refusal::AssignmentExists { name: "Ada".to_owned() }]));
    let silent = AssignAsk { justification: String::new(), ..ask(Kind::Assignment, Some(500)) };
    assert_eq!(update(&silent, &eligible, at(100)), Err(vec![Refusal::JustificationRequired]));
    let later = facts(&policy, Kind::Eligibility, term(200, 500));
    let keeps = AssignAsk { starts_at: Some(at(200)), ..ask(Kind::Assignment, Some(500)) };
    let turned = update(&keeps, &later, at(100));
    assert_eq!(turned, Ok(Change::Turned { into: Kind::Assignment, term: term(200, 500) }), "what has not begun waits");
    policy.assignment.active_mfa = true;
    let unverified = ChangeFacts { verified: false, ..facts(&policy, Kind::Eligibility, term(0, 500)) };
    let refused = update(&ask(Kind::Assignment, Some(500)), &unverified, at(100));
    assert_eq!(refused, Err(vec![Refusal::VerificationRequired]));
}

#[test]
fn the_last_administrator_neither_turns_eligible_nor_gets_an_end_after_which_nobody_is_left() {
    let policy = Policy::default();
    let last = Some(PortalRole::GlobalAdministrator);
    let refusal = Err(vec![Refusal::LastAdministrator { role: PortalRole::GlobalAdministrator.display_name() }]);
    let permanent = facts(&policy, Kind::Assignment, Term { starts_at: at(0), ends_at: None });
    let now = at(100);
    let alone = ChangeFacts { last_now: last, last_at_end: last, ..permanent };
    assert_eq!(update(&ask(Kind::Eligibility, None), &alone, now), refusal);
    assert_eq!(update(&ask(Kind::Assignment, Some(500)), &alone, now), refusal);
    // Somebody else stands now, but nobody any more at that end.
    let short = ChangeFacts { last_now: None, last_at_end: last, ..permanent };
    assert_eq!(update(&ask(Kind::Assignment, Some(500)), &short, now), refusal);
    assert!(update(&ask(Kind::Eligibility, Some(500)), &short, now).is_ok());
    // A later end takes nobody away.
    let ends = ChangeFacts { term: term(0, 500), last_now: last, last_at_end: last, ..permanent };
    assert!(update(&ask(Kind::Assignment, Some(600)), &ends, now).is_ok());
    assert_eq!(update(&ask(Kind::Assignment, Some(400)), &ends, now), refusal);
}

#[test]
fn an_activation_ends_with_its_eligibility() {
    let kept = Change::Kept(term(0, 100));
    assert_eq!(fate(&kept, &term(10, 90)), Fate::Stays);
    assert_eq!(fate(&kept, &term(10, 110)), Fate::EndsAt(at(100)));
    assert_eq!(fate(&kept, &term(100, 110)), Fate::Ends);
    assert_eq!(fate(&Change::Kept(Term { starts_at: at(0), ends_at: None }), &term(10, 110)), Fate::Stays);
    assert_eq!(fate(&Change::Turned { into: Kind::Assignment, term: term(0, 100) }, &term(10, 20)), Fate::Ends);
}

/// What happens to the assignments of one role to one person, a number of minutes after the step before.
#[derive(Clone, Copy, Debug)]
enum Step {
    Assign(Kind, Option<i64>),
    Extend(Kind, Option<i64>),
    Renew(Kind, Option<i64>),
    Update(Kind, Kind, Option<i64>, Option<i64>),
    Remove(Kind),
    Activate(i64),
    Tighten(Longest),
}

#[derive(Clone, Copy, Debug)]
struct Live {
    kind: Kind,
    term: Term,
    created_at: Instant,
}

/// The books of one role and one person.
struct Books {
    role: Role,
    policy: Policy,
    now: Instant,
    live: Vec<Live>,
    over: Vec<Known>,
    activation: Option<Term>,
}

impl Books {
    fn new() -> Self {
        let role = catalogue().unwrap().into_iter().find(|role| !role.is_hidden).unwrap();
        Self { role, policy: Policy::default(), now: at(0), live: vec![], over: vec![], activation: None }
    }

    fn of(&self, kind: Kind) -> Option<usize> {
        self.live.iter().position(|live| live.kind == kind)
    }

    fn expire(&mut self) {
        let now = self.now;
        self.activation = self.activation.filter(|term| term.ends_at.is_some_and(|end| end > now));
        for live in std::mem::take(&mut self.live) {
            match live.term.ends_at {
                Some(end) if end <= now => {
                    let ended = Some((end, EndReason::Expired));
                    self.over.push(Known { kind: live.kind, activated: false, term: live.term, ended });
                }
                Some(_) | None => self.live.push(live),
            }
        }
    }

    fn ask(&self, kind: Kind, ends_in: Option<i64>) -> AssignAsk {
        let ends_at = ends_in.map(|minutes| self.now.plus(Span::minutes(minutes)));
        AssignAsk { kind, starts_at: None, ends_at, justification: "why".to_owned() }
    }

    fn candidate(&self, kind: Kind) -> Candidate {
        Candidate {
            principal: PrincipalId::parse(ID).unwrap(),
            name: "Ada".to_owned(),
            standing: CandidateStanding::Person,
            assigned: self.of(kind).is_some(),
        }
    }

    fn begin(&mut self, kind: Kind, term: Term) {
        self.live.push(Live { kind, term, created_at: self.now });
    }

    fn apply(&mut self, place: usize, change: Change) {
        if self.live[place].kind == Kind::Eligibility {
            self.activation = self.activation.and_then(|term| match fate(&change, &term) {
                Fate::Stays => Some(term),
                Fate::EndsAt(end) => Some(Term { ends_at: Some(end), ..term }),
                Fate::Ends => None,
            });
        }
        match change {
            Change::Kept(term) => self.live[place].term = term,
            Change::Turned { into, term } => {
                self.live.remove(place);
                self.begin(into, term);
            }
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Assign(kind, end) => {
                let candidate = self.candidate(kind);
                let done = assign(&self.ask(kind, end), &self.role, &self.policy, &[candidate], true, self.now);
                if let Ok(term) = done {
                    self.begin(kind, term);
                }
            }
            Step::Renew(kind, end) => {
                let Some(known) = self.over.iter().rev().find(|known| known.kind == kind).copied() else { return };
                let (ask, candidate) = (self.ask(kind, end), self.candidate(kind));
                let done = renew(&ask, &known, &self.role, &self.policy, &candidate, true, self.now);
                if let Ok(term) = done {
                    self.begin(kind, term);
                }
            }
            Step::Extend(kind, end) => self.change(kind, kind, None, end, true),
            Step::Update(kind, into, start, end) => self.change(kind, into, start, end, false),
            Step::Remove(kind) => {
                let Some(place) = self.of(kind) else { return };
                let facts = RemovalFacts { created_at: self.live[place].created_at, last_of: None };
                if remove(facts, self.now).is_ok() {
                    self.live.remove(place);
                    if kind == Kind::Eligibility {
                        self.activation = None;
                    }
                }
            }
            Step::Activate(steps) => {
                let Some(place) = self.of(Kind::Eligibility) else { return };
                let term = self.live[place].term;
                if self.activation.is_some() || !term.covers(self.now) {
                    return;
                }
                let id = |text| ScheduleId::parse(text).unwrap();
                let eligibility = Eligibility {
                    id: id(ID),
                    role: RoleId::parse(ID).unwrap(),
                    principal: PrincipalId::parse(ID).unwrap(),
                    term,
                    created_at: self.now,
                    request: RequestId::parse(ID).unwrap(),
                };
                let hours = HalfHours::from_minutes(steps * 30).unwrap();
                self.activation = match grant(hours, None, &eligibility, self.now) {
                    crate::domain::activation::Activation::Now(term) => Some(term),
                    other => panic!("{other:?}"),
                };
            }
            Step::Tighten(longest) => self.policy = within(longest),
        }
    }

    fn change(&mut self, kind: Kind, into: Kind, start: Option<i64>, end: Option<i64>, extends: bool) {
        let Some(place) = self.of(kind) else { return };
        let starts_at = start.map(|minutes| self.now.plus(Span::minutes(minutes)));
        let ask = AssignAsk { starts_at, ..self.ask(into, end) };
        let term = self.live[place].term;
        let facts = ChangeFacts { other_held: self.live.len() > 1, ..facts(&self.policy, kind, term) };
        let done = if extends { extend(&ask, &facts, self.now) } else { update(&ask, &facts, self.now) };
        let Ok(change) = done else { return };
        if let (true, Change::Kept(after)) = (extends, change) {
            assert_eq!(after.starts_at, term.starts_at.min(after.starts_at), "access goes on");
            assert!(is_later(after.ends_at, term.ends_at));
        }
        self.keeps_to_the_settings(&change, into);
        self.apply(place, change);
    }

    fn keeps_to_the_settings(&self, change: &Change, kind: Kind) {
        let (Change::Kept(term) | Change::Turned { term, .. }) = change;
        if let Expiry::Within(most) = expiry(kind, &self.policy) {
            let end = term.ends_at.expect("no permanent assignment where the settings forbid it");
            assert!(end.since(term.starts_at.max(self.now)) <= most.span(), "past the maximum");
        }
        assert!(term.ends_at.is_none_or(|end| end > term.starts_at && end > self.now));
    }

    fn are_right(&self) {
        for kind in [Kind::Eligibility, Kind::Assignment] {
            assert!(self.live.iter().filter(|live| live.kind == kind).count() <= 1, "two live ones of one kind");
        }
        if let Some(activation) = self.activation {
            let eligibility = self.of(Kind::Eligibility).map(|place| self.live[place].term);
            let end = eligibility.expect("an activation without an eligibility").ends_at;
            assert!(end.is_none_or(|end| activation.ends_at.is_some_and(|its| its <= end)), "beyond its eligibility");
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<(Step, i64)>> {
    let kind = || prop_oneof![Just(Kind::Eligibility), Just(Kind::Assignment)];
    let end = || prop::option::of(prop_oneof![1..300_i64, 1..200 * DAY]);
    let start = prop::option::of(-100..100 * DAY);
    let longest = prop::sample::select(Longest::ALL.to_vec());
    let step = prop_oneof![
        3 => (kind(), end()).prop_map(|(kind, end)| Step::Assign(kind, end)),
        3 => (kind(), end()).prop_map(|(kind, end)| Step::Extend(kind, end)),
        3 => (kind(), end()).prop_map(|(kind, end)| Step::Renew(kind, end)),
        4 => (kind(), kind(), start, end()).prop_map(|(kind, into, start, end)| Step::Update(kind, into, start, end)),
        1 => kind().prop_map(Step::Remove),
        3 => (1..=48_i64).prop_map(Step::Activate),
        1 => longest.prop_map(Step::Tighten),
    ];
    let pause = prop_oneof![0..20_i64, 0..2 * DAY, 0..40 * DAY];
    prop::collection::vec((step, pause), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 700, ..ProptestConfig::default() })]

    /// Whatever is done in whatever order: one live assignment of each type at most, no activation beyond its eligibility, and no
    /// act reaches past the settings' maximum.
    #[test]
    fn no_sequence_of_acts_breaks_the_books(steps in steps()) {
        let mut books = Books::new();
        for (step, pause) in steps {
            books.now = books.now.plus(Span::minutes(pause));
            books.expire();
            books.step(step);
            books.are_right();
        }
    }
}
