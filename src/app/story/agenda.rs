//! What the people of the story do, and doing it: each act is one use case.

use std::collections::BTreeMap;

use super::stage::Stage;
use crate::{
    app::{
        AppError, AppResult, activate_role::activate_role, assign_role::assign_role, cancel_request::cancel_request,
        deactivate_role::deactivate_role, decide_request::decide_request, disable_user::disable_user,
        group_members::add_group_members, list_my_roles::list_expired_roles, remove_assignment::remove_assignment,
        request_change::request_change, update_policy::update_policy,
    },
    domain::{
        activation::{Activation, ActivationAsk, Ticket},
        assignment::AssignAsk,
        ids::{PrincipalId, RequestId},
        lifecycle::{SeekAsk, Sought},
        policy::{HalfHours, Policy},
        request::{Kind, Verdict},
        schedule::AssignmentType,
        time::{Instant, Span},
    },
    store,
};

/// What becomes of an activation.
#[derive(Clone, Debug)]
pub enum Fate {
    /// Nobody does anything more about it: it lapses, waits, or runs out.
    Left,
    /// The person takes the request back.
    Withdrawn(Span),
    /// Somebody decides, and the person may end it early.
    Decided {
        /// How long it waits.
        after: Span,
        /// Who.
        by: &'static str,
        /// Yes or no.
        verdict: Verdict,
        /// Why.
        why: &'static str,
        /// How long the role is used, when it is ended early.
        used_for: Option<Span>,
    },
    /// It needs nobody's yes, and the person ends it early.
    UsedFor(Span),
}

/// An activation somebody asks for.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Who.
    pub who: &'static str,
    /// Which role.
    pub role: &'static str,
    /// Through which group, if not by their own name.
    pub through: Option<&'static str>,
    /// For how many minutes.
    pub minutes: i64,
    /// From when on, if not at once.
    pub starts_at: Option<Instant>,
    /// Why.
    pub why: String,
    /// For which ticket.
    pub ticket: Option<String>,
    /// What becomes of it.
    pub fate: Fate,
}

