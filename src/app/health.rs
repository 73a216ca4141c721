//! How the server itself is: the worker's lag, the outbox, the database. For administrators, for probes, and for measuring from outside.

use std::time::Duration;

use crate::app::pulse::{Queued, STUCK_AFTER, Signs};
use crate::app::{App, AppError, AppResult, Caller, totp_secret};
use crate::domain::access::Permission;
use crate::domain::time::{Instant, Span};
use crate::store::{self, outbox::Depth};

/// How long a probe waits for the database.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is known at one moment.
#[derive(Clone, Debug)]
pub struct Health {
    /// The moment.
    pub now: Instant,
    /// What the worker of this server gave as signs of life.
    pub signs: Signs,
    /// The worker gave no sign for too long.
    pub is_stuck: bool,
    /// How late the oldest thing is that is due and not done; nothing when it is all done.
    pub lag: Span,
    /// When the next thing is due.
    pub next: Option<Instant>,
    /// The mails that wait.
    pub outbox: Depth,
    /// How long changes queued for their turn to write.
    pub queued: Queued,
    /// How long the database took to answer.
    pub answered_in: Duration,
}

/// Looks at it all.
pub async fn examine(app: &App) -> AppResult<Health> {
    let asked = std::time::Instant::now();
    let mut db = app.store.read().await?;
    let due = store::deadlines::next(&mut db).await?;
    let outbox = store::outbox::depth(&mut db).await?;
    let (answered_in, now, signs) = (asked.elapsed(), app.now(), app.pulse().signs());
    Ok(Health {
        is_stuck: now.since(signs.beat_at) > STUCK_AFTER,
        lag: due.map_or(Span::ZERO, |due| now.since(due).max(Span::ZERO)),
        next: due.filter(|due| *due > now),
        signs,
        outbox,
        queued: app.pulse().queued(),
        answered_in,
        now,
    })
}

/// The same for the page; for those who administer.
pub async fn show_health(app: &App, caller: &Caller) -> AppResult<Health> {
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(&mut db, app.now()).await?;
    standing.permit(Permission::ReadHealth)?;
    drop(db);
    examine(app).await
}

/// Why this server should not be asked now.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// The database does not answer, or the key does not fit it.
    #[error("the database does not answer as it should")]
    Database(#[from] AppError),
    /// The database takes too long.
    #[error("the database does not answer in time")]
    Slow,
    /// The worker gives no sign of life.
    #[error("the worker gives no sign of life")]
    Stuck,
}

/// Whether this server can do its work: the database answers, the key fits it, and the worker works.
pub async fn is_ready(app: &App) -> Result<(), NotReady> {
    let asked = async {
        let mut db = app.store.read().await.map_err(AppError::from)?;
        totp_secret::check_key(&mut db, &app.sealer).await
    };
    tokio::time::timeout(PATIENCE, asked).await.map_err(|_| NotReady::Slow)??;
    if app.now().since(app.pulse().signs().beat_at) > STUCK_AFTER {
        return Err(NotReady::Stuck);
    }
    Ok(())
}
