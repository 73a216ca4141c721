//! Which mails an event queues, and for whom: the nine rules of a role's settings (reference/entra-pim.md section 2.3 and 6). What
//! the mails say is in `domain::mail`.

use std::collections::BTreeSet;

use crate::app::work::Work;
use crate::app::{AppError, AppResult, mail_document};
use crate::domain::ids::{MailId, MessageId, RequestId, UserId};
use crate::domain::mail::{
    About, Activated, Ask, Assigned, Audience, CredentialReset, Event, Held, Mail, NewGlobalAdministrator,
};
use crate::domain::policy::{NotificationRuleId, Policy};
use crate::domain::request::Kind;
use crate::domain::role::{PortalRole, Role};
use crate::domain::schedule::{AssignmentType, Term};
use crate::store;
use crate::store::outbox::{NewMail, NewMessage, Recipient};
use crate::store::requests::Request;

/// A mail that is queued when the work is committed: said once, to everybody it goes to.
pub(super) struct Posted {
    mail: Mail,
    to: Vec<(Recipient, Audience)>,
}

/// The role and the person or group that a mail is about.
pub(super) fn about(role: &Role, who: &str, request: &RequestId) -> About {
    About {
        role: role.id.clone(),
        role_name: role.display_name.clone(),
        who: who.to_owned(),
        request: Some(request.clone()),
    }
}

/// What a request to activate asks for. Its state is the one in which it waited.
pub(super) fn asked(request: &Request) -> Ask {
    Ask {
        minutes: request.duration_minutes.unwrap_or_default(),
        starts_at: request.starts_at,
        reason: request.justification.clone(),
        ticket_number: request.ticket.number.clone(),
        ticket_system: request.ticket.system.clone(),
        asked_at: request.created_at,
        lapses_at: request.state.lapses_at(),
    }
}

/// An activation that came into force.
pub(super) fn activated(
    role: &Role,
    who: &str,
    request: &Request,
    term: Term,
    approved_by: Option<String>,
) -> Activated {
    Activated {
        about: about(role, who, &request.id),
        starts_at: term.starts_at,
        // An activation has an end; the schema holds that.
        ends_at: term.ends_at.unwrap_or(term.starts_at),
        reason: request.justification.clone(),
        ticket_number: request.ticket.number.clone(),
        ticket_system: request.ticket.system.clone(),
        approved_by,
    }
}

/// What an assignment is, as mails say it.
pub(super) const fn held(kind: Kind, term: Term) -> Held {
    Held { kind, starts_at: term.starts_at, ends_at: term.ends_at }
}

impl Work {
    /// Queues a mail to each of these people, whatever the settings say. One event is one mail to a person: who is the person
    /// concerned and an administrator too gets the one that is about themself.
    pub(super) fn mail(&mut self, people: &BTreeSet<UserId>, audience: Audience, mail: &Mail) {
        for user in people {
            self.post(mail, Recipient::Person(user.clone()), audience);
        }
    }

    /// Queues a mail as one row of the Notification tab says: to its default recipients, and to its further addresses; nothing
    /// where the row wants only what is critical and this is not.
    pub(super) fn mail_by_rule(
        &mut self,
        policy: &Policy,
        rule: NotificationRuleId,
        default: &BTreeSet<UserId>,
        mail: &Mail,
    ) {
        let Some(row) = policy.notifications.iter().find(|row| row.id == rule) else { return };
        if row.critical_only && !mail.is_critical() {
            return;
        }
        let audience = Audience::of_rule(rule);
        if row.to_default {
            self.mail(default, audience, mail);
        }
        for address in &row.additional {
            // It is not about whoever reads there.
            let audience = if audience == Audience::Person { Audience::Admin } else { audience };
            self.post(mail, Recipient::Address(address.as_str().to_owned()), audience);
        }
    }

    /// Queues a mail about an assignment, to administrators and to the people it concerns, as its settings say.
    pub(super) async fn mail_assignment(
        &mut self,
        policy: &Policy,
        kind: Kind,
        people: &BTreeSet<UserId>,
        mail: &Mail,
    ) -> AppResult<()> {
        let (to_admins, to_person) = NotificationRuleId::of_assignment(kind);
        let admins = self.administrators().await?;
        self.mail_by_rule(policy, to_admins, &admins, mail);
        self.mail_by_rule(policy, to_person, people, mail);
        Ok(())
    }

    /// Somebody was assigned a role: administrators and the people it concerns, as its settings say.
    pub(super) async fn mail_assigned(
        &mut self,
        policy: &Policy,
        people: &BTreeSet<UserId>,
        assigned: Assigned,
    ) -> AppResult<()> {
        let (held, about, by) = (assigned.held.clone(), assigned.about.clone(), assigned.by.clone());
        self.mail_assignment(policy, held.kind, people, &Mail::Assigned(assigned)).await?;
        match held.kind {
            // Told when it is activated.
            Kind::Eligibility => Ok(()),
            Kind::Assignment => {
                let (starts_at, ends_at) = (held.starts_at, held.ends_at);
                let by_way_of = AssignmentType::Assigned;
                let warning = NewGlobalAdministrator { about, by_way_of, starts_at, ends_at, by };
                self.warn_of_global_administrator(warning, people).await
            }
        }
    }

