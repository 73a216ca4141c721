//! Ask an administrator for a later end of one's assignment, or for it again after it expired (reference/entra-pim.md section 5.1).

use crate::app::lifecycle::Held;
use crate::app::record::Entry;
use crate::app::{App, AppError, AppResult, Caller};
use crate::domain::activation::Ticket;
use crate::domain::audit::Activity;
use crate::domain::ids::{PrincipalId, RequestId, ScheduleId, UserId};
use crate::domain::lifecycle::{SeekAsk, SeekFacts, Sought, may_seek, seek};
use crate::domain::limits::Costly;
use crate::domain::refusal::Refusal;
use crate::domain::request::State;
use crate::domain::role::Role;
use crate::domain::time::Instant;
use crate::store::lifecycle::Subject;
use crate::store::requests::Request;
use crate::store::{self, Db};

/// Asks; answers with the request and the role.
pub async fn request_change(
    app: &App,
    caller: &Caller,
    sought: Sought,
    schedule: &ScheduleId,
    ask: SeekAsk,
) -> AppResult<(RequestId, Role)> {
    app.spend(&caller.user, Costly::Request)?;
    let mut work = app.begin(caller).await?;
    let user = work.user()?;
    work.settle_about_holder(schedule).await?;
    let Some(subject) = store::lifecycle::find_for(&mut work.tx, schedule, &user).await? else {
        return Err(Refusal::NotFound("assignment").into());
    };
    let held = Held::load(app, &mut work.tx, subject).await?.ok_or(Refusal::NotFound("assignment"))?;
    let activity = match sought {
        Sought::Extension => Activity::ExtensionRequested,
        Sought::Renewal => Activity::RenewalRequested,
    };
    let attempt = Entry::new(activity).role(&held.role).subject(&user, &work.actor.name).reason(&ask.justification);
    let now = work.now;
    let (waiting, held_again) = surroundings(&mut work.tx, &held.subject, now).await?;
    let lapses_at = match seek(sought, &ask, &facts(&held, &user, waiting, held_again), now) {
        Ok(lapses_at) => lapses_at,
        Err(refusals) => return Err(work.refuse(attempt, refusals).await),
    };
    let request = Request {
        id: RequestId::parse(&work.new_id()).map_err(|_| AppError::Broken("the source of ids"))?,
        action: sought.action(),
        kind: held.subject.known.kind,
        role: held.role.id.clone(),
        principal: PrincipalId::from(&user),
        requested_by: user,
        eligibility: None,
        schedule: Some(held.subject.id.clone()),
        justification: ask.justification,
        ticket: Ticket::default(),
        starts_at: None,
        ends_at: ask.ends_at,
        duration_minutes: None,
        created_at: now,
        approval_required: true,
        state: State::PendingAdminDecision { lapses_at },
    };
    let seal = work.seal(&request);
    store::requests::insert(&request, &seal).run(&mut work.tx).await?;
    work.record(attempt.request(&request.id)).await?;
    work.tell_change_asked(sought, &held, &request).await?;
    work.commit().await?;
    Ok((request.id, held.role))
}

/// An assignment of mine, as the page that asks about it shows it.
#[derive(Clone, Debug)]
pub struct Seeking {
    /// The assignment.
    pub held: Held,
    /// Why it cannot be asked for at this moment.
    pub refusal: Option<Refusal>,
}

/// Looks at an assignment of mine as one to ask about.
pub async fn show_seeking(
    app: &App,
    caller: &Caller,
    sought: Sought,
    schedule: &ScheduleId,
    now: Instant,
) -> AppResult<Seeking> {
    let mut db = app.store.read().await?;
    caller.standing(app, &mut db, now).await?;
    let subject = store::lifecycle::find_for(&mut db, schedule, &caller.user).await?;
    let held = Held::load(app, &mut db, subject.ok_or(Refusal::NotFound("assignment"))?).await?;
    let held = held.ok_or(Refusal::NotFound("assignment"))?;
    let (waiting, held_again) = surroundings(&mut db, &held.subject, now).await?;
    let refusal = may_seek(sought, &facts(&held, &caller.user, waiting, held_again), now).err();
    Ok(Seeking { held, refusal })
}

fn facts<'a>(held: &'a Held, user: &UserId, waiting: bool, held_again: bool) -> SeekFacts<'a> {
    SeekFacts {
        known: held.subject.known,
        of_group: !held.subject.principal.is_user(user),
        waiting,
        held_again,
        policy: &held.policy,
    }
}

/// Whether a request about it waits, and whether the role is held in the same way again.
async fn surroundings(db: &mut Db, subject: &Subject, now: Instant) -> AppResult<(bool, bool)> {
    let Subject { role, principal, known, .. } = subject;
    let waiting = store::lifecycle::is_change_waiting(db, known.kind, role, principal).await?;
    let held_again = store::lifecycle::is_held(db, known.kind, role, principal, now).await?;
    Ok((waiting, held_again))
}
