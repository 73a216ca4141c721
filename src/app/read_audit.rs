//! Reading the audit: the list, one event, and the timeline of one request.

use std::time::{Duration, Instant as Stopwatch};

use crate::app::show_request::is_of;
use crate::app::{App, AppResult, Caller};
use crate::domain::access::{Permission, Standing};
use crate::domain::audit::Event;
use crate::domain::audit_filter::Filter;
use crate::domain::ids::{PrincipalId, RequestId, RoleId, UserId};
use crate::domain::limits::SEARCH_TIME;
use crate::domain::refusal::Refusal;
use crate::domain::role::Role;
use crate::store::{self, Read};

/// Which part of the audit is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything; for those who may read the audit.
    Resource,
    /// What the reader did, and what concerns them.
    Mine,
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// An event.
    Event(Box<Event>),
    /// A row that cannot be read, by its place: somebody changed it in the database.
    Unreadable(i64),
}

/// A page of the list, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditPage {
    /// The lines.
    pub lines: Vec<Line>,
    /// The place before which the next page begins; none at the end.
    pub next: Option<i64>,
    /// Whether it ends where it does because the time of a search was up: the next page looks on.
    pub is_cut: bool,
}

/// The most steps that one request shows.
const LONGEST_TIMELINE: i64 = 500;

impl Scope {
    /// Whose events the list is confined to.
    pub(super) fn whose(self, caller: &Caller) -> Option<&UserId> {
        match self {
            Self::Resource => None,
            Self::Mine => Some(&caller.user),
        }
    }

    /// Refused when the reader may not read this part.
    pub(super) fn permit(self, reader: &Standing) -> Result<(), Refusal> {
        match self {
            Self::Resource => reader.permit(Permission::ReadAudit),
            Self::Mine => Ok(()),
        }
    }
}

/// The events that the filter lets through, at most `size`, older than the place `before`. A search takes a limited time; what it has
/// found by then is the page.
pub async fn list_audit(
    app: &App,
    caller: &Caller,
    scope: Scope,
    filter: &Filter,
    before: Option<i64>,
    size: usize,
) -> AppResult<AuditPage> {
    let longest = Duration::from_millis(SEARCH_TIME.millis().unsigned_abs());
    list_audit_within(app, caller, scope, filter, (before, size), longest).await
}

/// The same within this time.
pub async fn list_audit_within(
    app: &App,
    caller: &Caller,
    scope: Scope,
    filter: &Filter,
    (before, size): (Option<i64>, usize),
    longest: Duration,
) -> AppResult<AuditPage> {
    let one_more = i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1);
    let began = Stopwatch::now();
    let (mut lines, mut before) = (Vec::new(), before);
    loop {
        let missing = one_more.saturating_sub(i64::try_from(lines.len()).unwrap_or(i64::MAX));
        let question = store::audit::look(filter, scope.whose(caller), before, missing);
        let (standing, looked) = caller.ask(app, app.now(), question).await?;
        scope.permit(&standing)?;
        lines.extend(looked.found.into_iter().map(|row| match row {
            Ok(event) => Line::Event(Box::new(event)),
            Err(seq) => Line::Unreadable(seq),
        }));
        if lines.len() > size {
            lines.truncate(size);
            return Ok(AuditPage { next: lines.last().map(Line::seq), lines, is_cut: false });
        }
        before = looked.more_before;
        if before.is_none() || began.elapsed() >= longest {
            return Ok(AuditPage { lines, next: before, is_cut: before.is_some() });
        }
    }
}

impl Line {
    /// Its place in the chain.
    pub fn seq(&self) -> i64 {
        match self {
            Self::Event(event) => event.seq,
            Self::Unreadable(seq) => *seq,
        }
    }
}

/// One event with everything in it.
pub async fn show_event(app: &App, caller: &Caller, scope: Scope, seq: i64) -> AppResult<Event> {
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, app.now()).await?;
    scope.permit(&standing)?;
    let event = store::audit::find(&mut db, seq).await?.ok_or(Refusal::NotFound("event"))?;
    match scope.whose(caller) {
        Some(reader) if !concerns(&event, reader) => Err(Refusal::NotFound("event").into()),
        Some(_) | None => Ok(event),
    }
}

/// True when this person did it, or it was done to them.
fn concerns(event: &Event, person: &UserId) -> bool {
    event.actor.as_ref() == Some(person) || event.subject.as_ref().is_some_and(|subject| subject.is_user(person))
}

/// Every step of one request in its order: for readers of the audit. The person who made the request sees what they did and what was done
/// for them, as on the page of the request; not who else tried something and was refused.
pub async fn show_timeline(app: &App, caller: &Caller, request: &RequestId) -> AppResult<Vec<Event>> {
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, app.now()).await?;
    let found = store::requests::find(&mut db, request).await?;
    let is_own = found.is_some_and(|found| found.unchecked().requested_by == caller.user);
    let reads_all = standing.permit(Permission::ReadAudit).is_ok();
    if !is_own {
        standing.permit(Permission::ReadAudit).map_err(|refusal| match refusal {
            Refusal::VerificationRequired => refusal,
            _ => Refusal::NotFound("request"),
        })?;
    }
    let mut steps = store::audit::list_of_request(&mut db, request, LONGEST_TIMELINE).await?;
    if !reads_all {
        steps.retain(|step| is_of(step, &caller.user));
    }
    if steps.is_empty() { Err(Refusal::NotFound("request").into()) } else { Ok(steps) }
}

/// What the filter of the audit offers and names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Every role, by name.
    pub roles: Vec<Role>,
    /// The name of the person or group that is looked for; none when they are gone.
    pub person: Option<String>,
}

/// Loads it. Names of people are for those who read the whole audit; in their own, people meet only whom they met.
pub async fn audit_choices(
    app: &App,
    caller: &Caller,
    scope: Scope,
    person: Option<&PrincipalId>,
) -> AppResult<Choices> {
    let (standing, roles) = caller.ask(app, app.now(), store::roles::list_by_name()).await?;
    scope.permit(&standing)?;
    let person = match (person, scope) {
        (Some(id), Scope::Resource) => store::principals::find(&mut *app.store.read().await?, id).await?,
        (Some(_), Scope::Mine) | (None, _) => None,
    };
    let person = person.map(|found| found.display_name);
    Ok(Choices { roles, person })
}

/// The role with this id, for the name of an export.
pub(super) async fn role_name(db: &mut Read, role: &RoleId) -> AppResult<String> {
    Ok(store::roles::find(db, role).await?.map_or_else(|| role.to_string(), |role| role.display_name))
}