    /// A role became active: administrators and the person, as its settings say.
    pub(super) async fn mail_activated(
        &mut self,
        policy: &Policy,
        people: &BTreeSet<UserId>,
        activated: Activated,
    ) -> AppResult<()> {
        let admins = self.administrators().await?;
        let warning = NewGlobalAdministrator {
            about: activated.about.clone(),
            by_way_of: AssignmentType::Activated,
            starts_at: activated.starts_at,
            ends_at: Some(activated.ends_at),
            by: activated.about.who.clone(),
        };
        let mail = Mail::Activated(activated);
        self.mail_by_rule(policy, NotificationRuleId::AdminEndUserAssignment, &admins, &mail);
        self.mail_by_rule(policy, NotificationRuleId::RequestorEndUserAssignment, people, &mail);
        self.warn_of_global_administrator(warning, people).await
    }

    /// Tells the other administrators when somebody becomes Global Administrator, whatever the settings of the role say: whoever
    /// could take the portal over cannot switch off that it is told.
    pub(super) async fn warn_of_global_administrator(
        &mut self,
        warning: NewGlobalAdministrator,
        people: &BTreeSet<UserId>,
    ) -> AppResult<()> {
        if PortalRole::of(&warning.about.role) == Some(PortalRole::GlobalAdministrator) {
            let others = self.administrators().await?.difference(people).cloned().collect();
            self.mail(&others, Audience::Admin, &Mail::NewGlobalAdministrator(warning));
        }
        Ok(())
    }

    /// Tells the other administrators when an administrator's password or second factor is reset, which is a way to become one.
    pub(super) async fn mail_credential_reset(&mut self, whose: &UserId, reset: CredentialReset) -> AppResult<()> {
        let now = self.now;
        if store::mail_settings::everybody_administering(now).ask(&mut self.tx).await?.contains(whose) {
            let admins = self.administrators().await?;
            self.mail(&admins, Audience::Admin, &Mail::CredentialReset(reset));
        }
        Ok(())
    }

    /// Who gets the mails of administrators: the people who are actively Global or Privileged Role Administrator, and those who are
    /// eligible for it where the settings of mails include them.
    pub(super) async fn administrators(&mut self) -> AppResult<BTreeSet<UserId>> {
        self.known.administrators(&mut self.tx, self.now).await
    }

    /// Drops the mails that ask somebody to decide this request, and have not gone out.
    pub(super) fn drop_mails(&mut self, request: &RequestId) {
        let events: Vec<Event> = Event::ALL.iter().copied().filter(|event| event.is_over_with_its_request()).collect();
        let note = "The request was closed before the mail went out.";
        self.unsaved
            .mails
            .retain(|posted| posted.mail.request() != Some(request) || !posted.mail.event().is_over_with_its_request());
        store::outbox::add_drop(&mut self.unsaved.statements, request, &events, note, self.now);
    }

    fn post(&mut self, mail: &Mail, to: Recipient, audience: Audience) {
        let place = self.unsaved.mails.iter().rposition(|posted| posted.mail == *mail);
        if place.is_none() {
            self.unsaved.mails.push(Posted { mail: mail.clone(), to: Vec::new() });
        }
        let posted = match place {
            Some(place) => self.unsaved.mails.get_mut(place),
            None => self.unsaved.mails.last_mut(),
        };
        let Some(posted) = posted else { return };
        match posted.to.iter_mut().find(|(known, _)| *known == to) {
            Some((_, known)) => *known = (*known).min(audience),
            None => posted.to.push((to, audience)),
        }
    }

    /// Saves the mails that were queued so far; answers with the id of each message.
    pub(super) fn write_mails(&mut self) -> AppResult<Vec<MessageId>> {
        let broken = |_| AppError::Broken("the source of ids");
        let mut mails = Vec::new();
        for Posted { mail, to } in std::mem::take(&mut self.unsaved.mails) {
            let mut messages = Vec::new();
            for (to, audience) in to {
                messages.push(NewMessage { id: MessageId::parse(&self.new_id()).map_err(broken)?, audience, to });
            }
            mails.push(NewMail {
                id: MailId::parse(&self.new_id()).map_err(broken)?,
                event: mail.event(),
                role: mail.role().cloned(),
                request: mail.request().cloned(),
                facts: mail_document::write(&mail)?,
                at: self.now,
                messages,
            });
        }
        store::outbox::add_all(&mut self.unsaved.statements, &mails);
        self.has_mailed |= !mails.is_empty();
        Ok(mails.into_iter().flat_map(|mail| mail.messages).map(|message| message.id).collect())
    }
}
