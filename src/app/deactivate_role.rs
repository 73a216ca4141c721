//! End one's own activation before its time; not in its first five minutes.

use crate::app::record::Entry;
use crate::app::{App, AppResult, Caller};
use crate::domain::activation::deactivate;
use crate::domain::audit::Activity;
use crate::domain::ids::{PrincipalId, ScheduleId};
use crate::domain::notice::NoticeKind;
use crate::domain::refusal::Refusal;
use crate::domain::role::Role;
use crate::domain::schedule::EndReason;
use crate::store::{self, StoreError};

/// Deactivates; answers with the role.
pub async fn deactivate_role(app: &App, caller: &Caller, assignment: &ScheduleId) -> AppResult<Role> {
    let mut work = app.begin(caller).await?;
    let user = work.user()?;
    work.settle_about(&[PrincipalId::from(&user)]).await?;
    let active = store::assignments::find_live(&mut work.tx, assignment).await?;
    let Some(active) = active.filter(|active| active.principal.is_user(&user)) else {
        return Err(Refusal::NotActive.into());
    };
    let role = work.role(&active.role).await?;
    let name = work.actor.name.clone();
    let attempt = Entry::new(Activity::Deactivated).role(&role).subject(&user, &name).request(&active.request);
    if let Err(refusal) = deactivate(Some(&active), work.now) {
        return Err(work.refuse(attempt, vec![refusal]).await);
    }
    store::assignments::end(&mut work.tx, &active.id, work.now, EndReason::Deactivated).await?;
    let request =
        store::requests::find(&mut work.tx, &active.request).await?.ok_or(StoreError::Missing("a request"))?;
    let state = request.state.revoke(work.now)?;
    store::requests::update_state(&request.id, &state).run(&mut work.tx).await?;
    work.record(attempt).await?;
    work.notify([user], NoticeKind::Ended, &role, &name, Some(&active.request))?;
    work.commit().await?;
    Ok(role)
}
