//! Sealed rows as one text each, and what they show together: that a person holds something, directly or through a group. A question
//! about them has few columns, and several of them fit into one row. What comes out was not looked at: `app` opens the seals.

use std::str::FromStr;

use super::Corrupt;
use crate::domain::schedule::{Assignment, Term};
use crate::domain::seal::{Seal, Sealed};
use crate::domain::sealed_rows::{Account, Membership};
use crate::domain::time::Instant;

/// The row of a person as one text. No word of it has a space: addresses have none.
macro_rules! account_text {
    ($user:literal) => {
        concat!(
            $user,
            ".id || ' ' || ",
            $user,
            ".enabled || ' ' || ",
            $user,
            ".user_principal_name || ' ' || ",
            $user,
            ".upn_key || ' ' || ",
            $user,
            ".mail || ' ' || coalesce(",
            $user,
            ".notification_mail, '') || ' ' || coalesce(",
            $user,
            ".seal, '') || ' ' || coalesce(cast(",
            $user,
            ".sealed_by as text), '')"
        )
    };
}
pub(super) use account_text;

/// The row of a membership as one text; null when there is none.
macro_rules! membership_text {
    ($member:literal) => {
        concat!(
            $member,
            ".group_id || ' ' || ",
            $member,
            ".user_id || ' ' || coalesce(",
            $member,
            ".seal, '') || ' ' || coalesce(cast(",
            $member,
            ".sealed_by as text), '')"
        )
    };
}
pub(super) use membership_text;

/// The row of an active assignment as one text; null when there is none.
macro_rules! assignment_text {
    ($assignment:literal) => {
        concat!(
            $assignment,
            ".id || ' ' || ",
            $assignment,
            ".role_id || ' ' || ",
            $assignment,
            ".principal_id || ' ' || ",
            $assignment,
            ".assignment_type || ' ' || coalesce(",
            $assignment,
            ".activated_using, '') || ' ' || ",
            $assignment,
            ".starts_at || ' ' || coalesce(cast(",
            $assignment,
            ".ends_at as text), '') || ' ' || ",
            $assignment,
            ".created_at || ' ' || ",
            $assignment,
            ".request_id || ' ' || coalesce(",
            $assignment,
            ".seal, '') || ' ' || coalesce(cast(",
            $assignment,
            ".sealed_by as text), '')"
        )
    };
}
pub(super) use assignment_text;

/// How a person comes to something, as it is stored: they are named, or a group is whose member they are; and the assignment by which
/// they, or the group, hold a role, where the question is about one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The person.
    pub account: Sealed<Account>,
    /// Their membership of the group; none when they are named themself.
    pub membership: Option<Sealed<Membership>>,
    /// The assignment to them or to the group.
    pub assignment: Option<Sealed<Assignment>>,
}

impl Way {
    /// From the texts of its rows. A row that no rule allows gives nothing, as one with a wrong seal does; it is not an error for
    /// everybody else whom the question is about.
    pub(super) fn read(account: &str, membership: &str, assignment: &str) -> Option<Self> {
        let read = || {
            Ok::<_, Corrupt>(Self {
                account: read_account(account)?,
                membership: maybe(membership, read_membership)?,
                assignment: maybe(assignment, read_assignment)?,
            })
        };
        skip_corrupt(read())
    }

    /// From the text of all three, with tabs between them.
    pub(super) fn read_joined(text: &str) -> Option<Self> {
        let mut parts = text.split('\t');
        let (account, membership) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let assignment = parts.next().unwrap_or_default();
        if parts.next().is_some() { None } else { Self::read(account, membership, assignment) }
    }
}

/// A row that is left out says so in the log.
pub(super) fn skip_corrupt<T>(read: Result<T, Corrupt>) -> Option<T> {
    read.inspect_err(|error| tracing::error!(%error, "a row that no rule allows gives nothing")).ok()
}

pub(super) fn maybe<T>(text: &str, read: fn(&str) -> Result<T, Corrupt>) -> Result<Option<T>, Corrupt> {
    if text.is_empty() { Ok(None) } else { read(text).map(Some) }
}

pub(super) fn read_account(text: &str) -> Result<Sealed<Account>, Corrupt> {
    let [id, enabled, user_principal_name, upn_key, mail, notification_mail, hash, event] = words(text, "account")?;
    let account = Account {
        user: parsed(id, "users.id")?,
        enabled: flag(enabled, "enabled")?,
        user_principal_name: user_principal_name.to_owned(),
        upn_key: upn_key.to_owned(),
        mail: mail.to_owned(),
        notification_mail: (!notification_mail.is_empty()).then(|| notification_mail.to_owned()),
    };
    Ok(Sealed::read(account, seal(hash, event)?))
}

pub(super) fn read_membership(text: &str) -> Result<Sealed<Membership>, Corrupt> {
    let [group, user, hash, event] = words(text, "membership")?;
    let membership = Membership { group: parsed(group, "group_id")?, user: parsed(user, "user_id")? };
    Ok(Sealed::read(membership, seal(hash, event)?))
}

pub(super) fn read_assignment(text: &str) -> Result<Sealed<Assignment>, Corrupt> {
    let [id, role, principal, assignment_type, using, starts_at, ends_at, created_at, request, hash, event] =
        words(text, "assignment")?;
    let assignment = Assignment {
        id: parsed(id, "id")?,
        role: parsed(role, "role_id")?,
        principal: parsed(principal, "principal_id")?,
        assignment_type: parsed(assignment_type, "assignment_type")?,
        activated_using: maybe_parsed(using, "activated_using")?,
        term: Term {
            starts_at: Instant::from_millis(parsed(starts_at, "starts_at")?),
            ends_at: maybe_parsed(ends_at, "ends_at")?.map(Instant::from_millis),
        },
        created_at: Instant::from_millis(parsed(created_at, "created_at")?),
        request: parsed(request, "request_id")?,
    };
    Ok(Sealed::read(assignment, seal(hash, event)?))
}

pub(super) fn words<'a, const N: usize>(text: &'a str, column: &'static str) -> Result<[&'a str; N], Corrupt> {
    let misfit = || Corrupt { column, problem: "not so many words".to_owned() };
    let (mut words, mut found) = ([""; N], text.split(' '));
    for word in &mut words {
        *word = found.next().ok_or_else(misfit)?;
    }
    if found.next().is_some() { Err(misfit()) } else { Ok(words) }
}

pub(super) fn parsed<T: FromStr<Err: std::fmt::Display>>(word: &str, column: &'static str) -> Result<T, Corrupt> {
    word.parse().map_err(|error: T::Err| Corrupt { column, problem: error.to_string() })
}

pub(super) fn maybe_parsed<T: FromStr<Err: std::fmt::Display>>(
    word: &str,
    column: &'static str,
) -> Result<Option<T>, Corrupt> {
    if word.is_empty() { Ok(None) } else { parsed(word, column).map(Some) }
}

pub(super) fn flag(word: &str, column: &'static str) -> Result<bool, Corrupt> {
    match word {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(Corrupt { column, problem: "neither 0 nor 1".to_owned() }),
    }
}

/// Half a seal is none.
pub(super) fn seal(text: &str, event: &str) -> Result<Option<Seal>, Corrupt> {
    let event: Option<i64> = maybe_parsed(event, "sealed_by")?;
    Ok(event.filter(|_| !text.is_empty()).map(|event| Seal::read(text, event)))
}
