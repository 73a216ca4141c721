//! Assignments as lists show them: eligible, active, and ended ones, each with the names of what it connects. What is gone
//! comes without a name; the line stays.

use sqlx::any::AnyRow;

use super::my_roles::waiting_about;
use super::row::Columns as _;
use super::statements::Statement;
use super::{Corrupt, Db, Question, StoreResult};
use crate::domain::ids::{PrincipalId, RequestId, RoleId, ScheduleId};
use crate::domain::request::Kind;
use crate::domain::schedule::{AssignmentType, EndReason, Term};
use crate::domain::time::{Instant, Span};

/// How long an assignment that ended stays in the list (reference/entra-pim.md section 0.2).
pub const KEPT: Span = Span::days(30);
/// How far ahead an end is told.
pub const SOON: Span = Span::days(14);

/// The tabs of a list of assignments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Section {
    /// Eligible, now or later.
    #[default]
    Eligible,
    /// Active, now or later, assigned or activated.
    Active,
    /// Of both, what somebody assigned and what ends within [`SOON`].
    Ending,
    /// Ended within [`KEPT`]. Activations are not among them: they end every day, and the audit has them.
    Expired,
}

/// Which assignments are listed.
#[derive(Clone, Copy, Debug)]
pub struct LineFilter<'a> {
    /// Which tab.
    pub section: Section,
    /// Of this role only.
    pub role: Option<&'a RoleId>,
    /// A comparison key that is looked for in the names of the role, the person and the group; empty for all of them.
    pub key: &'a str,
}

/// A person or a group, as far as it is still there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its id.
    pub id: PrincipalId,
    /// Its name; none when it is gone.
    pub name: Option<String>,
    /// What a person signs in with.
    pub user_principal_name: Option<String>,
    /// How many are in the group; none for a person.
    pub members: Option<i64>,
    /// False for a person who is disabled.
    pub enabled: bool,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignmentLine {
    /// The schedule.
    pub id: ScheduleId,
    /// Which kind.
    pub kind: Kind,
    /// How an active one came to be.
    pub assignment_type: Option<AssignmentType>,
    /// The role.
    pub role: RoleId,
    /// Its name.
    pub role_name: String,
    /// Who has it.
    pub holder: Holder,
    /// The group through which they have it.
    pub through: Option<String>,
    /// From when to when.
    pub term: Term,
    /// When it ended, if it did.
    pub ended_at: Option<Instant>,
    /// Why it ended.
    pub end_reason: Option<EndReason>,
    /// It ended, and its holder has the role in the same way again.
    pub held_again: bool,
    /// The request to extend or renew it that waits.
    pub asked: Option<RequestId>,
}

