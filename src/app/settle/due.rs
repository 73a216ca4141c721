//! The things that are due, in their order, and the rows that they close together.

use std::collections::{HashMap, HashSet};

use super::Settled;
use crate::app::{App, AppResult};
use crate::domain::ids::{PrincipalId, RequestId, RoleId, ScheduleId};
use crate::domain::schedule::{Assignment, Eligibility};
use crate::domain::seal::Sealed;
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

/// What was listed as due: what its rows say when their seals hold, and the rows of which they do not.
struct Listed<'a> {
    app: &'a App,
    batch: i64,
    dues: Vec<Due>,
    /// The last moment of each list that was cut off.
    cut_off_at: Vec<Instant>,
    aside: Aside,
}

/// Rows that are due and not trusted. Nothing is done about them; they would only come up again and again.
#[derive(Default)]
struct Aside {
    assignments: Vec<ScheduleId>,
    eligibilities: Vec<ScheduleId>,
    requests: Vec<RequestId>,
}

impl<'a> Listed<'a> {
    fn new(app: &'a App, batch: i64) -> Self {
        Self { app, batch, dues: Vec::new(), cut_off_at: Vec::new(), aside: Aside::default() }
    }

    /// Notes where a list ends that was cut off.
    fn note_length(&mut self, length: usize, last_at: Option<Instant>) {
        if i64::try_from(length).unwrap_or(i64::MAX) >= self.batch {
            self.cut_off_at.extend(last_at);
        }
    }

    fn requests(
        &mut self,
        rows: Vec<Sealed<Request>>,
        at: fn(&Request) -> Option<Instant>,
        due: fn(Request) -> Option<Due>,
    ) {
        self.note_length(rows.len(), rows.last().and_then(|row| at(row.unchecked())));
        for row in rows {
            let id = row.unchecked().id.clone();
            match self.app.open(row) {
                Some(row) => self.dues.extend(due(row)),
                None => self.aside.requests.push(id),
            }
        }
    }

    fn assignments(
        &mut self,
        rows: Vec<Sealed<Assignment>>,
        at: fn(&Assignment) -> Option<Instant>,
        due: fn(Assignment) -> Option<Due>,
    ) {
        self.note_length(rows.len(), rows.last().and_then(|row| at(row.unchecked())));
        for row in rows {
            let id = row.unchecked().id.clone();
            match self.app.open(row) {
                Some(row) => self.dues.extend(due(row)),
                None => self.aside.assignments.push(id),
            }
        }
    }

    fn eligibilities(&mut self, rows: Vec<Sealed<Eligibility>>) {
        self.note_length(rows.len(), rows.last().and_then(|row| row.unchecked().term.ends_at));
        for row in rows {
            let id = row.unchecked().id.clone();
            match self.app.open(row) {
                Some(row) => self.dues.extend(end_eligibility(row)),
                None => self.aside.eligibilities.push(id),
            }
        }
    }

    /// What is to be done, in its order. Where a list was cut off, nothing later than its end is in it: that comes after what was
    /// cut off.
    async fn finish(self, tx: &mut Write) -> AppResult<(Vec<Due>, Settled)> {
        let Self { dues, cut_off_at, aside, .. } = self;
        store::assignments::clear_seals(tx, &aside.assignments).await?;
        store::eligibilities::clear_seals(tx, &aside.eligibilities).await?;
        for request in &aside.requests {
            store::requests::clear_seal(tx, request).await?;
        }
        let horizon = cut_off_at.into_iter().min();
        let dues = dues.into_iter().filter(|due| horizon.is_none_or(|horizon| due.at() <= horizon)).collect();
        Ok((in_order(dues), if horizon.is_some() { Settled::Some } else { Settled::All }))
    }
}

