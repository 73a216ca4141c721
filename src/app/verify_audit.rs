//! Verifying the audit trail: the whole chain when somebody asks and once a day, and at the start as much as the anchor does not vouch
//! for.

use std::fmt;
use std::time::{Duration, Instant as Stopwatch};

use crate::app::anchor::AnchorState;
use crate::app::integrity::StopReason;
use crate::app::pace::Pace;
use crate::app::record::{holds, search_key};
use crate::app::{App, AppError, AppResult};
use crate::store::checks::Ailment;
use crate::store::{self, Db, audit::Stored};

/// What verifying the audit trail found.
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
    /// The rows that are there are intact, but another one was seen at this place.
    Contradicted {
        /// The row that the anchor, or this process, remembers.
        seq: i64,
    },
    /// The rows that are there are intact, but the trail once reached further.
    Cut {
        /// The last row that is there.
        last: i64,
        /// The last row that the anchor, or this process, remembers.
        anchored: i64,
    },
    /// The rows that are there are intact, but the anchor beside the key is gone.
    AnchorMissing,
    /// The rows that are there are intact, but the anchor has no end.
    AnchorCutShort,
    /// The rows that are there are intact, but the anchor was not signed with this key.
    AnchorUnsigned,
    /// The chain holds, but the schema is not that of this release.
    Schema(String),
    /// The chain holds, but an index does not find each of its rows.
    Hidden {
        /// The index.
        index: String,
    },
    /// The engine's own check found the database damaged.
    Damaged(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Intact { rows: 1 } => out.write_str("The audit trail is intact: 1 event, as it was written."),
            Self::Intact { rows } => write!(out, "The audit trail is intact: {rows} events, each as it was written."),
            Self::Broken { seq, problem } => {
                write!(out, "The audit trail is broken at event {seq}: {problem}.")?;
                out.write_str(if *seq > 1 {
                    " Every event before it is as it was written."
                } else {
                    " When no event holds, the key may be that of another database."
                })
            }
            Self::Contradicted { seq } => {
                write!(out, "The audit trail is not the one that was seen before: its event {seq} is another.")
            }
            Self::Cut { last: 0, anchored } => write!(
                out,
                "The audit trail is empty, but event {anchored} was seen before: everything was taken from this database, or the anchor \
                 beside the key is that of another one."
            ),
            Self::Cut { last, anchored } => write!(
                out,
                "The audit trail was cut: it ends with event {last}, but event {anchored} was seen before."
            ),
            Self::AnchorMissing => out.write_str(
                "The events that are there are as they were written, but the anchor beside the key is missing: nobody can say how far the \
                 audit trail should reach.",
            ),
            Self::AnchorCutShort => out.write_str(
                "The events that are there are as they were written, but the anchor beside the key is empty or cut short, as after a power \
                 failure: nobody can say how far the audit trail \
                 should reach.",
            ),
            Self::AnchorUnsigned => out.write_str(
                "The events that are there are as they were written, but the anchor beside the key was not signed with this key: nobody can \
                 say how far the audit trail should reach.",
            ),
            Self::Schema(change) => {
                write!(out, "The database's schema was changed outside of Ostiary: {change}.")
            }
            Self::Hidden { index } => write!(
                out,
                "Events of the audit trail are hidden: the index {index} does not find each of them. `reindex` makes it anew."
            ),
            Self::Damaged(said) => write!(out, "The database is damaged: {said}."),
        }
    }
}

/// What is wrong with a row that lies outside the chain.
const OUTSIDE: &str = "no such event was ever written, the trail begins with event 1";

impl Verdict {
    /// True when nothing is wrong.
    pub const fn is_intact(&self) -> bool {
        matches!(self, Self::Intact { .. })
    }

    /// True when every event that is there is as it was written, whatever is missing behind them.
    pub const fn is_what_is_there_whole(&self) -> bool {
        match self {
            Self::Intact { .. }
            | Self::Contradicted { .. }
            | Self::Cut { .. }
            | Self::AnchorMissing
            | Self::AnchorCutShort
            | Self::AnchorUnsigned => true,
            Self::Broken { .. } | Self::Schema(_) | Self::Hidden { .. } | Self::Damaged(_) => false,
        }
    }

    /// A row outside the chain.
    pub(super) const fn outside(seq: i64) -> Self {
        Self::Broken { seq, problem: OUTSIDE }
    }

    /// A row that is not there, though there are later ones.
    pub(super) const fn missing(seq: i64) -> Self {
        Self::Broken { seq, problem: "it is missing" }
    }

