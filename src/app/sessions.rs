//! Sessions: what one remembers, and keeping, finding and ending them. Of the secret in the cookie a keyed fingerprint is kept, and the
//! row is signed: a row that somebody else wrote is no session.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{App, AppError, AppResult, Work};
use crate::{
    domain::{
        ids::{SessionId, UserId},
        seal::Fields,
        session::{self, Ends, SessionState},
        time::Instant,
    },
    store::{self, sessions::StoredSession},
};

/// Whatever a session remembers, by name.
pub type SessionData = HashMap<String, Value>;

/// The name under which a session remembers who signed in.
pub const SIGNED_IN: &str = "signed_in";

/// The name under which a session that was loaded tells when it was last seen, in Unix milliseconds.
pub const LAST_SEEN: &str = "last_seen";

/// What a session remembers of the person who signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedInSession {
    /// The session's name in the list of sessions. It stays when the secret is replaced.
    pub session: SessionId,
    /// Who.
    pub user: UserId,
    /// When they signed in.
    pub signed_in_at: Instant,
    /// When they last showed their second factor.
    pub verified_at: Option<Instant>,
    /// Where they signed in from.
    pub address: String,
    /// What their browser calls itself.
    pub user_agent: String,
}

/// The same as a JSON value.
#[derive(Serialize, Deserialize)]
struct Document {
    session: String,
    user: String,
    signed_in_at: i64,
    verified_at: Option<i64>,
    address: String,
    user_agent: String,
}

/// What a browser may call itself at most: a header can be as long as a page.
const USER_AGENT_MAX: usize = 300;

impl SignedInSession {
    /// A session that begins.
    pub fn begin(app: &App, user: UserId, now: Instant, address: &str, user_agent: &str) -> Self {
        Self {
            session: SessionId::make(now, super::ports::random_bytes(app.randomness.as_ref())),
            user,
            signed_in_at: now,
            verified_at: None,
            address: address.to_owned(),
            user_agent: user_agent.chars().filter(|found| !found.is_control()).take(USER_AGENT_MAX).collect(),
        }
    }

    /// As a session remembers it.
    pub fn to_value(&self) -> Value {
        serde_json::json!({
            "session": self.session.as_str(),
            "user": self.user.as_str(),
            "signed_in_at": self.signed_in_at.millis(),
            "verified_at": self.verified_at.map(Instant::millis),
            "address": self.address,
            "user_agent": self.user_agent,
        })
    }

    /// What a session remembers; an error when it has not the form, never "nobody".
    pub fn from_value(value: &Value) -> AppResult<Self> {
        let broken = || AppError::Broken("the data of a session");
        let document = Document::deserialize(value).map_err(|_| broken())?;
        Ok(Self {
            session: SessionId::parse(&document.session).map_err(|_| broken())?,
            user: UserId::parse(&document.user).map_err(|_| broken())?,
            signed_in_at: Instant::from_millis(document.signed_in_at),
            verified_at: document.verified_at.map(Instant::from_millis),
            address: document.address,
            user_agent: document.user_agent,
        })
    }

    /// Who is signed in, going by what a session remembers.
    pub fn find(data: &SessionData) -> AppResult<Option<Self>> {
        data.get(SIGNED_IN).map(Self::from_value).transpose()
    }
}

/// The kind of row that sessions are, and what the fingerprints of their secrets are for.
const KIND: &str = "session";

/// What is kept of the secret of a session.
fn fingerprint(app: &App, secret: &str) -> String {
    app.keys.fingerprints.of(KIND, secret)
}

/// What the signature of a session covers: all of it.
fn fields(stored: &StoredSession) -> Fields {
    Fields::new()
        .text(&stored.id_hash)
        .optional(stored.user_id.as_ref().map(UserId::as_str))
        .text(&stored.data)
        .text(&stored.address)
        .text(&stored.user_agent)
        .number(stored.created_at.millis())
        .number(stored.last_seen_at.millis())
        .number(stored.expires_at.millis())
}

fn signed(app: &App, session: StoredSession) -> StoredSession {
    StoredSession { seal: Some(app.keys.signatures.make(KIND, &fields(&session))), ..session }
}

/// True when Ostiary wrote this row. Any other is no session, which is said in the log once.
fn is_ours(app: &App, stored: &StoredSession) -> bool {
    let holds = app.keys.signatures.holds(KIND, &fields(stored), stored.seal.as_deref());
    if !holds && app.integrity().is_new_session(&stored.id_hash) {
        tracing::error!(session = %stored.id_hash, "a session was not written by Ostiary, or was changed: it gives nothing");
    }
    holds
}

/// What the session with this secret remembers, with when it was last seen; `None` when there is none that holds.
pub async fn load(app: &App, secret: &str) -> AppResult<Option<SessionData>> {
    let found = app.store.ask(store::sessions::with_hash(&fingerprint(app, secret))).await?;
    let Some(stored) = found.filter(|stored| is_ours(app, stored)) else { return Ok(None) };
    match session::state(stored.created_at, stored.last_seen_at, app.session_limits, app.now()) {
        SessionState::Live { .. } => {}
        SessionState::Idle | SessionState::TooOld => return Ok(None),
    }
    let mut data: SessionData =
        serde_json::from_str(&stored.data).map_err(|_| AppError::Broken("the data of a session"))?;
    data.insert(LAST_SEEN.to_owned(), stored.last_seen_at.millis().into());
    Ok(Some(data))
}

