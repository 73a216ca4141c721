//! Signing in with a name and a password.
//!
//! An unknown name, a wrong password and a disabled account get the same answer after the same work. The failure is counted before
//! the password is looked at, so that a thousand attempts at once cannot slip through the count together.

use std::net::IpAddr;

use super::{
    App, AppError, AppResult,
    crypto::{HashError, TypedPassword},
    normal_form::nfkc,
    record::Entry,
    sessions::Secret,
    throttle::Counter,
};
use crate::{
    domain::{
        address::UserPrincipalName, audit::Activity, credentials::Credentials, ids::UserId, name::comparison_key,
        refusal::Refusal, seal::Sealed, user::User,
    },
    store,
};

/// An attempt to sign in.
pub struct SignIn<'a> {
    /// The user principal name, as typed.
    pub name: &'a str,
    /// The password.
    pub password: TypedPassword,
    /// Where it comes from.
    pub address: IpAddr,
    /// What the browser calls itself.
    pub user_agent: &'a str,
    /// The request over HTTP.
    pub trace: &'a str,
}

/// Somebody signed in: the session that has begun, and where to go first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub user: UserId,
    /// The secret of their session, for its cookie.
    pub secret: Secret,
    /// An administrator set the password: a new one comes first.
    pub must_change_password: bool,
    /// Whether there is a second factor to show.
    pub has_second_factor: bool,
}

/// Decides whether the name and the password belong together.
pub async fn sign_in(app: &App, ask: SignIn<'_>) -> AppResult<SignedIn> {
    let name = nfkc(ask.name.trim());
    let upn_key = comparison_key(&name);
    let counters =
        [Counter::address(ask.address), Counter::password(&upn_key, ask.address), Counter::account(&upn_key)];

    let found = admit(app, &counters, &upn_key).await?;
    let found = found.map(|(user, stored)| (user, app.open(stored)));
    let stored = found.as_ref().and_then(|(_, credentials)| credentials.as_ref());
    let stored = stored.map(|credentials| credentials.password_hash.as_str());
    let is_right = match app.passwords.verify(&ask.password, stored).await {
        Ok(is_right) => is_right,
        Err(error) => return Err(not_compared(app, &counters, error).await),
    };
    match found {
        Some((user, Some(credentials))) if is_right && user.enabled => {
            let renewed = renewed_hash(app, &credentials, &ask.password).await?;
            let_in(app, &user, &credentials, renewed, &counters, &ask).await
        }
        Some((user, None)) if user.enabled => {
            // Right or wrong, the answer is one: it must not tell whether the password fits what somebody else wrote.
            let work = app.begin_as_itself(ask.trace).await?;
            Err(work.refuse(attempt(&user), vec![Refusal::CredentialsNotTrusted]).await)
        }
        found => keep_out(app, found.map(|(user, _)| user), &name, ask.trace).await,
    }
}

/// Refuses those who have to wait, counts the attempt as failed, and looks the account up. Attempts that have to wait are not
/// written to the audit: the failures that led to it are, and nobody may fill the audit at will.
async fn admit(app: &App, counters: &[Counter; 3], upn_key: &str) -> AppResult<Option<(User, Sealed<Credentials>)>> {
    let now = app.now();
    let mut tx = app.write().await?;
    for counter in counters {
        counter.check(&mut tx, now).await?;
    }
    for counter in counters {
        counter.count(&mut tx, now).await?;
    }
    let found = match store::users::find_by_upn_key(&mut tx, upn_key).await? {
        Some(user) => {
            let credentials = store::credentials::get(&mut tx, &user.id).await?;
            Some((user, credentials))
        }
        None => None,
    };
    tx.commit().await?;
    Ok(found)
}

/// The password was not looked at, so the attempt was no failure.
async fn not_compared(app: &App, counters: &[Counter; 3], error: HashError) -> AppError {
    let forgiven: AppResult<()> = async {
        let mut tx = app.write().await?;
        for counter in counters {
            counter.forgive(&mut tx).await?;
        }
        Ok(tx.commit().await?)
    }
    .await;
    forgiven.err().unwrap_or_else(|| error.into())
}

