//! Active assignments: those an administrator assigned, and those a person activated.

use sqlx::{AssertSqlSafe, any::AnyRow};

use super::row::Columns as _;
use super::statements::Statement;
use super::{Corrupt, Db, IDS, StoreResult, Write, places};
use crate::domain::ids::{PrincipalId, RoleId, ScheduleId, UserId};
use crate::domain::reminder::Ending;
use crate::domain::schedule::{Assignment, AssignmentType, EndReason, Term};
use crate::domain::seal::{Seal, Sealed};
use crate::domain::time::{Instant, Span};

/// The assignment with this id, unless it is over.
pub async fn find_live(db: &mut Db, id: &ScheduleId) -> StoreResult<Option<Sealed<Assignment>>> {
    let row = sqlx::query("select * from assignment_schedules where id = $1 and ended_at is null")
        .bind(id.as_str())
        .fetch_optional(db)
        .await?;
    Ok(row.as_ref().map(read).transpose()?)
}

/// The live assignment of this type that exactly this principal has to this role.
pub async fn find_of(
    db: &mut Db,
    role: &RoleId,
    principal: &PrincipalId,
    assignment_type: AssignmentType,
) -> StoreResult<Option<Sealed<Assignment>>> {
    let row = sqlx::query(
        "select * from assignment_schedules where role_id = $1 and principal_id = $2 and assignment_type = $3 and ended_at is null",
    )
    .bind(role.as_str())
    .bind(principal.as_str())
    .bind(assignment_type.word())
    .fetch_optional(db)
    .await?;
    Ok(row.as_ref().map(read).transpose()?)
}

