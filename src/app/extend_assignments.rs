//! Extend or renew assignments as an administrator does it: at any time, without approval, several at once, all of them or none
//! (reference/entra-pim.md section 5.2).

use crate::app::lifecycle::{Act, Decided, Held, activity};
use crate::app::record::Entry;
use crate::app::tell_change::Done;
use crate::app::work::Work;
use crate::app::{App, AppResult, Caller};
use crate::domain::access::Permission;
use crate::domain::assignment::AssignAsk;
use crate::domain::ids::ScheduleId;
use crate::domain::lifecycle::{MOST_TOGETHER, Sought};
use crate::domain::refusal::Refusal;
use crate::domain::request::{Action, Kind};
use crate::domain::time::Instant;
use crate::store::{self, Db};

/// What is to be done with all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TogetherAsk {
    /// Until when; as long as each role's settings offer, if empty.
    pub ends_at: Option<Instant>,
    /// Why.
    pub justification: String,
}

/// One of those that were chosen, and what would become of it.
#[derive(Clone, Debug)]
pub struct Line {
    /// The assignment.
    pub held: Held,
    /// Until when it would hold.
    pub until: Instant,
    /// Why not.
    pub refusals: Vec<Refusal>,
}

/// Extends or renews them; answers with how many.
pub async fn extend_assignments(
    app: &App,
    caller: &Caller,
    sought: Sought,
    schedules: &[ScheduleId],
    ask: &TogetherAsk,
) -> AppResult<usize> {
    let mut work = app.begin(caller).await?;
    let action = admin_action(sought);
    let mut attempt = Entry::new(activity(action, Kind::Eligibility)).reason(&ask.justification);
    work = work.permit(Permission::WriteAssignments, &attempt).await?;
    if let Err(refusal) = check_number(schedules) {
        return Err(work.refuse(attempt, vec![refusal]).await);
    }
    let (verified, now) = (work.actor.verified_at.is_some(), work.now);
    let (mut all, mut refusals) = (Vec::new(), Vec::new());
    for id in unique(schedules) {
        work.settle_about_holder(id).await?;
        let Some(held) = load(app, &mut work.tx, id).await? else {
            return Err(work.refuse(attempt, vec![Refusal::NotFound("assignment")]).await);
        };
        // Of one alone the record of a refusal says everything; of several, their names stand in its reason.
        if schedules.len() == 1 {
            attempt = Entry::new(activity(action, held.subject.known.kind))
                .role(&held.role)
                .subject(held.subject.principal.clone(), &held.name)
                .reason(&ask.justification);
        }
        let one = ask_for(&held, ask, now);
        match weigh(app, &mut work.tx, sought, &held, &one, verified, now).await? {
            Ok(decided) => all.push((held, one, decided)),
            // Of one alone the form says at which field.
            Err(why) if schedules.len() == 1 => refusals = why,
            Err(why) => {
                for refusal in named(&held, why) {
                    if !refusals.contains(&refusal) {
                        refusals.push(refusal);
                    }
                }
            }
        }
    }
    if !refusals.is_empty() {
        return Err(work.refuse(attempt, refusals).await);
    }
    let count = all.len();
    for (held, one, decided) in all {
        work.extend_one(sought, &held, &one, &decided).await?;
    }
    work.commit().await?;
    Ok(count)
}

/// What would become of those that were chosen, each with what stands against it.
pub async fn show_together(
    app: &App,
    caller: &Caller,
    sought: Sought,
    schedules: &[ScheduleId],
    ends_at: Option<Instant>,
    now: Instant,
) -> AppResult<Vec<Line>> {
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, now).await?;
    standing.permit(Permission::WriteAssignments)?;
    check_number(schedules)?;
    let mut lines = Vec::new();
    for id in unique(schedules) {
        let held = load(app, &mut db, id).await?.ok_or(Refusal::NotFound("assignment"))?;
        // What is missing in the form yet stands against nothing.
        let ask = TogetherAsk { ends_at, justification: "-".to_owned() };
        let one = ask_for(&held, &ask, now);
        let refusals = weigh(app, &mut db, sought, &held, &one, true, now).await?.err().unwrap_or_default();
        let until = one.ends_at.unwrap_or(now);
        lines.push(Line { held, until, refusals });
    }
    Ok(lines)
}

