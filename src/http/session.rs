//! The session cookie: tower-sessions in front, our own table behind, and what a request does with its session.

use std::fmt;

use async_trait::async_trait;
use serde_json::Value;
use time::OffsetDateTime;
use tower_sessions::{
    Expiry, Session, SessionManagerLayer, SessionStore,
    cookie::SameSite,
    session::{Id, Record},
    session_store::{Error, Result},
};

use crate::{
    app::{
        App, AppError, AppResult, Caller,
        sessions::{self, LAST_SEEN, SIGNED_IN, SignedInSession},
        sign_in::SignedIn,
    },
    domain::time::Instant,
};

/// Keeps sessions in the database, under the fingerprint of the secret in the cookie. It decides by the app's own clock and limits; the
/// dates that tower-sessions hands along are not looked at.
#[derive(Clone)]
pub struct Sessions(App);

impl fmt::Debug for Sessions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Sessions")
    }
}

fn failed(error: AppError) -> Error {
    // The chain of causes goes to the log with the answer; what stands here reaches nobody.
    tracing::error!(error = &error as &dyn std::error::Error, "a session could not be kept or found");
    Error::Backend(error.to_string())
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        // A secret of our own, whatever the browser came with.
        record.id = Id::default();
        let secret = record.id.to_string();
        let text = |value: Value| value.as_str().map(str::to_owned);
        if let Some(old) = record.data.remove(REPLACES).and_then(text) {
            return sessions::replace_secret(&self.0, &old, &secret, &record.data).await.map_err(failed);
        }
        if let Some(event) = record.data.remove(SIGNED_IN_BY).and_then(|event| event.as_i64()) {
            return sessions::begin(&self.0, &secret, &record.data, event).await.map_err(failed);
        }
        while !sessions::create(&self.0, &record.id.to_string(), &record.data).await.map_err(failed)? {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        sessions::save(&self.0, &record.id.to_string(), &record.data).await.map_err(failed)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let data = sessions::load(&self.0, &id.to_string()).await.map_err(failed)?;
        Ok(data.map(|data| Record { id: *id, data, expiry_date: OffsetDateTime::UNIX_EPOCH }))
    }

    /// Not here: tower-sessions deletes the old row before it makes the one with the new secret, so that a session that was ended in
    /// between would come back. `create` moves it in one transaction instead, and [`end`] ends it.
    async fn delete(&self, _id: &Id) -> Result<()> {
        Ok(())
    }
}

/// The layer that gives each request its session. Behind https the cookie is `Secure` and carries the `__Host-` prefix. It lasts as
/// long as the browser is open; the server ends the session by its own limits before that.
pub fn layer(app: App, is_https: bool) -> SessionManagerLayer<Sessions> {
    SessionManagerLayer::new(Sessions(app))
        .with_name(if is_https { "__Host-session" } else { "session" })
        .with_secure(is_https)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnSessionEnd)
}

/// Under these names a session that is on its way to a new row says where it comes from; the row does not have them.
const REPLACES: &str = "replaces";
const SIGNED_IN_BY: &str = "signed_in_by";

fn broken(error: tower_sessions::session::Error) -> AppError {
    tracing::error!(error = &error as &dyn std::error::Error, "the session could not be used");
    AppError::Broken("the session")
}

/// Who is signed in; `None` when nobody is. A failure is an error, never "nobody".
pub async fn current(session: &Session) -> AppResult<Option<SignedInSession>> {
    let value = session.get_value(SIGNED_IN).await.map_err(broken)?;
    value.as_ref().map(SignedInSession::from_value).transpose()
}

/// Notes that its person did something in this session.
pub async fn note_seen(session: &Session, app: &App, signed_in: &SignedInSession) -> AppResult<()> {
    let last_seen = session.get_value(LAST_SEEN).await.map_err(broken)?;
    let last_seen = last_seen.as_ref().and_then(Value::as_i64).map(Instant::from_millis);
    match (session.id(), last_seen) {
        (Some(id), Some(last_seen)) => {
            sessions::note_seen(app, &id.to_string(), signed_in.signed_in_at, last_seen).await
        }
        _ => Ok(()),
    }
}

/// The caller of a request in this session.
pub fn caller(signed_in: &SignedInSession, trace: &str) -> Caller {
    Caller { user: signed_in.user.clone(), verified_at: signed_in.verified_at, trace: trace.to_owned() }
}

/// Begins the session of a person who signed in, under a new secret.
pub async fn begin(
    session: &Session,
    app: &App,
    signed_in: &SignedIn,
    address: &str,
    user_agent: &str,
) -> AppResult<SignedInSession> {
    let begun = SignedInSession::begin(app, signed_in.user.clone(), signed_in.at, address, user_agent);
    // Nothing that another person left in this browser goes along, a draft least of all.
    end(session, app).await?;
    session.insert_value(SIGNED_IN, begun.to_value()).await.map_err(broken)?;
    session.insert_value(SIGNED_IN_BY, signed_in.event.into()).await.map_err(broken)?;
    Ok(begun)
}

/// The person showed their second factor at this moment: remembered under a new secret.
pub async fn verified(session: &Session, at: Instant) -> AppResult<()> {
    let mut signed_in = current(session).await?.ok_or(AppError::SignedOut)?;
    signed_in.verified_at = Some(at);
    renewed(session).await?;
    session.insert_value(SIGNED_IN, signed_in.to_value()).await.map(drop).map_err(broken)
}

/// The session goes on under a new secret; a copy of the old one is worth nothing any more. One that was ended meanwhile stays ended.
pub async fn renewed(session: &Session) -> AppResult<()> {
    // One that begins in this request has no secret yet that somebody could have copied.
    let Some(old) = session.id() else { return Ok(()) };
    session.cycle_id().await.map_err(broken)?;
    session.insert_value(REPLACES, old.to_string().into()).await.map(drop).map_err(broken)
}

/// Forgets the session, its row and its cookie. That somebody signed out is recorded by `app::end_session::sign_out`.
pub async fn end(session: &Session, app: &App) -> AppResult<()> {
    if let Some(id) = session.id() {
        sessions::delete(app, &id.to_string()).await?;
    }
    session.flush().await.map_err(broken)
}
