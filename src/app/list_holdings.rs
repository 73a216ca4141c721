//! What a person or a group holds, and what would end if the person were disabled.

use super::{App, AppResult, Caller};

use crate::{
    domain::{
        access::Permission,
        ids::{PrincipalId, UserId},
        refusal::Refusal,
        schedule::AssignmentType,
        user::User,
    },
    store,
};

pub use crate::store::holdings::Holding;

/// More than anybody holds: the catalogue has fewer roles, and each is held once in each way and by each group.
const MOST: i64 = 500;

/// Every live assignment of this person, direct or through a group; or of this group.
pub async fn list_holdings(app: &App, caller: &Caller, principal: &PrincipalId) -> AppResult<Vec<Holding>> {
    let now = app.now();
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, now).await?;
    standing.permit(Permission::ReadAssignments)?;
    Ok(store::holdings::list_of(&mut db, principal, now, MOST).await?)
}

/// What ends when a person is disabled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Whom.
    pub user: User,
    /// The roles they have activated, by name.
    pub activated: Vec<String>,
    /// How many of their requests wait.
    pub waiting: usize,
    /// In how many browsers they are signed in.
    pub sessions: usize,
}

/// Looks ahead, for the question before it.
pub async fn preview_disabling(app: &App, caller: &Caller, id: &UserId) -> AppResult<Loss> {
    let now = app.now();
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, now).await?;
    standing.permit(Permission::WritePeople)?;
    let user = store::users::find(&mut db, id).await?.ok_or(Refusal::NotFound("user"))?;
    let held = store::holdings::list_of(&mut db, &id.into(), now, MOST).await?;
    let is_activated = |held: &Holding| held.active == Some(AssignmentType::Activated);
    let activated = held.into_iter().filter(is_activated).filter_map(|held| held.role_name).collect();
    let waiting = store::requests::list_pending_of(&mut db, id).await?.len();
    let sessions = store::sessions::list_of_user(&mut db, id).await?.len();
    Ok(Loss { user, activated, waiting, sessions })
}