/// One thing somebody does.
#[derive(Clone, Debug)]
pub enum Act {
    /// Changes a role's settings; who decides is given by name.
    Settings { by: &'static str, role: &'static str, deciders: &'static [&'static str], change: fn(&mut Policy) },
    /// Assigns a role, for so many days or for good.
    Assign {
        by: &'static str,
        role: &'static str,
        to: &'static str,
        kind: Kind,
        ends_at: Option<Instant>,
        why: &'static str,
    },
    /// Takes an assignment away.
    Remove { by: &'static str, role: &'static str, from: &'static str, kind: Kind, why: &'static str },
    /// Asks for an activation.
    Ask(Box<Wish>),
    /// Decides a request.
    Decide {
        by: &'static str,
        request: RequestId,
        verdict: Verdict,
        why: &'static str,
        then: Option<(&'static str, &'static str, Span)>,
    },
    /// Asks for a later end of an eligibility, or for an active assignment again that expired.
    Seek { who: &'static str, role: &'static str, sought: Sought, ends_at: Option<Instant>, why: &'static str },
    /// Takes a request back.
    Cancel { by: &'static str, request: RequestId },
    /// Ends an activation.
    Deactivate { who: &'static str, role: &'static str },
    /// Takes somebody into a group.
    Join { by: &'static str, group: &'static str, who: &'static str },
    /// Keeps somebody out.
    Disable { by: &'static str, who: &'static str },
    /// Types a wrong password.
    Mistype { who: &'static str },
}

/// Acts in the order of their moments.
#[derive(Default)]
pub struct Agenda {
    acts: BTreeMap<(Instant, usize), Act>,
    count: usize,
}

impl Agenda {
    /// Plans an act.
    pub fn plan(&mut self, at: Instant, act: Act) {
        self.count += 1;
        self.acts.insert((at, self.count), act);
    }

    /// Plays everything that comes before this moment, with whatever it leads to.
    pub async fn play_until(&mut self, stage: &mut Stage<'_>, end: Instant) -> AppResult<()> {
        while let Some(entry) = self.acts.first_entry() {
            if entry.key().0 >= end {
                break;
            }
            let ((at, _), act) = entry.remove_entry();
            stage.advance_to(at).await?;
            self.play(stage, act).await?;
        }
        Ok(())
    }

    async fn play(&mut self, stage: &mut Stage<'_>, act: Act) -> AppResult<()> {
        match act {
            Act::Settings { by, role, deciders, change } => settings(stage, by, role, deciders, change).await,
            Act::Assign { by, role, to, kind, ends_at, why } => {
                let caller = stage.caller(by).await?;
                let ask = AssignAsk { kind, starts_at: None, ends_at, justification: why.to_owned() };
                assign_role(stage.app, &caller, &stage.role(role)?, &[stage.principal(to)?], &ask).await.map(drop)
            }
            Act::Remove { by, role, from, kind, why } => remove(stage, by, role, from, kind, why).await,
            Act::Ask(wish) => refused_too(self.ask(stage, *wish).await),
            Act::Decide { by, request, verdict, why, then } => {
                let caller = stage.caller(by).await?;
                refused_too(decide_request(stage.app, &caller, &request, verdict, why).await)?;
                if let Some((who, role, used_for)) = then {
                    self.plan(stage.now().plus(used_for), Act::Deactivate { who, role });
                }
                Ok(())
            }
            Act::Seek { who, role, sought, ends_at, why } => {
                let ask = SeekAsk { justification: why.to_owned(), ends_at };
                seek(stage, who, role, sought, ask).await
            }
            Act::Cancel { by, request } => {
                let caller = stage.caller(by).await?;
                refused_too(cancel_request(stage.app, &caller, &request, "").await)
            }
            Act::Deactivate { who, role } => deactivate(stage, who, role).await,
            Act::Join { by, group, who } => {
                let caller = stage.caller(by).await?;
                add_group_members(stage.app, &caller, &stage.group(group)?, &[stage.user(who)?]).await.map(drop)
            }
            Act::Disable { by, who } => {
                let caller = stage.caller(by).await?;
                disable_user(stage.app, &caller, &stage.user(who)?).await?;
                stage.players.remove(who);
                Ok(())
            }
            Act::Mistype { who } => {
                let Some(player) = stage.players.get(who) else { return Ok(()) };
                refused_too(stage.sign_in(&player.upn.clone(), "copper lantern tied").await.map(drop))
            }
        }
    }

    async fn ask(&mut self, stage: &mut Stage<'_>, wish: Wish) -> AppResult<()> {
        if !stage.players.contains_key(wish.who) {
            return Ok(()); // gone
        }
        let caller = stage.fresh_caller(wish.who).await?;
        let role = stage.role(wish.role)?;
        let holder = stage.principal(wish.through.unwrap_or(wish.who))?;
        let Some(eligibility) = stage.eligibility(&role, &holder).await? else { return Ok(()) };
        let ask = ActivationAsk {
            duration: HalfHours::from_minutes(wish.minutes)?,
            starts_at: wish.starts_at,
            justification: wish.why,
            ticket: wish
                .ticket
                .map(|number| Ticket { number, system: "Northwind Desk".to_owned() })
                .unwrap_or_default(),
        };
        let activated = activate_role(stage.app, &caller, &eligibility.id, ask).await?;
        let (who, role, now) = (wish.who, wish.role, stage.now());
        match (wish.fate, activated.outcome) {
            (Fate::Withdrawn(after), Activation::Pending { .. }) => {
                self.plan(now.plus(after), Act::Cancel { by: who, request: activated.request });
            }
            (Fate::Decided { after, by, verdict, why, used_for }, Activation::Pending { .. }) => {
                let then = used_for.map(|used_for| (who, role, used_for));
                self.plan(now.plus(after), Act::Decide { by, request: activated.request, verdict, why, then });
            }
            (Fate::UsedFor(used_for), Activation::Now(_)) => {
                self.plan(now.plus(used_for), Act::Deactivate { who, role });
            }
            (Fate::Left, _)
            | (Fate::Withdrawn(_) | Fate::Decided { .. }, Activation::Now(_) | Activation::Later(_))
            | (Fate::UsedFor(_), Activation::Pending { .. } | Activation::Later(_)) => {}
        }
        Ok(())
    }
}

/// A refusal is part of the story: people try what they may not, and somebody else was first. It is in the audit.
pub fn refused_too(answer: AppResult<()>) -> AppResult<()> {
    match answer {
        Err(AppError::Refused(_)) => Ok(()),
        other => other,
    }
}

/// Asks about the eligibility of this role that is there, or about what expired lately.
async fn seek(stage: &mut Stage<'_>, who: &str, role: &str, sought: Sought, ask: SeekAsk) -> AppResult<()> {
    let (caller, now) = (stage.caller(who).await?, stage.now());
    let found = match sought {
        Sought::Extension => {
            let (role, principal) = (stage.role(role)?, stage.principal(who)?);
            stage.eligibility(&role, &principal).await?.map(|row| row.id)
        }
        Sought::Renewal => {
            let over = list_expired_roles(stage.app, &caller, role, None, now).await?.found.lines;
            over.into_iter().find(|row| row.role.name == role).map(|row| row.id)
        }
    };
    match found {
        Some(id) => request_change(stage.app, &caller, sought, &id, ask).await.map(drop),
        None => Ok(()),
    }
}

async fn settings(
    stage: &mut Stage<'_>,
    by: &str,
    role: &str,
    deciders: &[&str],
    change: fn(&mut Policy),
) -> AppResult<()> {
    let caller = stage.caller(by).await?;
    let role = stage.role(role)?;
    let mut db = stage.app.store.read().await?;
    let stored = store::policies::get(&mut db, &role).await?;
    drop(db);
    let mut policy = stored.policy;
    change(&mut policy);
    policy.activation.approval.approvers =
        deciders.iter().map(|name| stage.principal(name)).collect::<AppResult<Vec<PrincipalId>>>()?;
    update_policy(stage.app, &caller, &role, stored.version, policy).await.map(drop)
}

async fn remove(stage: &mut Stage<'_>, by: &str, role: &str, from: &str, kind: Kind, why: &str) -> AppResult<()> {
    let caller = stage.caller(by).await?;
    let (role, principal) = (stage.role(role)?, stage.principal(from)?);
    let mut db = stage.app.store.read().await?;
    let schedule = match kind {
        Kind::Eligibility => {
            store::eligibilities::find_of(&mut db, &role, &principal).await?.map(|row| row.into_unchecked().id)
        }
        Kind::Assignment => {
            let assigned = AssignmentType::Assigned;
            store::assignments::find_of(&mut db, &role, &principal, assigned).await?.map(|row| row.into_unchecked().id)
        }
    };
    drop(db);
    let Some(schedule) = schedule else { return Ok(()) };
    remove_assignment(stage.app, &caller, kind, &schedule, why).await.map(drop)
}

async fn deactivate(stage: &mut Stage<'_>, who: &str, role: &str) -> AppResult<()> {
    if !stage.players.contains_key(who) {
        return Ok(()); // gone
    }
    let caller = stage.caller(who).await?;
    let (role, principal) = (stage.role(role)?, stage.principal(who)?);
    let mut db = stage.app.store.read().await?;
    let active = store::assignments::find_of(&mut db, &role, &principal, AssignmentType::Activated).await?;
    drop(db);
    match active {
        Some(active) => refused_too(deactivate_role(stage.app, &caller, &active.unchecked().id).await.map(drop)),
        None => Ok(()), // it has run out
    }
}
