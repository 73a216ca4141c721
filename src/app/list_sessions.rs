//! Sessions that hold: where somebody is signed in.

use super::{App, AppResult, Caller, sessions::who};
use crate::{
    domain::{
        access::Permission,
        browser,
        ids::{SessionId, UserId},
        session::{self, SessionState},
        time::Instant,
    },
    store::{self, Db},
};

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionLine {
    /// Which.
    pub id: SessionId,
    /// "Firefox on Linux".
    pub device: String,
    /// Where the sign-in came from.
    pub address: String,
    /// When.
    pub signed_in_at: Instant,
    /// When something was last done in it, to the minute.
    pub last_seen_at: Instant,
    /// Whether the second factor was shown in it.
    pub verified: bool,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

/// The sessions of the person who asks that still hold, the last used first.
pub async fn list_sessions(app: &App, caller: &Caller, current: &SessionId) -> AppResult<Vec<SessionLine>> {
    let now = app.now();
    let mut db = app.store.read().await?;
    caller.standing(app, &mut db, now).await?;
    lines(app, &mut db, &caller.user, Some(current), now).await
}

/// The same of another person, for those who may end them.
pub async fn list_sessions_of(app: &App, caller: &Caller, user: &UserId) -> AppResult<Vec<SessionLine>> {
    let now = app.now();
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, now).await?;
    standing.permit(Permission::WritePeople)?;
    lines(app, &mut db, user, None, now).await
}

async fn lines(
    app: &App,
    db: &mut Db,
    user: &UserId,
    current: Option<&SessionId>,
    now: Instant,
) -> AppResult<Vec<SessionLine>> {
    let mut lines = Vec::new();
    for stored in store::sessions::list_of_user(db, user).await? {
        match session::state(stored.created_at, stored.last_seen_at, app.session_limits, now) {
            SessionState::Idle | SessionState::TooOld => {}
            SessionState::Live { .. } => {
                let Some(who) = who(app, &stored)? else { continue };
                lines.push(SessionLine {
                    device: browser::describe(&stored.user_agent),
                    address: stored.address,
                    signed_in_at: stored.created_at,
                    last_seen_at: stored.last_seen_at,
                    verified: who.verified_at.is_some(),
                    is_current: current == Some(&who.session),
                    id: who.session,
                });
            }
        }
    }
    Ok(lines)
}
