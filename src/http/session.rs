//! The session cookie, and what a request does with its session. The cookie alone is kept here: the session's row is made, moved and
//! ended by the use cases, each in its own transaction.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use serde_json::Value;
use tokio::sync::OnceCell;

use super::{Front, cookies};
use crate::{
    app::{
        App, AppResult, Caller,
        sessions::{self, LAST_SEEN, Secret, SessionData, SignedInSession},
    },
    domain::time::Instant,
};

/// The cookie. Behind https it is `Secure` and carries the `__Host-` prefix. It lasts as long as the browser is open; the server ends the
/// session by its own limits before that.
const COOKIE: &str = "ostiary_session";

/// What a browser forgets at the end of a session: what it kept of pages, and what scripts stored. Not its cookies: those of other programs
/// on this host would go with ours.
const CLEAR_SITE_DATA: (HeaderName, HeaderValue) =
    (HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\", \"storage\""));

/// No secret is longer; whatever is longer is none.
const LONGEST_SECRET: usize = 100;

/// The session of one request: that of the cookie it came with.
#[derive(Clone)]
pub struct Session(Arc<Inner>);

struct Inner {
    app: App,
    /// What the cookie said, or the secret that took its place in this request.
    secret: Mutex<Option<String>>,
    data: OnceCell<Option<SessionData>>,
    /// What the browser is told about the cookie. Nothing, as long as nothing happened to the session: an answer that crosses the one with
    /// a new cookie must not take that away.
    told: Mutex<Option<Told>>,
}

#[derive(Clone)]
enum Told {
    Secret(Secret),
    Over,
}

impl fmt::Debug for Session {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Session")
    }
}

/// Gives each request its session, and each answer the cookie that it calls for.
pub async fn give(State(front): State<Arc<Front>>, mut request: Request, next: Next) -> Response {
    let secure = front.door.public_url.is_secure();
    let secret = cookies::get(request.headers(), COOKIE, secure).filter(|secret| secret.len() <= LONGEST_SECRET);
    let session = Session(Arc::new(Inner {
        app: front.app.clone(),
        secret: Mutex::new(secret),
        data: OnceCell::new(),
        told: Mutex::default(),
    }));
    request.extensions_mut().insert(session.clone());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    match session.0.told.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(Told::Secret(secret)) => cookies::keep(headers, COOKIE, secret.as_str(), secure),
        Some(Told::Over) => {
            cookies::forget(headers, COOKIE, secure);
            headers.extend([CLEAR_SITE_DATA]);
        }
        None => {}
    }
    response
}

impl Session {
    fn secret(&self) -> Option<String> {
        self.0.secret.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn data(&self) -> AppResult<Option<&SessionData>> {
        let load = async || match self.secret() {
            Some(secret) => sessions::load(&self.0.app, &secret).await,
            None => Ok(None),
        };
        Ok(self.0.data.get_or_try_init(load).await?.as_ref())
    }

    /// The browser has this secret from now on.
    fn tell(&self, told: Told) {
        let secret = match &told {
            Told::Secret(secret) => Some(secret.as_str().to_owned()),
            Told::Over => None,
        };
        *self.0.secret.lock().unwrap_or_else(PoisonError::into_inner) = secret;
        *self.0.told.lock().unwrap_or_else(PoisonError::into_inner) = Some(told);
    }
}

/// Who is signed in; `None` when nobody is. A failure is an error, never "nobody".
pub async fn current(session: &Session) -> AppResult<Option<SignedInSession>> {
    session.data().await?.map_or(Ok(None), SignedInSession::find)
}

/// Notes that its person did something in this session.
pub async fn note_seen(session: &Session, signed_in: &SignedInSession) -> AppResult<()> {
    let last_seen = session.data().await?.and_then(|data| data.get(LAST_SEEN)).and_then(Value::as_i64);
    match (session.secret(), last_seen.map(Instant::from_millis)) {
        (Some(secret), Some(last_seen)) => {
            sessions::note_seen(&session.0.app, &secret, signed_in.signed_in_at, last_seen).await
        }
        _ => Ok(()),
    }
}

/// The caller of a request in this session.
pub fn caller(signed_in: &SignedInSession, trace: &str) -> Caller {
    Caller {
        user: signed_in.user.clone(),
        session: Some(signed_in.session.clone()),
        verified_at: signed_in.verified_at,
        trace: trace.to_owned(),
    }
}

/// Somebody signed in: the browser gets the cookie of their session. The one that it had ends: nothing that another person left in this
/// browser goes along.
pub async fn begin(session: &Session, secret: Secret) -> AppResult<()> {
    if let Some(old) = session.secret() {
        sessions::delete(&session.0.app, &old).await?;
    }
    session.tell(Told::Secret(secret));
    Ok(())
}

/// The session has this secret from now on.
pub fn moved(session: &Session, secret: Secret) {
    session.tell(Told::Secret(secret));
}

/// The session is over: the browser forgets its cookie. Its row was ended by whoever decided that.
pub fn end(session: &Session) {
    session.tell(Told::Over);
}
