//! The roles of one person, as My roles lists them: eligible, active, over.

use sqlx::any::AnyRow;

use super::row::Columns as _;
use super::statements::Statement;
use super::{Corrupt, Db, Question, StoreResult, eligibilities};
use crate::domain::ids::{RequestId, RoleId, ScheduleId, UserId};
use crate::domain::my_role::EligibleFacts;
use crate::domain::request::Kind;
use crate::domain::schedule::{AssignmentType, Eligibility, EndReason, Term};
use crate::domain::time::Instant;

/// A role as a list shows it, and through which group the person has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleHead {
    /// Which.
    pub id: RoleId,
    /// Its name.
    pub name: String,
    /// How its name sorts.
    pub name_key: String,
    /// What it allows.
    pub description: String,
    /// True when misuse reaches far.
    pub is_privileged: bool,
    /// The group whose member the person is; nothing when the assignment, or what was activated, names the person.
    pub group: Option<String>,
}

/// One eligibility of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EligibleRow {
    /// The eligibility.
    pub eligibility: Eligibility,
    /// The role.
    pub role: RoleHead,
    /// What is known about it.
    pub facts: EligibleFacts,
    /// The request to extend it that waits.
    pub extension: Option<RequestId>,
}

/// One active assignment of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveRow {
    /// Its id.
    pub id: ScheduleId,
    /// The role.
    pub role: RoleHead,
    /// Assigned or activated.
    pub assignment_type: AssignmentType,
    /// From when to when.
    pub term: Term,
    /// The request to extend it that waits.
    pub extension: Option<RequestId>,
}

/// One assignment that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverRow {
    /// Its id.
    pub id: ScheduleId,
    /// The role.
    pub role: RoleHead,
    /// Eligible or active.
    pub kind: Kind,
    /// How it was active.
    pub assignment_type: Option<AssignmentType>,
    /// When it began.
    pub starts_at: Instant,
    /// When it ended.
    pub over_at: Instant,
    /// Why; nothing when its time ran out a moment ago.
    pub reason: Option<EndReason>,
    /// True when they hold the role in the same way again.
    pub held_again: bool,
    /// The request to renew it, or still to extend it, that waits.
    pub renewal: Option<RequestId>,
}

/// The request to extend or renew this assignment that waits.
macro_rules! waiting_about {
    ($schedule:literal) => {
        concat!(
            " (select min(x.id) from requests x where x.schedule_id = ",
            $schedule,
            " and x.status in ('PendingApproval', 'PendingAdminDecision')) as about_id "
        )
    };
}
pub(super) use waiting_about;

/// What stands before the conditions of one engine and the other alike: whose roles. `$1` is the person, `$2` is now.
macro_rules! eligible {
    ($which:literal) => {
        concat!(
            "select e.*, r.id as r_id, r.display_name as r_name, r.name_key as r_key, r.description as r_description, \
             r.is_privileged as r_privileged, p.kind as p_kind, p.display_name as p_name, a.id as a_id, a.starts_at as a_from, \
             a.ends_at as a_until, q.id as q_id, q.lapses_at as q_lapses, ",
            waiting_about!("e.id"),
            ", \
             (select count(*) from assignment_schedules s where s.role_id = e.role_id and s.assignment_type = 'Assigned' \
             and s.ended_at is null and s.starts_at <= $2 and (s.ends_at is null or s.ends_at > $2) and (s.principal_id = $1 \
             or s.principal_id in (select group_id from group_members where user_id = $1))) as assigned \
             from eligibility_schedules e join roles r on r.id = e.role_id left join principals p on p.id = e.principal_id \
             left join assignment_schedules a on a.role_id = e.role_id and a.principal_id = $1 and a.assignment_type = 'Activated' \
             and a.ended_at is null and a.ends_at > $2 \
             left join requests q on q.role_id = e.role_id and q.principal_id = $1 and q.kind = 'assignment' \
             and q.action = 'selfActivate' and q.status in ('PendingApproval', 'PendingAdminDecision') \
             where e.ended_at is null and (e.ends_at is null or e.ends_at > $2) and (e.principal_id = $1 \
             or e.principal_id in (select group_id from group_members where user_id = $1)) ",
            $which
        )
    };
}

/// A list of one person's roles by the role's name, from behind a name and an id on, with its values.
fn by_name(
    text: &'static str,
    user: &UserId,
    now: Instant,
    key: &str,
    (name, id): (&str, &str),
    limit: i64,
) -> Statement {
    Statement::new(text).text(user.as_str()).number(now.millis()).text(key).text(name).text(id).number(limit)
}

