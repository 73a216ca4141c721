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
    throttle::Counter,
};
use crate::{
    domain::{
        address::UserPrincipalName, audit::Activity, ids::UserId, name::comparison_key, refusal::Refusal,
        time::Instant, user::User,
    },
    store::{self, users::Credentials},
};

/// An attempt to sign in.
pub struct SignIn<'a> {
    /// The user principal name, as typed.
    pub name: &'a str,
    /// The password.
    pub password: TypedPassword,
    /// Where it comes from.
    pub address: IpAddr,
    /// The request over HTTP.
    pub trace: &'a str,
}

/// Somebody signed in: what the new session has to remember, and where to go first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub user: UserId,
    /// When.
    pub at: Instant,
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
    let stored = found.as_ref().map(|(_, credentials)| credentials.password_hash.as_str());
    let is_right = match app.passwords.verify(&ask.password, stored).await {
        Ok(is_right) => is_right,
        Err(error) => return Err(not_compared(app, &counters, error).await),
    };
    match found {
        Some((user, credentials)) if is_right && user.enabled => {
            let signed_in = let_in(app, &user, &credentials, &counters, &ask).await?;
            renew_hash(app, &user, &credentials, &ask.password).await?;
            Ok(signed_in)
        }
        found => keep_out(app, found.map(|(user, _)| user), &name, ask.trace).await,
    }
}

/// Refuses those who have to wait, counts the attempt as failed, and looks the account up. Attempts that have to wait are not
/// written to the audit: the failures that led to it are, and nobody may fill the audit at will.
async fn admit(app: &App, counters: &[Counter; 3], upn_key: &str) -> AppResult<Option<(User, Credentials)>> {
    let now = app.now();
    let mut tx = app.store.write().await?;
    for counter in counters {
        counter.check(&mut tx, now).await?;
    }
    for counter in counters {
        counter.count(&mut tx, now).await?;
    }
    let found = match store::users::find_by_upn_key(&mut tx, upn_key).await? {
        Some(user) => {
            let credentials = store::users::get_credentials(&mut tx, &user.id).await?;
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
        let mut tx = app.store.write().await?;
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
    counters: &[Counter; 3],
    ask: &SignIn<'_>,
) -> AppResult<SignedIn> {
    let [address, password, account] = counters;
    let mut work = app.begin_as_itself(ask.trace).await?;
    let user = store::users::get(&mut work.tx, &seen.id).await?;
    let credentials = store::users::get_credentials(&mut work.tx, &seen.id).await?;
    let is_other = credentials.password_hash != compared.password_hash;
    if user.enabled && is_other && app.passwords.needs_rehash(&compared.password_hash) {
        // Another sign-in may have renewed the hash of this same password: it is compared once more, with the new one.
        drop(work);
        match app.passwords.verify(&ask.password, Some(&credentials.password_hash)).await {
            Ok(true) => return Box::pin(let_in(app, &user, &credentials, counters, ask)).await,
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
    work.record(Entry::new(Activity::SignedIn).subject(&user.id, user.display_name.as_str())).await?;
    let at = work.now;
    work.commit().await?;
    Ok(SignedIn {
        at,
        must_change_password: user.must_change_password,
        has_second_factor: user.second_factor_since.is_some(),
        user: user.id,
    })
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

/// Hashes the password again when the cost of hashing was changed since. Too many at work is no reason to fail: next time.
async fn renew_hash(app: &App, user: &User, compared: &Credentials, password: &TypedPassword) -> AppResult<()> {
    if !app.passwords.needs_rehash(&compared.password_hash) {
        return Ok(());
    }
    match app.passwords.hash(password, app.randomness.as_ref()).await {
        Ok(hash) => {
            let mut tx = app.store.write().await?;
            store::users::rehash_password(&mut tx, &user.id, &compared.password_hash, &hash).await?;
            Ok(tx.commit().await?)
        }
        Err(HashError::Busy) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
