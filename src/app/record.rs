//! The audit trail: appending in the transaction of the event, and verifying the whole chain.

use std::fmt;

use crate::app::anchor::AnchorState;
use crate::app::crypto::{Chain, Fields};
use crate::app::work::Work;
use crate::app::{App, AppError, AppResult};
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
fn search_key(event: &Event) -> String {
    comparison_key(&format!(
        "{}\n{}\n{}\n{}\n{}\n{}",
        event.actor_name, event.role_name, event.subject_name, event.reason, event.ticket_number, event.ticket_system
    ))
}

/// What verifying the chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every row is as it was written, and none is missing.
    Intact {
        /// How many rows.
        rows: i64,
    },
    /// The first row that is not as it was written, or that is missing.
    Broken {
        /// Its place in the chain.
        seq: i64,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The rows that are there are intact, but the trail once reached further.
    Cut {
        /// The last row that is there.
        last: i64,
        /// The last row that the anchor remembers.
        anchored: i64,
    },
    /// The anchor beside the key cannot be trusted.
    AnchorBroken,
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Intact { rows: 1 } => out.write_str("The audit trail is intact: 1 event, as it was written."),
            Self::Intact { rows } => write!(out, "The audit trail is intact: {rows} events, each as it was written."),
            Self::Broken { seq, problem } => {
                write!(out, "The audit trail is broken at event {seq}: {problem}.")?;
                if *seq > 1 { out.write_str(" Every event before it is as it was written.") } else { Ok(()) }
            }
            Self::Cut { last, anchored } => write!(
                out,
                "The audit trail was cut: it ends with event {last}, but the anchor beside the key remembers event {anchored}."
            ),
            Self::AnchorBroken => out.write_str(
                "The anchor beside the key is missing, or it was not signed with this key: nobody can say how far the audit trail \
                 should reach.",
            ),
        }
    }
}

/// Rows read at once.
const BATCH: i64 = 1_000;

/// Checks every row of the audit against the chain, and its end against the anchor kept beside the key.
pub async fn verify_audit(app: &App) -> AppResult<Verdict> {
    let mut db = app.store.read().await?;
    let anchored = match app.anchor.read(&app.chain)? {
        AnchorState::Broken => return Ok(Verdict::AnchorBroken),
        AnchorState::Absent if store::audit::head(&mut db).await?.is_some() => return Ok(Verdict::AnchorBroken),
        AnchorState::NotKept | AnchorState::Absent => None,
        AnchorState::At { seq, hash } => Some((seq, hash)),
    };
    let (mut last, mut before) = (0, String::new());
    loop {
        let rows = store::audit::list_from(&mut db, last, BATCH).await?;
        let Some(count) = rows.len().checked_sub(1) else { break };
        for row in rows {
            let expected = last + 1;
            let Ok(Stored { event, search_key: found_by, hash }) = row else {
                return Ok(Verdict::Broken { seq: expected, problem: "it cannot be read" });
            };
            if event.seq != expected {
                return Ok(Verdict::Broken { seq: expected, problem: "it is missing" });
            }
            if !holds(&app.chain, &before, &event, &hash) {
                return Ok(Verdict::Broken { seq: expected, problem: "it is not as it was written" });
            }
            if found_by != search_key(&event) {
                return Ok(Verdict::Broken { seq: expected, problem: "the text search does not find it" });
            }
            if anchored.as_ref().is_some_and(|(seq, at_anchor)| *seq == expected && *at_anchor != hash) {
                return Ok(Verdict::Broken { seq: expected, problem: "it is not what the anchor remembers" });
            }
            (last, before) = (expected, hash);
        }
        if i64::try_from(count).unwrap_or(i64::MAX) + 1 < BATCH {
            break;
        }
    }
    match anchored {
        Some((anchored, _)) if anchored > last => Ok(Verdict::Cut { last, anchored }),
        Some(_) | None => Ok(Verdict::Intact { rows: last }),
    }
}

/// Refuses to go on from a trail that the anchor contradicts: writing on would bury the evidence.
pub(super) async fn check_anchor(app: &App) -> AppResult<()> {
    let mut db = app.store.read().await?;
    let head = store::audit::head(&mut db).await?;
    match (app.anchor.read(&app.chain)?, head) {
        (AnchorState::NotKept, _) | (AnchorState::Absent, None) => Ok(()),
        (AnchorState::Absent | AnchorState::Broken, _) => Err(AppError::AuditTampered),
        (AnchorState::At { seq, hash }, _) => match store::audit::hash_at(&mut db, seq).await? {
            Some(stored) if stored == hash => Ok(()),
            Some(_) | None => Err(AppError::AuditTampered),
        },
    }
}

fn holds(chain: &Chain, before: &str, event: &Event, hash: &str) -> bool {
    chain.holds(before, &fields(event), hash)
}
