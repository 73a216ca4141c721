//! Who is told when an assignment is extended, renewed or updated, or somebody asks for it: one method for each event.

use std::collections::BTreeSet;

use crate::app::AppResult;
use crate::app::work::Work;
use crate::domain::ids::{RequestId, UserId};
use crate::domain::lifecycle::Sought;
use crate::domain::notice::NoticeKind;
use crate::domain::role::Role;
use crate::store::requests::Request;

/// What was done to an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// It ends later.
    Extended,
    /// It expired, and is there again.
    Renewed,
    /// Its type, start or end are others.
    Updated,
}

impl Work {
    /// Somebody asks: the administrators hear of it, without the person who asks.
    pub(super) async fn tell_change_asked(
        &mut self,
        sought: Sought,
        role: &Role,
        request: &RequestId,
    ) -> AppResult<()> {
        let (user, name) = (self.user()?, self.actor.name.clone());
        let mut administrators = self.administrators().await?;
        administrators.remove(&user);
        let kind = match sought {
            Sought::Extension => NoticeKind::ExtensionRequested,
            Sought::Renewal => NoticeKind::RenewalRequested,
        };
        self.notify(administrators, kind, role, &name, Some(request))?;
        self.notify([user], NoticeKind::ChangePending, role, "", Some(request))
    }

    /// It was done, by an administrator or with one's yes: the person hears of it, and the other administrators.
    pub(super) async fn tell_change_done(
        &mut self,
        done: Done,
        role: &Role,
        people: &BTreeSet<UserId>,
        request: &RequestId,
    ) -> AppResult<()> {
        let (to_person, to_others) = match done {
            Done::Extended => (NoticeKind::Extended, NoticeKind::ExtendedByOther),
            Done::Renewed => (NoticeKind::Renewed, NoticeKind::RenewedByOther),
            Done::Updated => (NoticeKind::Updated, NoticeKind::UpdatedByOther),
        };
        self.tell_person_and_others(to_person, to_others, role, people, request).await
    }

    /// An administrator said no: the person hears of it, and the other administrators.
    pub(super) async fn tell_change_denied(
        &mut self,
        role: &Role,
        people: &BTreeSet<UserId>,
        request: &RequestId,
    ) -> AppResult<()> {
        let (to_person, to_others) = (NoticeKind::ChangeDenied, NoticeKind::ChangeDeniedByOther);
        self.tell_person_and_others(to_person, to_others, role, people, request).await
    }

    /// Nobody decided in time.
    pub(super) async fn tell_change_lapsed(&mut self, role: &Role, name: &str, request: &Request) -> AppResult<()> {
        let mut concerned = self.administrators().await?;
        concerned.insert(request.requested_by.clone());
        self.notify(concerned, NoticeKind::ChangeLapsed, role, name, Some(&request.id))
    }

    /// It was withdrawn: whoever did it knows.
    pub(super) async fn tell_change_withdrawn(&mut self, role: &Role, name: &str, request: &Request) -> AppResult<()> {
        let mut concerned = self.administrators().await?;
        concerned.insert(request.requested_by.clone());
        if let Some(actor) = &self.actor.user {
            concerned.remove(actor);
        }
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
        let mut others = self.administrators().await?;
        if let Some(actor) = &self.actor.user {
            others.remove(actor);
        }
        // Whom it is done to hears it once, as that.
        let others: BTreeSet<UserId> = others.difference(people).cloned().collect();
        self.notify(people.clone(), to_person, role, &by, Some(request))?;
        self.notify(others, to_others, role, &by, Some(request))
    }
}
