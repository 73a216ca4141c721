//! Whoever can hold a role, people and groups alike, found by name: what a picker asks while somebody types.

use sqlx::any::AnyRow;

use super::{Corrupt, Db, StoreResult, row::Columns as _};
use crate::domain::ids::{GroupId, PrincipalId, UserId};

/// A person or a group, as a picker shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A person.
    User {
        /// Who.
        id: UserId,
        /// Their name.
        display_name: String,
        /// What they sign in with: it tells namesakes apart.
        user_principal_name: String,
        /// Whether they can sign in. Only those who can are found by a search.
        enabled: bool,
    },
    /// A group.
    Group {
        /// Which.
        id: GroupId,
        /// Its name.
        display_name: String,
        /// How many are in it.
        members: i64,
        /// Whether it can hold roles.
        role_assignable: bool,
    },
}

/// Which kinds are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kinds {
    /// People only.
    Users,
    /// People and all groups: who can approve.
    UsersAndGroups,
    /// People and the groups that can hold roles: who can be assigned.
    Assignable,
}

fn found(row: &AnyRow) -> Result<Found, Corrupt> {
    let display_name = row.text("display_name")?;
    Ok(match row.maybe_text("user_principal_name")? {
        Some(user_principal_name) => {
            Found::User { id: row.parsed("id")?, display_name, user_principal_name, enabled: row.flag("enabled")? }
        }
        None => Found::Group {
            id: row.parsed("id")?,
            display_name,
            members: row.number("members")?,
            role_assignable: row.flag("role_assignable")?,
        },
    })
}

/// The first people (enabled ones) and groups, by name, that have this comparison key in their names.
pub async fn search(db: &mut Db, key: &str, kinds: Kinds, limit: i64) -> StoreResult<Vec<Found>> {
    let (groups, assignable_only) = match kinds {
        Kinds::Users => (0, 0),
        Kinds::UsersAndGroups => (1, 0),
        Kinds::Assignable => (1, 1),
    };
    let rows = sqlx::query(
        "select p.id, p.display_name, u.user_principal_name, u.enabled, g.role_assignable, \
         (select count(*) from group_members m where m.group_id = p.id) as members \
         from principals p left join users u on u.id = p.id left join groups g on g.id = p.id \
         where (u.enabled = 1 or ($2 = 1 and p.kind = 'group' and (g.role_assignable = 1 or $3 = 0))) \
         and ($1 = '' or replace(p.name_key, $1, '') <> p.name_key or replace(u.upn_key, $1, '') <> u.upn_key) \
         order by p.name_key, p.id limit $4",
    )
    .bind(key)
    .bind(groups)
    .bind(assignable_only)
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(found).collect::<Result<_, _>>()?)
}

/// The person or group with this id, also one that no search finds any more.
pub async fn find(db: &mut Db, id: &PrincipalId) -> StoreResult<Option<Found>> {
    let row = sqlx::query(
        "select p.id, p.display_name, u.user_principal_name, u.enabled, g.role_assignable, \
         (select count(*) from group_members m where m.group_id = p.id) as members \
         from principals p left join users u on u.id = p.id left join groups g on g.id = p.id where p.id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(db)
    .await?;
    Ok(row.as_ref().map(found).transpose()?)
}
