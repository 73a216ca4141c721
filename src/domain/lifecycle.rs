//! The later life of an assignment: asking for its extension or renewal, deciding that, and changing it (reference/entra-pim.md section 5).
//!
//! The settings' maximum counts from the later of an assignment's start and the moment of the act: with each extension somebody
//! looks at it anew, and an assignment that has lasted the maximum can be extended at all.

use super::assignment::{
    AssignAsk, Candidate, CandidateStanding, FURTHEST_START, assign, keep_an_administrator, usual_length,
};
use super::my_role::{Extension, extension};
use super::policy::{Expiry, Policy};
use super::refusal::Refusal;
use super::request::{Action, Kind};
use super::role::{PortalRole, Role};
use super::schedule::{EndReason, FIVE_MINUTES, Term};
use super::time::{Instant, Span};

/// How long what expired can be renewed, and a request about it waits.
pub const RENEWAL_WINDOW: Span = Span::days(30);
/// How many an administrator extends, renews or decides about in one act.
pub const MOST_TOGETHER: usize = 100;

/// What a person asks an administrator for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sought {
    /// A later end, while it is in force.
    Extension,
    /// The assignment again, after it expired.
    Renewal,
}

impl Sought {
    /// The request's action.
    pub const fn action(self) -> Action {
        match self {
            Self::Extension => Action::SelfExtend,
            Self::Renewal => Action::SelfRenew,
        }
    }

    /// What a request of this action seeks; nothing when no administrator decides it.
    pub const fn of(action: Action) -> Option<Self> {
        match action {
            Action::SelfExtend => Some(Self::Extension),
            Action::SelfRenew => Some(Self::Renewal),
            Action::AdminAssign
            | Action::AdminUpdate
            | Action::AdminRemove
            | Action::AdminExtend
            | Action::AdminRenew
            | Action::SelfActivate
            | Action::SelfDeactivate => None,
        }
    }
}

/// An assignment, live or over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Eligible or active.
    pub kind: Kind,
    /// True when a person activated it.
    pub activated: bool,
    /// From when to when.
    pub term: Term,
    /// When and why it was ended, once the books are closed on it.
    pub ended: Option<(Instant, EndReason)>,
}

impl Known {
    /// When and why it was over, seen from this moment.
    pub fn over(&self, now: Instant) -> Option<(Instant, EndReason)> {
        let expired = self.term.ends_at.filter(|end| *end <= now).map(|end| (end, EndReason::Expired));
        self.ended.or(expired)
    }

    /// Until when its renewal can be asked for and decided; nothing for what never ends.
    fn renewable_until(&self) -> Option<Instant> {
        self.ended.map(|(at, _)| at).or(self.term.ends_at).map(|end| end.plus(RENEWAL_WINDOW))
    }
}

/// What is known when a person asks about an assignment of theirs.
#[derive(Clone, Copy, Debug)]
pub struct SeekFacts<'a> {
    /// The assignment.
    pub known: Known,
    /// True when it belongs to a group that the person is in.
    pub of_group: bool,
    /// True when a request about it waits already.
    pub waiting: bool,
    /// True when they hold the role in the same way again.
    pub held_again: bool,
    /// The role's settings.
    pub policy: &'a Policy,
}

/// What the person writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeekAsk {
    /// Why.
    pub justification: String,
    /// The end they propose.
    pub ends_at: Option<Instant>,
}

/// Whether it can be asked for at this moment; answers with when the request lapses.
pub fn may_seek(sought: Sought, facts: &SeekFacts<'_>, now: Instant) -> Result<Option<Instant>, Refusal> {
    if facts.known.activated {
        return Err(Refusal::OnlyActivated);
    }
    if facts.of_group {
        return Err(Refusal::OfGroup);
    }
    match sought {
        Sought::Extension => {
            if facts.known.over(now).is_some() {
                return Err(Refusal::AssignmentOver);
            }
            match extension(&facts.known.term, facts.of_group, now) {
                Extension::Permanent => return Err(Refusal::NeverEnds),
                Extension::OfGroup => return Err(Refusal::OfGroup),
                Extension::From(from) => return Err(Refusal::ExtensionTooEarly { from }),
                Extension::Open => {}
            }
        }
        Sought::Renewal => {
            may_renew(&facts.known, now)?;
            if facts.held_again {
                return Err(Refusal::StillRunning);
            }
        }
    }
    if facts.waiting { Err(Refusal::AlreadyPending) } else { Ok(facts.known.renewable_until()) }
}

