//! Verifying the audit trail: the whole chain when somebody asks, and at the start as much as the anchor does not vouch for.

use std::fmt;

use crate::app::anchor::AnchorState;
use crate::app::record::{holds, search_key};
use crate::app::{App, AppError, AppResult};
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
    /// The rows that are there are intact, but the anchor remembers another one at this place.
    Contradicted {
        /// The row that the anchor remembers.
        seq: i64,
    },
    /// The rows that are there are intact, but the trail once reached further.
    Cut {
        /// The last row that is there.
        last: i64,
        /// The last row that the anchor remembers.
        anchored: i64,
    },
    /// The rows that are there are intact, but the anchor beside the key is gone.
    AnchorMissing,
    /// The rows that are there are intact, but the anchor was not signed with this key.
    AnchorUnsigned,
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
            Self::Contradicted { seq } => {
                write!(out, "The audit trail is not the one that the anchor beside the key remembers: its event {seq} is another.")
            }
            Self::Cut { last, anchored } => write!(
                out,
                "The audit trail was cut: it ends with event {last}, but the anchor beside the key remembers event {anchored}."
            ),
            Self::AnchorMissing => out.write_str(
                "The anchor beside the key is missing: nobody can say how far the audit trail should reach.",
            ),
            Self::AnchorUnsigned => out.write_str(
                "The anchor beside the key was not signed with this key: nobody can say how far the audit trail should reach.",
            ),
        }
    }
}

/// What is wrong with a row that lies outside the chain.
const OUTSIDE: &str = "no such event was ever written, the trail begins with event 1";

/// Rows read at once.
const BATCH: i64 = 1_000;

/// Checks every row of the audit against the chain, and its end against the anchor kept beside the key.
pub async fn verify_audit(app: &App) -> AppResult<Verdict> {
    let mut db = app.store.read().await?;
    let anchor = app.anchor.read(&app.chain)?;
    let rows = match check_rows(&mut db, app).await? {
        Verdict::Intact { rows } => rows,
        found => return Ok(found),
    };
    Ok(match anchor {
        AnchorState::Absent if rows > 0 => Verdict::AnchorMissing,
        AnchorState::Broken => Verdict::AnchorUnsigned,
        AnchorState::NotKept | AnchorState::Absent => Verdict::Intact { rows },
        AnchorState::At { seq, hash } => contradiction(&mut db, seq, &hash).await?.unwrap_or(Verdict::Intact { rows }),
    })
}

/// Checks every row against the chain, whatever the anchor says.
pub(super) async fn check_rows(db: &mut Db, app: &App) -> AppResult<Verdict> {
    if let Some(seq) = store::audit::find_outside(db).await? {
        return Ok(Verdict::Broken { seq, problem: OUTSIDE });
    }
    Ok(walk(db, app, (0, String::new())).await?.map_or_else(|broken| broken, |(rows, _)| Verdict::Intact { rows }))
}

/// Follows the chain from behind this row to its end, and answers with the last row; or with the first that does not hold.
async fn walk(db: &mut Db, app: &App, from: (i64, String)) -> AppResult<Result<(i64, String), Verdict>> {
    let (mut last, mut before) = from;
    loop {
        let rows = store::audit::list_from(db, last, BATCH).await?;
        let is_end = i64::try_from(rows.len()).unwrap_or(i64::MAX) < BATCH;
        for row in rows {
            let seq = last + 1;
            let broken = |problem| Ok(Err(Verdict::Broken { seq, problem }));
            let Ok(Stored { event, search_key: found_by, hash }) = row else { return broken("it cannot be read") };
            if event.seq != seq {
                return broken("it is missing");
            }
            if !holds(&app.chain, &before, &event, &hash) {
                return broken("it is not as it was written");
            }
            if found_by != search_key(&event) {
                return broken("the text search does not find it");
            }
            (last, before) = (seq, hash);
        }
        if is_end {
            return Ok(Ok((last, before)));
        }
    }
}

/// How the rows contradict what the anchor remembers, if they do.
async fn contradiction(db: &mut Db, seq: i64, hash: &str) -> AppResult<Option<Verdict>> {
    match store::audit::hash_at(db, seq).await? {
        Some(stored) if stored == hash => Ok(None),
        Some(_) => Ok(Some(Verdict::Contradicted { seq })),
        None => {
            let last = store::audit::head(db).await?.map_or(0, |(last, _)| last);
            Ok(Some(Verdict::Cut { last, anchored: seq }))
        }
    }
}

/// Refuses to go on from a trail that the anchor contradicts: writing on would bury the evidence. A process that was killed may have
/// left the anchor some rows behind: when they hold, it is brought up to the last one.
pub(super) async fn check_anchor(app: &App) -> AppResult<()> {
    let mut db = app.store.read().await?;
    let refuse = |verdict| Err(AppError::AuditTampered(verdict));
    if let Some(seq) = store::audit::find_outside(&mut db).await? {
        return refuse(Verdict::Broken { seq, problem: OUTSIDE });
    }
    let is_empty = store::audit::head(&mut db).await?.is_none();
    let (seq, hash) = match app.anchor.read(&app.chain)? {
        AnchorState::NotKept => return Ok(()),
        AnchorState::Absent if is_empty => return Ok(()),
        AnchorState::Absent => return refuse(Verdict::AnchorMissing),
        AnchorState::Broken => return refuse(Verdict::AnchorUnsigned),
        AnchorState::At { seq, hash } => (seq, hash),
    };
    if let Some(verdict) = contradiction(&mut db, seq, &hash).await? {
        return refuse(verdict);
    }
    match walk(&mut db, app, (seq, hash)).await? {
        Ok((last, hash)) => Ok(app.anchor.advance(&app.chain, last, &hash)?),
        Err(verdict) => refuse(verdict),
    }
}
