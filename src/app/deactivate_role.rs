//! End one's own activation before its time; not in its first five minutes.

use crate::app::record::Entry;
use crate::app::{App, AppResult, Caller};
use crate::domain::activation::deactivate;
use crate::domain::audit::Activity;
use crate::domain::ids::{PrincipalId, ScheduleId};
use crate::domain::limits::Costly;
use crate::domain::notice::NoticeKind;
use crate::domain::refusal::Refusal;
use crate::domain::role::Role;
use crate::domain::schedule::EndReason;
use crate::domain::seal::Sealed;
use crate::store;

/// Deactivates; answers with the role.
pub async fn deactivate_role(app: &App, caller: &Caller, assignment: &ScheduleId) -> AppResult<Role> {
    app.spend(&caller.user, Costly::Request)?;
    let mut work = app.begin(caller).await?;
    let user = work.user()?;
    work.settle_about(&[PrincipalId::from(&user)]).await?;
    // To end it takes nothing but trust in who asks.
    let active = store::assignments::find_live(&mut work.tx, assignment).await?.map(Sealed::into_unchecked);
    let Some(active) = active.filter(|active| active.principal.is_user(&user)) else {
        return Err(Refusal::NotActive.into());
    };
    let role = work.role(&active.role).await?;
    let name = work.actor.name.clone();
    let attempt = Entry::new(Activity::Deactivated).role(&role).subject(&user, &name).request(&active.request);
    if let Err(refusal) = deactivate(Some(&active), work.now) {
        return Err(work.refuse(attempt, vec![refusal]).await);
    }
    let now = work.now;
    work.end_assignment(&active.id, now, EndReason::Deactivated).await?;
    work.revoke_request(&active.request).await?;
    work.record(attempt).await?;
    work.notify([user], NoticeKind::Ended, &role, &name, Some(&active.request))?;
    work.commit().await?;
    Ok(role)
}
