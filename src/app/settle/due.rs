//! The things that are due, in their order, and the rows that they close together.

use std::collections::{HashMap, HashSet};

use super::Settled;
use crate::app::AppResult;
use crate::domain::ids::{PrincipalId, RequestId, RoleId, ScheduleId};
use crate::domain::schedule::{Assignment, Eligibility};
use crate::domain::time::{Instant, Span};
use crate::store::requests::Request;
use crate::store::{self, Db, Write};

/// One thing that is due, with the moment at which it was.
pub(super) enum Due {
    Lapse(Instant, Box<Request>),
    Start(Box<Assignment>),
    End(Instant, Box<Assignment>),
    EndEligibility(Instant, Box<Eligibility>),
    Warn(Instant, Box<Assignment>),
    WarnEligibility(Instant, Box<Eligibility>),
    Remind(Instant, Box<Request>),
}

impl Due {
    fn at(&self) -> Instant {
        match self {
            Self::Lapse(at, _)
            | Self::End(at, _)
            | Self::EndEligibility(at, _)
            | Self::Warn(at, _)
            | Self::WarnEligibility(at, _)
            | Self::Remind(at, _) => *at,
            Self::Start(assignment) => assignment.term.starts_at,
        }
    }

    /// At the same moment: what starts comes before what ends, and activations end before the eligibility they rest on.
    const fn rank(&self) -> u8 {
        match self {
            Self::Lapse(..) => 0,
            Self::Start(_) => 1,
            Self::End(..) => 2,
            Self::EndEligibility(..) => 3,
            Self::Warn(..) | Self::WarnEligibility(..) | Self::Remind(..) => 4,
        }
    }

    /// The role and the principal it is about.
    pub(super) fn about(&self) -> (&RoleId, &PrincipalId) {
        match self {
            Self::Lapse(_, request) | Self::Remind(_, request) => (&request.role, &request.principal),
            Self::Start(assignment) | Self::End(_, assignment) | Self::Warn(_, assignment) => {
                (&assignment.role, &assignment.principal)
            }
            Self::EndEligibility(_, eligibility) | Self::WarnEligibility(_, eligibility) => {
                (&eligibility.role, &eligibility.principal)
            }
        }
    }
}

fn lapse(request: Request) -> Option<Due> {
    request.state.lapses_at().map(|at| Due::Lapse(at, Box::new(request)))
}

fn end(assignment: Assignment) -> Option<Due> {
    assignment.term.ends_at.map(|at| Due::End(at, Box::new(assignment)))
}

fn end_eligibility(eligibility: Eligibility) -> Option<Due> {
    eligibility.term.ends_at.map(|at| Due::EndEligibility(at, Box::new(eligibility)))
}

/// The first things that are due, in their order. Where a list was cut off, nothing later than its end is in it: that comes after
/// what was cut off.
pub(super) async fn list(db: &mut Db, now: Instant, batch: i64) -> AppResult<(Vec<Due>, Settled)> {
    let boxed = |(at, assignment)| Due::Warn(at, Box::new(assignment));
    let lists: [Vec<Due>; 7] = [
        store::requests::list_lapsed(db, now, batch).await?.into_iter().filter_map(lapse).collect(),
        store::assignments::list_starting(db, now, batch)
            .await?
            .into_iter()
            .map(|it| Due::Start(Box::new(it)))
            .collect(),
        store::assignments::list_due(db, now, batch).await?.into_iter().filter_map(end).collect(),
        store::eligibilities::list_due(db, now, batch).await?.into_iter().filter_map(end_eligibility).collect(),
        store::assignments::list_to_warn(db, now, batch).await?.into_iter().map(boxed).collect(),
        store::eligibilities::list_to_warn(db, now, batch)
            .await?
            .into_iter()
            .map(|(at, eligibility)| Due::WarnEligibility(at, Box::new(eligibility)))
            .collect(),
        store::requests::list_to_remind(db, now, batch)
            .await?
            .into_iter()
            .map(|(at, request)| Due::Remind(at, Box::new(request)))
            .collect(),
    ];
    let is_full = |list: &&Vec<Due>| i64::try_from(list.len()).unwrap_or(i64::MAX) >= batch;
    let horizon = lists.iter().filter(is_full).filter_map(|list| list.last().map(Due::at)).min();
    let dues = lists.into_iter().flatten().filter(|due| horizon.is_none_or(|horizon| due.at() <= horizon));
    Ok((in_order(dues.collect()), if horizon.is_some() { Settled::Some } else { Settled::All }))
}

/// What is due of one principal and of the groups it is in, in its order; warnings and reminders are left out.
pub(super) async fn list_about(db: &mut Db, principal: &PrincipalId, now: Instant) -> AppResult<Vec<Due>> {
    let mut dues: Vec<Due> =
        store::requests::list_lapsed_of(db, principal, now).await?.into_iter().filter_map(lapse).collect();
    for assignment in store::assignments::list_due_of(db, principal, now).await? {
        if assignment.is_unstarted {
            dues.push(Due::Start(Box::new(assignment.assignment.clone())));
        }
        dues.extend(end(assignment.assignment).filter(|due| due.at() <= now));
    }
    dues.extend(store::eligibilities::list_due_of(db, principal, now).await?.into_iter().filter_map(end_eligibility));
    Ok(in_order(dues))
}