macro_rules! columns {
    () => {
        concat!(
            "s.id, s.role_id, r.name_key as role_key, r.display_name as role_name, s.principal_id, p.display_name as holder_name, \
             coalesce(p.name_key, '') as holder_key, u.user_principal_name, u.enabled, g.role_assignable, \
             case when g.id is null then 0 else (select count(*) from group_members m where m.group_id = g.id) end as members, s.starts_at, s.ends_at, ",
            waiting_about!("s.id"),
            ", "
        )
    };
}
macro_rules! names {
    () => {
        " left join principals p on p.id = s.principal_id left join users u on u.id = s.principal_id \
         left join groups g on g.id = s.principal_id "
    };
}
/// The search looks once for the roles and once for the people and groups that match, not once per line.
macro_rules! matching {
    () => {
        " ($2 = '' or s.role_id = $2) and ($3 = '' \
         or s.role_id in (select f.id from roles f where replace(f.name_key, $3, '') <> f.name_key) \
         or s.principal_id in (select f.id from principals f left join users l on l.id = f.id \
         where replace(f.name_key, $3, '') <> f.name_key or replace(l.upn_key, $3, '') <> l.upn_key)) "
    };
}
/// The same where nothing is searched for. Even where the search lets everything through, it makes a page cost half as much again.
macro_rules! of_any_name {
    () => {
        " ($2 = '' or s.role_id = $2) and $3 = '' "
    };
}
/// Live ones go role by role, so that a page is read from the index of role names and nothing else is sorted. The cross join
/// keeps SQLite to this order.
macro_rules! live_page {
    ($columns:literal, $from:literal, $more:literal) => {
        concat!(
            "select ",
            columns!(),
            $columns,
            ", 0 as over_at, null as end_reason, 0 as again from roles r cross join ",
            $from,
            names!(),
            $more,
            " where s.role_id = r.id and s.ended_at is null and (s.ends_at is null or s.ends_at > $1) and ",
            matching!(),
            " and r.name_key >= $4 and (r.name_key > $4 or r.id > $5 or (r.id = $5 and (coalesce(p.name_key, '') > $6 \
             or (coalesce(p.name_key, '') = $6 and s.id > $7)))) \
             order by r.name_key, r.id, coalesce(p.name_key, ''), s.id limit $8"
        )
    };
}
const ELIGIBLE: &str = live_page!("'Eligible' as how, null as through", "eligibility_schedules s", "");
const ACTIVE: &str = live_page!(
    "s.assignment_type as how, via.display_name as through",
    "assignment_schedules s",
    " left join eligibility_schedules e on e.id = s.activated_using \
      left join principals via on via.id = e.principal_id and e.principal_id <> s.principal_id "
);
/// Lines of one table by their end: those that were closed, those that are over and not closed yet, or those that end soon. Each has
/// an index of its own, which SQLite takes only when the query has no "or".
macro_rules! by_end {
    ($how:literal, $from:literal, $alike:literal, $since:expr) => {
        concat!(
            "select ",
            columns!(),
            $how,
            " as how, null as through, coalesce(s.ended_at, s.ends_at) as over_at, s.end_reason, (select count(*) from ",
            $from,
            "_again where s_again.role_id = s.role_id and s_again.principal_id = s.principal_id \
             and s_again.ended_at is null and (s_again.ends_at is null or s_again.ends_at > $1) ",
            $alike,
            ") as again from ",
            $from,
            " join roles r on r.id = s.role_id ",
            names!(),
            " where ",
            $since,
            " and ",
            matching!()
        )
    };
}
macro_rules! closed_since {
    () => {
        " s.ended_at > $4 "
    };
}
macro_rules! over_since {
    () => {
        " s.ended_at is null and s.ends_at <= $1 and s.ends_at > $4 "
    };
}
/// What ends after now and until the moment of this parameter.
macro_rules! ending_until {
    ($until:literal) => {
        concat!(" s.ended_at is null and s.ends_at > $1 and s.ends_at <= ", $until, " ")
    };
}
macro_rules! assigned {
    ($since:expr) => {
        concat!($since, " and s.assignment_type = 'Assigned' ")
    };
}
macro_rules! eligible_by_end {
    ($since:expr) => {
        by_end!("'Eligible'", "eligibility_schedules s", "", $since)
    };
}
/// Held again is what is assigned again: an activation is not.
macro_rules! assigned_by_end {
    ($since:expr) => {
        by_end!("'Assigned'", "assignment_schedules s", "and s_again.assignment_type = 'Assigned'", assigned!($since))
    };
}
const EXPIRED: &str = concat!(
    "select * from (",
    eligible_by_end!(closed_since!()),
    " union all ",
    eligible_by_end!(over_since!()),
    " union all ",
    assigned_by_end!(closed_since!()),
    " union all ",
    assigned_by_end!(over_since!()),
    ") as ended where over_at < $5 or (over_at = $5 and id < $6) order by over_at desc, id desc limit $7"
);

const ENDING: &str = concat!(
    "select * from (",
    eligible_by_end!(ending_until!("$4")),
    " union all ",
    assigned_by_end!(ending_until!("$4")),
    ") as ending where over_at > $5 or (over_at = $5 and id > $6) order by over_at, id limit $7"
);

macro_rules! live {
    () => {
        " s.ended_at is null and (s.ends_at is null or s.ends_at > $1) "
    };
}
macro_rules! count {
    ($from:literal, $where:expr) => {
        concat!("(select count(*) from ", $from, " where ", $where, " and ", matching!(), ")")
    };
}
macro_rules! end_counts {
    () => {
        concat!(
            count!("eligibility_schedules s", closed_since!()),
            " + ",
            count!("eligibility_schedules s", over_since!()),
            " + ",
            count!("assignment_schedules s", assigned!(closed_since!())),
            " + ",
            count!("assignment_schedules s", assigned!(over_since!())),
            " as expired, ",
            count!("eligibility_schedules s", ending_until!("$5")),
            " + ",
            count!("assignment_schedules s", assigned!(ending_until!("$5"))),
            " as ending"
        )
    };
}
const COUNTS: &str = concat!(
    "select ",
    count!("eligibility_schedules s", live!()),
    " as eligible, ",
    count!("assignment_schedules s", live!()),
    " as active, ",
    end_counts!()
);

/// A page of lines from behind this place on. Live ones by role and name, those that end soon with the earliest first, ended ones
/// with the latest first.
pub fn list(filter: LineFilter<'_>, from: &Place, now: Instant, limit: i64) -> Question<Vec<AssignmentLine>> {
    let section = filter.section;
    let (page, bound, earliest) = match section {
        Section::Eligible => (ELIGIBLE, None, 0),
        Section::Active => (ACTIVE, None, 0),
        Section::Ending => (ENDING, Some(now.plus(SOON)), i64::MIN),
        Section::Expired => (EXPIRED, Some(now.minus(KEPT)), i64::MAX),
    };
    let narrowed =
        searching(page, filter.key).number(now.millis()).text(filter.role.map_or("", RoleId::as_str)).text(filter.key);
    let placed = match bound {
        None => narrowed.text(&from.role_key).text(&from.role).text(&from.holder_key),
        Some(bound) => narrowed.number(bound.millis()).number(from.end.unwrap_or(earliest)),
    };
    let statement = placed.text(&from.id).number(limit);
    Question::new(statement, move |rows| Ok(rows.iter().map(|row| read(row, section)).collect::<Result<_, _>>()?))
}