/// The first things that are due, in their order.
///
/// A row that is due and whose seal does not hold loses that seal, which is worth nothing: without one it is not due any more. It
/// stays as it is otherwise, gives nothing, and is named among those that are not trusted.
pub(super) async fn list(app: &App, tx: &mut Write, now: Instant, batch: i64) -> AppResult<(Vec<Due>, Settled)> {
    let mut listed = Listed::new(app, batch);
    let lapsed = store::requests::list_lapsed(tx, now, batch).await?;
    listed.requests(lapsed, |request| request.state.lapses_at(), lapse);
    let starting = store::assignments::list_starting(tx, now, batch).await?;
    listed.assignments(starting, |it| Some(it.term.starts_at), |it| Some(Due::Start(Box::new(it))));
    let ending = store::assignments::list_due(tx, now, batch).await?;
    listed.assignments(ending, |it| it.term.ends_at, end);
    listed.eligibilities(store::eligibilities::list_due(tx, now, batch).await?);
    let warned = store::assignments::list_to_warn(tx, now, batch).await?;
    listed.note_length(warned.len(), warned.last().map(|(at, _)| *at));
    for (at, row) in warned {
        let id = row.unchecked().id.clone();
        match app.open(row) {
            Some(row) => listed.dues.push(Due::Warn(at, Box::new(row))),
            None => listed.aside.assignments.push(id),
        }
    }
    let warned = store::eligibilities::list_to_warn(tx, now, batch).await?;
    listed.note_length(warned.len(), warned.last().map(|(at, _)| *at));
    for (at, row) in warned {
        let id = row.unchecked().id.clone();
        match app.open(row) {
            Some(row) => listed.dues.push(Due::WarnEligibility(at, Box::new(row))),
            None => listed.aside.eligibilities.push(id),
        }
    }
    let reminded = store::requests::list_to_remind(tx, now, batch).await?;
    listed.note_length(reminded.len(), reminded.last().map(|(at, _)| *at));
    for (at, row) in reminded {
        let id = row.unchecked().id.clone();
        match app.open(row) {
            Some(row) => listed.dues.push(Due::Remind(at, Box::new(row))),
            None => listed.aside.requests.push(id),
        }
    }
    listed.finish(tx).await
}

/// What is due of one principal and of the groups it is in, in its order; warnings and reminders are left out.
pub(super) async fn list_about(
    app: &App,
    tx: &mut Write,
    principal: &PrincipalId,
    now: Instant,
) -> AppResult<Vec<Due>> {
    let mut listed = Listed::new(app, i64::MAX);
    listed.requests(store::requests::list_lapsed_of(tx, principal, now).await?, |_| None, lapse);
    for due in store::assignments::list_due_of(tx, principal, now).await? {
        let id = due.assignment.unchecked().id.clone();
        let Some(assignment) = app.open(due.assignment) else {
            listed.aside.assignments.push(id);
            continue;
        };
        if due.is_unstarted {
            listed.dues.push(Due::Start(Box::new(assignment.clone())));
        }
        listed.dues.extend(end(assignment).filter(|due| due.at() <= now));
    }
    listed.eligibilities(store::eligibilities::list_due_of(tx, principal, now).await?);
    Ok(listed.finish(tx).await?.0)
}

fn in_order(mut dues: Vec<Due>) -> Vec<Due> {
    dues.sort_by_key(|due| (due.at(), due.rank()));
    dues
}

/// The rows that a batch closes: what rests on them is read at once in the beginning, and they are written at once in the end.
#[derive(Default)]
pub(super) struct Books {
    resting: HashMap<ScheduleId, Vec<Assignment>>,
    waiting: HashMap<ScheduleId, Vec<Sealed<Request>>>,
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
            let active = active.into_unchecked();
            if let Some(eligibility) = active.activated_using.clone() {
                books.resting.entry(eligibility).or_default().push(active);
            }
        }
        for request in store::requests::list_pending_using_any(db, &ending).await? {
            if let Some(eligibility) = request.unchecked().eligibility.clone() {
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
    pub(super) fn waiting_on(&mut self, eligibility: &ScheduleId) -> Vec<Sealed<Request>> {
        let waiting = self.waiting.remove(eligibility).unwrap_or_default();
        waiting.into_iter().filter(|request| self.closed_requests.insert(request.unchecked().id.clone())).collect()
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
