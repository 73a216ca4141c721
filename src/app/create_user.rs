//! Creating a person.

use zeroize::Zeroizing;

use super::{
    App, AppError, AppResult, Caller,
    crypto::TypedPassword,
    profile::{TypedProfile, read_profile, require_free_upn, require_good_password, temporary_password},
    record::Entry,
};
use crate::{
    domain::{
        access::Permission,
        audit::Activity,
        credentials::Credentials,
        ids::UserId,
        sealed_rows::Account,
        user::{Theme, User},
    },
    store,
};

/// A new person, as typed.
pub struct CreateUser<'a> {
    /// Names and addresses.
    pub profile: TypedProfile<'a>,
    /// The password for the first sign-in; one is made when there is none. Either way its owner has to replace it.
    pub password: Option<TypedPassword>,
}

/// The person was created.
pub struct CreatedUser {
    /// Who.
    pub id: UserId,
    /// The password that was made, to be shown once.
    pub temporary_password: Option<Zeroizing<String>>,
}

/// Creates a person who can sign in.
pub async fn create_user(app: &App, caller: &Caller, ask: CreateUser<'_>) -> AppResult<CreatedUser> {
    let attempt = Entry::new(Activity::UserCreated).subject_name(ask.profile.user_principal_name);
    // Asked before the password is hashed, which is work, and again in the transaction that saves.
    drop(app.begin(caller).await?.permit(Permission::WritePeople, &attempt).await?);

    let profile = read_profile(ask.profile)?;
    let made = ask.password.is_none().then(|| temporary_password(app));
    let password = ask.password.or_else(|| made.clone()).ok_or(AppError::Broken("the temporary password"))?;
    require_good_password(&password, &profile.display_name, &profile.user_principal_name)?;
    let hash = app.passwords.hash(&password, app.randomness.as_ref()).await?;

    let mut work = app.begin(caller).await?.permit(Permission::WritePeople, &attempt).await?;
    if let Err(refusal) = require_free_upn(&mut work, &profile.user_principal_name, None).await? {
        return Err(work.refuse(attempt, vec![refusal]).await);
    }
    let user = User {
        id: UserId::make(work.now, super::ports::random_bytes(app.randomness.as_ref())),
        display_name: profile.display_name,
        user_principal_name: profile.user_principal_name,
        mail: profile.mail,
        notification_mail: profile.notification_mail,
        enabled: true,
        time_zone: None,
        theme: Theme::System,
        must_change_password: true,
        second_factor_since: None,
        created_at: work.now,
        last_sign_in_at: None,
        version: 1,
    };
    let credentials = Credentials::with_password(user.id.clone(), hash, true);
    let seals = (work.seal(&Account::from(&user)), work.seal(&credentials));
    store::users::insert(&mut work.tx, &user, &credentials, (&seals.0, &seals.1)).await?;
    let entry = Entry::new(Activity::UserCreated).subject(&user.id, user.display_name.as_str()).change(
        "User principal name",
        "",
        user.user_principal_name.as_str(),
    );
    work.record(entry).await?;
    work.commit().await?;
    Ok(CreatedUser {
        id: user.id,
        temporary_password: made.map(|password| Zeroizing::new(password.expose().to_owned())),
    })
}
