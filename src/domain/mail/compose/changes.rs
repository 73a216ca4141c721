//! What is said of extending and renewing: asked for, decided, not decided in time, and done unasked.

use super::{When, is_person, letter, review, to_assignment, whose_assignment, whose_request};
use crate::domain::mail::letter::Letter;
use crate::domain::mail::{Audience, Change, ChangeDecided, ChangeRequested, Changed};
use crate::domain::request::Verdict;

const fn verb(change: Change) -> &'static str {
    match change {
        Change::Extension => "extend",
        Change::Renewal => "renew",
    }
}

pub(super) fn change_requested(of: &ChangeRequested, when: When<'_>) -> Letter {
    let ChangeRequested { about, change, .. } = of;
    let heading = format!("Review {}'s request to {} the {} role", about.who, verb(*change), about.role_name);
    let opening = match change {
        Change::Extension => "The assignment ends soon. You decide whether it goes on, and until when.",
        Change::Renewal => "The assignment has ended. You decide whether there is a new one, and from when to when.",
    };
    review(sought(letter(heading, opening), of, when), about, "Approve or deny request")
}

/// What was asked for.
fn sought(letter: Letter, of: &ChangeRequested, when: When<'_>) -> Letter {
    letter
        .role(&of.about)
        .fact("Requestor", of.about.who.as_str())
        .held(&of.held, when)
        .fact_if("Proposed end", &of.proposed_end.map(when).unwrap_or_default())
        .fact_if("Reason", &of.reason)
}

pub(super) fn change_lapsed(of: &ChangeRequested, audience: Audience, when: When<'_>) -> Letter {
    let heading = format!("{} expired", whose_request(&of.about, verb(of.change), audience));
    let opening = if is_person(audience) {
        "Nobody decided in time, and the assignment has ended. If you still need the role, an administrator has to assign it anew."
    } else {
        "Nobody decided in time, and the assignment has ended. If the role is still needed, assign it anew."
    };
    to_assignment(sought(letter(heading, opening), of, when), &of.about, of.held.kind, audience)
}

pub(super) fn change_decided(of: &ChangeDecided, audience: Audience, when: When<'_>) -> Letter {
    let ChangeDecided { about, change, verdict, by, justification, before, after } = of;
    let (word, opening) = match verdict {
        Verdict::Approve => ("approved", "The new dates are below."),
        Verdict::Deny => ("denied", "Nothing changes: the dates stay as they are."),
    };
    let letter = letter(format!("{} was {word}", whose_request(about, verb(*change), audience)), opening)
        .role(about)
        .fact("Requestor", about.who.as_str())
        .fact("Decided by", by.as_str())
        .fact_if("Justification", justification);
    let (letter, now) = match after {
        Some(after) => (letter.before_and_after(before, after, when), after.kind),
        None => (letter.held(before, when), before.kind),
    };
    to_assignment(letter, about, now, audience)
}

pub(super) fn changed(of: &Changed, audience: Audience, when: When<'_>) -> Letter {
    let Changed { about, change, before, after, reason, by } = of;
    let word = match change {
        Change::Extension => "extended",
        Change::Renewal => "renewed",
    };
    let letter = letter(format!("{} was {word}", whose_assignment(about, audience)), format!("{by} did so, unasked."))
        .role(about)
        .fact("Assigned to", about.who.as_str())
        .fact("By", by.as_str())
        .fact_if("Reason", reason)
        .before_and_after(before, after, when);
    to_assignment(letter, about, after.kind, audience)
}
