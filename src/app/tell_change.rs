//! Who is told when an assignment is extended, renewed or updated, or somebody asks for it: one method for each event.

use std::collections::BTreeSet;

use crate::app::AppResult;
use crate::app::lifecycle::{Decided, Held};
use crate::app::mail::{about, held as held_now};
use crate::app::work::Work;
use crate::domain::ids::{RequestId, UserId};
use crate::domain::lifecycle::Sought;
use crate::domain::mail::{self, ChangeDecided, ChangeRequested, Changed, Mail, NewGlobalAdministrator, Updated};
use crate::domain::notice::NoticeKind;
use crate::domain::policy::NotificationRuleId;
use crate::domain::request::{Kind, Verdict};
use crate::domain::role::{PortalRole, Role};
use crate::domain::schedule::AssignmentType;
use crate::store;
use crate::store::requests::Request;

/// What was done to an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// It ends later, because somebody asked for it.
    ExtensionApproved,
    /// It expired, and is there again, because somebody asked for it.
    RenewalApproved,
    /// It ends later.
    Extended,
    /// It expired, and is there again.
    Renewed,
    /// Its type, start or end are others.
    Updated,
}

const fn change(sought: Sought) -> mail::Change {
    match sought {
        Sought::Extension => mail::Change::Extension,
        Sought::Renewal => mail::Change::Renewal,
    }
}

/// What somebody asks for, as mails say it.
fn asked(sought: Sought, held: &Held, request: &Request) -> ChangeRequested {
    ChangeRequested {
        about: about(&held.role, &held.name, &request.id),
        change: change(sought),
        held: held.before(),
        proposed_end: request.ends_at,
        reason: request.justification.clone(),
    }
}

impl Held {
    /// What it was before it changes, as mails say it.
    const fn before(&self) -> mail::Held {
        held_now(self.subject.known.kind, self.subject.known.term)
    }
}

impl Work {
    /// Somebody asks: the administrators hear of it, without the person who asks.
    pub(super) async fn tell_change_asked(&mut self, sought: Sought, held: &Held, request: &Request) -> AppResult<()> {
        let (user, name) = (self.user()?, self.actor.name.clone());
        let kind = match sought {
            Sought::Extension => NoticeKind::ExtensionRequested,
            Sought::Renewal => NoticeKind::RenewalRequested,
        };
        let mut administrators = self.administrators().await?;
        administrators.remove(&user);
        let asked = Mail::ChangeRequested(asked(sought, held, request));
        self.mail_by_rule(&held.policy, NotificationRuleId::of_change(request.kind), &administrators, &asked);
        let mut deciders = self.deciders_of_changes().await?;
        deciders.remove(&user);
        self.notify(deciders, kind, &held.role, &name, Some(&request.id))?;
        self.notify([user], NoticeKind::ChangePending, &held.role, "", Some(&request.id))
    }

    /// It was done, by an administrator or with one's yes: the person hears of it, and the other administrators.
    pub(super) async fn tell_change_done(
        &mut self,
        done: Done,
        held: &Held,
        decided: &Decided,
        why: &str,
        request: &RequestId,
    ) -> AppResult<()> {
        let (kind, term) = decided.leads_to(held);
        let (before, after) = (held.before(), held_now(kind, term));
        let (about, by) = (about(&held.role, &held.name, request), self.actor.name.clone());
        let approved = |change| {
            Mail::ChangeDecided(ChangeDecided {
                about: about.clone(),
                change,
                verdict: Verdict::Approve,
                by: by.clone(),
                justification: why.to_owned(),
                before: before.clone(),
                after: Some(after.clone()),
            })
        };
        let changed = |change| {
            let (before, after, reason) = (before.clone(), after.clone(), why.to_owned());
            Mail::Changed(Changed { about: about.clone(), change, before, after, reason, by: by.clone() })
        };
        let updated = || {
            let (before, after, reason) = (before.clone(), after.clone(), why.to_owned());
            Mail::Updated(Updated { about: about.clone(), before, after, reason, by: by.clone() })
        };
        let (to_person, to_others, told) = match done {
            Done::ExtensionApproved => {
                (NoticeKind::Extended, NoticeKind::ExtendedByOther, approved(mail::Change::Extension))
            }
            Done::RenewalApproved => (NoticeKind::Renewed, NoticeKind::RenewedByOther, approved(mail::Change::Renewal)),
            Done::Extended => (NoticeKind::Extended, NoticeKind::ExtendedByOther, changed(mail::Change::Extension)),
            Done::Renewed => (NoticeKind::Renewed, NoticeKind::RenewedByOther, changed(mail::Change::Renewal)),
            Done::Updated => (NoticeKind::Updated, NoticeKind::UpdatedByOther, updated()),
        };
        let people = store::principals::people_of(&mut self.tx, &held.subject.principal).await?;
        self.mail_change(held, kind, &people, &told).await?;
        let is_new = held.subject.known.kind != kind || matches!(decided, Decided::Again(..));
        if is_new && kind == Kind::Assignment {
            let (starts_at, ends_at, by_way_of) = (term.starts_at, term.ends_at, AssignmentType::Assigned);
            let warning = NewGlobalAdministrator { about, by_way_of, starts_at, ends_at, by };
            self.warn_of_global_administrator(warning, &people).await?;
        }
        self.tell_person_and_others(to_person, to_others, &held.role, &people, request).await
    }

