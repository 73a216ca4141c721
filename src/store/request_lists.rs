//! Requests as lists and pages show them: with the names of everybody concerned, and what they led to.

use sqlx::any::AnyRow;

use super::requests::{self, Request};
use super::row::Columns as _;
use super::statements::Statement;
use super::{Corrupt, Db, Question, StoreResult};
use crate::domain::ids::{RequestId, RoleId, UserId};
use crate::domain::request::Kind;
use crate::domain::schedule::{EndReason, Term};
use crate::domain::time::Instant;

/// What a name is when nobody has it any more.
const GONE: &str = "(removed)";

/// Sorts behind every id, in every collation.
const LAST: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/// The activation that a request led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Led {
    /// From when to when it was granted.
    pub term: Term,
    /// When and why it ended, once it has.
    pub ended: Option<(Instant, EndReason)>,
}

/// A request with the names around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestLine {
    /// The request.
    pub request: Request,
    /// The role's name.
    pub role_name: String,
    /// Who asked.
    pub requestor: String,
    /// Who decided.
    pub decider: Option<String>,
    /// Who withdrew it.
    pub closer: Option<String>,
    /// What it led to.
    pub led: Option<Led>,
    /// The assignment that it extends, renews, changes or removes, as it is now: from when to when, and when it ended.
    pub about: Option<(Term, Option<Instant>)>,
    /// What an administrator's yes made of that assignment.
    pub granted: Option<(Kind, Term)>,
}

macro_rules! lines {
    ($which:literal) => {
        concat!(
            "select q.*, r.display_name as r_name, p.display_name as p_name, d.display_name as d_name, c.display_name as c_name, \
             a.starts_at as a_from, a.ends_at as a_until, a.ended_at as a_ended, a.end_reason as a_reason, \
             coalesce(e.starts_at, s.starts_at) as s_from, coalesce(e.ends_at, s.ends_at) as s_until, \
             coalesce(e.ended_at, s.ended_at) as s_ended \
             from requests q left join roles r on r.id = q.role_id left join principals p on p.id = q.requested_by \
             left join principals d on d.id = q.decided_by left join principals c on c.id = q.closed_by \
             left join assignment_schedules a on a.request_id = q.id and a.assignment_type = 'Activated' \
             left join eligibility_schedules e on e.id = q.schedule_id left join assignment_schedules s on s.id = q.schedule_id ",
            $which
        )
    };
}

/// The request with this id.
pub async fn find(db: &mut Db, id: &RequestId) -> StoreResult<Option<RequestLine>> {
    let row = sqlx::query(lines!("where q.id = $1")).bind(id.as_str()).fetch_optional(db).await?;
    Ok(row.as_ref().map(read).transpose()?)
}

/// What this person asked for themself, the newest first.
pub fn list_of(user: &UserId, before: Option<&str>, limit: i64) -> Question<Vec<RequestLine>> {
    let statement = Statement::new(lines!(
        "where q.requested_by = $1 and q.action in ('selfActivate', 'selfExtend', 'selfRenew') and q.id < $2 \
         order by q.id desc limit $3"
    ))
    .text(user.as_str())
    .text(before.unwrap_or(LAST))
    .number(limit);
    Question::about_each(statement, read)
}

/// Waiting activation requests that this person can decide, the oldest first: those of roles that name them or a group of theirs,
/// and, when they stand in as an administrator, those of roles that name nobody. Never their own.
pub fn list_to_decide(
    user: &UserId,
    stands_in: bool,
    now: Instant,
    after: Option<&str>,
    limit: i64,
) -> Question<Vec<RequestLine>> {
    let statement = Statement::new(lines!(
        "where q.status in ('PendingApproval', 'PendingAdminDecision') and q.action = 'selfActivate' and (q.lapses_at is null or q.lapses_at > $3) and q.requested_by <> $1 \
         and (exists (select 1 from role_approvers x where x.role_id = q.role_id and (x.principal_id = $1 \
         or x.principal_id in (select group_id from group_members where user_id = $1))) \
         or ($2 = 1 and not exists (select 1 from role_approvers x where x.role_id = q.role_id))) \
         and q.id > $4 order by q.id limit $5"
    ))
    .text(user.as_str())
    .number(i64::from(stands_in))
    .number(now.millis())
    .text(after.unwrap_or(""))
    .number(limit);
    Question::about_each(statement, read)
}

/// Waiting requests to extend or renew that somebody who administers can decide, the oldest first. Never their own.
pub fn list_changes_to_decide(
    user: &UserId,
    now: Instant,
    after: Option<&str>,
    limit: i64,
) -> Question<Vec<RequestLine>> {
    let statement = Statement::new(lines!(
        "where q.status = 'PendingAdminDecision' and (q.lapses_at is null or q.lapses_at > $2) and q.requested_by <> $1 \
         and q.id > $3 order by q.id limit $4"
    ))
    .text(user.as_str())
    .number(now.millis())
    .text(after.unwrap_or(""))
    .number(limit);
    Question::about_each(statement, read)
}

