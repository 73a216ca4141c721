//! Schedules: eligible and active assignments, in force between two moments. Access is this comparison and nothing else.

use super::ids::{PrincipalId, RequestId, RoleId, ScheduleId};
use super::request::words;
use super::time::{Instant, Span};

/// The shortest assignment, and the youngest that may be ended by hand (reference/entra-pim.md section 0.2).
pub const FIVE_MINUTES: Span = Span::minutes(5);

/// From when to when. The start belongs to it, the end does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// First moment.
    pub starts_at: Instant,
    /// First moment after it; permanent if empty.
    pub ends_at: Option<Instant>,
}

impl Term {
    /// True while it is in force.
    pub fn covers(&self, now: Instant) -> bool {
        self.starts_at <= now && !self.is_over(now)
    }

    /// True once its end has come.
    pub fn is_over(&self, now: Instant) -> bool {
        self.ends_at.is_some_and(|end| end <= now)
    }
}

/// Why a schedule is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// An administrator removed it, or what it rested on.
    Removed,
    /// Its end came.
    Expired,
    /// The person ended it.
    Deactivated,
}

/// How an active assignment came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AssignmentType {
    /// An administrator assigned it.
    Assigned,
    /// A person activated their eligibility.
    Activated,
}

words!(EndReason { Removed = "Removed", Expired = "Expired", Deactivated = "Deactivated" });
words!(AssignmentType { Assigned = "Assigned", Activated = "Activated" });

/// An eligible assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eligibility {
    /// Its id.
    pub id: ScheduleId,
    /// The role.
    pub role: RoleId,
    /// Who is eligible: a person, or a group whose members each are.
    pub principal: PrincipalId,
    /// From when to when.
    pub term: Term,
    /// When it was made.
    pub created_at: Instant,
    /// The request it came from.
    pub request: RequestId,
}

/// An active assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Its id.
    pub id: ScheduleId,
    /// The role.
    pub role: RoleId,
    /// Who holds it.
    pub principal: PrincipalId,
    /// Assigned or activated.
    pub assignment_type: AssignmentType,
    /// The eligibility it was activated from.
    pub activated_using: Option<ScheduleId>,
    /// From when to when.
    pub term: Term,
    /// When it was made.
    pub created_at: Instant,
    /// The request it came from.
    pub request: RequestId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_belongs_to_a_term_and_the_end_does_not() {
        let at = Instant::from_millis;
        let term = Term { starts_at: at(10), ends_at: Some(at(20)) };
        assert_eq!([9, 10, 19, 20].map(|now| term.covers(at(now))), [false, true, true, false]);
        assert!(Term { starts_at: at(10), ends_at: None }.covers(at(i64::MAX)));
    }
}
