//! Approve or deny a request to extend or renew. Administrators alone, never the person who asked; the first decision wins
//! (reference/entra-pim.md sections 4.5 and 5.1).

use crate::app::decide_request::describe_closed;
use crate::app::lifecycle::{Act, Decided, Held, activity};
use crate::app::record::Entry;
use crate::app::tell_change::Done;
use crate::app::work::Work;
use crate::app::{App, AppResult, Caller};
use crate::domain::access::Permission;
use crate::domain::assignment::AssignAsk;
use crate::domain::audit::Activity;
use crate::domain::ids::RequestId;
use crate::domain::lifecycle::Sought;
use crate::domain::refusal::Refusal;
use crate::domain::request::{Decision, Verdict};
use crate::store::requests::Request;
use crate::store::{self, Question};

/// Decides one request. `ask` is what the assignment is to become, with the justification of the decision; a no leaves it as it is.
pub async fn decide_change(
    app: &App,
    caller: &Caller,
    request: &RequestId,
    verdict: Verdict,
    ask: &AssignAsk,
) -> AppResult<()> {
    let (mut work, found, ()) = app.begin_about_request(caller, request, |_| Question::nothing()).await?;
    let decider = work.user()?;
    let Some(request) = found.and_then(|found| app.open(found)) else {
        return Err(Refusal::NotFound("request").into());
    };
    let Some(sought) = Sought::of(request.action) else { return Err(Refusal::NotFound("request").into()) };
    let activity = match verdict {
        Verdict::Approve => Activity::RequestApproved,
        Verdict::Deny => Activity::RequestDenied,
    };
    if request.requested_by != decider && !work.actor.standing.holds(Permission::WriteAssignments) {
        // To somebody who has no part in it, the request is not there; they read their own audit, so it tells nothing of it either.
        let attempt = Entry::new(activity).request(&request.id);
        return Err(work.refuse(attempt, vec![Refusal::NotFound("request")]).await);
    }
    let role = work.role(&request.role).await?;
    let (name, _) = work.principal_name(&request.principal).await?;
    let attempt = Entry::new(activity)
        .role(&role)
        .subject(request.principal.clone(), &name)
        .request(&request.id)
        .reason(&ask.justification);
    if request.requested_by == decider {
        return Err(work.refuse(attempt, vec![Refusal::OwnRequest]).await);
    }
    work = work.permit(Permission::WriteAssignments, &attempt).await?;
    if !request.state.is_pending() {
        let how = describe_closed(&mut work.tx, &request).await?;
        return Err(work.refuse(attempt, vec![Refusal::AlreadyClosed { how }]).await);
    }
    if ask.justification.is_empty() {
        let missing = Refusal::Missing {
            field: "justification",
            sentence: "Say why. It is recorded, and shown to the requestor.",
        };
        return Err(work.refuse(attempt, vec![missing]).await);
    }
    let decision = Decision { verdict, by: decider, at: work.now, justification: ask.justification.clone() };
    let state = match request.state.clone().decide_change(decision) {
        Ok(state) => state,
        Err(refusal) => return Err(work.refuse(attempt, vec![refusal]).await),
    };
    match verdict {
        Verdict::Deny => {
            work.save_state(&request, state).await?;
            work.record(attempt).await?;
            let held = Held::of_request_to_tell(app, &mut work.tx, &request).await?;
            work.tell_change_denied(sought, &held, &ask.justification, &request.id).await?;
        }
        Verdict::Approve => {
            let (held, decided) = match work.weigh_approval(&request, sought, ask).await? {
                Ok(found) => found,
                Err(refusals) => return Err(work.refuse(attempt, refusals).await),
            };
            work.save_state(&request, state).await?;
            work.record(attempt).await?;
            work.approved(&request, &held, &decided, &ask.justification).await?;
        }
    }
    work.drop_mails(&request.id);
    work.commit().await
}

impl Work {
    /// What a yes makes of the assignment. One that expired while its extension waited is made again, as by a renewal.
    async fn weigh_approval(
        &mut self,
        request: &Request,
        sought: Sought,
        ask: &AssignAsk,
    ) -> AppResult<Result<(Held, Decided), Vec<Refusal>>> {
        let app = self.app.clone();
        let held = Held::of_request(&app, &mut self.tx, request).await?;
        let (verified, now) = (self.actor.verified_at.is_some(), self.now);
        let decided = match (sought, held.subject.known.over(now)) {
            (Sought::Extension, None) => {
                held.weigh_change(&app, &mut self.tx, Act::Extend, ask, verified, now).await?.map(Decided::Change)
            }
            (Sought::Extension | Sought::Renewal, Some(_)) | (Sought::Renewal, None) => {
                let weighed = held.weigh_renewal(&mut self.tx, ask, verified, now).await?;
                weighed.map(|term| Decided::Again(ask.kind, term))
            }
        };
        Ok(decided.map(|decided| (held, decided)))
    }

    async fn approved(&mut self, request: &Request, held: &Held, decided: &Decided, why: &str) -> AppResult<()> {
        let (action, done) = match decided {
            Decided::Change(_) => (crate::domain::request::Action::SelfExtend, Done::ExtensionApproved),
            Decided::Again(..) => (crate::domain::request::Action::SelfRenew, Done::RenewalApproved),
        };
        let (kind, term) = decided.leads_to(held);
        store::lifecycle::note_granted(&mut self.tx, &request.id, kind, &term).await?;
        let entry = Entry::new(activity(action, held.subject.known.kind))
            .role(&held.role)
            .subject(request.principal.clone(), &held.name)
            .request(&request.id)
            .reason(&request.justification);
        self.carry_out_change(held, decided, entry, &request.id).await?;
        self.tell_change_done(done, held, decided, why, &request.id).await
    }
}
