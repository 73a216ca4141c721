//! What naming some approvers would mean in people, before it is saved.

use crate::app::approvers::reach_of;
use crate::app::{App, AppResult, Caller};
use crate::domain::access::Permission;
use crate::domain::ids::PrincipalId;
use crate::domain::policy::MOST_APPROVERS;
use crate::domain::reach::Reach;

/// Who could decide if these were named. Only for whoever may name them; what is too many to be saved is not looked at.
pub async fn preview_approvers(app: &App, caller: &Caller, named: &[PrincipalId]) -> AppResult<Reach> {
    let now = app.now();
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, now).await?;
    standing.permit(Permission::WriteSettings)?;
    let named = named.get(..MOST_APPROVERS).unwrap_or(named);
    reach_of(app, &mut db, named, now).await
}