/// Decides an ask; answers with when the request lapses.
pub fn seek(
    sought: Sought,
    ask: &SeekAsk,
    facts: &SeekFacts<'_>,
    now: Instant,
) -> Result<Option<Instant>, Vec<Refusal>> {
    let lapses_at = may_seek(sought, facts, now).map_err(|refusal| vec![refusal])?;
    let mut refusals = Vec::new();
    if ask.justification.is_empty() {
        refusals.push(Refusal::JustificationRequired);
    }
    if let Some(end) = ask.ends_at {
        let Known { kind, term, .. } = facts.known;
        let start = match sought {
            Sought::Extension => term.starts_at,
            Sought::Renewal => now,
        };
        match check_end(kind, start, Some(end), facts.policy, now) {
            Ok(()) if sought == Sought::Extension && !is_later(Some(end), term.ends_at) => {
                refusals.push(Refusal::EndNotLater);
            }
            Ok(()) => {}
            Err(refusal) => refusals.push(refusal),
        }
    }
    if refusals.is_empty() { Ok(lapses_at) } else { Err(refusals) }
}

/// Whether it can be renewed at this moment, by whomever.
pub fn may_renew(known: &Known, now: Instant) -> Result<(), Refusal> {
    if known.activated {
        return Err(Refusal::OnlyActivated);
    }
    match known.over(now) {
        None => Err(Refusal::StillRunning),
        Some((_, EndReason::Removed | EndReason::Deactivated)) => Err(Refusal::NotExpired),
        Some((at, EndReason::Expired)) if now >= at.plus(RENEWAL_WINDOW) => Err(Refusal::RenewalTooLate),
        Some((_, EndReason::Expired)) => Ok(()),
    }
}

/// What an administrator is offered: the present type and start, and an end that the settings allow. It is the proposed one, else
/// the usual length from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Eligible or active.
    pub kind: Kind,
    /// The start; as it is, or at once, if empty.
    pub starts_at: Option<Instant>,
    /// The end.
    pub ends_at: Instant,
}

/// Suggests.
pub fn suggest(known: &Known, proposed: Option<Instant>, policy: &Policy, now: Instant) -> Suggestion {
    let later = Some(known.term.starts_at).filter(|start| *start > now && known.over(now).is_none());
    let from = later.unwrap_or(now);
    let wanted = proposed.unwrap_or_else(|| from.plus(usual_length(known.kind, &policy.assignment).span()));
    let ends_at = match expiry(known.kind, policy) {
        Expiry::Within(most) => wanted.min(from.plus(most.span())),
        Expiry::PermanentAllowed => wanted,
    };
    Suggestion { kind: known.kind, starts_at: later, ends_at }
}

/// What is known when an administrator changes a live assignment.
#[derive(Clone, Copy, Debug)]
pub struct ChangeFacts<'a> {
    /// Eligible or active.
    pub kind: Kind,
    /// From when to when it is now.
    pub term: Term,
    /// Whose it is, for the sentence.
    pub name: &'a str,
    /// What they are.
    pub standing: CandidateStanding,
    /// The role's settings.
    pub policy: &'a Policy,
    /// True when the administrator has shown a second factor.
    pub verified: bool,
    /// True when they hold the role in the other way as well.
    pub other_held: bool,
    /// The portal role that nobody else holds by assignment now, if it gives one.
    pub last_now: Option<PortalRole>,
    /// The portal role that nobody else would hold at the asked end, if it gives one.
    pub last_at_end: Option<PortalRole>,
}

/// What becomes of an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It stays the same assignment, with this term: access is not interrupted.
    Kept(Term),
    /// It ends now, and one of the other type takes over.
    Turned {
        /// The other type.
        into: Kind,
        /// From when to when.
        term: Term,
    },
}

