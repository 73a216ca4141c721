//! Groups and who is in them: `principals`, `groups`, `group_members`.

use sqlx::any::AnyRow;

use super::{Corrupt, Db, StoreResult, Write, row::Columns as _};
use crate::domain::{
    group::{Group, GroupDescription},
    ids::{GroupId, UserId},
    name::{DisplayName, GroupName},
    seal::{Seal, Sealed},
    sealed_rows::Membership,
    time::Instant,
};

/// A person in a group, as a list shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub id: UserId,
    /// Their name.
    pub display_name: DisplayName,
    /// What they sign in with.
    pub user_principal_name: String,
    /// Whether they can sign in.
    pub enabled: bool,
    /// Since when they are a member.
    pub added_at: Instant,
}

/// A group with the number of its members, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupLine {
    /// The group.
    pub group: Group,
    /// How many are in it, disabled people included.
    pub members: i64,
}

fn group(row: &AnyRow) -> Result<Group, Corrupt> {
    Ok(Group {
        id: row.parsed("id")?,
        display_name: row.parsed("display_name")?,
        description: row.parsed("description")?,
        role_assignable: row.flag("role_assignable")?,
        created_at: row.moment("created_at")?,
        version: row.number("version")?,
    })
}

/// The group with this id.
pub async fn find(db: &mut Db, id: &GroupId) -> StoreResult<Option<Group>> {
    let row = sqlx::query(
        "select g.id, p.display_name, g.description, g.role_assignable, p.created_at, g.version \
         from groups g join principals p on p.id = g.id where g.id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(db)
    .await?;
    Ok(row.as_ref().map(group).transpose()?)
}

/// Whether a group other than `but` has this name. Names do not decide anything, but two alike would mislead people.
pub async fn is_name_taken(db: &mut Db, name: &GroupName, but: Option<&GroupId>) -> StoreResult<bool> {
    let row = sqlx::query("select 1 from principals where kind = 'group' and name_key = $1 and id <> $2")
        .bind(name.key())
        .bind(but.map_or("", GroupId::as_str))
        .fetch_optional(db)
        .await?;
    Ok(row.is_some())
}

/// A new group, without members.
pub async fn insert(db: &mut Write, group: &Group, seal: &Seal) -> StoreResult<()> {
    sqlx::query(
        "insert into principals (id, kind, display_name, name_key, created_at) values ($1, 'group', $2, $3, $4)",
    )
    .bind(group.id.as_str())
    .bind(group.display_name.as_str())
    .bind(group.display_name.key())
    .bind(group.created_at.millis())
    .execute(&mut **db)
    .await?;
    sqlx::query(
        "insert into groups (id, description, role_assignable, updated_at, version, seal, sealed_by) \
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(group.id.as_str())
    .bind(group.description.as_str())
    .bind(i64::from(group.role_assignable))
    .bind(group.created_at.millis())
    .bind(group.version)
    .bind(seal.text())
    .bind(seal.place.seq)
    .execute(&mut **db)
    .await?;
    Ok(())
}

/// Replaces name and description; the version grows. Whether the group can hold roles never changes.
pub async fn update(
    db: &mut Write,
    id: &GroupId,
    name: &GroupName,
    description: &GroupDescription,
    now: Instant,
) -> StoreResult<()> {
    sqlx::query("update principals set display_name = $2, name_key = $3 where id = $1")
        .bind(id.as_str())
        .bind(name.as_str())
        .bind(name.key())
        .execute(&mut **db)
        .await?;
    sqlx::query("update groups set description = $2, updated_at = $3, version = version + 1 where id = $1")
        .bind(id.as_str())
        .bind(description.as_str())
        .bind(now.millis())
        .execute(&mut **db)
        .await?;
    Ok(())
}

/// The row of a membership.
pub async fn find_member(db: &mut Db, group: &GroupId, user: &UserId) -> StoreResult<Option<Sealed<Membership>>> {
    let row = sqlx::query("select seal, sealed_by from group_members where group_id = $1 and user_id = $2")
        .bind(group.as_str())
        .bind(user.as_str())
        .fetch_optional(db)
        .await?;
    let membership = || Membership { group: group.clone(), user: user.clone() };
    Ok(row.map(|row| row.seal("seal", "sealed_by")).transpose()?.map(|seal| Sealed::read(membership(), seal)))
}

/// Makes the person a member, who is none.
pub async fn insert_member(db: &mut Write, member: &Membership, seal: &Seal, now: Instant) -> StoreResult<()> {
    let Membership { group, user } = member;
    sqlx::query("insert into group_members (group_id, user_id, added_at, seal, sealed_by) values ($1, $2, $3, $4, $5)")
        .bind(group.as_str())
        .bind(user.as_str())
        .bind(now.millis())
        .bind(seal.text())
        .bind(seal.place.seq)
        .execute(&mut **db)
        .await?;
    Ok(())
}

/// Ends the membership. True when there was one.
pub async fn delete_member(db: &mut Write, group: &GroupId, user: &UserId) -> StoreResult<bool> {
    let done = sqlx::query("delete from group_members where group_id = $1 and user_id = $2")
        .bind(group.as_str())
        .bind(user.as_str())
        .execute(&mut **db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Groups in the order of their names, from behind `after` on, whose name has this comparison key in it.
pub async fn list(db: &mut Db, key: &str, after: Option<(&str, &str)>, limit: i64) -> StoreResult<Vec<GroupLine>> {
    let (name_key, id) = after.unwrap_or(("", ""));
    let rows = sqlx::query(
        "select g.id, p.display_name, g.description, g.role_assignable, p.created_at, g.version, \
         (select count(*) from group_members m where m.group_id = g.id) as members \
         from groups g join principals p on p.id = g.id \
         where ($1 = '' or replace(p.name_key, $1, '') <> p.name_key) and (p.name_key > $2 or (p.name_key = $2 and p.id > $3)) \
         order by p.name_key, p.id limit $4",
    )
    .bind(key)
    .bind(name_key)
    .bind(id)
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows
        .iter()
        .map(|row| Ok(GroupLine { group: group(row)?, members: row.number("members")? }))
        .collect::<Result<_, Corrupt>>()?)
}

/// The members in the order of their names, from behind `after` on.
pub async fn list_members(
    db: &mut Db,
    id: &GroupId,
    after: Option<(&str, &str)>,
    limit: i64,
) -> StoreResult<Vec<Member>> {
    let (name_key, user) = after.unwrap_or(("", ""));
    let rows = sqlx::query(
        "select u.id, p.display_name, u.user_principal_name, u.enabled, m.added_at \
         from group_members m join users u on u.id = m.user_id join principals p on p.id = u.id \
         where m.group_id = $1 and (p.name_key > $2 or (p.name_key = $2 and p.id > $3)) order by p.name_key, p.id limit $4",
    )
    .bind(id.as_str())
    .bind(name_key)
    .bind(user)
    .bind(limit)
    .fetch_all(db)
    .await?;
    let member = |row: &AnyRow| {
        Ok(Member {
            id: row.parsed("id")?,
            display_name: row.parsed("display_name")?,
            user_principal_name: row.text("user_principal_name")?,
            enabled: row.flag("enabled")?,
            added_at: row.moment("added_at")?,
        })
    };
    Ok(rows.iter().map(member).collect::<Result<_, Corrupt>>()?)
}

/// The groups a person is in, in the order of their names.
pub async fn list_of_user(db: &mut Db, user: &UserId) -> StoreResult<Vec<Group>> {
    let rows = sqlx::query(
        "select g.id, p.display_name, g.description, g.role_assignable, p.created_at, g.version \
         from group_members m join groups g on g.id = m.group_id join principals p on p.id = g.id \
         where m.user_id = $1 order by p.name_key, p.id",
    )
    .bind(user.as_str())
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(group).collect::<Result<_, _>>()?)
}
