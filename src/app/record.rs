//! The audit trail: appending in the transaction of the event. `verify_audit` checks what was appended.

use crate::app::crypto::{Chain, Fields};
use crate::app::work::Work;
use crate::app::{AppError, AppResult};
use crate::domain::audit::{Activity, Change, Event, Outcome};
use crate::domain::ids::{EventId, PrincipalId, RequestId, RoleId, UserId};
use crate::domain::name::comparison_key;
use crate::domain::role::Role;
use crate::store::{self, audit::Stored};

/// What a use case says about its event. Who, when and the place in the chain are added when it is recorded.
#[derive(Clone, Debug)]
pub struct Entry {
    activity: Activity,
    outcome: Outcome,
    role: Option<RoleId>,
    role_name: String,
    subject: Option<PrincipalId>,
    subject_name: String,
    request: Option<RequestId>,
    reason: String,
    ticket_number: String,
    ticket_system: String,
    changes: Vec<Change>,
}

impl Entry {
    /// An event that succeeded.
    pub const fn new(activity: Activity) -> Self {
        Self {
            activity,
            outcome: Outcome::Success,
            role: None,
            role_name: String::new(),
            subject: None,
            subject_name: String::new(),
            request: None,
            reason: String::new(),
            ticket_number: String::new(),
            ticket_system: String::new(),
            changes: Vec::new(),
        }
    }

    /// About this role.
    #[must_use]
    pub fn role(mut self, role: &Role) -> Self {
        self.role = Some(role.id.clone());
        self.role_name.clone_from(&role.display_name);
        self
    }

    /// About this person or group.
    #[must_use]
    pub fn subject(mut self, id: impl Into<PrincipalId>, name: &str) -> Self {
        self.subject = Some(id.into());
        name.clone_into(&mut self.subject_name);
        self
    }

    /// About something that has only a name, such as an unknown account.
    #[must_use]
    pub fn subject_name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.subject_name);
        self
    }

    /// A step of this request.
    #[must_use]
    pub fn request(mut self, id: &RequestId) -> Self {
        self.request = Some(id.clone());
        self
    }

    /// With this reason.
    #[must_use]
    pub fn reason(mut self, reason: &str) -> Self {
        reason.clone_into(&mut self.reason);
        self
    }

    /// For this ticket.
    #[must_use]
    pub fn ticket(mut self, number: &str, system: &str) -> Self {
        number.clone_into(&mut self.ticket_number);
        system.clone_into(&mut self.ticket_system);
        self
    }

    /// A value changed; equal values are left out.
    #[must_use]
    pub fn change(mut self, field: &str, before: &str, after: &str) -> Self {
        if before != after {
            self.changes.push(Change { field: field.to_owned(), before: before.to_owned(), after: after.to_owned() });
        }
        self
    }

    /// The same attempt, refused.
    #[must_use]
    pub fn refused(mut self, why: &str) -> Self {
        self.outcome = Outcome::Refused;
        why.clone_into(&mut self.reason);
        self
    }
}

/// The bytes that the chain covers.
fn fields(event: &Event) -> Fields {
    let start = Fields::new()
        .number(event.seq)
        .text(event.id.as_str())
        .number(event.at.millis())
        .text(event.activity.word())
        .text(event.outcome.word())
        .optional(event.actor.as_ref().map(UserId::as_str))
        .text(&event.actor_name)
        .optional(event.role.as_ref().map(RoleId::as_str))
        .text(&event.role_name)
        .optional(event.subject.as_ref().map(PrincipalId::as_str))
        .text(&event.subject_name)
        .optional(event.request.as_ref().map(RequestId::as_str))
        .text(&event.reason)
        .text(&event.ticket_number)
        .text(&event.ticket_system)
        .text(&event.trace);
    event
        .changes
        .iter()
        .fold(start, |fields, change| fields.text(&change.field).text(&change.before).text(&change.after))
}

impl Work {
    /// Appends an event in this transaction, as done by whoever acts.
    pub async fn record(&mut self, entry: Entry) -> AppResult<()> {
        let actor = (self.actor.user.clone(), self.actor.name.clone());
        self.record_as(actor, entry).await
    }

    /// Appends an event done by Ostiary itself, whoever's transaction it is in.
    pub async fn record_itself(&mut self, entry: Entry) -> AppResult<()> {
        self.record_as((None, super::work::ITSELF.to_owned()), entry).await
    }

    async fn record_as(&mut self, (actor, actor_name): (Option<UserId>, String), entry: Entry) -> AppResult<()> {
        let (last, before) = match self.head.take() {
            Some(head) => head,
            None => store::audit::head(&mut self.tx).await?.unwrap_or((0, String::new())),
        };
        let event = Event {
            seq: last + 1,
            id: EventId::parse(&self.new_id()).map_err(|_| AppError::Broken("the source of ids"))?,
            at: self.now,
            activity: entry.activity,
            outcome: entry.outcome,
            actor,
            actor_name,
            role: entry.role,
            role_name: entry.role_name,
            subject: entry.subject,
            subject_name: entry.subject_name,
            request: entry.request,
            reason: entry.reason,
            ticket_number: entry.ticket_number,
            ticket_system: entry.ticket_system,
            changes: entry.changes,
            trace: self.actor.trace.clone(),
        };
        let hash = self.app.chain.link(&before, &fields(&event));
        self.recorded.places.push(event.seq);
        self.recorded.people.extend(event.actor.as_ref().map(PrincipalId::from));
        self.recorded.people.extend(event.subject.clone());
        self.recorded.requests |= super::live::is_step(event.activity);
        self.head = Some((event.seq, hash.clone()));
        self.unsaved.events.push(Stored { search_key: search_key(&event), event, hash });
        Ok(())
    }
}

/// What the text search looks in.
pub(super) fn search_key(event: &Event) -> String {
    comparison_key(&format!(
        "{}\n{}\n{}\n{}\n{}\n{}",
        event.actor_name, event.role_name, event.subject_name, event.reason, event.ticket_number, event.ticket_system
    ))
}

/// True when this is the hash of this event after that one.
pub(super) fn holds(chain: &Chain, before: &str, event: &Event, hash: &str) -> bool {
    chain.holds(before, &fields(event), hash)
}
