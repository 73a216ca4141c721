//! Eligible assignments.

use sqlx::any::AnyRow;

use super::row::Columns as _;
use super::statements::Statement;
use super::ways::{maybe, membership_text, read_membership};
use super::{Corrupt, Db, Key, Question, StoreResult, Write};
use crate::domain::ids::{PrincipalId, RoleId, ScheduleId, UserId};
use crate::domain::reminder::Ending;
use crate::domain::schedule::{Eligibility, EndReason, Term};
use crate::domain::seal::{Seal, Sealed};
use crate::domain::sealed_rows::Membership;
use crate::domain::time::{Instant, Span};

/// The eligibility with this id, unless it is over.
pub async fn find_live(db: &mut Db, id: &ScheduleId) -> StoreResult<Option<Sealed<Eligibility>>> {
    let row = sqlx::query("select * from eligibility_schedules where id = $1 and ended_at is null")
        .bind(id.as_str())
        .fetch_optional(db)
        .await?;
    Ok(row.as_ref().map(read).transpose()?)
}

/// The role of the eligibility with this id.
pub fn role_of(id: &ScheduleId) -> Key<'_> {
    Key::through("select role_id from eligibility_schedules where id =", id.as_str())
}

/// An eligibility that a person wants to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usable {
    /// The eligibility.
    pub eligibility: Sealed<Eligibility>,
    /// The person's membership of the group that is eligible; none when they are eligible themself.
    pub membership: Option<Sealed<Membership>>,
    /// The role is active for the person, whichever way, or they have activated it for a later start.
    pub is_active: bool,
    /// A request of theirs to activate the role waits.
    pub is_pending: bool,
}

/// The live eligibility with this id, if it makes this person eligible, by name or as a member of its group; with what may stand in
/// the way of activating it now.
pub fn usable<'a>(id: impl Into<Key<'a>>, user: impl Into<Key<'a>>, now: Instant) -> Question<Option<Usable>> {
    let statement = Statement::new(concat!(
        "select e.*, ",
        membership_text!("m"),
        " as through, case when exists (select 1 from assignment_schedules a where a.role_id = e.role_id and a.ended_at is null \
         and (a.assignment_type = 'Activated' or a.starts_at <= $3) and (a.ends_at is null or a.ends_at > $3) \
         and (a.principal_id = $2 or a.principal_id in (select group_id from group_members where user_id = $2))) \
         then 1 else 0 end as is_active, \
         case when exists (select 1 from requests r where r.role_id = e.role_id and r.principal_id = $2 and r.kind = 'assignment' \
         and r.action = 'selfActivate' and r.status in ('PendingApproval', 'PendingAdminDecision')) then 1 else 0 end as is_pending \
         from eligibility_schedules e left join group_members m on m.group_id = e.principal_id and m.user_id = $2 \
         where e.id = $1 and e.ended_at is null and (e.principal_id = $2 or m.user_id is not null)",
    ))
    .key(id.into())
    .key(user.into())
    .number(now.millis());
    Question::new(statement, |rows| {
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some(Usable {
            eligibility: read(row)?,
            membership: maybe(&row.maybe_text("through")?.unwrap_or_default(), read_membership)?,
            is_active: row.flag("is_active")?,
            is_pending: row.flag("is_pending")?,
        }))
    })
}

/// The live eligibility of exactly this principal for this role.
pub async fn find_of(db: &mut Db, role: &RoleId, principal: &PrincipalId) -> StoreResult<Option<Sealed<Eligibility>>> {
    let row = sqlx::query(
        "select * from eligibility_schedules where role_id = $1 and principal_id = $2 and ended_at is null",
    )
    .bind(role.as_str())
    .bind(principal.as_str())
    .fetch_optional(db)
    .await?;
    Ok(row.as_ref().map(read).transpose()?)
}