/// Live eligibilities of this person, directly and through groups, by the role's name; those whose role's name has this text in it.
pub fn list_eligible(
    user: &UserId,
    now: Instant,
    key: &str,
    after: (&str, &str),
    limit: i64,
) -> Question<Vec<EligibleRow>> {
    let text = eligible!(
        "and ($3 = '' or replace(r.name_key, $3, '') <> r.name_key) and (r.name_key > $4 or (r.name_key = $4 and e.id > $5)) \
         order by r.name_key, e.id limit $6"
    );
    Question::about_each(by_name(text, user, now, key, after, limit), read_eligible)
}

/// This eligibility, if it makes this person eligible.
pub async fn find_eligible(
    db: &mut Db,
    id: &ScheduleId,
    user: &UserId,
    now: Instant,
) -> StoreResult<Option<EligibleRow>> {
    let row = sqlx::query(eligible!("and e.id = $3"))
        .bind(user.as_str())
        .bind(now.millis())
        .bind(id.as_str())
        .fetch_optional(db)
        .await?;
    Ok(row.as_ref().map(read_eligible).transpose()?)
}

/// Active assignments of this person, in force or to come, directly and through groups, by the role's name.
pub fn list_active(
    user: &UserId,
    now: Instant,
    key: &str,
    after: (&str, &str),
    limit: i64,
) -> Question<Vec<ActiveRow>> {
    let text = concat!(
        "select a.*, r.id as r_id, r.display_name as r_name, r.name_key as r_key, r.description as r_description, \
         r.is_privileged as r_privileged, p.kind as p_kind, p.display_name as p_name, ",
        waiting_about!("a.id"),
        " from assignment_schedules a join roles r on r.id = a.role_id left join eligibility_schedules v on v.id = a.activated_using \
         left join principals p on p.id = coalesce(v.principal_id, a.principal_id) \
         where a.ended_at is null and (a.ends_at is null or a.ends_at > $2) and (a.principal_id = $1 \
         or a.principal_id in (select group_id from group_members where user_id = $1)) \
         and ($3 = '' or replace(r.name_key, $3, '') <> r.name_key) and (r.name_key > $4 or (r.name_key = $4 and a.id > $5)) \
         order by r.name_key, a.id limit $6",
    );
    Question::about_each(by_name(text, user, now, key, after, limit), read_active)
}

/// This activation of this person, unless it is over.
pub async fn find_active(db: &mut Db, id: &ScheduleId, user: &UserId, now: Instant) -> StoreResult<Option<ActiveRow>> {
    let row = sqlx::query(concat!(
        "select a.*, r.id as r_id, r.display_name as r_name, r.name_key as r_key, r.description as r_description, \
         r.is_privileged as r_privileged, p.kind as p_kind, p.display_name as p_name, ",
        waiting_about!("a.id"),
        " from assignment_schedules a join roles r on r.id = a.role_id left join eligibility_schedules v on v.id = a.activated_using \
         left join principals p on p.id = coalesce(v.principal_id, a.principal_id) \
         where a.id = $1 and a.principal_id = $2 and a.assignment_type = 'Activated' and a.ended_at is null \
         and (a.ends_at is null or a.ends_at > $3)",
    ))
    .bind(id.as_str())
    .bind(user.as_str())
    .bind(now.millis())
    .fetch_optional(db)
    .await?;
    Ok(row.as_ref().map(read_active).transpose()?)
}

