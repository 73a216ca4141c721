//! Whoever can hold a role, as the use cases of assignments see them: people and groups alike.

use std::collections::{BTreeSet, HashMap};

use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

use super::credentials;
use super::recoveries::unacknowledged;
use super::row::Columns as _;
use super::statements::Statement;
use super::ways::{
    Way, account_text, assignment_text, maybe, membership_text, read_account, read_assignment, read_membership,
    skip_corrupt,
};
use super::{Corrupt, Db, IDS, Key, Question, StoreResult, places};
use crate::domain::assignment::CandidateStanding;
use crate::domain::credentials::Credentials;
use crate::domain::ids::{PrincipalId, RoleId, UserId};
use crate::domain::role::PortalRole;
use crate::domain::schedule::Assignment;
use crate::domain::seal::Sealed;
use crate::domain::sealed_rows::{Account, Assignable, Membership};
use crate::domain::time::Instant;

/// A person or a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Its id.
    pub id: PrincipalId,
    /// Its name.
    pub display_name: String,
    /// What its row says that it is. Whether it can be given a role is asked of `App::trusted`.
    pub standing: CandidateStanding,
    /// The row that says so.
    pub row: PrincipalRow,
}

/// The row of a principal, with its seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrincipalRow {
    /// A person's.
    Person(Sealed<Account>),
    /// A group's.
    Group(Sealed<Assignable>),
}

/// The principal with this id.
pub async fn find(db: &mut Db, id: &PrincipalId) -> StoreResult<Option<Principal>> {
    let row = sqlx::query(concat!(
        "select p.id, p.display_name, g.role_assignable, g.seal, g.sealed_by, ",
        account_text!("u"),
        " as account from principals p left join users u on u.id = p.id left join groups g on g.id = p.id where p.id = $1",
    ))
    .bind(id.as_str())
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let row_of = match (row.maybe_text("account")?, row.maybe_number("role_assignable")?) {
        (Some(account), None) => PrincipalRow::Person(read_account(&account)?),
        (None, Some(_)) => {
            let group = Assignable { group: row.parsed("id")?, role_assignable: row.flag("role_assignable")? };
            PrincipalRow::Group(Sealed::read(group, row.seal("seal", "sealed_by")?))
        }
        (Some(_), Some(_)) | (None, None) => {
            return Err(Corrupt { column: "kind", problem: "neither a user nor a group".to_owned() }.into());
        }
    };
    let standing = match &row_of {
        PrincipalRow::Person(account) if account.unchecked().enabled => CandidateStanding::Person,
        PrincipalRow::Person(_) => CandidateStanding::Disabled,
        PrincipalRow::Group(group) if group.unchecked().role_assignable => CandidateStanding::RoleGroup,
        PrincipalRow::Group(_) => CandidateStanding::OtherGroup,
    };
    Ok(Some(Principal { id: row.parsed("id")?, display_name: row.text("display_name")?, standing, row: row_of }))
}

/// The name of this person, if they are there and enabled.
pub async fn enabled_user_name(db: &mut Db, user: &UserId) -> StoreResult<Option<String>> {
    let row = sqlx::query(
        "select p.display_name from users u join principals p on p.id = u.id where u.id = $1 and u.enabled = 1",
    )
    .bind(user.as_str())
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| row.text("display_name")).transpose()?)
}

/// A person who can sign in, and what they hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    /// The name people know them by.
    pub display_name: String,
    /// The name they sign in with.
    pub user_principal_name: String,
    /// Their zone, else the organisation's. A name of the IANA database.
    pub time_zone: String,
    /// Somebody else set their password.
    pub must_change_password: bool,
    /// They have set up a second factor.
    pub has_second_factor: bool,
    /// An administrator was recovered from the server's console, and none has acknowledged it. Not asked before a change.
    pub is_recovery_unacknowledged: bool,
    /// The roles that are active for them now, directly and through groups.
    pub holds: BTreeSet<RoleId>,
}

/// A person and what they hold, before the seals of the rows that say so were looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedPresent {
    /// The person; they hold nothing yet, and nothing is known of what they prove who they are with.
    pub present: Present,
    /// That they are who they are.
    pub account: Sealed<Account>,
    /// What they prove who they are with.
    pub credentials: Sealed<Credentials>,
    /// What they hold, each with their membership of the group that holds it.
    pub held: Vec<(Sealed<Assignment>, Option<Sealed<Membership>>)>,
}

/// What every request asks about whoever acts, as the columns of a statement: from `users u`, `principals p`, `organization o`, the
/// assignments `a` and the memberships `m` through which they are held.
macro_rules! present_columns {
    () => {
        concat!(
            "p.display_name, u.user_principal_name, coalesce(u.time_zone, o.time_zone) as zone, ",
            $crate::store::credentials::credentials_text!(),
            " as credentials, ",
            $crate::store::ways::account_text!("u"),
            " as account, ",
            $crate::store::ways::assignment_text!("a"),
            " as held, ",
            $crate::store::ways::membership_text!("m"),
            " as through "
        )
    };
}
pub(super) use present_columns;