/// What this person decided, the last decision first.
pub fn list_decided_by(user: &UserId, before: Option<(Instant, &str)>, limit: i64) -> Question<Vec<RequestLine>> {
    let (at, id) = before.map_or((i64::MAX, ""), |(at, id)| (at.millis(), id));
    let statement = Statement::new(lines!(
        "where q.decided_by = $1 and (q.decided_at < $2 or (q.decided_at = $2 and q.id < $3)) \
         order by q.decided_at desc, q.id desc limit $4"
    ))
    .text(user.as_str())
    .number(at)
    .text(id)
    .number(limit);
    Question::about_each(statement, read)
}

/// Everybody's waiting requests, the oldest first.
pub fn list_waiting(now: Instant, after: Option<&str>, limit: i64) -> Question<Vec<RequestLine>> {
    let statement = Statement::new(lines!(
        "where q.status in ('PendingApproval', 'PendingAdminDecision') and (q.lapses_at is null or q.lapses_at > $1) \
         and q.id > $2 order by q.id limit $3"
    ))
    .number(now.millis())
    .text(after.unwrap_or(""))
    .number(limit);
    Question::about_each(statement, read)
}

/// What is known about earlier activations of a role by a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// How often it was active.
    pub times: u64,
    /// When it last began.
    pub last: Option<Instant>,
}

/// How often this person had this role activated before now.
pub async fn held_before(db: &mut Db, role: &RoleId, user: &UserId, now: Instant) -> StoreResult<Before> {
    let row = sqlx::query(
        "select count(*) as times, max(starts_at) as last from assignment_schedules where principal_id = $1 and role_id = $2 \
         and assignment_type = 'Activated' and starts_at <= $3",
    )
    .bind(user.as_str())
    .bind(role.as_str())
    .bind(now.millis())
    .fetch_one(db)
    .await?;
    Ok(Before { times: row.count("times")?, last: row.maybe_moment("last")? })
}

/// The names of the roles that this person holds actively now, by name.
pub async fn roles_active_now(db: &mut Db, user: &UserId, now: Instant) -> StoreResult<Vec<String>> {
    let rows = sqlx::query(
        "select distinct r.display_name, r.name_key from assignment_schedules a join roles r on r.id = a.role_id \
         where a.ended_at is null and a.starts_at <= $2 and (a.ends_at is null or a.ends_at > $2) and (a.principal_id = $1 \
         or a.principal_id in (select group_id from group_members where user_id = $1)) order by r.name_key",
    )
    .bind(user.as_str())
    .bind(now.millis())
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(|row| row.text("display_name")).collect::<Result<_, _>>()?)
}

/// From when to when the eligibility of a request holds or held, when it ended early, and the group it belongs to.
pub async fn eligibility_of(
    db: &mut Db,
    request: &RequestId,
) -> StoreResult<Option<(Term, Option<Instant>, Option<String>)>> {
    let row = sqlx::query(
        "select e.starts_at, e.ends_at, e.ended_at, p.kind, p.display_name from requests q \
         join eligibility_schedules e on e.id = q.eligibility_id left join principals p on p.id = e.principal_id where q.id = $1",
    )
    .bind(request.as_str())
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let group = match row.maybe_text("kind")?.as_deref() {
        Some("group") => row.maybe_text("display_name")?,
        _ => None,
    };
    let term = Term { starts_at: row.moment("starts_at")?, ends_at: row.maybe_moment("ends_at")? };
    Ok(Some((term, row.maybe_moment("ended_at")?, group)))
}

fn read(row: &AnyRow) -> Result<RequestLine, Corrupt> {
    let name = |column| Ok::<_, Corrupt>(row.maybe_text(column)?.unwrap_or_else(|| GONE.to_owned()));
    let request = requests::read(row)?.into_unchecked();
    let led = match row.maybe_moment("a_from")? {
        None => None,
        Some(starts_at) => Some(Led {
            term: Term { starts_at, ends_at: row.maybe_moment("a_until")? },
            ended: row.maybe_moment("a_ended")?.zip(row.maybe_parsed("a_reason")?),
        }),
    };
    let about = match row.maybe_moment("s_from")? {
        None => None,
        Some(starts_at) => {
            Some((Term { starts_at, ends_at: row.maybe_moment("s_until")? }, row.maybe_moment("s_ended")?))
        }
    };
    let granted = row.maybe_parsed("granted_kind")?.zip(row.maybe_moment("granted_from")?);
    let granted = match granted {
        None => None,
        Some((kind, starts_at)) => Some((kind, Term { starts_at, ends_at: row.maybe_moment("granted_until")? })),
    };
    Ok(RequestLine {
        about,
        granted,
        role_name: name("r_name")?,
        requestor: name("p_name")?,
        decider: row.maybe_text("d_name")?,
        closer: row.maybe_text("c_name")?,
        led,
        request,
    })
}
