//! The audit trail: appending in the transaction of the event. `verify_audit` checks what was appended.

use crate::app::crypto::Chain;
use crate::app::work::Work;
use crate::app::{AppError, AppResult};
use crate::domain::audit::{Activity, Change, Event, Outcome};
use crate::domain::ids::{EventId, PrincipalId, RequestId, RoleId, UserId};
use crate::domain::name::comparison_key;
use crate::domain::role::Role;
use crate::domain::seal::Fields;
use crate::store::audit::Stored;

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
    let changes = event.changes.iter();
    let fields =
        changes.fold(start, |fields, change| fields.text(&change.field).text(&change.before).text(&change.after));
    if event.objects.is_empty() {
        return fields;
    }
    // A number where a change could begin with a text: no event with objects has the bytes of one without.
    let count = i64::try_from(event.objects.len()).unwrap_or(i64::MAX);
    event.objects.iter().fold(fields.number(count), |fields, touched| fields.text(&touched.to_string()))
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

    #[expect(clippy::unused_async, reason = "a use case awaits it as it awaits all that belongs to its change")]
    async fn record_as(&mut self, (actor, actor_name): (Option<UserId>, String), entry: Entry) -> AppResult<()> {
        let (last, before) = std::mem::take(&mut self.head);
        let event = Event {
            seq: last.checked_add(1).ok_or(AppError::Broken("the end of the audit"))?,
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
            objects: std::mem::take(&mut self.touched),
            trace: self.actor.trace.clone(),
        };
        let hash = self.app.keys.chain.link(&before, &fields(&event));
        self.recorded.places.push(event.seq);
        self.recorded.people.extend(event.actor.as_ref().map(PrincipalId::from));
        self.recorded.people.extend(event.subject.clone());
        self.recorded.requests |= super::live::is_step(event.activity);
        self.head = (event.seq, hash.clone());
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

/// The change by which the last event under a key proves which key follows.
pub(super) const SUCCESSION: &str = "Proof by the new key";

/// True when this is the hash of this event after that one; and, where the key was rotated, when the new key vouches for the trail so far.
pub(super) fn holds(chain: &Chain, before: &str, event: &Event, hash: &str) -> bool {
    let is_vouched_for = chain.expected_succession(before, event.seq).is_none_or(|expected| {
        event.changes.iter().any(|change| change.field == SUCCESSION && change.after == expected)
    });
    is_vouched_for && chain.holds(event.seq, before, &fields(event), hash)
}
