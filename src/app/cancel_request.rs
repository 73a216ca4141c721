//! Withdraw a waiting request: the person who asked, or an administrator.

use crate::app::record::Entry;
use crate::app::{App, AppResult, Caller};
use crate::domain::access::Permission;
use crate::domain::audit::Activity;
use crate::domain::ids::RequestId;
use crate::domain::limits::Costly;
use crate::domain::refusal::Refusal;
use crate::store::Question;

/// Cancels one waiting request. Whoever cancels somebody else's says why.
pub async fn cancel_request(app: &App, caller: &Caller, request: &RequestId, why: &str) -> AppResult<()> {
    let (mut work, found, ()) = app.begin_about_request(caller, request, |_| Question::nothing()).await?;
    let user = work.user()?;
    // One that is not trusted gives nothing, and can be withdrawn all the same, so that it is in nobody's way.
    let Some(sealed) = found else {
        return Err(Refusal::NotFound("request").into());
    };
    let request = sealed.unchecked().clone();
    let role = work.role(&request.role).await?;
    let (name, _) = work.principal_name(&request.principal).await?;
    let attempt = Entry::new(Activity::RequestCanceled)
        .role(&role)
        .subject(request.principal.clone(), &name)
        .request(&request.id);
    if request.requested_by == user {
        app.spend(&user, Costly::Cancellation)?;
    } else {
        if !work.actor.standing.holds(Permission::ManageRequests) {
            // Somebody else's request is not theirs to see; they read their own audit, so it tells nothing of it either.
            let attempt = Entry::new(Activity::RequestCanceled).request(&request.id);
            return Err(work.refuse(attempt, vec![Refusal::NotFound("request")]).await);
        }
        work = work.permit(Permission::ManageRequests, &attempt).await?;
    }
    if !request.state.is_pending() {
        let how = super::decide_request::describe_closed(&mut work.tx, &request).await?;
        return Err(work.refuse(attempt, vec![Refusal::AlreadyClosed { how }]).await);
    }
    if why.is_empty() && request.requested_by != user {
        let missing = Refusal::Missing { field: "justification", sentence: "Say why. It is recorded." };
        return Err(work.refuse(attempt, vec![missing]).await);
    }
    work.withdraw(sealed, why).await?;
    work.commit().await
}