/// Where the assignments of the person `$1` at the moment `$2` come from, with the memberships through which they are held.
macro_rules! present_holdings {
    () => {
        " left join assignment_schedules a on a.ended_at is null and a.starts_at <= $2 and (a.ends_at is null or a.ends_at > $2) \
         and (a.principal_id = $1 or a.principal_id in (select group_id from group_members where user_id = $1)) \
         left join group_members m on m.group_id = a.principal_id and m.user_id = $1 "
    };
}
pub(super) use present_holdings;

/// This person with what they hold now, if they are there and enabled.
pub async fn find_present(db: &mut Db, user: &UserId, now: Instant) -> StoreResult<Option<SealedPresent>> {
    present(user, now).ask(db).await
}

/// The same as a question. One statement, since every request asks it.
pub fn present(user: &UserId, now: Instant) -> Question<Option<SealedPresent>> {
    let statement = Statement::new(concat!(
        "select ",
        "case when exists (select 1 ",
        unacknowledged!(),
        ") then 1 else 0 end as recovered, ",
        present_columns!(),
        "from users u join principals p on p.id = u.id join organization o on o.id = 1",
        present_holdings!(),
        "where u.id = $1 and u.enabled = 1",
    ))
    .text(user.as_str())
    .number(now.millis());
    Question::new(statement, |rows| match rows.first() {
        Some(row) => Ok(SealedPresent::read(row, rows)?),
        None => Ok(None),
    })
}

impl SealedPresent {
    /// One of their rows, and all of them: one for each role they hold.
    pub(super) fn read(row: &AnyRow, rows: &[AnyRow]) -> Result<Option<Self>, Corrupt> {
        let read = || Ok((read_account(&row.text("account")?)?, credentials::read(&row.text("credentials")?)?));
        let Some((account, credentials)) = skip_corrupt(read()) else { return Ok(None) };
        let mut held = Vec::new();
        for row in rows {
            let Some(assignment) = row.maybe_text("held")? else { continue };
            let through = row.maybe_text("through")?.unwrap_or_default();
            let read = || Ok((read_assignment(&assignment)?, maybe(&through, read_membership)?));
            held.extend(skip_corrupt(read()));
        }
        let present = Present {
            display_name: row.text("display_name")?,
            user_principal_name: row.text("user_principal_name")?,
            time_zone: row.text("zone")?,
            must_change_password: false,
            has_second_factor: false,
            is_recovery_unacknowledged: row.flag("recovered")?,
            holds: BTreeSet::new(),
        };
        Ok(Some(Self { present, account, credentials, held }))
    }
}

/// The enabled people behind a principal: themself, or the members of the group. Only to count and to tell them.
pub async fn people_of(db: &mut Db, principal: &PrincipalId) -> StoreResult<BTreeSet<UserId>> {
    let rows = sqlx::query(
        "select u.id from users u where u.enabled = 1 and (u.id = $1 or u.id in \
         (select m.user_id from group_members m where m.group_id = $1))",
    )
    .bind(principal.as_str())
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(|row| row.parsed("id")).collect::<Result<_, _>>()?)
}

/// The enabled people behind each of these: with a person themself, with a group each of its members.
pub async fn list_ways_to(db: &mut Db, principals: &[PrincipalId]) -> StoreResult<Vec<Way>> {
    if principals.is_empty() {
        return Ok(Vec::new());
    }
    let among = places(1, principals.len());
    let statement = format!(
        "select {account} as account, '' as through from users u where u.enabled = 1 and u.id in ({among}) \
         union all select {account} as account, {membership} as through from group_members m join users u on u.id = m.user_id \
         where u.enabled = 1 and m.group_id in ({among})",
        account = account_text!("u"),
        membership = membership_text!("m"),
    );
    let mut query = sqlx::query(AssertSqlSafe(statement));
    for principal in principals {
        query = query.bind(principal.as_str());
    }
    let rows = query.fetch_all(db).await?;
    let way = |row: &AnyRow| Ok(Way::read(&row.text("account")?, &row.text("through")?, ""));
    let ways = rows.iter().map(way).collect::<Result<Vec<_>, Corrupt>>()?;
    Ok(ways.into_iter().flatten().collect())
}

