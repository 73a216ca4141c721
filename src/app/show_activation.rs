//! What the activation pane says before anything is sent, and what the question before a deactivation says.

use crate::app::approvers::resolve_approvers;
use crate::app::{App, AppResult, Caller};
use crate::domain::activation::is_verified;
use crate::domain::ids::{RequestId, ScheduleId, UserId};
use crate::domain::my_role::{Condition, ceiling, condition};
use crate::domain::policy::{HalfHours, MfaRule, Window};
use crate::domain::refusal::Refusal;
use crate::domain::seal::Sealed;
use crate::domain::time::Instant;
use crate::store::my_roles::{ActiveRow, EligibleRow};
use crate::store::{self, Db};

/// How many approvers are named before the rest is only counted.
const NAMED: usize = 5;

/// Who could decide a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deciders {
    /// How many, the asking person not counted.
    pub count: usize,
    /// The first of them, by name.
    pub names: Vec<String>,
    /// True when the asking person is among the approvers, and cannot decide.
    pub includes_caller: bool,
}

/// What the pane says about one eligibility.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivationPane {
    /// The eligibility and its role.
    pub eligible: EligibleRow,
    /// Where it stands now.
    pub condition: Condition,
    /// The most that can be asked for.
    pub ceiling: HalfHours,
    /// The settings' own ceiling.
    pub longest: HalfHours,
    /// The second factor that the settings ask for.
    pub mfa: MfaRule,
    /// True when this session's second factor suffices.
    pub verified: bool,
    /// A reason is asked for.
    pub justification: bool,
    /// A ticket is asked for.
    pub ticket: bool,
    /// Who can decide, where approval is needed.
    pub approval: Option<Deciders>,
    /// How long a request waits.
    pub window: Window,
}

/// What to say about activating this eligibility of mine.
pub async fn show_activation(app: &App, caller: &Caller, id: &ScheduleId, now: Instant) -> AppResult<ActivationPane> {
    let mut db = app.store.read().await?;
    caller.standing(app, &mut db, now).await?;
    let eligible = store::my_roles::find_eligible(&mut db, id, &caller.user, now)
        .await?
        .ok_or(Refusal::NotFound("eligible role"))?;
    let stored = store::policies::get(&mut db, &eligible.role.id).await?;
    let rules = app.in_force(&eligible.role.id, stored)?.activation;
    let approval = if rules.approval.required {
        let approvers = resolve_approvers(app, &mut db, &rules.approval.approvers, now).await?;
        Some(deciders(&mut db, approvers, &caller.user).await?)
    } else {
        None
    };
    Ok(ActivationPane {
        condition: condition(&eligible.facts, now),
        ceiling: ceiling(rules.longest, &eligible.eligibility.term, now),
        longest: rules.longest,
        mfa: rules.mfa,
        verified: is_verified(rules.mfa, caller.verified_at, now),
        justification: rules.justification,
        ticket: rules.ticket,
        approval,
        window: rules.approval.window,
        eligible,
    })
}

/// The eligibility that an activation of mine used: to activate it again.
pub async fn used_by(app: &App, caller: &Caller, request: &RequestId, now: Instant) -> AppResult<ScheduleId> {
    let mut db = app.store.read().await?;
    caller.standing(app, &mut db, now).await?;
    let request = store::requests::find(&mut db, request).await?.map(Sealed::into_unchecked);
    let request = request.filter(|found| found.requested_by == caller.user);
    Ok(request.and_then(|request| request.eligibility).ok_or(Refusal::NotFound("eligible role"))?)
}

/// The activation of mine that is to be ended.
pub async fn show_deactivation(app: &App, caller: &Caller, id: &ScheduleId, now: Instant) -> AppResult<ActiveRow> {
    let mut db = app.store.read().await?;
    caller.standing(app, &mut db, now).await?;
    let found = store::my_roles::find_active(&mut db, id, &caller.user, now).await?;
    Ok(found.ok_or(Refusal::NotFound("activation"))?)
}

/// The approvers as the asking person reads them.
pub(super) async fn deciders(
    db: &mut Db,
    mut approvers: std::collections::BTreeSet<UserId>,
    caller: &UserId,
) -> AppResult<Deciders> {
    let includes_caller = approvers.remove(caller);
    let mut names = Vec::new();
    for approver in approvers.iter().take(NAMED) {
        names.extend(store::principals::enabled_user_name(db, approver).await?);
    }
    names.sort_unstable();
    Ok(Deciders { count: approvers.len(), names, includes_caller })
}