    /// Why this stops writing, if it does.
    fn reason_to_stop(self) -> Option<StopReason> {
        match self {
            Self::Intact { .. } => None,
            Self::Schema(change) => Some(StopReason::Schema(change)),
            Self::Damaged(said) => Some(StopReason::Damaged(said)),
            Self::Broken { .. }
            | Self::Contradicted { .. }
            | Self::Cut { .. }
            | Self::AnchorMissing
            | Self::AnchorCutShort
            | Self::AnchorUnsigned
            | Self::Hidden { .. } => Some(StopReason::Audit(self)),
        }
    }
}

/// Rows read at once.
const BATCH: i64 = 1_000;

/// Checks every row of the audit against the chain, its end against the anchor kept beside the key, the schema, and what the engine
/// itself can check.
pub async fn verify_audit(app: &App) -> AppResult<Verdict> {
    let anchor = app.anchor.read(&app.keys.chain)?;
    let rows = match verify_database(app, Pace::AtOnce).await? {
        Verdict::Intact { rows } => rows,
        found => return Ok(found),
    };
    let mut db = app.store.read().await?;
    Ok(match anchor {
        AnchorState::Absent if rows > 0 => Verdict::AnchorMissing,
        AnchorState::CutShort => Verdict::AnchorCutShort,
        AnchorState::Broken => Verdict::AnchorUnsigned,
        AnchorState::NotKept | AnchorState::Absent => Verdict::Intact { rows },
        AnchorState::At { seq, hash } => contradiction(&mut db, seq, &hash).await?.unwrap_or(Verdict::Intact { rows }),
    })
}

/// The same for what the database alone can tell, beside everything else that a server does. What is wrong stops writing.
pub async fn check_slowly(app: &App) -> AppResult<Verdict> {
    let verdict = verify_database(app, Pace::InBackground).await?;
    if let Some(reason) = verdict.clone().reason_to_stop() {
        app.integrity().stop(reason, app.now());
    }
    Ok(verdict)
}

async fn verify_database(app: &App, pace: Pace) -> AppResult<Verdict> {
    let checked = check_all_rows(app, pace).await;
    if let Ok(found @ Verdict::Broken { .. }) = checked {
        return Ok(found);
    }
    // A table that cannot be read is another one, or its file is damaged.
    if let Some(change) = store::schema::find_change(&mut *app.store.read().await?).await? {
        return Ok(Verdict::Schema(change));
    }
    let rows = match checked {
        Err(AppError::Store(error)) => match error.ailment() {
            Some(Ailment::Damaged(said)) => return Ok(Verdict::Damaged(said)),
            Some(Ailment::Unwritable) | None => return Err(error.into()),
        },
        checked => checked?,
    };
    if let Some(said) = store::checks::integrity(&app.store).await? {
        return Ok(Verdict::Damaged(said));
    }
    if let Some(index) = store::checks::find_blind_index(&app.store).await? {
        return Ok(Verdict::Hidden { index });
    }
    Ok(rows)
}

async fn check_all_rows(app: &App, pace: Pace) -> AppResult<Verdict> {
    if let Some(seq) = store::audit::find_outside(&mut *app.store.read().await?).await? {
        return Ok(Verdict::outside(seq));
    }
    let mut at = (0, String::new());
    loop {
        let asked = Stopwatch::now();
        // Nobody else is kept from this connection in between.
        let mut db = app.store.read().await?;
        match step(&mut db, app, at, is_found).await? {
            Err(broken) => return Ok(broken),
            Ok(Step::End((rows, _))) => return Ok(Verdict::Intact { rows }),
            Ok(Step::On(reached)) => at = reached,
        }
        drop(db);
        pace.rest(asked).await;
    }
}

/// Checks every row against the chain, whatever the anchor says.
pub(super) async fn check_rows(db: &mut Db, app: &App) -> AppResult<Verdict> {
    if let Some(seq) = store::audit::find_outside(db).await? {
        return Ok(Verdict::outside(seq));
    }
    Ok(walk(db, app, (0, String::new())).await?.map_or_else(|broken| broken, |(rows, _)| Verdict::Intact { rows }))
}

/// How far a step along the chain came.
pub(super) enum Step {
    /// To this row; there may be more.
    On((i64, String)),
    /// To the last row.
    End((i64, String)),
}

/// Follows the chain from behind this row to its end, and answers with the last row; or with the first that does not hold.
pub(super) async fn walk(db: &mut Db, app: &App, from: (i64, String)) -> AppResult<Result<(i64, String), Verdict>> {
    let mut at = from;
    loop {
        match step(db, app, at, is_found).await? {
            Err(broken) => return Ok(Err(broken)),
            Ok(Step::End(last)) => return Ok(Ok(last)),
            Ok(Step::On(reached)) => at = reached,
        }
    }
}

