//! People: `principals` and `users`. Secrets are read only by [`find_credentials`].

use sqlx::{Row as _, any::AnyRow};

use super::{Corrupt, Db, StoreError, StoreResult, Write, row::Columns as _};
use crate::domain::{
    address::{MailAddress, UserPrincipalName},
    ids::UserId,
    name::DisplayName,
    time::Instant,
    user::{Theme, TimeZoneName, User},
};

/// What a person proves who they are with, as it is stored: nothing in here is readable without the key file or the password.
#[derive(Clone)]
pub struct Credentials {
    /// PHC string.
    pub password_hash: String,
    /// The sealed secret of the one-time codes.
    pub totp_secret: Option<String>,
    /// The last step whose code was taken.
    pub totp_last_step: i64,
}

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

/// The person's credentials.
pub async fn get_credentials(db: &mut Db, id: &UserId) -> StoreResult<Credentials> {
    let row = sqlx::query("select password_hash, totp_secret, totp_last_step from users where id = $1")
        .bind(id.as_str())
        .fetch_optional(db)
        .await?
        .ok_or(StoreError::Missing("user"))?;
    Ok(Credentials {
        password_hash: row.text("password_hash")?,
        totp_secret: row.maybe_text("totp_secret")?,
        totp_last_step: row.number("totp_last_step")?,
    })
}

/// Any one sealed secret with its owner: what a key file is tried on.
pub async fn find_sealed_secret(db: &mut Db) -> StoreResult<Option<(UserId, String)>> {
    let row = sqlx::query("select id, totp_secret from users where totp_secret is not null order by id limit 1")
        .fetch_optional(db)
        .await?;
    Ok(row.map(|row| Ok::<_, Corrupt>((row.parsed("id")?, row.text("totp_secret")?))).transpose()?)
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

/// A new person.
pub async fn insert(db: &mut Write, user: &User, password_hash: &str) -> StoreResult<()> {
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
         must_change_password, totp_secret, totp_confirmed_at, totp_last_step, last_sign_in_at, updated_at, version) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, null, null, 0, null, $11, $12)",
    )
    .bind(user.id.as_str())
    .bind(user.user_principal_name.as_str())
    .bind(user.user_principal_name.key())
    .bind(user.mail.as_str())
    .bind(user.notification_mail.as_ref().map(MailAddress::as_str))
    .bind(i64::from(user.enabled))
    .bind(user.time_zone.as_ref().map(TimeZoneName::as_str))
    .bind(user.theme.word())
    .bind(password_hash)
    .bind(i64::from(user.must_change_password))
    .bind(user.created_at.millis())
    .bind(user.version)
    .execute(&mut **db)
    .await?;
    Ok(())
}

/// Replaces what an administrator can edit; the version grows.
pub async fn update(db: &mut Write, id: &UserId, profile: Profile<'_>, now: Instant) -> StoreResult<()> {
    sqlx::query("update principals set display_name = $2, name_key = $3 where id = $1")
        .bind(id.as_str())
        .bind(profile.display_name.as_str())
        .bind(profile.display_name.key())
        .execute(&mut **db)
        .await?;
    sqlx::query(
        "update users set user_principal_name = $2, upn_key = $3, mail = $4, notification_mail = $5, updated_at = $6, \
         version = version + 1 where id = $1",
    )
    .bind(id.as_str())
    .bind(profile.user_principal_name.as_str())
    .bind(profile.user_principal_name.key())
    .bind(profile.mail.as_str())
    .bind(profile.notification_mail.map(MailAddress::as_str))
    .bind(now.millis())
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
pub async fn set_enabled(db: &mut Write, id: &UserId, enabled: bool, now: Instant) -> StoreResult<()> {
    sqlx::query("update users set enabled = $2, updated_at = $3, version = version + 1 where id = $1")
        .bind(id.as_str())
        .bind(i64::from(enabled))
        .bind(now.millis())
        .execute(&mut **db)
        .await?;
    Ok(())
}

/// Replaces the password.
pub async fn set_password(db: &mut Write, id: &UserId, hash: &str, must_change: bool) -> StoreResult<()> {
    sqlx::query("update users set password_hash = $2, must_change_password = $3 where id = $1")
        .bind(id.as_str())
        .bind(hash)
        .bind(i64::from(must_change))
        .execute(&mut **db)
        .await?;
    Ok(())
}

/// Replaces the hash of the same password, unless the password was changed meanwhile.
pub async fn rehash_password(db: &mut Write, id: &UserId, old: &str, new: &str) -> StoreResult<()> {
    sqlx::query("update users set password_hash = $3 where id = $1 and password_hash = $2")
        .bind(id.as_str())
        .bind(old)
        .bind(new)
        .execute(&mut **db)
        .await?;
    Ok(())
}

/// Sets the confirmed second factor, or takes it away (`None`).
pub async fn set_second_factor(
    db: &mut Write,
    id: &UserId,
    factor: Option<(&str, i64)>,
    now: Instant,
) -> StoreResult<()> {
    sqlx::query("update users set totp_secret = $2, totp_last_step = $3, totp_confirmed_at = $4 where id = $1")
        .bind(id.as_str())
        .bind(factor.map(|(sealed, _)| sealed))
        .bind(factor.map_or(0, |(_, step)| step))
        .bind(factor.map(|_| now.millis()))
        .execute(&mut **db)
        .await?;
    Ok(())
}

/// Remembers the step whose code was taken.
pub async fn set_last_step(db: &mut Write, id: &UserId, step: i64) -> StoreResult<()> {
    sqlx::query("update users set totp_last_step = $2 where id = $1")
        .bind(id.as_str())
        .bind(step)
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
/// mail address. `pattern` is a `like` pattern made by [`super::like_containing`] from a comparison key.
pub async fn list(
    db: &mut Db,
    pattern: &str,
    enabled: Option<bool>,
    after: Option<(&str, &str)>,
    limit: i64,
) -> StoreResult<Vec<User>> {
    let (name_key, id) = after.unwrap_or(("", ""));
    let rows = sqlx::query(
        "select u.id, p.display_name, u.user_principal_name, u.mail, u.notification_mail, u.enabled, u.time_zone, u.theme, \
         u.must_change_password, u.totp_confirmed_at, p.created_at, u.last_sign_in_at, u.version \
         from users u join principals p on p.id = u.id \
         where (p.name_key like $1 escape '\\' or u.upn_key like $1 escape '\\' or lower(u.mail) like $1 escape '\\') \
         and ($5 < 0 or u.enabled = $5) \
         and (p.name_key > $2 or (p.name_key = $2 and p.id > $3)) order by p.name_key, p.id limit $4",
    )
    .bind(pattern)
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
