//! The role catalogue.

use sqlx::any::AnyRow;

use super::row::Columns as _;
use super::{Corrupt, Db, StoreResult, Write};
use crate::domain::ids::RoleId;
use crate::domain::role::Role;

/// The role with this id.
pub async fn find(db: &mut Db, id: &RoleId) -> StoreResult<Option<Role>> {
    let row = sqlx::query("select * from roles where id = $1").bind(id.as_str()).fetch_optional(db).await?;
    Ok(row.as_ref().map(read).transpose()?)
}

/// Every role, by id; for bringing the catalogue up to date.
pub async fn list_all(db: &mut Db) -> StoreResult<Vec<Role>> {
    let rows = sqlx::query("select * from roles").fetch_all(db).await?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// Every role, by name.
pub async fn list_by_name(db: &mut Db) -> StoreResult<Vec<Role>> {
    let rows = sqlx::query("select * from roles order by name_key, id").fetch_all(db).await?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// Inserts the role, or brings its texts up to date.
pub async fn upsert(tx: &mut Write, role: &Role, name_key: &str) -> StoreResult<()> {
    sqlx::query(
        "insert into roles (id, display_name, name_key, description, is_privileged, is_hidden) values ($1, $2, $3, $4, $5, $6) \
         on conflict (id) do update set display_name = excluded.display_name, name_key = excluded.name_key, \
         description = excluded.description, is_privileged = excluded.is_privileged, is_hidden = excluded.is_hidden",
    )
    .bind(role.id.as_str())
    .bind(&role.display_name)
    .bind(name_key)
    .bind(&role.description)
    .bind(i64::from(role.is_privileged))
    .bind(i64::from(role.is_hidden))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// One row as a role.
pub(super) fn read(row: &AnyRow) -> Result<Role, Corrupt> {
    Ok(Role {
        id: row.parsed("id")?,
        display_name: row.text("display_name")?,
        description: row.text("description")?,
        is_privileged: row.flag("is_privileged")?,
        is_hidden: row.flag("is_hidden")?,
    })
}
