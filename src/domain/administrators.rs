//! The last administrator: whoever changes who holds Global Administrator leaves somebody behind who can sign in and verify today,
//! and still will when everything that is scheduled has ended. An activation does not count: it ends within hours.

use std::collections::BTreeSet;

use super::ids::{GroupId, ScheduleId, UserId};
use super::refusal::Refusal;
use super::role::PortalRole;
use super::time::Instant;

/// An enabled person who holds Global Administrator by assignment now, in one way or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Administrator {
    /// Who.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// They have signed in at least once: somebody knows the password.
    pub has_signed_in: bool,
    /// They have set up a second factor, without which no administrative power is used.
    pub has_second_factor: bool,
    /// How they hold it.
    pub ways: Vec<Way>,
}

/// One assignment that reaches a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The assignment.
    pub schedule: ScheduleId,
    /// The group that it belongs to; none when it is the person's own.
    pub group: Option<GroupId>,
    /// When it ends.
    pub ends_at: Option<Instant>,
}

impl Administrator {
    /// They hold it when everything that is scheduled has ended.
    fn lasts(&self) -> bool {
        self.ways.iter().any(|way| way.ends_at.is_none())
    }
}

/// What somebody is about to take away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss<'a> {
    /// An assignment ends now.
    Assignment(&'a ScheduleId),
    /// An assignment gets an end.
    Shortened(&'a ScheduleId),
    /// A person is disabled.
    Person(&'a UserId),
    /// A person leaves a group.
    Membership {
        /// The person.
        user: &'a UserId,
        /// The group.
        group: &'a GroupId,
    },
    /// A person's second factor is removed.
    SecondFactor(&'a UserId),
    /// A person's password is replaced. They can sign in with the new one, if it reaches them.
    Password(&'a UserId),
}

/// What the caller has to know, and confirm, before it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The caller gives up their own power.
    Own,
    /// Nobody but the caller would be left who ever signed in.
    LastOther {
        /// Whom it is taken from.
        name: String,
    },
}

/// Weighs a loss before it happens: refused when it would leave nobody, and with a warning when it leaves little.
///
/// Counted are those who last and have a second factor. Where nobody is that far, as just after the set-up, those who last and have
/// signed in are counted instead, and then those who last. Where nobody lasts, this says nothing: `keep_an_administrator` still does.
pub fn weigh(before: &[Administrator], loss: Loss<'_>, caller: &UserId) -> Result<Option<Warning>, Refusal> {
    let after: Vec<Administrator> = before.iter().filter_map(|administrator| left_of(administrator, loss)).collect();
    let degrees: [fn(&Administrator) -> bool; 3] = [
        |one| one.lasts() && one.has_signed_in && one.has_second_factor,
        |one| one.lasts() && one.has_signed_in,
        Administrator::lasts,
    ];
    if let Some(counts) = degrees.into_iter().find(|counts| before.iter().any(counts))
        && !after.iter().any(counts)
    {
        return Err(Refusal::NobodyLeftToAdminister { role: PortalRole::GlobalAdministrator.display_name() });
    }
    // Nobody does these to themself: `may_lock_out` refuses it.
    let is_refused =
        matches!(loss, Loss::Person(user) | Loss::SecondFactor(user) | Loss::Password(user) if user == caller);
    Ok(if is_refused { None } else { warn(before, &after, loss, caller) })
}

fn warn(before: &[Administrator], after: &[Administrator], loss: Loss<'_>, caller: &UserId) -> Option<Warning> {
    let still = |user: &UserId| after.iter().find(|one| one.user == *user);
    let loses = |one: &&Administrator| {
        let left = still(&one.user);
        left.is_none_or(|left| one.lasts() && !left.lasts()) || is_about(loss, &one.user)
    };
    let losing: Vec<&Administrator> = before.iter().filter(loses).collect();
    if losing.iter().any(|one| one.user == *caller) {
        return Some(Warning::Own);
    }
    let last = losing.into_iter().find(|one| one.has_signed_in && one.lasts())?;
    let losers: BTreeSet<&UserId> = before.iter().filter(loses).map(|one| &one.user).collect();
    let others =
        after.iter().any(|one| one.user != *caller && one.has_signed_in && one.lasts() && !losers.contains(&one.user));
    (!others).then(|| Warning::LastOther { name: last.name.clone() })
}

/// Whether somebody's means to sign in are taken, while they keep the role.
fn is_about(loss: Loss<'_>, user: &UserId) -> bool {
    match loss {
        Loss::SecondFactor(whose) | Loss::Password(whose) => whose == user,
        Loss::Assignment(_) | Loss::Shortened(_) | Loss::Person(_) | Loss::Membership { .. } => false,
    }
}

/// What is left of an administrator; nothing when they are none any more.
fn left_of(before: &Administrator, loss: Loss<'_>) -> Option<Administrator> {
    let mut left = before.clone();
    match loss {
        Loss::Assignment(schedule) => left.ways.retain(|way| way.schedule != *schedule),
        // What ends some day does not last: when that is makes no difference.
        Loss::Shortened(schedule) => left.ways.retain(|way| way.schedule != *schedule || way.ends_at.is_some()),
        Loss::Person(user) if before.user == *user => return None,
        Loss::Membership { user, group } if before.user == *user => {
            left.ways.retain(|way| way.group.as_ref() != Some(group));
        }
        Loss::SecondFactor(user) if before.user == *user => left.has_second_factor = false,
        Loss::Person(_) | Loss::Membership { .. } | Loss::SecondFactor(_) | Loss::Password(_) => {}
    }
    (!left.ways.is_empty()).then_some(left)
}

/// Whether this administrator may acknowledge that another one was recovered from the console; `waiting` are all whose recovery nobody
/// acknowledged. It takes somebody who was not recovered, as long as there is one: two who were recovered do not clear each other's alarm.
/// A recovered person acknowledges their own only when nobody else administers.
pub fn may_acknowledge(
    me: &UserId,
    recovered: &UserId,
    waiting: &BTreeSet<UserId>,
    administrators: &BTreeSet<UserId>,
) -> bool {
    if me == recovered {
        return administrators.iter().all(|administrator| administrator == me);
    }
    !waiting.contains(me) || administrators.is_subset(waiting)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(number: u8) -> UserId {
        UserId::make(Instant::from_millis(1), [number; 10])
    }

    fn schedule(number: u8) -> ScheduleId {
        ScheduleId::parse(user(number).as_str()).unwrap()
    }

    fn group(number: u8) -> GroupId {
        GroupId::parse(user(number).as_str()).unwrap()
    }

    fn way(number: u8) -> Way {
        Way { schedule: schedule(number), group: None, ends_at: None }
    }

    /// Somebody who can sign in and verify, and holds it for good by the assignment with their number.
    fn able(number: u8) -> Administrator {
        Administrator {
            user: user(number),
            name: format!("Person {number}"),
            has_signed_in: true,
            has_second_factor: true,
            ways: vec![way(number)],
        }
    }

    fn until(number: u8, mut administrator: Administrator) -> Administrator {
        administrator.ways = vec![Way { ends_at: Some(Instant::from_millis(1_000)), ..way(number) }];
        administrator
    }

    fn refused(before: &[Administrator], loss: Loss<'_>) -> bool {
        matches!(weigh(before, loss, &user(9)), Err(Refusal::NobodyLeftToAdminister { .. }))
    }

    #[test]
    fn somebody_who_never_signed_in_or_cannot_verify_or_ends_keeps_nobody_from_being_the_last() {
        let never = Administrator { has_signed_in: false, has_second_factor: false, ..able(2) };
        let unverified = Administrator { has_second_factor: false, ..able(3) };
        let ending = until(4, able(4));
        for other in [never, unverified, ending] {
            let before = [able(1), other.clone()];
            let (own, it) = (schedule(1), user(1));
            for loss in [Loss::Assignment(&own), Loss::Shortened(&own), Loss::Person(&it), Loss::SecondFactor(&it)] {
                assert!(refused(&before, loss), "{loss:?} beside {other:?}");
            }
            let of_other = other.ways[0].schedule.clone();
            assert!(!refused(&before, Loss::Assignment(&of_other)), "it counted for nothing");
        }
        let before = [able(1), able(2)];
        assert!(!refused(&before, Loss::Assignment(&schedule(1))));
        assert!(!refused(&before, Loss::SecondFactor(&user(1))));
        assert!(!refused(&[able(1)], Loss::Password(&user(1))), "the new password signs in");
    }

    #[test]
    fn two_ways_are_two() {
        let through = Way { group: Some(group(7)), ..way(7) };
        let both = Administrator { ways: vec![way(1), through.clone()], ..able(1) };
        let leaves = |before: &[Administrator]| refused(before, Loss::Membership { user: &user(1), group: &group(7) });
        assert!(!leaves(std::slice::from_ref(&both)));
        assert!(!refused(std::slice::from_ref(&both), Loss::Assignment(&schedule(1))));
        let only = Administrator { ways: vec![through.clone()], ..able(1) };
        assert!(leaves(std::slice::from_ref(&only)));
        // An assignment of a group is taken from all of its members.
        let member = Administrator { ways: vec![through], ..able(2) };
        assert!(refused(&[only, member], Loss::Assignment(&schedule(7))));
    }

    #[test]
    fn before_anybody_has_a_second_factor_those_who_signed_in_count_and_then_all() {
        let fresh = Administrator { has_second_factor: false, ..able(1) };
        let never = |number| Administrator { has_signed_in: false, has_second_factor: false, ..able(number) };
        assert!(refused(&[fresh.clone(), never(2)], Loss::Assignment(&schedule(1))));
        assert!(!refused(&[fresh, never(2)], Loss::Assignment(&schedule(2))));
        assert!(!refused(&[never(1), never(2)], Loss::Assignment(&schedule(1))));
        assert!(refused(&[never(1)], Loss::Assignment(&schedule(1))));
        // Nobody lasts: another rule looks at the moment of the end.
        assert!(!refused(&[until(1, able(1))], Loss::Shortened(&schedule(1))));
        assert!(!refused(&[], Loss::Person(&user(1))));
    }

    #[test]
    fn ones_own_power_and_the_last_other_are_warned_of() {
        let weighed = |before: &[Administrator], loss: Loss<'_>| weigh(before, loss, &user(1)).unwrap();
        let three = [able(1), able(2), able(3)];
        assert_eq!(weighed(&three, Loss::Assignment(&schedule(1))), Some(Warning::Own));
        assert_eq!(weighed(&three, Loss::Shortened(&schedule(1))), Some(Warning::Own));
        assert_eq!(weighed(&three, Loss::Assignment(&schedule(2))), None);
        assert_eq!(weighed(&three, Loss::Assignment(&schedule(8))), None);

        let two = [able(1), able(2), Administrator { has_signed_in: false, ..able(3) }];
        let last = Some(Warning::LastOther { name: "Person 2".to_owned() });
        let other = user(2);
        for loss in [Loss::Assignment(&schedule(2)), Loss::Shortened(&schedule(2)), Loss::Person(&other)] {
            assert_eq!(weighed(&two, loss), last);
        }
        for loss in [Loss::SecondFactor(&other), Loss::Password(&other)] {
            assert_eq!(weighed(&two, loss), last);
        }
        assert_eq!(weighed(&two, Loss::Assignment(&schedule(3))), None, "who never signed in is no loss");

        // Whoever keeps it in another way loses nothing.
        let through = Way { group: Some(group(7)), ..way(7) };
        let both = [Administrator { ways: vec![way(1), through], ..able(1) }, able(2)];
        assert_eq!(weighed(&both, Loss::Assignment(&schedule(1))), None);
    }

    #[test]
    fn a_recovery_is_acknowledged_by_somebody_who_was_not_recovered() {
        let user = |number: u8| UserId::make(crate::domain::time::Instant::from_millis(1), [number; 10]);
        let set = |numbers: &[u8]| numbers.iter().map(|number| user(*number)).collect::<BTreeSet<_>>();
        let may =
            |me, whom, waiting: &[u8], all: &[u8]| may_acknowledge(&user(me), &user(whom), &set(waiting), &set(all));
        assert!(may(1, 2, &[2], &[1, 2]));
        assert!(!may(2, 2, &[2], &[1, 2]), "not one's own");
        assert!(may(2, 2, &[2], &[2]), "but for the only one");
        assert!(!may(2, 3, &[2, 3], &[1, 2, 3]), "not for each other");
        assert!(may(1, 3, &[2, 3], &[1, 2, 3]));
        assert!(may(2, 3, &[2, 3], &[2, 3]), "but where there is nobody else");
    }
}
