//! Loads what `domain::approval` needs to resolve who can decide.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::AppResult;
use crate::app::work::Work;
use crate::domain::approval::{ApproverFacts, resolve};
use crate::domain::assignment::CandidateStanding;
use crate::domain::ids::{PrincipalId, RoleId, UserId};
use crate::domain::name::comparison_key;
use crate::domain::reach::{NamedApprover, Reach};
use crate::domain::role::PortalRole;
use crate::domain::time::Instant;
use crate::store::{self, Db};

/// Everybody who can decide when these are named, whoever asks.
pub async fn resolve_approvers(db: &mut Db, named: &[PrincipalId], now: Instant) -> AppResult<BTreeSet<UserId>> {
    let mut facts = ApproverFacts { named: named.to_vec(), ..ApproverFacts::default() };
    if named.is_empty() {
        facts.administrators = store::principals::active_holders(db, PortalRole::ADMINISTRATORS, now).await?;
        facts.enabled = facts.administrators.clone();
    }
    for (person, group) in store::principals::list_people_behind(db, named).await? {
        if let Some(group) = group {
            facts.members.entry(group).or_default().insert(person.clone());
        }
        facts.enabled.insert(person);
    }
    Ok(resolve(&facts))
}

/// What naming these approvers means in people.
pub async fn reach_of(db: &mut Db, named: &[PrincipalId], now: Instant) -> AppResult<Reach> {
    let deciders = resolve_approvers(db, named, now).await?;
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
pub async fn approvers_of_role(db: &mut Db, role: &RoleId, now: Instant) -> AppResult<BTreeSet<UserId>> {
    Ok(resolve(&store::approvers::of_role(role, now).ask(db).await?))
}

impl Work {
    /// Everybody who can decide requests for this role now.
    pub(super) async fn approvers_of(&mut self, role: &RoleId) -> AppResult<BTreeSet<UserId>> {
        let now = self.now;
        approvers_of_role(&mut self.tx, role, now).await
    }
}
