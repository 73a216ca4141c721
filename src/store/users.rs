//! People: `principals` and `users`, without their secrets, which are in [`super::credentials`].

use sqlx::{Row as _, any::AnyRow};

use super::ways::{account_text, read_account};
use super::{Corrupt, Db, StoreError, StoreResult, Write, row::Columns as _};
use crate::domain::{
    address::{MailAddress, UserPrincipalName},
    credentials::Credentials,
    ids::UserId,
    name::DisplayName,
    seal::{Seal, Sealed},
    sealed_rows::Account,
    time::Instant,
    user::{Theme, TimeZoneName, User},
};

/// What an edit of a person replaces.
pub struct Profile<'a> {
    /// The name on every page.
    pub display_name: &'a DisplayName,
    /// What the person signs in with.
    pub user_principal_name: &'a UserPrincipalName,
    /// Where mail goes.
    pub mail: &'a MailAddress,
    /// Where notifications go instead.
    pub notification_mail: Option<&'a MailAddress>,
}

fn user(row: &AnyRow) -> Result<User, Corrupt> {
    Ok(User {
        id: row.parsed("id")?,
        display_name: row.parsed("display_name")?,
        user_principal_name: row.parsed("user_principal_name")?,
        mail: row.parsed("mail")?,
        notification_mail: row.maybe_parsed("notification_mail")?,
        enabled: row.flag("enabled")?,
        time_zone: row.maybe_parsed("time_zone")?,
        theme: row.parsed("theme")?,
        must_change_password: row.flag("must_change_password")?,
        second_factor_since: row.maybe_moment("totp_confirmed_at")?,
        created_at: row.moment("created_at")?,
        last_sign_in_at: row.maybe_moment("last_sign_in_at")?,
        version: row.number("version")?,
    })
}

