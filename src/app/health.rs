//! How the server itself is: the worker's lag, the outbox, the database. For administrators, for probes, and for measuring from outside.

use std::time::Duration;

use crate::app::integrity::{DistrustedRow, StopReason, Stopped};
use crate::app::pulse::{Queued, STUCK_AFTER, Signs};
use crate::app::{App, AppError, AppResult, Caller, anchor, totp_secret};
use crate::domain::access::Permission;
use crate::domain::time::{Instant, Span};
use crate::store::{self, outbox::Depth};

/// How long a probe waits for the database.
const PATIENCE: Duration = Duration::from_secs(3);

/// When nobody has got the turn to write for so long, something holds it that does not let go.
const BLOCKED_AFTER: Duration = Duration::from_secs(2);

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
    /// Why nothing is written any more; nothing while all is well.
    pub stopped: Option<Stopped>,
    /// The rows could not be held against the audit trail, twice in a row.
    pub is_blind: bool,
    /// Rows that give nothing, because somebody else than Ostiary wrote them.
    pub distrusted: Vec<DistrustedRow>,
    /// Since when the audit's anchor could not be written; nothing while it can.
    pub anchor_failing_since: Option<Instant>,
    /// The last thing that was to be written could not be: the disk is full, fails, or is not to be written to.
    pub is_unwritable: bool,
    /// How long nobody has got their turn to write, when that is too long: another program holds the database's lock.
    pub blocked_for: Option<Duration>,
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
        stopped: app.integrity().stopped(),
        is_blind: app.integrity().is_blind(),
        distrusted: app.integrity().distrusted(),
        answered_in,
        anchor_failing_since: app.anchor.failing_since(),
        is_unwritable: app.trail().is_unwritable(),
        blocked_for: blocked_for(app),
        now,
    })
}

fn blocked_for(app: &App) -> Option<Duration> {
    app.store.turn_blocked_for().filter(|blocked| *blocked >= BLOCKED_AFTER)
}

/// Rows that are not trusted are shown on the page up to this many.
const MOST_NAMED: usize = 50;

/// The same for the page; for those who administer. With it the first rows that are not trusted, each with what a person calls it, where
/// that is known.
pub async fn show_health(app: &App, caller: &Caller) -> AppResult<(Health, Vec<(DistrustedRow, Option<String>)>)> {
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, app.now()).await?;
    standing.permit(Permission::ReadHealth)?;
    drop(db);
    let health = examine(app).await?;
    let mut db = app.store.read().await?;
    let mut named = Vec::new();
    for row in health.distrusted.iter().take(MOST_NAMED) {
        named.push((row.clone(), store::sealed_rows::name_of(&mut db, &row.object).await?));
    }
    Ok((health, named))
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
    /// The rows cannot be held against the audit trail.
    #[error("the rows cannot be held against the audit trail; the log says why")]
    Blind,
    /// The worker gives no sign of life.
    #[error("the worker gives no sign of life")]
    Stuck,
    /// Writing is stopped.
    #[error("writing is stopped: {0}")]
    Stopped(StopReason),
    /// Nothing can be written: the disk is full, fails, or is not to be written to.
    #[error("nothing can be written to the database")]
    Unwritable,
    /// Nobody gets their turn to write.
    #[error("nobody gets their turn to write: another program holds the database's lock, or the disk does not answer")]
    Blocked,
    /// The audit's anchor could not be written for too long.
    #[error("the audit's anchor beside the key cannot be written")]
    Anchor,
}

/// Whether this server can do its work: nothing stopped it from writing, the database answers and can be written, the key fits it, its
/// anchor can be written, and the worker works.
pub async fn is_ready(app: &App) -> Result<(), NotReady> {
    if !app.store.has_its_files() {
        app.integrity().stop(StopReason::FileReplaced, app.now());
    }
    if let Some(stopped) = app.integrity().stopped() {
        return Err(NotReady::Stopped(stopped.reason));
    }
    let asked = async {
        let mut db = app.store.read().await.map_err(AppError::from)?;
        totp_secret::check_key(&mut db, &app.keys.sealer).await
    };
    let answered = tokio::time::timeout(PATIENCE, asked).await.map_err(|_| NotReady::Slow)?;
    if let Err(error) = &answered {
        app.note_failure(error);
    }
    answered?;
    if app.integrity().is_blind() {
        return Err(NotReady::Blind);
    }
    if app.trail().is_unwritable() {
        return Err(NotReady::Unwritable);
    }
    if blocked_for(app).is_some() {
        return Err(NotReady::Blocked);
    }
    if app.anchor.failing_since().is_some_and(|since| app.now().since(since) >= anchor::TOO_LONG) {
        return Err(NotReady::Anchor);
    }
    if app.now().since(app.pulse().signs().beat_at) > STUCK_AFTER {
        return Err(NotReady::Stuck);
    }
    Ok(())
}
