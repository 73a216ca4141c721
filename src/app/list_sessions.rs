//! My sessions: where I am signed in.

use super::{App, AppResult, Caller, sessions::who};
use crate::{
    domain::{
        browser,
        ids::SessionId,
        session::{self, SessionState},
        time::Instant,
    },
    store,
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
    let mut lines = Vec::new();
    for stored in store::sessions::list_of_user(&mut db, &caller.user).await? {
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
                    is_current: who.session == *current,
                    id: who.session,
                });
            }
        }
    }
    Ok(lines)
}