/// The person with this id.
pub async fn find(db: &mut Db, id: &UserId) -> StoreResult<Option<User>> {
    let row = sqlx::query(
        "select u.id, p.display_name, u.user_principal_name, u.mail, u.notification_mail, u.enabled, u.time_zone, u.theme, \
         u.must_change_password, u.totp_confirmed_at, p.created_at, u.last_sign_in_at, u.version \
         from users u join principals p on p.id = u.id where u.id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(db)
    .await?;
    Ok(row.as_ref().map(user).transpose()?)
}

/// What the seal of this person's account covers.
pub async fn find_account(db: &mut Db, id: &UserId) -> StoreResult<Option<Sealed<Account>>> {
    let row = sqlx::query(concat!("select ", account_text!("u"), " as account from users u where u.id = $1"))
        .bind(id.as_str())
        .fetch_optional(db)
        .await?;
    Ok(row.map(|row| read_account(&row.text("account")?)).transpose()?)
}

/// The person with this id, who must be there.
pub async fn get(db: &mut Db, id: &UserId) -> StoreResult<User> {
    find(db, id).await?.ok_or(StoreError::Missing("user"))
}

/// The person who signs in with this name, given by its key.
pub async fn find_by_upn_key(db: &mut Db, upn_key: &str) -> StoreResult<Option<User>> {
    let row = sqlx::query(
        "select u.id, p.display_name, u.user_principal_name, u.mail, u.notification_mail, u.enabled, u.time_zone, u.theme, \
         u.must_change_password, u.totp_confirmed_at, p.created_at, u.last_sign_in_at, u.version \
         from users u join principals p on p.id = u.id where u.upn_key = $1",
    )
    .bind(upn_key)
    .fetch_optional(db)
    .await?;
    Ok(row.as_ref().map(user).transpose()?)
}

/// Whether somebody else than `but` signs in with this name.
pub async fn is_upn_taken(db: &mut Db, upn_key: &str, but: Option<&UserId>) -> StoreResult<bool> {
    let row = sqlx::query("select 1 from users where upn_key = $1 and id <> $2")
        .bind(upn_key)
        .bind(but.map_or("", UserId::as_str))
        .fetch_optional(db)
        .await?;
    Ok(row.is_some())
}

/// A new person, with the seals of their account and of their credentials.
pub async fn insert(
    db: &mut Write,
    user: &User,
    credentials: &Credentials,
    (account_seal, credentials_seal): (&Seal, &Seal),
) -> StoreResult<()> {
    sqlx::query(
        "insert into principals (id, kind, display_name, name_key, created_at) values ($1, 'user', $2, $3, $4)",
    )
    .bind(user.id.as_str())
    .bind(user.display_name.as_str())
    .bind(user.display_name.key())
    .bind(user.created_at.millis())
    .execute(&mut **db)
    .await?;
    sqlx::query(
        "insert into users (id, user_principal_name, upn_key, mail, notification_mail, enabled, time_zone, theme, password_hash, \
         must_change_password, totp_secret, totp_confirmed_at, totp_last_step, last_sign_in_at, updated_at, version, \
         seal, sealed_by, credentials_seal, credentials_sealed_by) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, null, $14, $15, $16, $17, $18, $19)",
    )
    .bind(user.id.as_str())
    .bind(user.user_principal_name.as_str())
    .bind(user.user_principal_name.key())
    .bind(user.mail.as_str())
    .bind(user.notification_mail.as_ref().map(MailAddress::as_str))
    .bind(i64::from(user.enabled))
    .bind(user.time_zone.as_ref().map(TimeZoneName::as_str))
    .bind(user.theme.word())
    .bind(credentials.password_hash.as_str())
    .bind(i64::from(credentials.must_change_password))
    .bind(credentials.totp_secret.as_deref())
    .bind(credentials.totp_confirmed_at.map(Instant::millis))
    .bind(credentials.totp_last_step)
    .bind(user.created_at.millis())
    .bind(user.version)
    .bind(account_seal.text())
    .bind(account_seal.place.seq)
    .bind(credentials_seal.text())
    .bind(credentials_seal.place.seq)
    .execute(&mut **db)
    .await?;
    Ok(())
}

/// Replaces what an administrator can edit; the version grows.
pub async fn update(
    db: &mut Write,
    id: &UserId,
    profile: Profile<'_>,
    (enabled, seal): (bool, &Seal),
    now: Instant,
) -> StoreResult<()> {
    sqlx::query("update principals set display_name = $2, name_key = $3 where id = $1")
        .bind(id.as_str())
        .bind(profile.display_name.as_str())
        .bind(profile.display_name.key())
        .execute(&mut **db)
        .await?;
    sqlx::query(
        "update users set user_principal_name = $2, upn_key = $3, mail = $4, notification_mail = $5, updated_at = $6, \
         version = version + 1, seal = $7, sealed_by = $8, enabled = $9 where id = $1",
    )
    .bind(id.as_str())
    .bind(profile.user_principal_name.as_str())
    .bind(profile.user_principal_name.key())
    .bind(profile.mail.as_str())
    .bind(profile.notification_mail.map(MailAddress::as_str))
    .bind(now.millis())
    .bind(seal.text())
    .bind(seal.place.seq)
    .bind(i64::from(enabled))
    .execute(&mut **db)
    .await?;
    Ok(())
}

/// Replaces what a person chooses for themself.
pub async fn update_preferences(
    db: &mut Write,
    id: &UserId,
    zone: Option<&TimeZoneName>,
    theme: Theme,
) -> StoreResult<()> {
    sqlx::query("update users set time_zone = $2, theme = $3 where id = $1")
        .bind(id.as_str())
        .bind(zone.map(TimeZoneName::as_str))
        .bind(theme.word())
        .execute(&mut **db)
        .await?;
    Ok(())
}

/// Lets the person in, or keeps them out.
pub async fn set_enabled(
    db: &mut Write,
    id: &UserId,
    enabled: bool,
    seal: Option<&Seal>,
    now: Instant,
) -> StoreResult<()> {
    let text = "update users set enabled = $2, updated_at = $3, version = version + 1, seal = $4, sealed_by = $5 where id = $1";
    sqlx::query(text)
        .bind(id.as_str())
        .bind(i64::from(enabled))
        .bind(now.millis())
        .bind(seal.map(Seal::text))
        .bind(seal.map(|seal| seal.place.seq))
        .execute(&mut **db)
        .await?;
    Ok(())
}

/// Remembers the sign-in.
pub async fn set_last_sign_in(db: &mut Write, id: &UserId, now: Instant) -> StoreResult<()> {
    sqlx::query("update users set last_sign_in_at = $2 where id = $1")
        .bind(id.as_str())
        .bind(now.millis())
        .execute(&mut **db)
        .await?;
    Ok(())
}

/// People in the order of their names, from behind `after` on; all of them, or those with the text in their name, sign-in name or
/// mail address. `key` is a comparison key.
pub async fn list(
    db: &mut Db,
    key: &str,
    enabled: Option<bool>,
    after: Option<(&str, &str)>,
    limit: i64,
) -> StoreResult<Vec<User>> {
    let (name_key, id) = after.unwrap_or(("", ""));
    let rows = sqlx::query(
        "select u.id, p.display_name, u.user_principal_name, u.mail, u.notification_mail, u.enabled, u.time_zone, u.theme, \
         u.must_change_password, u.totp_confirmed_at, p.created_at, u.last_sign_in_at, u.version \
         from users u join principals p on p.id = u.id \
         where ($1 = '' or replace(p.name_key, $1, '') <> p.name_key or replace(u.upn_key, $1, '') <> u.upn_key \
         or replace(lower(u.mail), $1, '') <> lower(u.mail)) \
         and ($5 < 0 or u.enabled = $5) \
         and (p.name_key > $2 or (p.name_key = $2 and p.id > $3)) order by p.name_key, p.id limit $4",
    )
    .bind(key)
    .bind(name_key)
    .bind(id)
    .bind(limit)
    .bind(enabled.map_or(-1, i64::from))
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(user).collect::<Result<_, _>>()?)
}

/// How many people there are.
pub async fn count(db: &mut Db) -> StoreResult<i64> {
    Ok(sqlx::query("select count(*) from users").fetch_one(db).await?.try_get(0)?)
}