const fn admin_action(sought: Sought) -> Action {
    match sought {
        Sought::Extension => Action::AdminExtend,
        Sought::Renewal => Action::AdminRenew,
    }
}

fn check_number(schedules: &[ScheduleId]) -> Result<(), Refusal> {
    if schedules.is_empty() {
        return Err(Refusal::Missing { field: "id", sentence: "Tick at least one assignment." });
    }
    if schedules.len() > MOST_TOGETHER {
        let sentence = format!("Choose at most {MOST_TOGETHER} assignments at once.");
        return Err(Refusal::Impossible { field: "id", sentence });
    }
    Ok(())
}

fn unique(schedules: &[ScheduleId]) -> Vec<&ScheduleId> {
    let mut unique: Vec<&ScheduleId> = Vec::with_capacity(schedules.len());
    for id in schedules {
        if !unique.contains(&id) {
            unique.push(id);
        }
    }
    unique
}

/// An assignment; an activation is none.
async fn load(app: &App, db: &mut Db, id: &ScheduleId) -> AppResult<Option<Held>> {
    let subject = store::lifecycle::find(db, id).await?.filter(|subject| !subject.known.activated);
    match subject {
        Some(subject) => Held::load(app, db, subject).await,
        None => Ok(None),
    }
}

fn ask_for(held: &Held, ask: &TogetherAsk, now: Instant) -> AssignAsk {
    let suggestion = held.suggestion(ask.ends_at, now);
    AssignAsk {
        kind: suggestion.kind,
        starts_at: suggestion.starts_at,
        ends_at: Some(ask.ends_at.unwrap_or(suggestion.ends_at)),
        justification: ask.justification.clone(),
    }
}

async fn weigh(
    app: &App,
    db: &mut Db,
    sought: Sought,
    held: &Held,
    ask: &AssignAsk,
    verified: bool,
    now: Instant,
) -> AppResult<Result<Decided, Vec<Refusal>>> {
    Ok(match sought {
        Sought::Extension if held.subject.known.over(now).is_some() => Err(vec![Refusal::AssignmentOver]),
        Sought::Extension => held.weigh_change(app, db, Act::Extend, ask, verified, now).await?.map(Decided::Change),
        Sought::Renewal => held.weigh_renewal(db, ask, verified, now).await?.map(|term| Decided::Again(ask.kind, term)),
    })
}

/// Each refusal with the assignment that it stands against; what concerns the form or the person who acts stands for itself.
fn named(held: &Held, why: Vec<Refusal>) -> Vec<Refusal> {
    let of_the_form =
        |refusal: &Refusal| matches!(refusal, Refusal::VerificationRequired | Refusal::JustificationRequired);
    let name = |refusal: Refusal| {
        if of_the_form(&refusal) { refusal } else { Refusal::Of { what: held.title(), refusal: Box::new(refusal) } }
    };
    why.into_iter().map(name).collect()
}

impl Work {
    async fn extend_one(&mut self, sought: Sought, held: &Held, ask: &AssignAsk, decided: &Decided) -> AppResult<()> {
        let action = admin_action(sought);
        let request = self.admin_request(action, held, ask).await?;
        let entry = Entry::new(activity(action, held.subject.known.kind))
            .role(&held.role)
            .subject(held.subject.principal.clone(), &held.name)
            .request(&request)
            .reason(&ask.justification);
        self.carry_out_change(held, decided, entry, &request).await?;
        let (done, why) = match sought {
            Sought::Extension => (Done::Extended, "An administrator extended the assignment."),
            Sought::Renewal => (Done::Renewed, "An administrator renewed the assignment."),
        };
        // Whoever asked for it has it.
        self.withdraw_about(&held.subject.id, why).await?;
        self.tell_change_done(done, held, decided, &ask.justification, &request).await
    }
}
