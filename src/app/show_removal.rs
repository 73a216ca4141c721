//! What removing an assignment would do, before anybody does it. It only reads; `remove_assignment` decides.

use super::remove_assignment::last_administrator;
use super::{App, AppError, AppResult, Caller};
use crate::app::administrators::weigh_loss;
use crate::domain::access::Permission;
use crate::domain::administrators::{Loss, Warning};
use crate::domain::assignment::{RemovalFacts, remove};
use crate::domain::ids::{PrincipalId, RoleId, ScheduleId};
use crate::domain::refusal::Refusal;
use crate::domain::request::Kind;
use crate::domain::role::Role;
use crate::domain::schedule::{AssignmentType, Term};
use crate::domain::time::Instant;
use crate::store::principals::Without;
use crate::store::{self, Db};

/// What would happen.
#[derive(Clone, Debug)]
pub struct Removal {
    /// The role.
    pub role: Role,
    /// Whose assignment it is.
    pub holder: String,
    /// How many enabled people are behind it, when it is a group.
    pub people: Option<usize>,
    /// How an active one came to be.
    pub assignment_type: Option<AssignmentType>,
    /// From when to when.
    pub term: Term,
    /// The activations that end with it: whose, and until when they would have run.
    pub activations: Vec<(String, Option<Instant>)>,
    /// Requests that wait on it and are canceled.
    pub waiting: usize,
    /// Why it would be refused at this moment.
    pub refusal: Option<Refusal>,
    /// What the caller has to confirm before.
    pub warning: Option<Warning>,
}

/// Looks at an assignment as one that is about to be removed.
pub async fn show_removal(app: &App, caller: &Caller, kind: Kind, schedule: &ScheduleId) -> AppResult<Removal> {
    let now = app.now();
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, now).await?;
    standing.permit(Permission::WriteAssignments)?;
    let db = &mut db;
    match kind {
        Kind::Eligibility => {
            let found = store::eligibilities::find_live(db, schedule).await?.ok_or(Refusal::NotFound("assignment"))?;
            let found = found.into_unchecked();
            let mut activations = Vec::new();
            for active in store::assignments::list_using(db, &found.id).await? {
                let active = active.into_unchecked();
                activations.push((name(db, &active.principal).await?.0, active.term.ends_at));
            }
            let (holder, people) = name(db, &found.principal).await?;
            Ok(Removal {
                role: role(db, &found.role).await?,
                holder,
                people,
                assignment_type: None,
                term: found.term,
                activations,
                waiting: store::requests::list_pending_using(db, &found.id).await?.len()
                    + store::lifecycle::list_waiting_about(db, &found.id).await?.len(),
                refusal: remove(RemovalFacts { created_at: found.created_at, last_of: None }, now).err(),
                warning: None,
            })
        }
        Kind::Assignment => {
            let found = store::assignments::find_live(db, schedule).await?.ok_or(Refusal::NotFound("assignment"))?;
            let found = found.into_unchecked();
            let last_of = match found.assignment_type {
                AssignmentType::Activated => None,
                AssignmentType::Assigned => {
                    last_administrator(app, db, &found.role, now, &Without::Schedule(found.id.as_str())).await?
                }
            };
            let (nobody_left, warning) = match weigh_loss(app, db, caller, Loss::Assignment(&found.id), now).await? {
                Ok(warning) => (None, warning),
                Err(refusal) => (Some(refusal), None),
            };
            let (holder, people) = name(db, &found.principal).await?;
            Ok(Removal {
                role: role(db, &found.role).await?,
                holder,
                people,
                assignment_type: Some(found.assignment_type),
                term: found.term,
                activations: Vec::new(),
                waiting: store::lifecycle::list_waiting_about(db, &found.id).await?.len(),
                refusal: remove(RemovalFacts { created_at: found.created_at, last_of }, now).err().or(nobody_left),
                warning,
            })
        }
    }
}

async fn role(db: &mut Db, id: &RoleId) -> AppResult<Role> {
    store::roles::find(db, id).await?.ok_or(AppError::Broken("the role of an assignment"))
}

/// The name, and how many people a group stands for.
async fn name(db: &mut Db, id: &PrincipalId) -> AppResult<(String, Option<usize>)> {
    use crate::domain::assignment::CandidateStanding as Is;
    let Some(found) = store::principals::find(db, id).await? else {
        return Ok(("Somebody who is gone".to_owned(), None));
    };
    let people = match found.standing {
        Is::RoleGroup | Is::OtherGroup => Some(store::principals::people_of(db, id).await?.len()),
        Is::Person | Is::Disabled => None,
    };
    Ok((found.display_name, people))
}
