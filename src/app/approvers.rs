//! Loads what `domain::approval` needs to resolve who can decide.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::work::Work;
use crate::app::{App, AppResult};
use crate::domain::approval::{ApproverFacts, resolve};
use crate::domain::assignment::CandidateStanding;
use crate::domain::ids::{PrincipalId, RoleId, UserId};
use crate::domain::name::comparison_key;
use crate::domain::reach::{NamedApprover, Reach};
use crate::domain::role::PortalRole;
use crate::domain::time::Instant;
use crate::store::{self, Db};

/// Everybody who can decide when these are named, whoever asks.
pub async fn resolve_approvers(
    app: &App,
    db: &mut Db,
    named: &[PrincipalId],
    now: Instant,
) -> AppResult<BTreeSet<UserId>> {
    let ways = if named.is_empty() {
        store::principals::active_holders(db, PortalRole::ADMINISTRATORS, now).await?
    } else {
        store::principals::list_ways_to(db, named).await?
    };
    Ok(resolve(&app.approver_facts(named, ways, now)))
}

/// What naming these approvers means in people.
pub async fn reach_of(app: &App, db: &mut Db, named: &[PrincipalId], now: Instant) -> AppResult<Reach> {
    let deciders = resolve_approvers(app, db, named, now).await?;
    let mut names: BTreeMap<UserId, String> = BTreeMap::new();
    let mut approvers = Vec::new();
    for principal in named {
        let Some(found) = store::principals::find(db, principal).await? else { continue };
        let behind = store::principals::everybody_behind(db, principal).await?;
        let enabled = behind.iter().filter(|person| person.enabled).count();
        approvers.push(match found.standing {
            CandidateStanding::Person | CandidateStanding::Disabled => {
                NamedApprover::Person { name: found.display_name, enabled: enabled > 0 }
            }
            CandidateStanding::RoleGroup | CandidateStanding::OtherGroup => {
                let disabled = behind.iter().filter(|person| !person.enabled);
                let disabled = disabled.map(|person| person.display_name.clone()).collect();
                NamedApprover::Group { name: found.display_name, enabled, disabled }
            }
        });
        names.extend(behind.into_iter().map(|person| (person.id, person.display_name)));
    }
    let mut people = Vec::new();
    for decider in deciders {
        let name = match names.remove(&decider) {
            Some(name) => Some(name),
            None => store::principals::enabled_user_name(db, &decider).await?,
        };
        people.extend(name);
    }
    people.sort_by_key(|name| comparison_key(name));
    Ok(Reach { people, named: approvers })
}

/// Everybody who can decide requests for this role now.
pub async fn approvers_of_role(app: &App, db: &mut Db, role: &RoleId, now: Instant) -> AppResult<BTreeSet<UserId>> {
    Ok(resolve(&facts_of_role(app, db, role, now).await?))
}

/// Who can decide requests for this role now, and why; nobody while its settings are not trusted.
pub(super) async fn facts_of_role(app: &App, db: &mut Db, role: &RoleId, now: Instant) -> AppResult<ApproverFacts> {
    let (stored, ways) = store::policies::of_role(role).and(store::approvers::of_role(role, now)).ask(db).await?;
    Ok(match app.in_force(role, stored) {
        Ok(policy) => app.approver_facts(&policy.activation.approval.approvers, ways, now),
        Err(_) => ApproverFacts::default(),
    })
}

impl Work {
    /// Everybody who can decide requests for this role now.
    pub(super) async fn approvers_of(&mut self, role: &RoleId) -> AppResult<BTreeSet<UserId>> {
        let now = self.now;
        approvers_of_role(&self.app, &mut self.tx, role, now).await
    }
}