/// Live eligibilities whose end has come, the earliest first.
pub async fn list_due(db: &mut Db, now: Instant, limit: i64) -> StoreResult<Vec<Sealed<Eligibility>>> {
    let rows = sqlx::query(
        "select * from eligibility_schedules where ended_at is null and ends_at <= $1 and seal is not null order by ends_at, id limit $2",
    )
    .bind(now.millis())
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// Live eligibilities of which a warning is due, the earliest first, each with the moment at which it was due.
pub async fn list_to_warn(db: &mut Db, now: Instant, limit: i64) -> StoreResult<Vec<(Instant, Sealed<Eligibility>)>> {
    let rows = sqlx::query(
        "select * from eligibility_schedules where ended_at is null and warn_at is not null and warn_at <= $1 and seal is not null \
         order by warn_at, id limit $2",
    )
    .bind(now.millis())
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(|row| Ok((row.moment("warn_at")?, read(row)?))).collect::<Result<_, Corrupt>>()?)
}

/// Live eligibilities of this principal, and of the groups it is in, whose end has come.
pub async fn list_due_of(db: &mut Db, principal: &PrincipalId, now: Instant) -> StoreResult<Vec<Sealed<Eligibility>>> {
    // The plus keeps the engine from walking through everybody's to find one principal's.
    let rows = sqlx::query(
        "select * from eligibility_schedules where principal_id in (select cast($1 as text) \
         union all select group_id from group_members where user_id = $1) and ended_at is null and seal is not null and +ends_at <= $2 \
         order by ends_at, id",
    )
    .bind(principal.as_str())
    .bind(now.millis())
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// Saves a new eligibility.
pub async fn insert(tx: &mut Write, eligibility: &Eligibility, by: &UserId, seal: &Seal) -> StoreResult<()> {
    let warn_at = Ending::Eligibility.first_warning(eligibility.term, eligibility.created_at);
    sqlx::query(
        "insert into eligibility_schedules (id, role_id, principal_id, request_id, created_by, created_at, starts_at, ends_at, \
         warn_at, seal, sealed_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(eligibility.id.as_str())
    .bind(eligibility.role.as_str())
    .bind(eligibility.principal.as_str())
    .bind(eligibility.request.as_str())
    .bind(by.as_str())
    .bind(eligibility.created_at.millis())
    .bind(eligibility.term.starts_at.millis())
    .bind(eligibility.term.ends_at.map(Instant::millis))
    .bind(warn_at.map(Instant::millis))
    .bind(seal.text())
    .bind(seal.place.seq)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes when the next warnings of these are due: so long before their ends, or never.
pub async fn note_warned(tx: &mut Write, ids: &[ScheduleId], next: Option<Span>) -> StoreResult<()> {
    match next {
        Some(before) => {
            let text = "update eligibility_schedules set warn_at = ends_at - $1 where id in";
            super::update_each(tx, text, &[before.millis()], ids).await
        }
        None => super::update_each(tx, "update eligibility_schedules set warn_at = null where id in", &[], ids).await,
    }
}

/// Takes the seals from these, which did not hold: they give nothing, and nothing of them is due.
pub async fn clear_seals(tx: &mut Write, ids: &[ScheduleId]) -> StoreResult<()> {
    super::update_each(tx, "update eligibility_schedules set seal = null, sealed_by = null where id in", &[], ids).await
}

/// Marks these as over since the ends that were set.
pub async fn end_expired(tx: &mut Write, ids: &[ScheduleId]) -> StoreResult<()> {
    let text = "update eligibility_schedules set ended_at = ends_at, end_reason = 'Expired', seal = null, sealed_by = null where ended_at is null and id in";
    super::update_each(tx, text, &[], ids).await
}

/// Marks it as over.
pub async fn end(tx: &mut Write, id: &ScheduleId, at: Instant, reason: EndReason) -> StoreResult<()> {
    sqlx::query("update eligibility_schedules set ended_at = $2, end_reason = $3, seal = null, sealed_by = null where id = $1 and ended_at is null")
        .bind(id.as_str())
        .bind(at.millis())
        .bind(reason.word())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// One row as an eligibility.
pub(super) fn read(row: &AnyRow) -> Result<Sealed<Eligibility>, Corrupt> {
    let eligibility = Eligibility {
        id: row.parsed("id")?,
        role: row.parsed("role_id")?,
        principal: row.parsed("principal_id")?,
        term: Term { starts_at: row.moment("starts_at")?, ends_at: row.maybe_moment("ends_at")? },
        created_at: row.moment("created_at")?,
        request: row.parsed("request_id")?,
    };
    Ok(Sealed::read(eligibility, row.seal("seal", "sealed_by")?))
}