/// Decides what an assignment becomes. Every rule that fails is named. An empty start means as it is, or at once if it has not begun.
pub fn change(ask: &AssignAsk, facts: &ChangeFacts<'_>, now: Instant) -> Result<Change, Vec<Refusal>> {
    let turns = ask.kind != facts.kind;
    if ask.kind == Kind::Assignment && facts.policy.assignment.active_mfa && !facts.verified {
        return Err(vec![Refusal::VerificationRequired]);
    }
    let mut refusals = Vec::new();
    let has_begun = facts.term.starts_at <= now;
    let start = match ask.starts_at {
        Some(start) if has_begun && start != facts.term.starts_at => {
            refusals.push(Refusal::StartFixed);
            now
        }
        Some(start) if !has_begun && start < now => {
            refusals.push(Refusal::StartInPast);
            now
        }
        Some(start) if !has_begun && start > now.plus(FURTHEST_START) => {
            refusals.push(Refusal::StartTooFar { most: FURTHEST_START });
            start
        }
        // What takes over from something that is in force takes over at once.
        Some(_) | None if has_begun && turns => now,
        None if has_begun => facts.term.starts_at,
        Some(start) => start,
        None => now,
    };
    let term = Term { starts_at: start, ends_at: ask.ends_at };
    refusals.extend(check_end(ask.kind, start, ask.ends_at, facts.policy, now).err());
    if ask.kind == Kind::Assignment && facts.policy.assignment.active_justification && ask.justification.is_empty() {
        refusals.push(Refusal::JustificationRequired);
    }
    if turns && facts.other_held {
        refusals.push(Refusal::AssignmentExists { name: facts.name.to_owned() });
    }
    let gives_more = turns || is_later(ask.ends_at, facts.term.ends_at);
    if gives_more {
        refusals.extend(check_standing(facts.standing, facts.name).err());
    }
    if facts.kind == Kind::Assignment {
        let last_of = if turns {
            facts.last_now
        } else if is_later(facts.term.ends_at, ask.ends_at) {
            facts.last_at_end
        } else {
            None
        };
        refusals.extend(keep_an_administrator(last_of).err());
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    Ok(if turns { Change::Turned { into: ask.kind, term } } else { Change::Kept(term) })
}

/// Extends: a change that ends later, or that turns it into the other type.
pub fn extend(ask: &AssignAsk, facts: &ChangeFacts<'_>, now: Instant) -> Result<Change, Vec<Refusal>> {
    if facts.term.ends_at.is_none() {
        return Err(vec![Refusal::NeverEnds]);
    }
    let change = change(ask, facts, now)?;
    match change {
        Change::Kept(term) if !is_later(term.ends_at, facts.term.ends_at) => Err(vec![Refusal::EndNotLater]),
        Change::Kept(_) | Change::Turned { .. } => Ok(change),
    }
}

/// Updates: a change that changes something.
pub fn update(ask: &AssignAsk, facts: &ChangeFacts<'_>, now: Instant) -> Result<Change, Vec<Refusal>> {
    let same_start = ask.starts_at.is_none_or(|start| start == facts.term.starts_at);
    let starts_now = ask.starts_at.is_none() && facts.term.starts_at > now;
    if ask.kind == facts.kind && same_start && !starts_now && ask.ends_at == facts.term.ends_at {
        return Err(vec![Refusal::Unchanged]);
    }
    change(ask, facts, now)
}

/// Renews what expired: the rules of assigning hold.
pub fn renew(
    ask: &AssignAsk,
    known: &Known,
    role: &Role,
    policy: &Policy,
    candidate: &Candidate,
    verified: bool,
    now: Instant,
) -> Result<Term, Vec<Refusal>> {
    may_renew(known, now).map_err(|refusal| vec![refusal])?;
    assign(ask, role, policy, std::slice::from_ref(candidate), verified, now)
}

/// What a changed eligibility means for an activation that rests on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It runs on.
    Stays,
    /// It ends earlier.
    EndsAt(Instant),
    /// It ends now.
    Ends,
}

/// An activation never reaches beyond its eligibility.
pub fn fate(change: &Change, activation: &Term) -> Fate {
    match change {
        Change::Turned { .. } => Fate::Ends,
        Change::Kept(term) => match term.ends_at {
            Some(end) if activation.starts_at >= end => Fate::Ends,
            Some(end) if activation.ends_at.is_none_or(|its| its > end) => Fate::EndsAt(end),
            Some(_) | None => Fate::Stays,
        },
    }
}

const fn expiry(kind: Kind, policy: &Policy) -> Expiry {
    match kind {
        Kind::Eligibility => policy.assignment.eligible,
        Kind::Assignment => policy.assignment.active,
    }
}

fn check_end(
    kind: Kind,
    start: Instant,
    ends_at: Option<Instant>,
    policy: &Policy,
    now: Instant,
) -> Result<(), Refusal> {
    match (ends_at, expiry(kind, policy)) {
        (None, Expiry::Within(most)) => Err(Refusal::PermanentForbidden { most: most.span() }),
        (Some(end), _) if end < now.plus(FIVE_MINUTES) => Err(Refusal::EndTooSoon),
        (Some(end), _) if end < start.plus(FIVE_MINUTES) => Err(Refusal::AssignmentTooShort),
        (Some(end), Expiry::Within(most)) if end > start.max(now).plus(most.span()) => Err(if start > now {
            Refusal::AssignmentTooLong { most: most.span() }
        } else {
            Refusal::ExtendedTooFar { most: most.span() }
        }),
        (None | Some(_), Expiry::PermanentAllowed) | (Some(_), Expiry::Within(_)) => Ok(()),
    }
}

fn check_standing(standing: CandidateStanding, name: &str) -> Result<(), Refusal> {
    match standing {
        CandidateStanding::Disabled => Err(Refusal::PrincipalDisabled { name: name.to_owned() }),
        CandidateStanding::OtherGroup => Err(Refusal::GroupNotAssignable { group: name.to_owned() }),
        CandidateStanding::Person | CandidateStanding::RoleGroup => Ok(()),
    }
}

/// True when one end comes after the other; never comes last.
fn is_later(one: Option<Instant>, other: Option<Instant>) -> bool {
    match (one, other) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(one), Some(other)) => one > other,
    }
}

#[cfg(test)]
#[path = "lifecycle_tests.rs"]
mod tests;
