//! Change an assignment: its start before it has begun, its end, and whether it is eligible or active (reference/entra-pim.md
//! section 5.2). An activation never ends later than the eligibility it rests on.

use crate::app::administrators::weigh_loss;
use crate::app::lifecycle::{Act, Decided, Held, activity};
use crate::app::record::Entry;
use crate::app::tell_change::Done;
use crate::app::{App, AppError, AppResult, Caller};
use crate::domain::access::Permission;
use crate::domain::administrators::{Loss, Warning};
use crate::domain::assignment::AssignAsk;
use crate::domain::ids::ScheduleId;
use crate::domain::lifecycle::{Change, Fate, fate};
use crate::domain::refusal::Refusal;
use crate::domain::request::{Action, Kind};
use crate::domain::role::Role;
use crate::domain::schedule::Term;
use crate::domain::time::Instant;
use crate::store::{self, Db};

/// Changes it, if it still is as whoever asks saw it; answers with the role.
pub async fn update_assignment(
    app: &App,
    caller: &Caller,
    (kind, schedule): (Kind, &ScheduleId),
    seen: &Term,
    ask: &AssignAsk,
) -> AppResult<Role> {
    let mut work = app.begin(caller).await?;
    let attempt = Entry::new(activity(Action::AdminUpdate, kind)).reason(&ask.justification);
    work = work.permit(Permission::WriteAssignments, &attempt).await?;
    work.settle_about_holder(schedule).await?;
    let Some(held) = load(app, &mut work.tx, kind, schedule).await? else {
        return Err(Refusal::NotFound("assignment").into());
    };
    let attempt = attempt.role(&held.role).subject(held.subject.principal.clone(), &held.name);
    let (verified, now) = (work.actor.verified_at.is_some(), work.now);
    if held.subject.known.over(now).is_some() {
        return Err(work.refuse(attempt, vec![Refusal::AssignmentOver]).await);
    }
    if held.subject.known.term != *seen {
        return Err(work.refuse(attempt, vec![Refusal::Stale]).await);
    }
    let change = match held.weigh_change(app, &mut work.tx, Act::Update, ask, verified, now).await? {
        Ok(change) => change,
        Err(refusals) => return Err(work.refuse(attempt, refusals).await),
    };
    if let Some(loss) = loss_by(&change, schedule)
        && let Err(refusal) = work.keep_administrators(loss).await?
    {
        return Err(work.refuse(attempt, vec![refusal]).await);
    }
    let request = work.admin_request(Action::AdminUpdate, &held, ask).await?;
    let decided = Decided::Change(change);
    work.carry_out_change(&held, &decided, attempt.request(&request), &request).await?;
    work.tell_change_done(Done::Updated, &held, &decided, &ask.justification, &request).await?;
    work.commit().await?;
    Ok(held.role)
}

/// An assignment as one that is about to be changed.
#[derive(Clone, Debug)]
pub struct Updating {
    /// The assignment.
    pub held: Held,
    /// Enabled people behind it, when it is a group.
    pub people: Option<usize>,
    /// True when a request to extend it waits.
    pub extension_waits: bool,
}

/// Looks at it; what is over, or was activated, is not there.
pub async fn show_updating(
    app: &App,
    caller: &Caller,
    kind: Kind,
    schedule: &ScheduleId,
    now: Instant,
) -> AppResult<Updating> {
    use crate::domain::assignment::CandidateStanding as Is;
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, now).await?;
    standing.permit(Permission::WriteAssignments)?;
    let held = load(app, &mut db, kind, schedule).await?.filter(|held| held.subject.known.over(now).is_none());
    let held = held.ok_or(Refusal::NotFound("assignment"))?;
    let people = match held.standing {
        Is::RoleGroup | Is::OtherGroup => {
            Some(store::principals::people_of(&mut db, &held.subject.principal).await?.len())
        }
        Is::Person | Is::Disabled => None,
    };
    let extension_waits = !store::lifecycle::list_waiting_about(&mut db, schedule).await?.is_empty();
    Ok(Updating { held, people, extension_waits })
}

/// What a change would do, before anybody does it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What would become of it.
    pub change: Change,
    /// The activations that would end earlier: whose, and until when they would run.
    pub activations: Vec<(String, Fate)>,
    /// Activation requests that would be withdrawn.
    pub waiting: usize,
    /// What the caller has to confirm before.
    pub warning: Option<Warning>,
}

/// What a change takes away from whoever holds Global Administrator by this assignment.
fn loss_by<'a>(change: &Change, schedule: &'a ScheduleId) -> Option<Loss<'a>> {
    match change {
        Change::Turned { into: Kind::Eligibility, .. } => Some(Loss::Assignment(schedule)),
        Change::Kept(term) if term.ends_at.is_some() => Some(Loss::Shortened(schedule)),
        Change::Turned { into: Kind::Assignment, .. } | Change::Kept(_) => None,
    }
}

/// What this ask would do to an assignment that still is as whoever asks saw it.
pub async fn plan_update(
    app: &App,
    caller: &Caller,
    (kind, schedule): (Kind, &ScheduleId),
    seen: &Term,
    ask: &AssignAsk,
    now: Instant,
) -> AppResult<Plan> {
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, now).await?;
    standing.permit(Permission::WriteAssignments)?;
    let held = load(app, &mut db, kind, schedule).await?.ok_or(Refusal::NotFound("assignment"))?;
    if held.subject.known.over(now).is_some() {
        return Err(Refusal::AssignmentOver.into());
    }
    if held.subject.known.term != *seen {
        return Err(Refusal::Stale.into());
    }
    let verified = caller.verified_at.is_some();
    let change = held.weigh_change(app, &mut db, Act::Update, ask, verified, now).await?.map_err(AppError::Refused)?;
    let warning = match loss_by(&change, schedule) {
        Some(loss) => weigh_loss(app, &mut db, caller, loss, now).await??,
        None => None,
    };
    let mut activations = Vec::new();
    let mut waiting = 0;
    if kind == Kind::Eligibility {
        for active in store::assignments::list_using(&mut db, schedule).await? {
            let active = active.into_unchecked();
            match fate(&change, &active.term) {
                Fate::Stays => {}
                ends @ (Fate::EndsAt(_) | Fate::Ends) => {
                    let found = store::principals::find(&mut db, &active.principal).await?;
                    let name = found.map_or_else(|| "Somebody who is gone".to_owned(), |found| found.display_name);
                    activations.push((name, ends));
                }
            }
        }
        if let Change::Turned { .. } = change {
            waiting = store::requests::list_pending_using(&mut db, schedule).await?.len();
        }
    }
    Ok(Plan { change, activations, waiting, warning })
}

/// An assignment of this kind; an activation is none.
async fn load(app: &App, db: &mut Db, kind: Kind, schedule: &ScheduleId) -> AppResult<Option<Held>> {
    let subject = store::lifecycle::find(db, schedule).await?;
    match subject.filter(|subject| subject.known.kind == kind && !subject.known.activated) {
        Some(subject) => Held::load(app, db, subject).await,
        None => Ok(None),
    }
}