/// What this person was eligible for, or had active, and what ended after `since`; the last ended first.
pub fn list_over(
    user: &UserId,
    (since, now): (Instant, Instant),
    key: &str,
    after: Option<(Instant, &str)>,
    limit: i64,
) -> Question<Vec<OverRow>> {
    let (at, id) = after.map_or((i64::MAX, ""), |(at, id)| (at.millis(), id));
    let statement = Statement::new(concat!(
        "select o.*, r.id as r_id, r.display_name as r_name, r.name_key as r_key, r.description as r_description, \
         r.is_privileged as r_privileged, p.kind as p_kind, p.display_name as p_name, ",
        waiting_about!("o.id"),
        ", case when o.kind = 'eligibility' then (select count(*) from eligibility_schedules h where h.role_id = o.role_id \
         and h.principal_id = o.principal_id and h.ended_at is null and (h.ends_at is null or h.ends_at > $2)) \
         else (select count(*) from assignment_schedules h where h.role_id = o.role_id and h.principal_id = o.principal_id \
         and h.assignment_type = 'Assigned' and h.ended_at is null and (h.ends_at is null or h.ends_at > $2)) end as again from \
         (select id, 'eligibility' as kind, '' as assignment_type, null as activated_using, role_id, principal_id, starts_at, \
         coalesce(ended_at, ends_at) as over_at, coalesce(end_reason, '') as end_reason \
         from eligibility_schedules where ended_at is not null or ends_at <= $2 \
         union all \
         select id, 'assignment' as kind, assignment_type, activated_using, role_id, principal_id, starts_at, \
         coalesce(ended_at, ends_at) as over_at, coalesce(end_reason, '') as end_reason \
         from assignment_schedules where ended_at is not null or ends_at <= $2) o \
         join roles r on r.id = o.role_id left join eligibility_schedules v on v.id = o.activated_using \
         left join principals p on p.id = coalesce(v.principal_id, o.principal_id) \
         where o.over_at > $3 and (o.principal_id = $1 or o.principal_id in (select group_id from group_members where user_id = $1)) \
         and ($4 = '' or replace(r.name_key, $4, '') <> r.name_key) and (o.over_at < $5 or (o.over_at = $5 and o.id < $6)) \
         order by o.over_at desc, o.id desc limit $7",
    ))
    .text(user.as_str())
    .number(now.millis())
    .number(since.millis())
    .text(key)
    .number(at)
    .text(id)
    .number(limit);
    Question::about_each(statement, read_over)
}

/// How many eligibilities and active assignments this person has, for the tabs.
pub fn count(user: &UserId, now: Instant) -> Question<(u64, u64)> {
    let statement = Statement::new(
        "select (select count(*) from eligibility_schedules e where e.ended_at is null and (e.ends_at is null or e.ends_at > $2) \
         and (e.principal_id = $1 or e.principal_id in (select group_id from group_members where user_id = $1))) as eligible, \
         (select count(*) from assignment_schedules a where a.ended_at is null and (a.ends_at is null or a.ends_at > $2) \
         and (a.principal_id = $1 or a.principal_id in (select group_id from group_members where user_id = $1))) as active",
    )
    .text(user.as_str())
    .number(now.millis());
    Question::about_one(statement, |row| Ok((row.count("eligible")?, row.count("active")?)))
}

fn read_role(row: &AnyRow) -> Result<RoleHead, Corrupt> {
    let group = match row.maybe_text("p_kind")?.as_deref() {
        Some("group") => row.maybe_text("p_name")?,
        _ => None,
    };
    Ok(RoleHead {
        id: row.parsed("r_id")?,
        name: row.text("r_name")?,
        name_key: row.text("r_key")?,
        description: row.text("r_description")?,
        is_privileged: row.flag("r_privileged")?,
        group,
    })
}

fn read_eligible(row: &AnyRow) -> Result<EligibleRow, Corrupt> {
    let eligibility = eligibilities::read(row)?.into_unchecked();
    let activation = match (row.maybe_parsed("a_id")?, row.maybe_moment("a_from")?) {
        (Some(id), Some(starts_at)) => Some((id, Term { starts_at, ends_at: row.maybe_moment("a_until")? })),
        _ => None,
    };
    let pending = match row.maybe_parsed("q_id")? {
        Some(request) => Some((request, row.maybe_moment("q_lapses")?)),
        None => None,
    };
    let facts = EligibleFacts { term: eligibility.term, activation, assigned: row.count("assigned")? > 0, pending };
    let extension = row.maybe_parsed("about_id")?;
    Ok(EligibleRow { role: read_role(row)?, eligibility, facts, extension })
}

fn read_active(row: &AnyRow) -> Result<ActiveRow, Corrupt> {
    Ok(ActiveRow {
        id: row.parsed("id")?,
        role: read_role(row)?,
        assignment_type: row.parsed("assignment_type")?,
        term: Term { starts_at: row.moment("starts_at")?, ends_at: row.maybe_moment("ends_at")? },
        extension: row.maybe_parsed("about_id")?,
    })
}

fn read_over(row: &AnyRow) -> Result<OverRow, Corrupt> {
    let reason = if row.text("end_reason")?.is_empty() { None } else { Some(row.parsed("end_reason")?) };
    let assignment_type =
        if row.text("assignment_type")?.is_empty() { None } else { Some(row.parsed("assignment_type")?) };
    Ok(OverRow {
        id: row.parsed("id")?,
        role: read_role(row)?,
        kind: row.parsed("kind")?,
        assignment_type,
        starts_at: row.moment("starts_at")?,
        over_at: row.moment("over_at")?,
        reason,
        held_again: row.count("again")? > 0,
        renewal: row.maybe_parsed("about_id")?,
    })
}
