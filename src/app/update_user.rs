//! Editing a person, and what a person chooses for themself.

use super::{
    App, AppResult, Caller,
    profile::{TypedProfile, read_profile, require_free_upn},
    record::Entry,
    time_zone::parse_time_zone,
};
use crate::{
    domain::{
        access::Permission,
        address::MailAddress,
        audit::Activity,
        ids::UserId,
        refusal::Refusal,
        sealed_rows::Account,
        user::{Theme, same_version},
    },
    store,
};

/// An edit, as typed.
pub struct UpdateUser<'a> {
    /// Whom.
    pub id: &'a UserId,
    /// The version the form showed.
    pub version: i64,
    /// Names and addresses.
    pub profile: TypedProfile<'a>,
}

/// Replaces a person's names and addresses.
pub async fn update_user(app: &App, caller: &Caller, ask: UpdateUser<'_>) -> AppResult<()> {
    let attempt = Entry::new(Activity::UserUpdated).subject(ask.id, "");
    let mut work = app.begin(caller).await?.permit(Permission::WritePeople, &attempt).await?;
    let Some(before) = store::users::find(&mut work.tx, ask.id).await? else {
        return Err(work.refuse(attempt, vec![Refusal::NotFound("user")]).await);
    };
    let attempt = attempt.subject(ask.id, before.display_name.as_str());
    let profile = match read_profile(ask.profile) {
        Ok(profile) => profile,
        Err(refusals) => return Err(work.refuse(attempt, refusals).await),
    };
    if let Err(refusal) = same_version(ask.version, before.version) {
        return Err(work.refuse(attempt, vec![refusal]).await);
    }
    if let Err(refusal) = require_free_upn(&mut work, &profile.user_principal_name, Some(ask.id)).await? {
        return Err(work.refuse(attempt, vec![refusal]).await);
    }
    let now = work.now;
    // Whether they can sign in is all that the form does not say: what is not trusted is not taken over.
    let trusted = store::users::find_account(&mut work.tx, ask.id).await?.and_then(|account| app.open(account));
    let enabled = trusted.is_some_and(|account| account.enabled);
    let seal = work.seal(&Account {
        user: ask.id.clone(),
        enabled,
        user_principal_name: profile.user_principal_name.to_string(),
        upn_key: profile.user_principal_name.key(),
        mail: profile.mail.to_string(),
        notification_mail: profile.notification_mail.as_ref().map(MailAddress::to_string),
    });
    store::users::update(&mut work.tx, ask.id, profile.as_profile(), (enabled, &seal), now).await?;
    let text = |mail: Option<&MailAddress>| mail.map_or(String::new(), MailAddress::to_string);
    let entry = attempt
        .change("Display name", before.display_name.as_str(), profile.display_name.as_str())
        .change("User principal name", before.user_principal_name.as_str(), profile.user_principal_name.as_str())
        .change("Mail", before.mail.as_str(), profile.mail.as_str())
        .change(
            "Notification mail",
            &text(before.notification_mail.as_ref()),
            &text(profile.notification_mail.as_ref()),
        )
        .change("Enabled", yes_or_no(before.enabled), yes_or_no(enabled));
    work.record(entry).await?;
    work.commit().await
}

const fn yes_or_no(flag: bool) -> &'static str {
    if flag { "yes" } else { "no" }
}

/// Replaces the time zone (empty: the organisation's) and the colours of the person who asks.
pub async fn update_preferences(app: &App, caller: &Caller, time_zone: &str, theme: Theme) -> AppResult<()> {
    let zone = if time_zone.trim().is_empty() { None } else { Some(parse_time_zone("time_zone", time_zone)?) };
    let mut work = app.begin(caller).await?;
    let user = work.user()?;
    store::users::update_preferences(&mut work.tx, &user, zone.as_ref(), theme).await?;
    work.commit().await
}
