//! A person chooses a new password.

use super::{
    App, AppResult, Caller, crypto::TypedPassword, profile::require_good_password, record::Entry, sessions::Secret,
    throttle::Counter,
};
use crate::{
    domain::{
        audit::Activity,
        ids::SessionId,
        refusal::Refusal,
        session::{SessionEvent, ended_by},
    },
    store,
};

/// A new password, as typed.
pub struct ChangePassword {
    /// The session in which it is typed; it goes on, all others end.
    pub session: SessionId,
    /// The password so far.
    pub current: TypedPassword,
    /// The new one.
    pub new: TypedPassword,
}

/// Replaces the password of the person who asks; tells the new secret of their session, under which it goes on.
pub async fn change_password(app: &App, caller: &Caller, ask: ChangePassword) -> AppResult<Option<Secret>> {
    // Counted as a failure first: somebody at an unlocked desk must not guess the password here.
    let mut work = app.begin(caller).await?;
    let user = store::users::get(&mut work.tx, &caller.user).await?;
    let before = app.credentials(&mut work.tx, &caller.user).await?;
    let attempt = Entry::new(Activity::PasswordChanged).subject(&user.id, user.display_name.as_str());
    if before.has_second_factor() && !before.must_change_password && work.actor.verified_at.is_none() {
        // Whoever knows the password alone must not shut its owner out.
        return Err(work.refuse(attempt, vec![Refusal::VerificationRequired]).await);
    }
    let counter = Counter::own_password(&user.user_principal_name.key());
    counter.check(&mut work.tx, work.now).await?;
    let now = work.now;
    counter.count(&mut work.tx, now).await?;
    work.commit().await?;

    if !app.passwords.verify(&ask.current, Some(&before.password_hash)).await? {
        let work = app.begin(caller).await?;
        return Err(work.refuse(attempt, vec![Refusal::WrongPassword]).await);
    }
    let is_new = if ask.current.expose() == ask.new.expose() {
        Err(Refusal::WeakPassword { sentence: "This is the password you have. Choose another one.".to_owned() })
    } else {
        require_good_password(&ask.new, &user.display_name, &user.user_principal_name)
    };
    if let Err(refusal) = is_new {
        let mut work = app.begin(caller).await?;
        counter.forgive(&mut work.tx).await?;
        return Err(work.refuse(attempt, vec![refusal]).await);
    }
    let hash = app.passwords.hash(&ask.new, app.randomness.as_ref()).await?;

    let mut work = app.begin(caller).await?;
    counter.forget(&mut work.tx).await?;
    let now = app.credentials(&mut work.tx, &user.id).await?;
    if now.password_hash != before.password_hash {
        return Err(work.refuse(attempt, vec![Refusal::WrongPassword]).await);
    }
    work.save_credentials(&now.password(hash, false)).await?;
    super::sessions::end(&mut work, &user.id, ended_by(SessionEvent::PasswordChanged(ask.session))).await?;
    work.record(attempt).await?;
    let secret = work.move_session(caller.session.as_ref(), false).await?;
    work.commit().await?;
    Ok(secret)
}