/// How many lines there are altogether, of each section.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineCounts {
    /// Eligible, and not over.
    pub eligible: u64,
    /// Active, or to begin later.
    pub active: u64,
    /// What ends soon.
    pub ending: u64,
    /// What ended lately.
    pub expired: u64,
}

/// The same counts of all lines, from the indexes of ends alone. What is over but not closed yet is little, and is taken off.
const ALL_COUNTS: &str = concat!(
    "select (select count(*) from eligibility_schedules where ended_at is null) \
     - (select count(*) from eligibility_schedules where ended_at is null and ends_at <= $1) as eligible, \
     (select count(*) from assignment_schedules where ended_at is null) \
     - (select count(*) from assignment_schedules where ended_at is null and ends_at <= $1) as active, ",
    end_counts!()
);

/// Counts the lines of every section that are of this role and have this comparison key in their names.
pub fn count(role: Option<&RoleId>, key: &str, now: Instant) -> Question<LineCounts> {
    let statement = searching(if role.is_none() && key.is_empty() { ALL_COUNTS } else { COUNTS }, key)
        .number(now.millis())
        .text(role.map_or("", RoleId::as_str))
        .text(key)
        .number(now.minus(KEPT).millis())
        .number(now.plus(SOON).millis());
    Question::about_one(statement, |row| {
        Ok(LineCounts {
            eligible: row.count("eligible")?,
            active: row.count("active")?,
            ending: row.count("ending")?,
            expired: row.count("expired")?,
        })
    })
}

/// Where a page begins: behind a line of a section. The default is the start of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    role_key: String,
    role: String,
    holder_key: String,
    end: Option<i64>,
    id: String,
}

/// The place behind this line; when it is not there, the start of the list.
pub async fn find_place(db: &mut Db, section: Section, line: &ScheduleId) -> StoreResult<Place> {
    let statement = match section {
        Section::Eligible => {
            "select r.name_key, r.id, coalesce(p.name_key, '') as holder_key, cast(null as bigint) as over_at from eligibility_schedules s \
             join roles r on r.id = s.role_id left join principals p on p.id = s.principal_id where s.id = $1"
        }
        Section::Active => {
            "select r.name_key, r.id, coalesce(p.name_key, '') as holder_key, cast(null as bigint) as over_at from assignment_schedules s \
             join roles r on r.id = s.role_id left join principals p on p.id = s.principal_id where s.id = $1"
        }
        Section::Ending | Section::Expired => {
            "select '' as name_key, '' as id, '' as holder_key, over_at from (\
             select coalesce(ended_at, ends_at) as over_at from eligibility_schedules where id = $1 \
             union all select coalesce(ended_at, ends_at) as over_at from assignment_schedules where id = $1) as ends \
             where over_at is not null"
        }
    };
    let Some(row) = sqlx::query(statement).bind(line.as_str()).fetch_optional(db).await? else {
        return Ok(Place::default());
    };
    Ok(Place {
        role_key: row.text("name_key")?,
        role: row.text("id")?,
        holder_key: row.text("holder_key")?,
        end: row.maybe_number("over_at")?,
        id: line.as_str().to_owned(),
    })
}

/// A statement that searches for this key with what [`matching!`] says.
fn searching(text: &'static str, key: &str) -> Statement {
    if key.is_empty() { Statement::new(text.replace(matching!(), of_any_name!())) } else { Statement::new(text) }
}

fn read(row: &AnyRow, section: Section) -> Result<AssignmentLine, Corrupt> {
    let how = row.text("how")?;
    let assignment_type = if how == "Eligible" { None } else { Some(row.parsed("how")?) };
    let ended_at = match section {
        Section::Expired => Some(row.moment("over_at")?),
        Section::Eligible | Section::Active | Section::Ending => None,
    };
    let is_group = row.maybe_number("role_assignable")?.is_some();
    Ok(AssignmentLine {
        id: row.parsed("id")?,
        kind: if assignment_type.is_none() { Kind::Eligibility } else { Kind::Assignment },
        assignment_type,
        role: row.parsed("role_id")?,
        role_name: row.text("role_name")?,
        holder: Holder {
            id: row.parsed("principal_id")?,
            name: row.maybe_text("holder_name")?,
            user_principal_name: row.maybe_text("user_principal_name")?,
            members: if is_group { Some(row.number("members")?) } else { None },
            enabled: row.maybe_number("enabled")? != Some(0),
        },
        through: row.maybe_text("through")?,
        term: Term { starts_at: row.moment("starts_at")?, ends_at: row.maybe_moment("ends_at")? },
        end_reason: match ended_at {
            Some(_) => Some(row.maybe_parsed("end_reason")?.unwrap_or(EndReason::Expired)),
            None => None,
        },
        held_again: ended_at.is_some() && row.count("again")? > 0,
        asked: row.maybe_parsed("about_id")?,
        ended_at,
    })
}