/// Follows the chain from behind this row for as many rows as are read at once. Each row that holds is shown to `look`, which says what
/// else is wrong with it.
pub(super) async fn step(
    db: &mut Db,
    app: &App,
    from: (i64, String),
    mut look: impl FnMut(&Stored) -> Result<(), &'static str> + Send,
) -> AppResult<Result<Step, Verdict>> {
    let (mut last, mut before) = from;
    let rows = store::audit::list_from(db, last, BATCH).await?;
    let is_end = i64::try_from(rows.len()).unwrap_or(i64::MAX) < BATCH;
    for row in rows {
        let seq = last.saturating_add(1);
        let broken = |problem| Ok(Err(Verdict::Broken { seq, problem }));
        let Ok(stored) = row else { return broken("it cannot be read") };
        if stored.event.seq != seq {
            return Ok(Err(Verdict::missing(seq)));
        }
        if !holds(&app.keys.chain, &before, &stored.event, &stored.hash) {
            return broken("it is not as it was written");
        }
        if let Err(problem) = look(&stored) {
            return broken(problem);
        }
        (last, before) = (seq, stored.hash);
    }
    Ok(Ok(if is_end { Step::End((last, before)) } else { Step::On((last, before)) }))
}

/// What is wrong with a row that the text search does not find.
fn is_found(stored: &Stored) -> Result<(), &'static str> {
    if stored.search_key == search_key(&stored.event) { Ok(()) } else { Err("the text search does not find it") }
}

/// How the rows contradict what the anchor remembers, if they do.
pub(super) async fn contradiction(db: &mut Db, seq: i64, hash: &str) -> AppResult<Option<Verdict>> {
    match store::audit::hash_at(db, seq).await? {
        Some(stored) if stored == hash => Ok(None),
        Some(_) => Ok(Some(Verdict::Contradicted { seq })),
        None => {
            let last = store::audit::head(db).await?.map_or(0, |(last, _)| last);
            Ok(Some(if last > seq { Verdict::missing(seq) } else { Verdict::Cut { last, anchored: seq } }))
        }
    }
}

/// Refuses to start on a trail that the anchor contradicts, or on a schema of somebody else: writing on would bury the evidence.
pub(super) async fn check_start(app: &App) -> AppResult<()> {
    let anchored = check_anchor(app).await;
    if matches!(anchored, Err(AppError::AuditTampered(_))) {
        return anchored;
    }
    match store::schema::find_change(&mut *app.store.read().await?).await? {
        Some(change) => Err(AppError::AuditTampered(Verdict::Schema(change))),
        None => anchored,
    }
}

/// A process that was killed may have left the anchor some rows behind: when they hold, it is brought up to the last one.
async fn check_anchor(app: &App) -> AppResult<()> {
    match hold_against_anchor(app).await? {
        Ok(None) => Ok(()),
        Ok(Some((last, hash))) => {
            app.anchor.advance(&app.keys.chain, last, &hash)?;
            app.store.remember((last, hash));
            Ok(())
        }
        Err(verdict) => Err(AppError::AuditTampered(verdict)),
    }
}

/// The end of the trail when the anchor vouches for what it knows and the rest chains from there; nothing where there is no anchor to hold
/// it against. Or how the trail contradicts the anchor.
pub(super) async fn hold_against_anchor(app: &App) -> AppResult<Result<Option<(i64, String)>, Verdict>> {
    let mut db = app.store.read().await?;
    let refuse = |verdict| Ok(Err(verdict));
    if let Some(seq) = store::audit::find_outside(&mut db).await? {
        return refuse(Verdict::outside(seq));
    }
    let is_empty = store::audit::head(&mut db).await?.is_none();
    let (seq, hash) = match app.anchor.read(&app.keys.chain)? {
        AnchorState::NotKept => return Ok(Ok(None)),
        AnchorState::Absent if is_empty => return Ok(Ok(None)),
        AnchorState::Absent => return refuse(Verdict::AnchorMissing),
        AnchorState::CutShort => return refuse(Verdict::AnchorCutShort),
        AnchorState::Broken => return refuse(Verdict::AnchorUnsigned),
        AnchorState::At { seq, hash } => (seq, hash),
    };
    if let Some(verdict) = contradiction(&mut db, seq, &hash).await? {
        return refuse(verdict);
    }
    Ok(walk(&mut db, app, (seq, hash)).await?.map(Some))
}

/// How long after its start a server checks the whole trail for the first time.
const FIRST: Duration = Duration::from_mins(10);
/// How often it does afterwards, by the machine's own measure of time.
const EVERY: Duration = Duration::from_hours(24);

/// Checks the whole trail once a day. Runs until the task is ended.
pub async fn check_daily(app: App) {
    let mut pause = FIRST;
    loop {
        tokio::time::sleep(pause).await;
        pause = EVERY;
        if let Err(error) = check_slowly(&app).await {
            tracing::error!(error = &error as &dyn std::error::Error, "the whole audit could not be checked");
            app.note_failure(&error);
        }
    }
}