    /// An administrator said no: the person hears of it, and the other administrators.
    pub(super) async fn tell_change_denied(
        &mut self,
        sought: Sought,
        held: &Held,
        why: &str,
        request: &RequestId,
    ) -> AppResult<()> {
        let denied = Mail::ChangeDecided(ChangeDecided {
            about: about(&held.role, &held.name, request),
            change: change(sought),
            verdict: Verdict::Deny,
            by: self.actor.name.clone(),
            justification: why.to_owned(),
            before: held.before(),
            after: None,
        });
        let people = store::principals::people_of(&mut self.tx, &held.subject.principal).await?;
        self.mail_change(held, held.subject.known.kind, &people, &denied).await?;
        let (to_person, to_others) = (NoticeKind::ChangeDenied, NoticeKind::ChangeDeniedByOther);
        self.tell_person_and_others(to_person, to_others, &held.role, &people, request).await
    }

    /// The mail about it, as the role's settings say: to the people, and to the administrators other than whoever did it.
    async fn mail_change(&mut self, held: &Held, kind: Kind, people: &BTreeSet<UserId>, told: &Mail) -> AppResult<()> {
        let (to_admins, to_person) = NotificationRuleId::of_assignment(kind);
        let others = self.administrators().await?;
        let others = self.without_actor(others);
        self.mail_by_rule(&held.policy, to_admins, &others, told);
        self.mail_by_rule(&held.policy, to_person, people, told);
        Ok(())
    }

    /// These people but whoever acts, who knows it already.
    fn without_actor(&self, mut people: BTreeSet<UserId>) -> BTreeSet<UserId> {
        if let Some(actor) = &self.actor.user {
            people.remove(actor);
        }
        people
    }

    /// Whoever can decide about extending and renewing now. Not everybody who gets the mails of administrators can.
    async fn deciders_of_changes(&mut self) -> AppResult<BTreeSet<UserId>> {
        let ways = store::principals::active_holders(&mut self.tx, PortalRole::ADMINISTRATORS, self.now).await?;
        Ok(self.app.open_administrators(ways, self.now))
    }

    /// Nobody decided in time: whoever was asked hears of it, and the person.
    pub(super) async fn tell_change_lapsed(&mut self, sought: Sought, request: &Request) -> AppResult<()> {
        let held = Held::of_request_to_tell(&self.app, &mut self.tx, request).await?;
        let lapsed = Mail::ChangeLapsed(asked(sought, &held, request));
        let administrators = self.administrators().await?;
        let requestor = BTreeSet::from([request.requested_by.clone()]);
        self.mail_by_rule(&held.policy, NotificationRuleId::of_change(request.kind), &administrators, &lapsed);
        let (_, to_person) = NotificationRuleId::of_assignment(request.kind);
        self.mail_by_rule(&held.policy, to_person, &requestor, &lapsed);
        let mut concerned = self.deciders_of_changes().await?;
        concerned.extend(requestor);
        self.notify(concerned, NoticeKind::ChangeLapsed, &held.role, &held.name, Some(&request.id))
    }

    /// It was withdrawn: whoever did it knows.
    pub(super) async fn tell_change_withdrawn(&mut self, role: &Role, name: &str, request: &Request) -> AppResult<()> {
        let mut concerned = self.deciders_of_changes().await?;
        concerned.insert(request.requested_by.clone());
        let concerned = self.without_actor(concerned);
        self.notify(concerned, NoticeKind::ChangeCanceled, role, name, Some(&request.id))
    }

    /// An activation ends earlier than it was granted.
    pub(super) fn tell_shortened(
        &mut self,
        role: &Role,
        people: &BTreeSet<UserId>,
        request: &RequestId,
    ) -> AppResult<()> {
        self.notify(people.clone(), NoticeKind::Shortened, role, "", Some(request))
    }

    async fn tell_person_and_others(
        &mut self,
        to_person: NoticeKind,
        to_others: NoticeKind,
        role: &Role,
        people: &BTreeSet<UserId>,
        request: &RequestId,
    ) -> AppResult<()> {
        let by = self.actor.name.clone();
        let others = self.deciders_of_changes().await?;
        let others = self.without_actor(others);
        // Whom it is done to hears it once, as that.
        let others: BTreeSet<UserId> = others.difference(people).cloned().collect();
        self.notify(people.clone(), to_person, role, &by, Some(request))?;
        self.notify(others, to_others, role, &by, Some(request))
    }
}
