//! Ending sessions: signing out, and ending one or all others from the list.

use super::{App, AppResult, Caller, record::Entry, sessions::end};
use crate::domain::{
    audit::Activity,
    ids::SessionId,
    refusal::Refusal,
    session::{SessionEvent, ended_by},
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