/// Live activations made from this eligibility.
pub async fn list_using(db: &mut Db, eligibility: &ScheduleId) -> StoreResult<Vec<Sealed<Assignment>>> {
    let rows = sqlx::query("select * from assignment_schedules where activated_using = $1 and ended_at is null")
        .bind(eligibility.as_str())
        .fetch_all(db)
        .await?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// Live activations of this person.
pub async fn list_activated_by(db: &mut Db, user: &UserId) -> StoreResult<Vec<Sealed<Assignment>>> {
    let rows = sqlx::query(
        "select * from assignment_schedules where principal_id = $1 and assignment_type = 'Activated' and ended_at is null",
    )
    .bind(user.as_str())
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// Live activations of this person that rest on an eligibility of this group.
pub async fn list_activated_through(
    db: &mut Db,
    user: &UserId,
    group: &PrincipalId,
) -> StoreResult<Vec<Sealed<Assignment>>> {
    let rows = sqlx::query(
        "select a.* from assignment_schedules a join eligibility_schedules e on e.id = a.activated_using \
         where a.principal_id = $1 and e.principal_id = $2 and a.ended_at is null",
    )
    .bind(user.as_str())
    .bind(group.as_str())
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// Live assignments whose end has come, the earliest first.
pub async fn list_due(db: &mut Db, now: Instant, limit: i64) -> StoreResult<Vec<Sealed<Assignment>>> {
    let rows = sqlx::query(
        "select * from assignment_schedules where ended_at is null and ends_at <= $1 and seal is not null order by ends_at, id limit $2",
    )
    .bind(now.millis())
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// Live assignments whose start has come and was not noted yet, the earliest first.
pub async fn list_starting(db: &mut Db, now: Instant, limit: i64) -> StoreResult<Vec<Sealed<Assignment>>> {
    let rows = sqlx::query(
        "select * from assignment_schedules where ended_at is null and started_at is null and starts_at <= $1 and seal is not null \
         order by starts_at, id limit $2",
    )
    .bind(now.millis())
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// Live assignments of which a warning is due, the earliest first, each with the moment at which it was due.
pub async fn list_to_warn(db: &mut Db, now: Instant, limit: i64) -> StoreResult<Vec<(Instant, Sealed<Assignment>)>> {
    let rows = sqlx::query(
        "select * from assignment_schedules where ended_at is null and warn_at is not null and warn_at <= $1 and seal is not null \
         order by warn_at, id limit $2",
    )
    .bind(now.millis())
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(|row| Ok((row.moment("warn_at")?, read(row)?))).collect::<Result<_, Corrupt>>()?)
}

/// A live assignment whose start or end has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueAssignment {
    /// The assignment.
    pub assignment: Sealed<Assignment>,
    /// Whether its start was not acted on yet.
    pub is_unstarted: bool,
}

/// Live assignments of this principal, and of the groups it is in, whose start or end has come and was not noted yet.
pub async fn list_due_of(db: &mut Db, principal: &PrincipalId, now: Instant) -> StoreResult<Vec<DueAssignment>> {
    // The plus keeps the engine from walking through everybody's to find one principal's.
    let rows = sqlx::query(
        "select * from assignment_schedules where principal_id in (select cast($1 as text) \
         union all select group_id from group_members where user_id = $1) and ended_at is null and seal is not null \
         and (+ends_at <= $2 or (started_at is null and +starts_at <= $2)) order by ends_at, id",
    )
    .bind(principal.as_str())
    .bind(now.millis())
    .fetch_all(db)
    .await?;
    let read =
        |row| Ok(DueAssignment { assignment: read(row)?, is_unstarted: row.maybe_number("started_at")?.is_none() });
    Ok(rows.iter().map(read).collect::<Result<_, Corrupt>>()?)
}

/// Live activations made from any of these eligibilities.
pub async fn list_using_any(db: &mut Db, eligibilities: &[ScheduleId]) -> StoreResult<Vec<Sealed<Assignment>>> {
    let mut found = Vec::new();
    for ids in eligibilities.chunks(IDS) {
        let statement = format!(
            "select * from assignment_schedules where activated_using in ({}) and ended_at is null order by id",
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

/// Saves a new assignment. One that starts at once is noted as started.
pub fn insert(assignment: &Assignment, by: &UserId, seal: &Seal) -> Statement {
    let started_at = (assignment.term.starts_at <= assignment.created_at).then_some(assignment.term.starts_at);
    let warn_at = Ending::from(assignment.assignment_type).first_warning(assignment.term, assignment.created_at);
    Statement::new(
        "insert into assignment_schedules (id, role_id, principal_id, request_id, assignment_type, activated_using, created_by, \
         created_at, starts_at, ends_at, started_at, warn_at, seal, sealed_by) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .text(assignment.id.as_str())
    .text(assignment.role.as_str())
    .text(assignment.principal.as_str())
    .text(assignment.request.as_str())
    .text(assignment.assignment_type.word())
    .maybe_text(assignment.activated_using.as_ref().map(ScheduleId::as_str))
    .text(by.as_str())
    .number(assignment.created_at.millis())
    .number(assignment.term.starts_at.millis())
    .maybe_number(assignment.term.ends_at.map(Instant::millis))
    .maybe_number(started_at.map(Instant::millis))
    .maybe_number(warn_at.map(Instant::millis))
    .text(&seal.text())
    .number(seal.place.seq)
}

/// Notes that the starts of these were acted on.
pub async fn note_started(tx: &mut Write, ids: &[ScheduleId]) -> StoreResult<()> {
    super::update_each(tx, "update assignment_schedules set started_at = starts_at where id in", &[], ids).await
}

/// Notes when the next warnings of these are due: so long before their ends, or never.
pub async fn note_warned(tx: &mut Write, ids: &[ScheduleId], next: Option<Span>) -> StoreResult<()> {
    match next {
        Some(before) => {
            let text = "update assignment_schedules set warn_at = ends_at - $1 where id in";
            super::update_each(tx, text, &[before.millis()], ids).await
        }
        None => super::update_each(tx, "update assignment_schedules set warn_at = null where id in", &[], ids).await,
    }
}

/// Takes the seals from these, which did not hold: they give nothing, and nothing of them is due.
pub async fn clear_seals(tx: &mut Write, ids: &[ScheduleId]) -> StoreResult<()> {
    super::update_each(tx, "update assignment_schedules set seal = null, sealed_by = null where id in", &[], ids).await
}

/// Marks these as over since the ends that were set.
pub async fn end_expired(tx: &mut Write, ids: &[ScheduleId]) -> StoreResult<()> {
    let text = "update assignment_schedules set ended_at = ends_at, end_reason = 'Expired', seal = null, sealed_by = null where ended_at is null and id in";
    super::update_each(tx, text, &[], ids).await
}

/// Marks it as over.
pub async fn end(tx: &mut Write, id: &ScheduleId, at: Instant, reason: EndReason) -> StoreResult<()> {
    sqlx::query("update assignment_schedules set ended_at = $2, end_reason = $3, seal = null, sealed_by = null where id = $1 and ended_at is null")
        .bind(id.as_str())
        .bind(at.millis())
        .bind(reason.word())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// One row as an assignment.
pub(super) fn read(row: &AnyRow) -> Result<Sealed<Assignment>, Corrupt> {
    let assignment = Assignment {
        id: row.parsed("id")?,
        role: row.parsed("role_id")?,
        principal: row.parsed("principal_id")?,
        assignment_type: row.parsed("assignment_type")?,
        activated_using: row.maybe_parsed("activated_using")?,
        term: Term { starts_at: row.moment("starts_at")?, ends_at: row.maybe_moment("ends_at")? },
        created_at: row.moment("created_at")?,
        request: row.parsed("request_id")?,
    };
    Ok(Sealed::read(assignment, row.seal("seal", "sealed_by")?))
}