async fn let_in(
    app: &App,
    seen: &User,
    compared: &Credentials,
    renewed: Option<String>,
    counters: &[Counter; 3],
    ask: &SignIn<'_>,
) -> AppResult<SignedIn> {
    let [address, password, account] = counters;
    let mut work = app.begin_as_itself(ask.trace).await?;
    let user = store::users::get(&mut work.tx, &seen.id).await?;
    let Some(credentials) = app.open(store::credentials::get(&mut work.tx, &seen.id).await?) else {
        return Err(work.refuse(attempt(&user), vec![Refusal::CredentialsNotTrusted]).await);
    };
    let is_other = credentials.password_hash != compared.password_hash;
    if user.enabled && is_other && app.passwords.needs_rehash(&compared.password_hash) {
        // Another sign-in may have renewed the hash of this same password: it is compared once more, with the new one.
        drop(work);
        match app.passwords.verify(&ask.password, Some(&credentials.password_hash)).await {
            Ok(true) => return Box::pin(let_in(app, &user, &credentials, None, counters, ask)).await,
            Ok(false) => {}
            Err(error) => return Err(not_compared(app, counters, error).await),
        }
        work = app.begin_as_itself(ask.trace).await?;
    }
    if !user.enabled || is_other {
        // Disabled, or given another password, while this one was compared.
        return Err(work.refuse(attempt(&user), vec![Refusal::WrongCredentials]).await);
    }
    password.forget(&mut work.tx).await?;
    // What others tried elsewhere still counts.
    address.forgive(&mut work.tx).await?;
    account.forgive(&mut work.tx).await?;
    store::users::set_last_sign_in(&mut work.tx, &user.id, work.now).await?;
    work.actor.user = Some(user.id.clone());
    user.display_name.as_str().clone_into(&mut work.actor.name);
    let (must_change_password, has_second_factor) = (credentials.must_change_password, credentials.has_second_factor());
    if let Some(hash) = renewed {
        work.save_credentials(&credentials.password(hash, must_change_password)).await?;
    }
    work.record(Entry::new(Activity::SignedIn).subject(&user.id, user.display_name.as_str())).await?;
    let secret = work.begin_session(&user.id, ask.address, ask.user_agent).await?;
    work.commit().await?;
    Ok(SignedIn { secret, must_change_password, has_second_factor, user: user.id })
}

async fn keep_out(app: &App, user: Option<User>, name: &str, trace: &str) -> AppResult<SignedIn> {
    let mut work = app.begin_as_itself(trace).await?;
    let (entry, why) = match &user {
        Some(user) if !user.enabled => (attempt(user), "The account is disabled."),
        Some(user) => (attempt(user), "The password is wrong."),
        // People type passwords into the wrong field: only what has the form of a name is written down.
        None => match UserPrincipalName::parse(name) {
            Ok(name) => (Entry::new(Activity::SignInFailed).subject_name(name.as_str()), "There is no such account."),
            Err(_) => (Entry::new(Activity::SignInFailed).subject_name("not a user name"), "There is no such account."),
        },
    };
    work.record(entry.refused(why)).await?;
    work.commit().await?;
    Err(Refusal::WrongCredentials.into())
}

fn attempt(user: &User) -> Entry {
    Entry::new(Activity::SignInFailed).subject(&user.id, user.display_name.as_str())
}

/// The password hashed again, when the cost of hashing was changed since. It is saved with the sign-in, whose event then is the one
/// that changed the credentials. Too many at work is no reason to fail: next time.
async fn renewed_hash(app: &App, compared: &Credentials, password: &TypedPassword) -> AppResult<Option<String>> {
    if !app.passwords.needs_rehash(&compared.password_hash) {
        return Ok(None);
    }
    match app.passwords.hash(password, app.randomness.as_ref()).await {
        Ok(hash) => Ok(Some(hash)),
        Err(HashError::Busy) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
