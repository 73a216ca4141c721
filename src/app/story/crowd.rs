//! The crowd: people beyond the cast, with assignments and activations in any number, for trying the portal under load.

use super::{
    agenda::refused_too,
    cast::{CAST, COMPLIANCE, GROUPS, passer_by, user_principal_name},
    plot::TOLD,
    stage::Stage,
    tell::{Calendar, Telling},
};
use crate::{
    app::{
        AppResult, Caller,
        activate_role::activate_role,
        assign_role::assign_role,
        create_user::{CreateUser, create_user},
        decide_request::decide_request,
        profile::TypedProfile,
        update_policy::update_policy,
    },
    domain::{
        activation::{Activation, ActivationAsk, Ticket},
        assignment::{AssignAsk, MOST_MEMBERS},
        ids::{PrincipalId, RoleId, UserId},
        policy::HalfHours,
        request::{Kind, Verdict},
        role::{PortalRole, catalogue},
        time::Span,
    },
    store,
};

/// How many requests of the crowd wait when the story ends.
const WAITING: usize = 60;

/// Somebody of the crowd who can activate a role.
struct Eligible {
    user: UserId,
    role: RoleId,
    is_guarded: bool,
}

/// The crowd.
pub struct Crowd {
    eligible: Vec<Eligible>,
    next: usize,
}

impl Crowd {
    /// Makes as many people and assignments as were asked for.
    pub async fn gather(stage: &mut Stage<'_>, calendar: Calendar, telling: Telling) -> AppResult<Self> {
        let mut crowd = Self { eligible: Vec::new(), next: 0 };
        let count = telling.people.saturating_sub(CAST.len());
        if count == 0 {
            return Ok(crowd);
        }
        let people = gather_people(stage, count, telling.signing_in).await?;
        let roles = guard_roles(stage).await?;
        crowd.assign(stage, calendar, telling, &people, &roles).await?;
        Ok(crowd)
    }

    async fn assign(
        &mut self,
        stage: &mut Stage<'_>,
        calendar: Calendar,
        telling: Telling,
        people: &[UserId],
        roles: &[(RoleId, bool)],
    ) -> AppResult<()> {
        let (insiders, others) = people.split_at(telling.signing_in.min(people.len()));
        let mut made = 0;
        // Those who can sign in are eligible for everything that somebody has to approve.
        for (role, _) in roles.iter().filter(|(_, is_guarded)| *is_guarded) {
            for some in insiders.chunks(MOST_MEMBERS) {
                made += assign(stage, role, some, Kind::Eligibility, None).await?;
            }
        }
        let groups: Vec<&[UserId]> = others.chunks(MOST_MEMBERS).collect();
        // Each role meets each part of the crowd once, in an order that spreads both.
        for turn in 0..groups.len() {
            for (place, (role, is_guarded)) in roles.iter().enumerate() {
                let Some(some) = groups.get((turn + place) % groups.len()) else { continue };
                let missing = telling.assignments.saturating_sub(made);
                if missing == 0 {
                    return Ok(());
                }
                let some = some.get(..missing.min(some.len())).unwrap_or(some);
                let kind = if (turn + place) % 5 == 4 { Kind::Assignment } else { Kind::Eligibility };
                let ends_after =
                    (place % 2 == 0).then(|| calendar.now().plus(stage.chance.minutes(2 * 24 * 60, 400 * 24 * 60)));
                made += assign(stage, role, some, kind, ends_after).await?;
                if kind == Kind::Eligibility {
                    self.eligible.extend(some.iter().map(|user| Eligible {
                        user: user.clone(),
                        role: role.clone(),
                        is_guarded: *is_guarded,
                    }));
                }
            }
        }
        Ok(())
    }

    /// Lets the crowd activate roles until the audit has so many rows.
    pub async fn live(&mut self, stage: &mut Stage<'_>, rows: i64) -> AppResult<()> {
        while !self.eligible.is_empty() && count_events(stage).await? < rows {
            for _ in 0..20 {
                // What ended meanwhile is settled by the use case that comes next.
                stage.clock.advance(Span::seconds(17));
                self.activate(stage, true).await?;
            }
        }
        Ok(())
    }

    /// Leaves some requests waiting.
    pub async fn wait(&mut self, stage: &mut Stage<'_>) -> AppResult<()> {
        let mut left = WAITING.min(self.eligible.len());
        let mut tried = 0;
        while left > 0 && tried < self.eligible.len() {
            tried += 1;
            if self.eligible.get(self.next % self.eligible.len()).is_some_and(|next| next.is_guarded) {
                self.activate(stage, false).await?;
                left -= 1;
            } else {
                self.next += 1;
            }
        }
        Ok(())
    }