/// Notes that somebody did something in the session with this secret, which was last seen then. What an open page asks by itself is
/// not that: it would keep the session of somebody who went away.
pub async fn note_seen(app: &App, secret: &str, signed_in_at: Instant, last_seen_at: Instant) -> AppResult<()> {
    let now = app.now();
    // While writing is stopped, people still look at what there is.
    if !session::is_worth_noting(last_seen_at, now) || app.integrity().stopped().is_some() {
        return Ok(());
    }
    let mut tx = app.write().await?;
    let found = store::sessions::find(&mut tx, &fingerprint(app, secret)).await?;
    // What somebody else wrote is not signed.
    if let Some(stored) = found.filter(|stored| is_ours(app, stored)) {
        let seen = StoredSession { last_seen_at: now, expires_at: ends(app, signed_in_at, now), ..stored };
        store::sessions::update(&mut tx, &signed(app, seen)).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// A new session under this secret. False when the secret is taken.
pub async fn create(app: &App, secret: &str, data: &SessionData) -> AppResult<bool> {
    let mut tx = app.write().await?;
    let stored = stored(app, secret, data)?;
    if store::sessions::find(&mut tx, &stored.id_hash).await?.is_some() {
        return Ok(false);
    }
    store::sessions::insert(&mut tx, &stored).await?;
    tx.commit().await?;
    Ok(true)
}

/// The session of somebody who signed in by this event of the audit, unless something ended the person's sessions since: a password
/// that was changed meanwhile, or a disabled account, opens none.
pub async fn begin(app: &App, secret: &str, data: &SessionData, signed_in_by: i64) -> AppResult<()> {
    let mut tx = app.write().await?;
    let stored = stored(app, secret, data)?;
    let user = stored.user_id.as_ref().ok_or(AppError::Broken("the data of a session"))?;
    if !store::sessions::were_ended_since(&mut tx, user, signed_in_by).await? {
        store::sessions::insert(&mut tx, &stored).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The session under the old secret goes on under the new one, unless it was ended meanwhile.
pub async fn replace_secret(app: &App, old: &str, new: &str, data: &SessionData) -> AppResult<()> {
    let mut tx = app.write().await?;
    let old = fingerprint(app, old);
    if store::sessions::find(&mut tx, &old).await?.is_some_and(|stored| is_ours(app, &stored)) {
        store::sessions::delete(&mut tx, &old).await?;
        store::sessions::insert(&mut tx, &stored(app, new, data)?).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Replaces what a session remembers. One that was ended meanwhile stays ended.
pub async fn save(app: &App, secret: &str, data: &SessionData) -> AppResult<()> {
    let mut tx = app.write().await?;
    store::sessions::update(&mut tx, &stored(app, secret, data)?).await?;
    Ok(tx.commit().await?)
}

/// Ends the session with this secret.
pub async fn delete(app: &App, secret: &str) -> AppResult<()> {
    let mut tx = app.write().await?;
    store::sessions::delete(&mut tx, &fingerprint(app, secret)).await?;
    Ok(tx.commit().await?)
}

fn stored(app: &App, secret: &str, data: &SessionData) -> AppResult<StoredSession> {
    let now = app.now();
    let who = SignedInSession::find(data)?;
    let created_at = who.as_ref().map_or(now, |who| who.signed_in_at);
    let session = StoredSession {
        id_hash: fingerprint(app, secret),
        data: serde_json::to_string(data).map_err(|_| AppError::Broken("the data of a session"))?,
        address: who.as_ref().map_or(String::new(), |who| who.address.clone()),
        user_agent: who.as_ref().map_or(String::new(), |who| who.user_agent.clone()),
        user_id: who.map(|who| who.user),
        created_at,
        last_seen_at: now,
        expires_at: ends(app, created_at, now),
        seal: None,
    };
    Ok(signed(app, session))
}

fn ends(app: &App, created_at: Instant, last_seen_at: Instant) -> Instant {
    let limits = app.session_limits;
    created_at.plus(limits.absolute).min(last_seen_at.plus(limits.idle))
}

/// Ends sessions of a person; tells how many.
pub(super) async fn end(work: &mut Work, user: &UserId, which: Ends) -> AppResult<usize> {
    let mut count = 0;
    for stored in store::sessions::list_of_user(&mut work.tx, user).await? {
        let session = who(work.app(), &stored)?.map(|who| who.session);
        let is_meant = match &which {
            Ends::One(id) => session.as_ref() == Some(id),
            Ends::AllBut(id) => session.as_ref() != Some(id),
            Ends::All => true,
        };
        if is_meant {
            store::sessions::delete(&mut work.tx, &stored.id_hash).await?;
            count += 1;
        }
    }
    Ok(count)
}

/// Who is signed in in a stored session of a person; nobody in one that Ostiary did not write.
pub(super) fn who(app: &App, stored: &StoredSession) -> AppResult<Option<SignedInSession>> {
    if !is_ours(app, stored) {
        return Ok(None);
    }
    let broken = || AppError::Broken("the data of a session");
    let data: SessionData = serde_json::from_str(&stored.data).map_err(|_| broken())?;
    SignedInSession::find(&data)?.ok_or_else(broken).map(Some)
}