/// The ids of the enabled people behind each of these, with a group each of its members and the group. Only to tell them.
async fn list_people_behind(
    db: &mut Db,
    principals: &[PrincipalId],
) -> StoreResult<Vec<(UserId, Option<PrincipalId>)>> {
    if principals.is_empty() {
        return Ok(Vec::new());
    }
    let among = places(1, principals.len());
    let statement = format!(
        "select u.id, null as group_id from users u where u.enabled = 1 and u.id in ({among}) \
         union all select u.id, m.group_id from group_members m join users u on u.id = m.user_id \
         where u.enabled = 1 and m.group_id in ({among})"
    );
    let mut query = sqlx::query(AssertSqlSafe(statement));
    for principal in principals {
        query = query.bind(principal.as_str());
    }
    let rows = query.fetch_all(db).await?;
    let behind = |row: &AnyRow| Ok((row.parsed("id")?, row.maybe_parsed("group_id")?));
    Ok(rows.iter().map(behind).collect::<Result<_, Corrupt>>()?)
}

/// A principal's name, and the enabled people behind it: themself, or the members of the group. Only to tell them.
pub fn name<'a>(principal: impl Into<Key<'a>>) -> Question<Option<(String, BTreeSet<UserId>)>> {
    let statement = Statement::new(
        "select p.display_name, u.id as user_id from principals p left join users u on u.enabled = 1 and (u.id = $1 or u.id in \
         (select m.user_id from group_members m where m.group_id = $1)) where p.id = $1",
    )
    .key(principal.into());
    Question::new(statement, |rows| {
        let Some(row) = rows.first() else { return Ok(None) };
        let people = rows.iter().map(|row| row.maybe_parsed("user_id")).collect::<Result<Vec<_>, _>>()?;
        Ok(Some((row.text("display_name")?, people.into_iter().flatten().collect())))
    })
}

/// A person's name, and that they are there and enabled; nobody behind the name of a group, or of somebody who is not.
pub fn name_of_person<'a>(person: impl Into<Key<'a>>) -> Question<Option<(String, Option<Way>)>> {
    let statement = Statement::new(concat!(
        "select p.display_name, ",
        account_text!("u"),
        " as account from principals p left join users u on u.id = p.id and u.enabled = 1 where p.id = $1"
    ))
    .key(person.into());
    Question::about_maybe_one(statement, |row| {
        let account = row.maybe_text("account")?.unwrap_or_default();
        let way = if account.is_empty() { None } else { Way::read(&account, "", "") };
        Ok((row.text("display_name")?, way))
    })
}

/// Everybody who could hold a role, each with whether it is a person.
pub async fn list_ids(db: &mut Db) -> StoreResult<Vec<(PrincipalId, bool)>> {
    let rows = sqlx::query("select id, kind from principals order by id").fetch_all(db).await?;
    Ok(rows.iter().map(|row| Ok((row.parsed("id")?, row.text("kind")? == "user"))).collect::<Result<_, Corrupt>>()?)
}

/// The names of these principals, each with the enabled people behind it.
pub async fn list_with_people(
    db: &mut Db,
    principals: &[PrincipalId],
) -> StoreResult<HashMap<PrincipalId, (String, BTreeSet<UserId>)>> {
    let mut found: HashMap<PrincipalId, (String, BTreeSet<UserId>)> = HashMap::new();
    for ids in principals.chunks(IDS) {
        let among = places(1, ids.len());
        let names = format!("select id, display_name from principals where id in ({among})");
        let mut names = sqlx::query(AssertSqlSafe(names));
        for id in ids {
            names = names.bind(id.as_str());
        }
        for row in names.fetch_all(&mut *db).await? {
            found.insert(row.parsed("id")?, (row.text("display_name")?, BTreeSet::new()));
        }
        for (person, group) in list_people_behind(db, ids).await? {
            if let Some((_, behind)) = found.get_mut(&group.unwrap_or_else(|| PrincipalId::from(&person))) {
                behind.insert(person);
            }
        }
    }
    Ok(found)
}

/// A person, by name, and whether they can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    /// Who.
    pub id: UserId,
    /// Their name.
    pub display_name: String,
    /// They can sign in.
    pub enabled: bool,
}

/// Everybody behind a principal by name, the disabled too: themself, or the members of the group.
pub async fn everybody_behind(db: &mut Db, principal: &PrincipalId) -> StoreResult<Vec<Behind>> {
    let rows = sqlx::query(
        "select u.id, p.display_name, u.enabled from users u join principals p on p.id = u.id where u.id = $1 or u.id in \
         (select m.user_id from group_members m where m.group_id = $1) order by p.name_key, u.id",
    )
    .bind(principal.as_str())
    .fetch_all(db)
    .await?;
    let read = |row: &AnyRow| {
        Ok(Behind { id: row.parsed("id")?, display_name: row.text("display_name")?, enabled: row.flag("enabled")? })
    };
    Ok(rows.iter().map(read).collect::<Result<_, Corrupt>>()?)
}

