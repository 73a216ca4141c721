//! Assignments of either kind as extending, renewing and updating them looks at them, live or over.

use sqlx::any::AnyRow;

use super::row::Columns as _;
use super::{Corrupt, Db, StoreResult, Write, assignments, eligibilities, requests};
use crate::domain::ids::{PrincipalId, RequestId, RoleId, ScheduleId, UserId};
use crate::domain::lifecycle::Known;
use crate::domain::reminder::Ending;
use crate::domain::request::Kind;
use crate::domain::schedule::{Assignment, AssignmentType, Eligibility, Term};
use crate::domain::seal::{Seal, Sealed};
use crate::domain::time::Instant;
use crate::store::requests::Request;

/// An eligible or active assignment, live or over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its id.
    pub id: ScheduleId,
    /// The role.
    pub role: RoleId,
    /// Whose it is.
    pub principal: PrincipalId,
    /// What it is, from when to when, and how it ended.
    pub known: Known,
    /// The request it came from.
    pub request: RequestId,
    /// Its row, as long as it was not ended; that of one that was has no seal, and gives nothing.
    pub live: Option<Live>,
}

/// The row of an assignment that was not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Live {
    /// An eligible one.
    Eligibility(Sealed<Eligibility>),
    /// An active one.
    Assignment(Sealed<Assignment>),
}

const SUBJECT: &str = "select id, 'eligibility' as kind, '' as assignment_type, null as activated_using, role_id, principal_id, \
     starts_at, ends_at, ended_at, end_reason, created_at, request_id, seal, sealed_by from eligibility_schedules where id = $1 \
     union all select id, 'assignment' as kind, assignment_type, activated_using, role_id, principal_id, starts_at, ends_at, ended_at, \
     end_reason, created_at, request_id, seal, sealed_by from assignment_schedules where id = $1";

/// The assignment with this id.
pub async fn find(db: &mut Db, id: &ScheduleId) -> StoreResult<Option<Subject>> {
    let row = sqlx::query(SUBJECT).bind(id.as_str()).fetch_optional(db).await?;
    Ok(row.as_ref().map(read).transpose()?)
}

/// The assignment with this id, if it is this person's, or that of a group they are in.
pub async fn find_for(db: &mut Db, id: &ScheduleId, user: &UserId) -> StoreResult<Option<Subject>> {
    let Some(subject) = find(db, id).await? else { return Ok(None) };
    if subject.principal.is_user(user) {
        return Ok(Some(subject));
    }
    let row = sqlx::query("select 1 as one from group_members where group_id = $1 and user_id = $2")
        .bind(subject.principal.as_str())
        .bind(user.as_str())
        .fetch_optional(db)
        .await?;
    Ok(row.map(|_| subject))
}

/// True when exactly this principal holds or will hold the role in this way, activations aside.
pub async fn is_held(
    db: &mut Db,
    kind: Kind,
    role: &RoleId,
    principal: &PrincipalId,
    now: Instant,
) -> StoreResult<bool> {
    let statement = match kind {
        Kind::Eligibility => {
            "select 1 as one from eligibility_schedules where role_id = $1 and principal_id = $2 and ended_at is null \
             and (ends_at is null or ends_at > $3)"
        }
        Kind::Assignment => {
            "select 1 as one from assignment_schedules where role_id = $1 and principal_id = $2 and assignment_type = 'Assigned' \
             and ended_at is null and (ends_at is null or ends_at > $3)"
        }
    };
    let row = sqlx::query(statement)
        .bind(role.as_str())
        .bind(principal.as_str())
        .bind(now.millis())
        .fetch_optional(db)
        .await?;
    Ok(row.is_some())
}

/// Waiting requests to extend or renew this assignment.
pub async fn list_waiting_about(db: &mut Db, schedule: &ScheduleId) -> StoreResult<Vec<Sealed<Request>>> {
    let rows = sqlx::query(
        "select * from requests where schedule_id = $1 and status in ('PendingApproval', 'PendingAdminDecision') order by id",
    )
    .bind(schedule.as_str())
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(requests::read).collect::<Result<_, _>>()?)
}

/// True when a request to extend or renew an assignment of this kind waits for this principal and role.
pub async fn is_change_waiting(db: &mut Db, kind: Kind, role: &RoleId, principal: &PrincipalId) -> StoreResult<bool> {
    let row = sqlx::query(
        "select 1 as one from requests where role_id = $1 and principal_id = $2 and kind = $3 \
         and action in ('selfExtend', 'selfRenew') and status in ('PendingApproval', 'PendingAdminDecision') limit 1",
    )
    .bind(role.as_str())
    .bind(principal.as_str())
    .bind(kind.word())
    .fetch_optional(db)
    .await?;
    Ok(row.is_some())
}

/// Gives a live assignment another term. It stays the same assignment.
pub async fn set_term(
    tx: &mut Write,
    ending: Ending,
    id: &ScheduleId,
    (term, seal): (&Term, &Seal),
    now: Instant,
) -> StoreResult<()> {
    let statement = match ending {
        Ending::Eligibility => {
            "update eligibility_schedules set starts_at = $2, ends_at = $3, warn_at = $4, seal = $5, sealed_by = $6 \
             where id = $1 and ended_at is null"
        }
        Ending::Assigned | Ending::Activated => {
            "update assignment_schedules set starts_at = $2, ends_at = $3, warn_at = $4, seal = $5, sealed_by = $6 \
             where id = $1 and ended_at is null"
        }
    };
    sqlx::query(statement)
        .bind(id.as_str())
        .bind(term.starts_at.millis())
        .bind(term.ends_at.map(Instant::millis))
        .bind(ending.first_warning(*term, now).map(Instant::millis))
        .bind(seal.text())
        .bind(seal.place.seq)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Notes what an administrator's yes made of the assignment that a request is about.
pub async fn note_granted(tx: &mut Write, request: &RequestId, kind: Kind, term: &Term) -> StoreResult<()> {
    sqlx::query("update requests set granted_kind = $2, granted_from = $3, granted_until = $4 where id = $1")
        .bind(request.as_str())
        .bind(kind.word())
        .bind(term.starts_at.millis())
        .bind(term.ends_at.map(Instant::millis))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Subject, Corrupt> {
    let kind = row.parsed("kind")?;
    let activated = match kind {
        Kind::Eligibility => false,
        Kind::Assignment => row.parsed::<AssignmentType>("assignment_type")? == AssignmentType::Activated,
    };
    let live = match (row.maybe_number("ended_at")?, kind) {
        (Some(_), _) => None,
        (None, Kind::Eligibility) => Some(Live::Eligibility(eligibilities::read(row)?)),
        (None, Kind::Assignment) => Some(Live::Assignment(assignments::read(row)?)),
    };
    Ok(Subject {
        id: row.parsed("id")?,
        role: row.parsed("role_id")?,
        principal: row.parsed("principal_id")?,
        known: Known {
            kind,
            activated,
            term: Term { starts_at: row.moment("starts_at")?, ends_at: row.maybe_moment("ends_at")? },
            ended: row.maybe_moment("ended_at")?.zip(row.maybe_parsed("end_reason")?),
        },
        request: row.parsed("request_id")?,
        live,
    })
}
