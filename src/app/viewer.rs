//! Who looks at a page: the caller, and what the portal shows and offers them. Decides nothing; use cases ask again.

use crate::app::recover::{Acknowledgment, asks_for};
use crate::app::{App, AppResult, Caller};
use crate::domain::access::Standing;
use crate::domain::ids::{SessionId, UserId};
use crate::domain::role::PortalRole;
use crate::domain::time::Instant;
use crate::store;

/// A signed-in person, as every page knows them.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// Who calls.
    pub caller: Caller,
    /// This session's name in the list of sessions.
    pub session: SessionId,
    /// The name people know them by.
    pub display_name: String,
    /// The name they sign in with.
    pub user_principal_name: String,
    /// The zone in which they read times: their own, else the organisation's. A name of the IANA database.
    pub time_zone: String,
    /// What they hold now.
    pub standing: Standing,
    /// An administrator set their password: they choose their own before anything else.
    pub must_change_password: bool,
    /// They have set up a second factor.
    pub has_second_factor: bool,
    /// Whether an administrator was recovered from the server's console, and they have to acknowledge it.
    pub recovery: Acknowledgment,
}

/// Looks the person up; nobody when they are gone or disabled.
pub async fn find_viewer(app: &App, caller: Caller, session: SessionId, now: Instant) -> AppResult<Option<Viewer>> {
    let found = app.store.ask(store::principals::present(&caller.user, now)).await?;
    let Some(present) = found.and_then(|sealed| app.open_present(sealed, now)) else { return Ok(None) };
    let recovery = asks_for(app, &caller, &present, now).await?;
    Ok(Some(Viewer {
        recovery,
        session,
        standing: caller.standing_with(&present.holds),
        display_name: present.display_name,
        user_principal_name: present.user_principal_name,
        time_zone: present.time_zone,
        must_change_password: present.must_change_password,
        has_second_factor: present.has_second_factor,
        caller,
    }))
}

/// Whether the person holds any power in the portal at this moment. Whoever does is asked for a second factor at once.
pub async fn has_power(app: &App, user: &UserId, now: Instant) -> AppResult<bool> {
    let mut db = app.store.read().await?;
    let held = app.roles_held(&mut db, user, now).await?;
    Ok(held.iter().any(|role| PortalRole::of(role).is_some()))
}
