//! Ending sessions: signing out, ending one or all others from the list, and ending those of another person.

use super::{App, AppResult, Caller, record::Entry, sessions::end};
use crate::{
    domain::{
        access::Permission,
        audit::Activity,
        ids::{SessionId, UserId},
        refusal::Refusal,
        session::{SessionEvent, ended_by},
        user::may_lock_out,
    },
    store,
};

/// Signs the person out of this session.
pub async fn sign_out(app: &App, caller: &Caller, current: &SessionId) -> AppResult<()> {
    end_by(app, caller, SessionEvent::SignedOut(current.clone()), Activity::SignedOut).await.map(drop)
}

/// Ends one of the sessions of the person who asks.
pub async fn end_session(app: &App, caller: &Caller, id: &SessionId) -> AppResult<()> {
    match end_by(app, caller, SessionEvent::Ended(id.clone()), Activity::SessionEnded).await? {
        0 => Err(Refusal::NotFound("session").into()),
        _ => Ok(()),
    }
}

/// Ends all sessions of the person who asks but this one; tells how many.
pub async fn end_other_sessions(app: &App, caller: &Caller, current: &SessionId) -> AppResult<usize> {
    end_by(app, caller, SessionEvent::OthersEnded(current.clone()), Activity::SessionEnded).await
}

/// Ends every session of another person; tells how many. They can sign in again: whoever must not is disabled.
pub async fn end_sessions_of(app: &App, caller: &Caller, id: &UserId) -> AppResult<usize> {
    let attempt = Entry::new(Activity::SessionEnded).subject(id, "");
    let mut work = app.begin(caller).await?.permit(Permission::WritePeople, &attempt).await?;
    let Some(user) = store::users::find(&mut work.tx, id).await? else {
        return Err(work.refuse(attempt, vec![Refusal::NotFound("user")]).await);
    };
    let attempt = attempt.subject(id, user.display_name.as_str());
    if let Err(refusal) = may_lock_out(&work.user()?, id) {
        return Err(work.refuse(attempt, vec![refusal]).await);
    }
    let count = end(&mut work, id, ended_by(SessionEvent::EndedByAdministrator)).await?;
    // Also when there was none: that somebody wanted it belongs to the trail.
    work.record(attempt.change("Sessions ended", "", &count.to_string())).await?;
    work.commit().await?;
    Ok(count)
}

async fn end_by(app: &App, caller: &Caller, event: SessionEvent, activity: Activity) -> AppResult<usize> {
    let mut work = app.begin(caller).await?;
    let user = work.user()?;
    let count = end(&mut work, &user, ended_by(event)).await?;
    if count > 0 {
        let entry =
            Entry::new(activity).subject(&user, &work.actor.name).change("Sessions ended", "", &count.to_string());
        work.record(entry).await?;
        work.commit().await?;
    }
    Ok(count)
}
