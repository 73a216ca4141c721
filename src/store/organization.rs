//! The organisation and the set-up code.

use sqlx::any::AnyRow;

use super::{Corrupt, Db, Question, StoreError, StoreResult, Write, row::Columns as _, statements::Statement};
use crate::domain::{name::OrganizationName, time::Instant, user::TimeZoneName};

/// The organisation whose portal this is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Its name.
    pub name: OrganizationName,
    /// The zone in which times are shown to people who chose none.
    pub time_zone: TimeZoneName,
    /// When the portal was set up.
    pub set_up_at: Instant,
}

/// The organisation; `None` before set-up.
pub async fn find(db: &mut Db) -> StoreResult<Option<Organization>> {
    organization().ask(db).await
}

/// The same as a question.
pub fn organization() -> Question<Option<Organization>> {
    let statement = Statement::new("select name, time_zone, set_up_at from organization where id = 1");
    Question::about_maybe_one(statement, read)
}

fn read(row: &AnyRow) -> Result<Organization, Corrupt> {
    Ok(Organization {
        name: row.parsed("name")?,
        time_zone: row.parsed("time_zone")?,
        set_up_at: row.moment("set_up_at")?,
    })
}

/// Makes the organisation, once.
pub async fn insert(db: &mut Write, organization: &Organization) -> StoreResult<()> {
    sqlx::query("insert into organization (id, name, time_zone, set_up_at) values (1, $1, $2, $3)")
        .bind(organization.name.as_str())
        .bind(organization.time_zone.as_str())
        .bind(organization.set_up_at.millis())
        .execute(&mut **db)
        .await?;
    Ok(())
}

/// The code with this fingerprint is the only one that counts from now on.
pub async fn replace_setup_code(db: &mut Write, token_hash: &str, now: Instant) -> StoreResult<()> {
    delete_setup_codes(db).await?;
    sqlx::query("insert into setup_links (token_hash, created_at) values ($1, $2)")
        .bind(token_hash)
        .bind(now.millis())
        .execute(&mut **db)
        .await?;
    Ok(())
}

/// Whether this is the code that counts.
pub async fn is_setup_code(db: &mut Db, token_hash: &str) -> StoreResult<bool> {
    let row =
        sqlx::query("select 1 from setup_links where token_hash = $1").bind(token_hash).fetch_optional(db).await?;
    Ok(row.is_some())
}

/// No code counts any more.
pub async fn delete_setup_codes(db: &mut Write) -> StoreResult<()> {
    sqlx::query("delete from setup_links").execute(&mut **db).await?;
    Ok(())
}

/// Whether the audit tells that somebody set the portal up.
pub async fn was_set_up(db: &mut Db) -> StoreResult<bool> {
    let statement = "select 1 from audit_events where action = 'SetUp' and outcome = 'Success' limit 1";
    Ok(sqlx::query(statement).fetch_optional(db).await?.is_some())
}

/// The organisation, which must be there.
pub async fn get(db: &mut Db) -> StoreResult<Organization> {
    find(db).await?.ok_or(StoreError::Missing("organization"))
}
