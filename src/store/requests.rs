//! Requests: what somebody asked for, and where it stands.

use sqlx::{AssertSqlSafe, any::AnyRow};

use super::row::Columns as _;
use super::statements::Statement;
use super::{Corrupt, Db, IDS, Key, Question, StoreResult, Write, places};
use crate::domain::activation::Ticket;
use crate::domain::ids::{PrincipalId, RequestId, RoleId, ScheduleId, UserId};
use crate::domain::reminder::reminder_at;
use crate::domain::request::{Action, Decision, Kind, State, Status, Verdict};
use crate::domain::seal::{Fields, Object, ObjectKind, Seal, Sealable, Sealed};
use crate::domain::time::Instant;

/// A request as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its id.
    pub id: RequestId,
    /// What is asked for.
    pub action: Action,
    /// Eligible or active assignment.
    pub kind: Kind,
    /// The role.
    pub role: RoleId,
    /// Whom it is for.
    pub principal: PrincipalId,
    /// Who asked.
    pub requested_by: UserId,
    /// The eligibility that an activation uses.
    pub eligibility: Option<ScheduleId>,
    /// The assignment that it extends, renews, changes or removes.
    pub schedule: Option<ScheduleId>,
    /// Why.
    pub justification: String,
    /// For which ticket.
    pub ticket: Ticket,
    /// Wished start.
    pub starts_at: Option<Instant>,
    /// Wished end, of an assignment.
    pub ends_at: Option<Instant>,
    /// Wished length in minutes, of an activation.
    pub duration_minutes: Option<i64>,
    /// When it was made.
    pub created_at: Instant,
    /// True when somebody's yes was needed.
    pub approval_required: bool,
    /// Where it stands.
    pub state: State,
}

impl Sealable for Request {
    fn object(&self) -> Object {
        Object::new(ObjectKind::Request, self.id.as_str())
    }

    fn is_in_force(&self) -> bool {
        match self.state {
            State::PendingApproval { .. } | State::PendingAdminDecision { .. } | State::Granted { .. } => true,
            State::Provisioned { .. }
            | State::Denied(_)
            | State::Canceled { .. }
            | State::TimedOut { .. }
            | State::Revoked { .. }
            | State::Failed { .. } => false,
        }
    }

    fn fields(&self) -> Fields {
        let (lapses_at, closed_by, completed_at) = state_columns(&self.state);
        let asked = Fields::new()
            .text(self.action.word())
            .text(self.kind.word())
            .text(self.role.as_str())
            .text(self.principal.as_str())
            .text(self.requested_by.as_str())
            .optional(self.eligibility.as_ref().map(ScheduleId::as_str))
            .optional(self.schedule.as_ref().map(ScheduleId::as_str))
            .text(&self.justification)
            .text(&self.ticket.number)
            .text(&self.ticket.system)
            .optional_number(self.starts_at.map(Instant::millis))
            .optional_number(self.ends_at.map(Instant::millis))
            .optional_number(self.duration_minutes)
            .number(self.created_at.millis())
            .number(i64::from(self.approval_required));
        let stands = asked
            .text(self.state.status().word())
            .optional_number(lapses_at.map(Instant::millis))
            .optional(closed_by.map(UserId::as_str))
            .optional_number(completed_at.map(Instant::millis));
        match self.state.decision() {
            None => stands,
            Some(decision) => stands
                .text(decision.verdict.word())
                .text(decision.by.as_str())
                .number(decision.at.millis())
                .text(&decision.justification),
        }
    }
}

/// The request with this id.
pub async fn find(db: &mut Db, id: &RequestId) -> StoreResult<Option<Sealed<Request>>> {
    with_id(id).ask(db).await
}

/// The same, as a question.
pub fn with_id(id: &RequestId) -> Question<Option<Sealed<Request>>> {
    let statement = Statement::new("select * from requests where id = $1").text(id.as_str());
    Question::about_maybe_one(statement, read)
}

/// The role of the request with this id.
pub fn role_of(id: &RequestId) -> Key<'_> {
    Key::through("select role_id from requests where id =", id.as_str())
}