/// The enabled people who hold one of two roles actively at a moment, once for each way in which they do, as the text of a statement,
/// which others are made of too: `$1` and `$3` are the roles, `$2` is the moment.
macro_rules! holding_actively {
    () => {
        "select u.id from assignment_schedules a join users u on u.id = a.principal_id \
         where a.role_id in ($1, $3) and a.ended_at is null and a.starts_at <= $2 and (a.ends_at is null or a.ends_at > $2) \
         and u.enabled = 1 \
         union all \
         select u.id from assignment_schedules a join group_members m on m.group_id = a.principal_id join users u on u.id = m.user_id \
         where a.role_id in ($1, $3) and a.ended_at is null and a.starts_at <= $2 and (a.ends_at is null or a.ends_at > $2) \
         and u.enabled = 1"
    };
}
pub(super) use holding_actively;

/// The same with the rows that show it, as one text each.
macro_rules! ways_to_hold_actively {
    () => {
        concat!(
            "select ",
            $crate::store::ways::account_text!("u"),
            " || '\t\t' || ",
            $crate::store::ways::assignment_text!("a"),
            " as way from assignment_schedules a join users u on u.id = a.principal_id \
             where a.role_id in ($1, $3) and a.ended_at is null and a.starts_at <= $2 and (a.ends_at is null or a.ends_at > $2) \
             and u.enabled = 1 union all select ",
            $crate::store::ways::account_text!("u"),
            " || '\t' || ",
            $crate::store::ways::membership_text!("m"),
            " || '\t' || ",
            $crate::store::ways::assignment_text!("a"),
            " as way from assignment_schedules a join group_members m on m.group_id = a.principal_id join users u on u.id = m.user_id \
             where a.role_id in ($1, $3) and a.ended_at is null and a.starts_at <= $2 and (a.ends_at is null or a.ends_at > $2) \
             and u.enabled = 1"
        )
    };
}
pub(super) use ways_to_hold_actively;

/// How enabled people hold one of these two roles actively now.
pub async fn active_holders(db: &mut Db, [one, other]: [PortalRole; 2], now: Instant) -> StoreResult<Vec<Way>> {
    let rows = sqlx::query(ways_to_hold_actively!())
        .bind(one.template_id())
        .bind(now.millis())
        .bind(other.template_id())
        .fetch_all(db)
        .await?;
    read_ways(&rows)
}

fn read_ways(rows: &[AnyRow]) -> StoreResult<Vec<Way>> {
    let ways = rows.iter().map(|row| Ok(Way::read_joined(&row.text("way")?))).collect::<Result<Vec<_>, Corrupt>>()?;
    Ok(ways.into_iter().flatten().collect())
}

/// How enabled people hold this role by assignment, not by activation, without counting one assignment, one person, or one
/// person's membership of one group. None means that leaving those out would leave nobody.
pub async fn standing_holders_without(
    db: &mut Db,
    role: &RoleId,
    now: Instant,
    without: &Without<'_>,
) -> StoreResult<Vec<Way>> {
    let (schedule, user, group) = match without {
        Without::Schedule(schedule) => (*schedule, "", ""),
        Without::User(user) => ("", user.as_str(), ""),
        Without::Membership { user, group } => ("", user.as_str(), group.as_str()),
    };
    let rows = sqlx::query(concat!(
        "select ",
        account_text!("u"),
        " || '\t\t' || ",
        assignment_text!("a"),
        " as way from assignment_schedules a join users u on u.id = a.principal_id \
         where a.role_id = $1 and a.assignment_type = 'Assigned' and a.ended_at is null and a.starts_at <= $2 \
         and (a.ends_at is null or a.ends_at > $2) and u.enabled = 1 and a.id <> $3 and (u.id <> $4 or $5 <> '') \
         union all select ",
        account_text!("u"),
        " || '\t' || ",
        membership_text!("m"),
        " || '\t' || ",
        assignment_text!("a"),
        " as way from assignment_schedules a join group_members m on m.group_id = a.principal_id join users u on u.id = m.user_id \
         where a.role_id = $1 and a.assignment_type = 'Assigned' and a.ended_at is null and a.starts_at <= $2 \
         and (a.ends_at is null or a.ends_at > $2) and u.enabled = 1 and a.id <> $3 \
         and (u.id <> $4 or ($5 <> '' and m.group_id <> $5))",
    ))
    .bind(role.as_str())
    .bind(now.millis())
    .bind(schedule)
    .bind(user)
    .bind(group)
    .fetch_all(db)
    .await?;
    read_ways(&rows)
}

/// What is thought away when asking who would be left.
#[derive(Clone, Copy, Debug)]
pub enum Without<'a> {
    /// An assignment, by the id of its schedule.
    Schedule(&'a str),
    /// A person.
    User(&'a UserId),
    /// A person's membership of a group.
    Membership {
        /// The person.
        user: &'a UserId,
        /// The group.
        group: &'a PrincipalId,
    },
}