    /// The next of those who can activates; somebody decides where that is needed, three times of four with a yes.
    async fn activate(&mut self, stage: &mut Stage<'_>, is_decided: bool) -> AppResult<()> {
        let Some(next) = self.eligible.get(self.next % self.eligible.len()) else { return Ok(()) };
        self.next += 1;
        let now = stage.now();
        let caller = Caller { user: next.user.clone(), session: None, verified_at: Some(now), trace: stage.trace() };
        let principal = PrincipalId::from(&next.user);
        let Some(eligibility) = stage.eligibility(&next.role, &principal).await? else { return Ok(()) };
        let minutes = 30 * (1 + i64::try_from(stage.chance.below(8)).unwrap_or(0));
        let ask = ActivationAsk {
            duration: HalfHours::from_minutes(minutes)?,
            starts_at: None,
            justification: format!("Planned work CHG-{}", 100_000 + self.next),
            ticket: Ticket::default(),
        };
        let activated = match activate_role(stage.app, &caller, &eligibility.id, ask).await {
            Ok(activated) => activated,
            refused => return refused_too(refused.map(drop)),
        };
        if !is_decided || !matches!(activated.outcome, Activation::Pending { .. }) {
            return Ok(());
        }
        stage.clock.advance(Span::seconds(5));
        let (verdict, why) =
            if stage.chance.percent(75) { (Verdict::Approve, "Planned.") } else { (Verdict::Deny, "Not planned.") };
        let deciders = GROUPS.iter().find(|group| group.name == COMPLIANCE).map_or(&[][..], |group| group.members);
        let Some(decider) = stage.chance.pick(deciders) else { return Ok(()) };
        let decider =
            Caller { user: stage.user(decider)?, session: None, verified_at: Some(stage.now()), trace: stage.trace() };
        refused_too(decide_request(stage.app, &decider, &activated.request, verdict, why).await)
    }
}

async fn gather_people(stage: &mut Stage<'_>, count: usize, signing_in: usize) -> AppResult<Vec<UserId>> {
    let mut people = Vec::with_capacity(count);
    for number in 0..count {
        let (display_name, login) = passer_by(number);
        let upn = user_principal_name(&login);
        let caller = stage.caller("ada").await?;
        let profile =
            TypedProfile { display_name: &display_name, user_principal_name: &upn, mail: "", notification_mail: "" };
        let user = create_user(stage.app, &caller, CreateUser { profile, password: None }).await?.id;
        stage.clock.advance(Span::seconds(20));
        if number < signing_in {
            stage.principals.insert(login.clone(), (&user).into());
            stage.arrive("ada", &login).await?;
        }
        people.push(user);
    }
    Ok(people)
}

/// The roles of the crowd: none that gives power in the portal, and none of the plot. Every second one needs an approval.
async fn guard_roles(stage: &mut Stage<'_>) -> AppResult<Vec<(RoleId, bool)>> {
    let all = catalogue().map_err(|_| crate::app::AppError::Broken("the role catalogue"))?;
    let mut roles = Vec::new();
    for (place, role) in all
        .into_iter()
        .filter(|role| {
            !role.is_hidden && PortalRole::of(&role.id).is_none() && !TOLD.contains(&role.display_name.as_str())
        })
        .enumerate()
    {
        let is_guarded = place % 2 == 0;
        if is_guarded {
            let caller = stage.caller("ada").await?;
            let mut db = stage.app.store.read().await?;
            let mut stored = store::policies::get(&mut db, &role.id).await?;
            drop(db);
            stored.policy.activation.approval.required = true;
            stored.policy.activation.approval.approvers = vec![stage.principal(COMPLIANCE)?];
            update_policy(stage.app, &caller, &role.id, stored.version, stored.policy).await?;
            stage.clock.advance(Span::seconds(20));
        }
        roles.push((role.id, is_guarded));
    }
    Ok(roles)
}

async fn assign(
    stage: &mut Stage<'_>,
    role: &RoleId,
    people: &[UserId],
    kind: Kind,
    ends_at: Option<crate::domain::time::Instant>,
) -> AppResult<usize> {
    stage.clock.advance(Span::seconds(30));
    let caller = stage.caller("ada").await?;
    let members: Vec<PrincipalId> = people.iter().map(PrincipalId::from).collect();
    let ask = AssignAsk { kind, starts_at: None, ends_at, justification: "Part of the job.".to_owned() };
    assign_role(stage.app, &caller, role, &members, &ask).await
}

async fn count_events(stage: &Stage<'_>) -> AppResult<i64> {
    let mut db = stage.app.store.read().await?;
    Ok(store::audit::head(&mut db).await?.map_or(0, |(seq, _)| seq))
}
