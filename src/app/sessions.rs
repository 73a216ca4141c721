//! Sessions: what one remembers, and keeping, finding and ending them. Of the secret in the cookie a keyed fingerprint is kept, and the
//! row is signed: a row that somebody else wrote is no session.
//!
//! A use case that signs somebody in, or that gives a session a new secret, makes or moves the row in its own transaction. So
//! nothing that ends sessions can come between the decision and the row.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use super::{App, AppError, AppResult, Work, ports::random_bytes, record::Entry};
use crate::{
    domain::{
        audit::Activity,
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

/// The secret of a session, which its cookie carries: the browser that sends it is signed in.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// A new one: 256 bits of chance.
    pub fn generate(app: &App) -> Self {
        let bytes = Zeroizing::new(random_bytes::<32>(app.randomness.as_ref()));
        Self(Zeroizing::new(BASE64URL_NOPAD.encode(bytes.as_ref())))
    }

    /// As the cookie carries it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret")
    }
}

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
            session: SessionId::make(now, random_bytes(app.randomness.as_ref())),
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

    /// Its row as it begins, under this secret.
    pub fn row(&self, app: &App, secret: &str) -> AppResult<StoredSession> {
        let data = SessionData::from([(SIGNED_IN.to_owned(), self.to_value())]);
        let row = StoredSession {
            id_hash: fingerprint(app, secret),
            user_id: Some(self.user.clone()),
            data: written(&data)?,
            address: self.address.clone(),
            user_agent: self.user_agent.clone(),
            created_at: self.signed_in_at,
            last_seen_at: self.signed_in_at,
            expires_at: ends(app, self.signed_in_at, self.signed_in_at),
            seal: None,
        };
        Ok(signed(app, row))
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
    if !is_live(app, &stored, app.now()) {
        return Ok(None);
    }
    let mut data = read(&stored)?;
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

/// Ends the session with this secret.
pub async fn delete(app: &App, secret: &str) -> AppResult<()> {
    let mut tx = app.write().await?;
    store::sessions::delete(&mut tx, &fingerprint(app, secret)).await?;
    Ok(tx.commit().await?)
}

fn read(stored: &StoredSession) -> AppResult<SessionData> {
    serde_json::from_str(&stored.data).map_err(|_| AppError::Broken("the data of a session"))
}

fn written(data: &SessionData) -> AppResult<String> {
    serde_json::to_string(data).map_err(|_| AppError::Broken("the data of a session"))
}

fn is_live(app: &App, stored: &StoredSession, now: Instant) -> bool {
    match session::state(stored.created_at, stored.last_seen_at, app.session_limits, now) {
        SessionState::Live { .. } => true,
        SessionState::Idle | SessionState::TooOld => false,
    }
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
    SignedInSession::find(&read(stored)?)?.ok_or(AppError::Broken("the data of a session")).map(Some)
}

impl Work {
    /// Begins a session of this person, who signs in from this browser. When they have as many sessions as a person can have, the
    /// one that was not used for longest ends.
    pub(super) async fn begin_session(
        &mut self,
        user: &UserId,
        address: IpAddr,
        user_agent: &str,
    ) -> AppResult<Secret> {
        let app = self.app.clone();
        let address = if address.is_unspecified() { String::new() } else { address.to_string() };
        let begun = SignedInSession::begin(&app, user.clone(), self.now, &address, user_agent);
        let secret = Secret::generate(&app);
        let held = store::sessions::list_of_user(&mut self.tx, user).await?;
        let live = held.into_iter().filter(|stored| is_live(&app, stored, self.now));
        let mut ended = 0_usize;
        for stored in live.skip(session::AT_ONCE - 1) {
            store::sessions::delete(&mut self.tx, &stored.id_hash).await?;
            ended += 1;
        }
        if ended > 0 {
            let name = self.actor.name.clone();
            let why = format!(
                "A person has {} sessions at most: the one that was not used for longest has ended.",
                session::AT_ONCE
            );
            let entry = Entry::new(Activity::SessionEnded).subject(user, &name).reason(&why);
            self.record_itself(entry.change("Sessions ended", "", &ended.to_string())).await?;
        }
        store::sessions::insert(&mut self.tx, &begun.row(&app, secret.as_str())?).await?;
        Ok(secret)
    }

    /// Moves the session of the person who acts to a new secret: a copy of the old one is worth nothing any more. With `verified`, it has
    /// shown its second factor at this moment. Refused when the session is over, which something may have ended meanwhile. Nothing
    /// is moved for a caller without a session.
    pub(super) async fn move_session(
        &mut self,
        session: Option<&SessionId>,
        verified: bool,
    ) -> AppResult<Option<Secret>> {
        let Some(session) = session else { return Ok(None) };
        let (app, user, now) = (self.app.clone(), self.user()?, self.now);
        for stored in store::sessions::list_of_user(&mut self.tx, &user).await? {
            let Some(mut who) = who(&app, &stored)?.filter(|who| who.session == *session) else { continue };
            if !is_live(&app, &stored, now) {
                break;
            }
            if verified {
                who.verified_at = Some(now);
            }
            let mut data = read(&stored)?;
            data.insert(SIGNED_IN.to_owned(), who.to_value());
            let secret = Secret::generate(&app);
            store::sessions::delete(&mut self.tx, &stored.id_hash).await?;
            let moved = StoredSession {
                id_hash: fingerprint(&app, secret.as_str()),
                data: written(&data)?,
                last_seen_at: now,
                expires_at: ends(&app, stored.created_at, now),
                ..stored
            };
            store::sessions::insert(&mut self.tx, &signed(&app, moved)).await?;
            return Ok(Some(secret));
        }
        Err(AppError::SignedOut)
    }
}