/// Whom the request with this id is for.
pub fn principal_of(id: &RequestId) -> Key<'_> {
    Key::through("select principal_id from requests where id =", id.as_str())
}

/// Who made the request with this id.
pub fn requestor_of(id: &RequestId) -> Key<'_> {
    Key::through("select requested_by from requests where id =", id.as_str())
}

/// The eligibility that the request with this id uses.
pub fn eligibility_of(id: &RequestId) -> Key<'_> {
    Key::through("select eligibility_id from requests where id =", id.as_str())
}

/// Waiting requests that use this eligibility.
pub async fn list_pending_using(db: &mut Db, eligibility: &ScheduleId) -> StoreResult<Vec<Sealed<Request>>> {
    let rows = sqlx::query(
        "select * from requests where eligibility_id = $1 and status in ('PendingApproval', 'PendingAdminDecision')",
    )
    .bind(eligibility.as_str())
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// Waiting requests that use any of these eligibilities.
pub async fn list_pending_using_any(db: &mut Db, eligibilities: &[ScheduleId]) -> StoreResult<Vec<Sealed<Request>>> {
    let mut found = Vec::new();
    for ids in eligibilities.chunks(IDS) {
        let statement = format!(
            "select * from requests where status in ('PendingApproval', 'PendingAdminDecision') and eligibility_id in ({}) order by id",
            places(1, ids.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(statement));
        for id in ids {
            query = query.bind(id.as_str());
        }
        for row in query.fetch_all(&mut *db).await? {
            found.push(read(&row)?);
        }
    }
    Ok(found)
}

/// Waiting requests of this person.
pub async fn list_pending_of(db: &mut Db, user: &UserId) -> StoreResult<Vec<Sealed<Request>>> {
    let rows = sqlx::query(
        "select * from requests where requested_by = $1 and status in ('PendingApproval', 'PendingAdminDecision')",
    )
    .bind(user.as_str())
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// Waiting requests whose window has passed, the earliest first.
pub async fn list_lapsed(db: &mut Db, now: Instant, limit: i64) -> StoreResult<Vec<Sealed<Request>>> {
    let rows = sqlx::query(
        "select * from requests where status in ('PendingApproval', 'PendingAdminDecision') and lapses_at <= $1 and seal is not null \
         order by lapses_at, id limit $2",
    )
    .bind(now.millis())
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// Waiting requests of this person whose window has passed.
pub async fn list_lapsed_of(db: &mut Db, user: &PrincipalId, now: Instant) -> StoreResult<Vec<Sealed<Request>>> {
    let rows = sqlx::query(
        "select * from requests where requested_by = $1 and status in ('PendingApproval', 'PendingAdminDecision') \
         and +lapses_at <= $2 and seal is not null order by lapses_at, id",
    )
    .bind(user.as_str())
    .bind(now.millis())
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// Waiting requests whose approvers are to be reminded, the earliest first, each with the moment at which that was due.
pub async fn list_to_remind(db: &mut Db, now: Instant, limit: i64) -> StoreResult<Vec<(Instant, Sealed<Request>)>> {
    let rows = sqlx::query(
        "select * from requests where status = 'PendingApproval' and remind_at is not null and remind_at <= $1 and seal is not null \
         order by remind_at, id limit $2",
    )
    .bind(now.millis())
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(|row| Ok((row.moment("remind_at")?, read(row)?))).collect::<Result<_, Corrupt>>()?)
}

/// Notes that its approvers were reminded.
pub async fn note_reminded(tx: &mut Write, id: &RequestId) -> StoreResult<()> {
    sqlx::query("update requests set remind_at = null where id = $1").bind(id.as_str()).execute(&mut **tx).await?;
    Ok(())
}

/// Takes its seal from it, which did not hold: it gives nothing, and nothing of it is due.
pub async fn clear_seal(tx: &mut Write, id: &RequestId) -> StoreResult<()> {
    sqlx::query("update requests set seal = null, sealed_by = null where id = $1")
        .bind(id.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// What somebody decides by what they hold, whether or not a role names them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decides {
    /// Activations of roles that name nobody: they stand in as an administrator.
    pub activations_of_nobody: bool,
    /// Requests to extend or renew.
    pub changes: bool,
}

/// How many requests wait on a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Their own that wait.
    pub mine: u64,
    /// Waiting activation requests that they can decide: those of roles that name them or a group of theirs, and, when they stand in
    /// as an administrator, those of roles that name nobody. Never their own.
    pub activations: u64,
    /// Waiting requests to extend or renew that they can decide. Never their own.
    pub changes: u64,
}

impl Waiting {
    /// All that they can decide.
    pub const fn to_decide(self) -> u64 {
        self.activations + self.changes
    }
}

/// Counts what waits on this person; what `decides` leaves out is not for them.
pub fn count_waiting(user: &UserId, decides: Decides, now: Instant) -> Question<Waiting> {
    let statement = Statement::new(
        "select (select count(*) from requests where requested_by = $1 and status in ('PendingApproval', 'PendingAdminDecision') \
         and (lapses_at is null or lapses_at > $3)) as mine, \
         (select count(*) from requests r where r.status in ('PendingApproval', 'PendingAdminDecision') \
         and r.action = 'selfActivate' and (r.lapses_at is null or r.lapses_at > $3) \
         and r.requested_by <> $1 and (exists (select 1 from role_approvers a where a.role_id = r.role_id and (a.principal_id = $1 \
         or a.principal_id in (select group_id from group_members where user_id = $1))) \
         or ($2 = 1 and not exists (select 1 from role_approvers a where a.role_id = r.role_id)))) as activations, \
         (select count(*) from requests where $4 = 1 and status = 'PendingAdminDecision' and (lapses_at is null or lapses_at > $3) \
         and requested_by <> $1) as changes",
    )
    .text(user.as_str())
    .number(i64::from(decides.activations_of_nobody))
    .number(now.millis())
    .number(i64::from(decides.changes));
    Question::about_one(statement, |row| {
        Ok(Waiting { mine: row.count("mine")?, activations: row.count("activations")?, changes: row.count("changes")? })
    })
}

/// Saves a new request.
pub fn insert(request: &Request, seal: &Seal) -> Statement {
    let decision = request.state.decision();
    let (lapses_at, closed_by, completed_at) = state_columns(&request.state);
    let remind_at = reminder_at(request.created_at, lapses_at);
    Statement::new(
        "insert into requests (id, action, kind, role_id, principal_id, requested_by, status, eligibility_id, justification, \
         ticket_number, ticket_system, starts_at, ends_at, duration_minutes, created_at, lapses_at, approval_required, decision, \
         decided_by, decided_at, decision_justification, closed_by, completed_at, remind_at, schedule_id, seal, sealed_by) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, \
         $26, $27)",
    )
    .text(request.id.as_str())
    .text(request.action.word())
    .text(request.kind.word())
    .text(request.role.as_str())
    .text(request.principal.as_str())
    .text(request.requested_by.as_str())
    .text(request.state.status().word())
    .maybe_text(request.eligibility.as_ref().map(ScheduleId::as_str))
    .text(&request.justification)
    .text(&request.ticket.number)
    .text(&request.ticket.system)
    .maybe_number(request.starts_at.map(Instant::millis))
    .maybe_number(request.ends_at.map(Instant::millis))
    .maybe_number(request.duration_minutes)
    .number(request.created_at.millis())
    .maybe_number(lapses_at.map(Instant::millis))
    .number(i64::from(request.approval_required))
    .maybe_text(decision.map(|decision| decision.verdict.word()))
    .maybe_text(decision.map(|decision| decision.by.as_str()))
    .maybe_number(decision.map(|decision| decision.at.millis()))
    .maybe_text(decision.map(|decision| decision.justification.as_str()))
    .maybe_text(closed_by.map(UserId::as_str))
    .maybe_number(completed_at.map(Instant::millis))
    .maybe_number(remind_at.map(Instant::millis))
    .maybe_text(request.schedule.as_ref().map(ScheduleId::as_str))
    .text(&seal.text())
    .number(seal.place.seq)
}

/// Saves where a request stands now. Without a seal it gives nothing any more: what was withdrawn though its seal did not hold.
pub fn update_state(request: &Request, seal: Option<&Seal>) -> Statement {
    let state = &request.state;
    let decision = state.decision();
    let (_, closed_by, completed_at) = state_columns(state);
    Statement::new(
        "update requests set status = $2, decision = $3, decided_by = $4, decided_at = $5, decision_justification = $6, \
         closed_by = $7, completed_at = $8, seal = $9, sealed_by = $10 where id = $1",
    )
    .text(request.id.as_str())
    .text(state.status().word())
    .maybe_text(decision.map(|decision| decision.verdict.word()))
    .maybe_text(decision.map(|decision| decision.by.as_str()))
    .maybe_number(decision.map(|decision| decision.at.millis()))
    .maybe_text(decision.map(|decision| decision.justification.as_str()))
    .maybe_text(closed_by.map(UserId::as_str))
    .maybe_number(completed_at.map(Instant::millis))
    .maybe_text(seal.map(Seal::text).as_deref())
    .maybe_number(seal.map(|seal| seal.place.seq))
}

/// Which of the state's facts have columns of their own: when it lapses, who withdrew it, when it was closed.
fn state_columns(state: &State) -> (Option<Instant>, Option<&UserId>, Option<Instant>) {
    match state {
        State::PendingApproval { lapses_at } | State::PendingAdminDecision { lapses_at } => (*lapses_at, None, None),
        State::Canceled { by, at } => (None, by.as_ref(), Some(*at)),
        State::TimedOut { at } | State::Revoked { at, .. } | State::Failed { at, .. } => (None, None, Some(*at)),
        State::Granted { .. } | State::Provisioned { .. } | State::Denied(_) => (None, None, None),
    }
}

/// One row as a request.
pub(super) fn read(row: &AnyRow) -> Result<Sealed<Request>, Corrupt> {
    let request = Request {
        id: row.parsed("id")?,
        action: row.parsed("action")?,
        kind: row.parsed("kind")?,
        role: row.parsed("role_id")?,
        principal: row.parsed("principal_id")?,
        requested_by: row.parsed("requested_by")?,
        eligibility: row.maybe_parsed("eligibility_id")?,
        schedule: row.maybe_parsed("schedule_id")?,
        justification: row.text("justification")?,
        ticket: Ticket { number: row.text("ticket_number")?, system: row.text("ticket_system")? },
        starts_at: row.maybe_moment("starts_at")?,
        ends_at: row.maybe_moment("ends_at")?,
        duration_minutes: row.maybe_number("duration_minutes")?,
        created_at: row.moment("created_at")?,
        approval_required: row.flag("approval_required")?,
        state: read_state(row)?,
    };
    Ok(Sealed::read(request, row.seal("seal", "sealed_by")?))
}

fn read_state(row: &AnyRow) -> Result<State, Corrupt> {
    let missing = |column| move || Corrupt { column, problem: "missing".to_owned() };
    let at = || row.maybe_moment("completed_at")?.ok_or_else(missing("completed_at"));
    let decision = || {
        let Some(verdict) = row.maybe_parsed::<Verdict>("decision")? else { return Ok(None) };
        Ok::<_, Corrupt>(Some(Decision {
            verdict,
            by: row.parsed("decided_by")?,
            at: row.moment("decided_at")?,
            justification: row.maybe_text("decision_justification")?.unwrap_or_default(),
        }))
    };
    Ok(match row.parsed::<Status>("status")? {
        Status::PendingApproval => State::PendingApproval { lapses_at: row.maybe_moment("lapses_at")? },
        Status::PendingAdminDecision => State::PendingAdminDecision { lapses_at: row.maybe_moment("lapses_at")? },
        Status::Granted => State::Granted { approval: decision()? },
        Status::Provisioned => State::Provisioned { approval: decision()? },
        Status::Denied => State::Denied(decision()?.ok_or_else(missing("decision"))?),
        Status::Canceled => State::Canceled { by: row.maybe_parsed("closed_by")?, at: at()? },
        Status::TimedOut => State::TimedOut { at: at()? },
        Status::Revoked => State::Revoked { approval: decision()?, at: at()? },
        Status::Failed => State::Failed { approval: decision()?, at: at()? },
    })
}
