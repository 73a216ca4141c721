//! USE CASES, one verb per file: load facts, ask the domain, save, audit, commit.
//!
//! Not allowed in here: SQL, HTTP, markup, and any rule that `domain` could decide.

pub mod accept_audit;
pub mod activate_role;
pub mod administrators;
pub mod anchor;
pub mod approvers;
pub mod around_page;
pub mod assign_role;
pub mod backup;
pub mod caller;
pub mod cancel_request;
pub mod change_password;
pub mod compare_rows;
pub mod confirm_mfa;
pub mod create_group;
pub mod create_user;
pub mod crypto;
pub mod data_folder;
pub mod deactivate_role;
pub mod decide_change;
pub mod decide_request;
pub mod disable_user;
pub mod drafts;
pub mod enable_user;
pub mod end_session;
pub mod enrol_totp;
pub mod error;
pub mod export_audit;
pub mod extend_assignments;
pub mod files;
pub mod group_members;
pub mod health;
pub mod integrity;
pub mod lifecycle;
pub mod limits;
pub mod list_assignments;
pub mod list_holdings;
pub mod list_mails;
pub mod list_my_roles;
pub mod list_policies;
pub mod list_requests;
pub mod list_roles;
pub mod list_sessions;
pub mod live;
pub mod mailer;
pub mod normal_form;
pub mod notices;
mod pace;
mod past_keys;
pub mod people;
pub mod plan_assignment;
pub mod ports;
pub mod preview_approvers;
pub mod profile;
pub mod pulse;
pub mod read_audit;
pub mod record;
pub mod recover;
pub mod remove_assignment;
pub mod request_change;
pub mod resend_mail;
pub mod reset_password;
pub mod reset_second_factor;
pub mod restore;
pub mod rotate_key;
pub mod search;
pub mod send_digest;
pub mod send_mail;
pub mod send_test_mail;
pub mod sessions;
pub mod set_up;
pub mod settle;
pub mod show_activation;
pub mod show_change;
pub mod show_mail;
pub mod show_overview;
pub mod show_policy;
pub mod show_removal;
pub mod show_request;
pub mod sign_in;
pub mod smtp;
pub mod story;
pub mod tidy;
pub mod time_zone;
pub mod totp_secret;
pub mod trail;
mod trusted;
pub mod update_assignment;
pub mod update_mail_settings;
pub mod update_policy;
pub mod update_user;
pub mod verify_audit;
pub mod viewer;
pub mod watch_writing;
pub mod work;
pub mod worker;

mod mail;
mod mail_document;
mod tell_change;
mod throttle;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Notify;

pub use caller::Caller;
pub use error::{AppError, AppResult};
pub use live::Change;
pub use work::Work;

use crate::domain::ids::RoleId;
use crate::domain::role::{Role, catalogue};
use crate::domain::session::Limits;
use crate::domain::time::Instant;
use crate::store::{self, Store};
use anchor::Anchor;
use crypto::{Keys, PasswordHasher};
use mailer::Mailer;
use past_keys::with_past_keys;
use ports::{Clock, OrderedIds, Randomness};

/// Everything a use case stands on. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// What an [`App`] is made of.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub randomness: Arc<dyn Randomness>,
    /// The keys, one for each purpose.
    pub keys: Keys,
    /// Hashes passwords, a bounded number at once.
    pub passwords: PasswordHasher,
    /// Remembers the end of the audit outside the database.
    pub anchor: Anchor,
    /// How long a session lives.
    pub session_limits: Limits,
    /// How mails leave.
    pub post: Post,
}

/// How mails leave, and where their links lead.
#[derive(Clone)]
pub struct Post {
    /// Takes the messages; nobody does when there is none.
    pub mailer: Option<Arc<dyn Mailer>>,
    /// The address that people type, without a slash at its end.
    pub portal: String,
}

impl Post {
    /// Mails are queued and never leave.
    pub const fn none(portal: String) -> Self {
        Self { mailer: None, portal }
    }
}

struct Inner {
    parts: Parts,
    /// The roles that this release ships, as they stand in the database.
    catalogue: BTreeMap<RoleId, Role>,
    pulse: pulse::Pulse,
    live: live::Live,
    limits: limits::Limits,
    deadline_moved: Notify,
    mail_queued: Notify,
    ids: OrderedIds,
    integrity: integrity::Integrity,
    trail: trail::Trail,
}

impl App {
    /// Puts the parts together and brings the role catalogue up to date.
    pub async fn new(mut parts: Parts) -> AppResult<Self> {
        parts.keys = with_past_keys(&mut *parts.store.read().await?, parts.keys).await?;
        let shipped = catalogue().map_err(|_| AppError::Broken("the role catalogue"))?;
        let app = Self::of(parts, shipped.into_iter().map(|role| (role.id.clone(), role)).collect());
        totp_secret::check_key(&mut *app.store.read().await?, &app.keys.sealer).await?;
        verify_audit::check_start(&app).await?;
        trail::begin_to_watch(&app).await?;
        app.refresh_catalogue().await?;
        Ok(app)
    }

    /// Puts the parts together and touches nothing: for an audit on which [`App::new`] may refuse to start. An
    /// anchor that contradicts it stays as it is, whatever is written.
    pub async fn to_verify(mut parts: Parts) -> AppResult<Self> {
        parts.keys = with_past_keys(&mut *parts.store.read().await?, parts.keys).await?;
        let app = Self::of(parts, BTreeMap::new());
        // What cannot be read vouches for nothing, either.
        if !matches!(verify_audit::hold_against_anchor(&app).await, Ok(Ok(_))) {
            app.anchor.keep_as_evidence();
        }
        Ok(app)
    }

    fn of(parts: Parts, catalogue: BTreeMap<RoleId, Role>) -> Self {
        Self(Arc::new(Inner {
            pulse: pulse::Pulse::since(parts.clock.now()),
            parts,
            catalogue,
            live: live::Live::new(),
            limits: limits::Limits::default(),
            deadline_moved: Notify::new(),
            mail_queued: Notify::new(),
            ids: OrderedIds::default(),
            integrity: integrity::Integrity::default(),
            trail: trail::Trail::default(),
        }))
    }

    async fn refresh_catalogue(&self) -> AppResult<()> {
        let mut tx = self.write().await?;
        let stored = store::roles::list_all(&mut tx).await?;
        for role in self.0.catalogue.values() {
            if !stored.contains(role) {
                store::roles::upsert(&mut tx, role, &crate::domain::name::comparison_key(&role.display_name)).await?;
            }
        }
        self.note_written(tx.commit().await)
    }

    /// This moment. A use case asks once.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The role with this id, if this release ships it.
    fn shipped_role(&self, id: &RoleId) -> Option<&Role> {
        self.0.catalogue.get(id)
    }

    /// What is known of the worker and of the writer's queue.
    pub fn pulse(&self) -> &pulse::Pulse {
        &self.0.pulse
    }

    fn trail(&self) -> &trail::Trail {
        &self.0.trail
    }

    fn limits(&self) -> &limits::Limits {
        &self.0.limits
    }

    fn live(&self) -> &live::Live {
        &self.0.live
    }

    /// A new id: a UUIDv7 of this moment, behind all that were made before.
    pub fn new_id(&self, now: Instant) -> String {
        self.0.ids.next(now, self.randomness.as_ref())
    }
}

impl std::ops::Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0.parts
    }
}