fn in_order(mut dues: Vec<Due>) -> Vec<Due> {
    dues.sort_by_key(|due| (due.at(), due.rank()));
    dues
}

/// The rows that a batch closes: what rests on them is read at once in the beginning, and they are written at once in the end.
#[derive(Default)]
pub(super) struct Books {
    resting: HashMap<ScheduleId, Vec<Assignment>>,
    waiting: HashMap<ScheduleId, Vec<Request>>,
    closed: HashSet<ScheduleId>,
    closed_requests: HashSet<RequestId>,
    started: Vec<ScheduleId>,
    ended: Vec<ScheduleId>,
    ended_eligibilities: Vec<ScheduleId>,
    warned: HashMap<Option<Span>, Vec<ScheduleId>>,
    warned_eligibilities: HashMap<Option<Span>, Vec<ScheduleId>>,
}

impl Books {
    pub(super) async fn open(db: &mut Db, dues: &[Due]) -> AppResult<Self> {
        let mut books = Self::default();
        let ending: Vec<ScheduleId> = dues
            .iter()
            .filter_map(|due| if let Due::EndEligibility(_, it) = due { Some(it.id.clone()) } else { None })
            .collect();
        for active in store::assignments::list_using_any(db, &ending).await? {
            if let Some(eligibility) = active.activated_using.clone() {
                books.resting.entry(eligibility).or_default().push(active);
            }
        }
        for request in store::requests::list_pending_using_any(db, &ending).await? {
            if let Some(eligibility) = request.eligibility.clone() {
                books.waiting.entry(eligibility).or_default().push(request);
            }
        }
        Ok(books)
    }

    /// True when something that came before has closed what this is about.
    pub(super) fn is_closed(&self, due: &Due) -> bool {
        match due {
            Due::Lapse(_, request) | Due::Remind(_, request) => self.closed_requests.contains(&request.id),
            Due::Start(assignment) | Due::End(_, assignment) | Due::Warn(_, assignment) => {
                self.closed.contains(&assignment.id)
            }
            Due::EndEligibility(_, eligibility) | Due::WarnEligibility(_, eligibility) => {
                self.closed.contains(&eligibility.id)
            }
        }
    }

    /// What still rests on this eligibility; it is closed with this.
    pub(super) fn resting_on(&mut self, eligibility: &ScheduleId) -> Vec<Assignment> {
        let resting = self.resting.remove(eligibility).unwrap_or_default();
        resting.into_iter().filter(|active| self.closed.insert(active.id.clone())).collect()
    }

    /// What still waits to use this eligibility; it is closed with this.
    pub(super) fn waiting_on(&mut self, eligibility: &ScheduleId) -> Vec<Request> {
        let waiting = self.waiting.remove(eligibility).unwrap_or_default();
        waiting.into_iter().filter(|request| self.closed_requests.insert(request.id.clone())).collect()
    }

    pub(super) fn close_request(&mut self, id: &RequestId) {
        self.closed_requests.insert(id.clone());
    }

    pub(super) fn note_closed(&mut self, id: &ScheduleId) {
        self.closed.insert(id.clone());
    }

    pub(super) fn note_started(&mut self, assignment: &Assignment) {
        self.started.push(assignment.id.clone());
    }

    pub(super) fn end(&mut self, assignment: &Assignment) {
        self.closed.insert(assignment.id.clone());
        self.ended.push(assignment.id.clone());
    }

    pub(super) fn end_eligibility(&mut self, eligibility: &Eligibility) {
        self.closed.insert(eligibility.id.clone());
        self.ended_eligibilities.push(eligibility.id.clone());
    }

    pub(super) fn warn(&mut self, assignment: &Assignment, next_at: Option<Instant>) {
        let before = assignment.term.ends_at.zip(next_at).map(|(end, next)| end.since(next));
        self.warned.entry(before).or_default().push(assignment.id.clone());
    }

    pub(super) fn warn_eligibility(&mut self, eligibility: &Eligibility, next_at: Option<Instant>) {
        let before = eligibility.term.ends_at.zip(next_at).map(|(end, next)| end.since(next));
        self.warned_eligibilities.entry(before).or_default().push(eligibility.id.clone());
    }

    /// Writes what was closed.
    pub(super) async fn close(self, tx: &mut Write) -> AppResult<()> {
        store::assignments::note_started(tx, &self.started).await?;
        for (before, ids) in self.warned {
            store::assignments::note_warned(tx, &ids, before).await?;
        }
        for (before, ids) in self.warned_eligibilities {
            store::eligibilities::note_warned(tx, &ids, before).await?;
        }
        store::assignments::end_expired(tx, &self.ended).await?;
        Ok(store::eligibilities::end_expired(tx, &self.ended_eligibilities).await?)
    }
}
