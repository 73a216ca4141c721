//! What is looked at before anything is written, and once a second: whether the audit still is the one that this process has seen, the
//! schema that of this release, and the database file the one that was opened. A contradiction stops writing: to write on would bury it.
//!
//! What this process has seen is the last row that it committed, or followed the chain to: whoever has the key may append, a second
//! server or a command beside this one, and each row is checked with the key before it is believed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::app::integrity::StopReason;
use crate::app::verify_audit::{Verdict, walk};
use crate::app::{App, AppError, AppResult};
use crate::domain::refusal::Refusal;
use crate::store::checks::Ailment;
use crate::store::end::{End, Remembered, end};
use crate::store::{self, Db, Length, Question, StoreError, StoreResult, Turn, Write};

/// What this process knows beside the audit's end.
#[derive(Default)]
pub(super) struct Trail {
    /// Whether this process looks at all. A command that puts things right does not: it checks what it needs to by itself.
    is_watched: AtomicBool,
    /// The mark of the schema when it was last compared.
    mark: Mutex<Option<i64>>,
    /// The last thing that was written failed, because nothing can be written.
    is_unwritable: AtomicBool,
}

impl Trail {
    pub(super) fn is_unwritable(&self) -> bool {
        self.is_unwritable.load(Ordering::Relaxed)
    }

    fn mark(&self) -> std::sync::MutexGuard<'_, Option<i64>> {
        self.mark.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// The one way to write what is not recorded. The audit is looked at first, as for everything that is.
    pub(super) async fn write(&self) -> AppResult<Write> {
        let (turn, _) = self.take_turn(Length::Short).await?;
        let remembered = turn.remembered();
        Ok(self.begin_looking(turn, &remembered, end(&remembered), |end| end).await?.0)
    }

    /// Begins to write with a question that asks for the audit's end, too, and looks at that before anything else happens.
    pub(super) async fn begin_looking<T: Send + 'static>(
        &self,
        turn: Turn,
        remembered: &Remembered,
        question: Question<T>,
        end_of: impl Fn(&T) -> &End,
    ) -> AppResult<(Write, T)> {
        let (mut tx, answer) = match turn.begin_asking(question).await {
            Ok(begun) => begun,
            Err(error) => return Err(self.explain(error).await),
        };
        self.look_at(&mut tx, remembered, end_of(&answer)).await?;
        Ok((tx, answer))
    }

    /// Looks at what the database says of the audit's end. Refused when it contradicts what is remembered; writing is stopped then.
    async fn look_at(&self, db: &mut Db, remembered: &Remembered, end: &End) -> AppResult<()> {
        if !self.trail().is_watched.load(Ordering::Relaxed) {
            return Ok(());
        }
        match find_contradiction(self, db, remembered, end).await? {
            None => Ok(()),
            Some(reason) => Err(self.stop(reason)),
        }
    }

    /// Stops writing, and says so as a refusal.
    pub(super) fn stop(&self, reason: StopReason) -> AppError {
        self.integrity().stop(reason, self.now());
        Refusal::WritingStopped.into()
    }

    /// What became of something that was written. A failure that says something about the whole database is remembered.
    pub(super) fn note_written<T>(&self, written: StoreResult<T>) -> AppResult<T> {
        match written {
            Ok(done) => {
                self.trail().is_unwritable.store(false, Ordering::Relaxed);
                Ok(done)
            }
            Err(StoreError::Swallowed { written, missing }) => {
                Err(self.stop(StopReason::EventsSwallowed { written, missing }))
            }
            Err(error) => {
                self.note(&error);
                Err(error.into())
            }
        }
    }

    /// Remembers what a failure says about the database as a whole: whatever asks it may be the first to meet it.
    pub fn note_failure(&self, error: &AppError) {
        if let AppError::Store(error) = error {
            self.note(error);
        }
    }

    /// The failure as the person has to hear of it: a full disk is not theirs to mend, and what they typed is shown again.
    pub fn told(&self, error: AppError) -> AppError {
        match &error {
            AppError::Store(failed) if failed.ailment() == Some(Ailment::Unwritable) => {
                self.note(failed);
                Refusal::DiskFull.into()
            }
            _ => error,
        }
    }

    fn note(&self, error: &StoreError) {
        match error.ailment() {
            Some(Ailment::Damaged(said)) => self.integrity().stop(StopReason::Damaged(said), self.now()),
            Some(Ailment::Unwritable) => {
                let was_unwritable = self.trail().is_unwritable.swap(true, Ordering::Relaxed);
                let said = if was_unwritable { "still nothing" } else { "nothing" };
                tracing::error!("{said} can be written to the database");
            }
            None => {}
        }
    }

    /// A question failed that never does: because the schema is another one, or because the database is ill.
    async fn explain(&self, error: StoreError) -> AppError {
        self.note(&error);
        if self.trail().is_watched.load(Ordering::Relaxed) && error.is_of_the_engine() {
            let changed = async { schema_change(&mut *self.store.read().await?).await };
            if let Ok(Some(reason)) = changed.await {
                return self.stop(reason);
            }
        }
        error.into()
    }

    /// Looks at the audit without writing: what others committed is followed, and a contradiction stops writing.
    pub async fn look_at_trail(&self) -> AppResult<End> {
        let remembered = self.store.remembered();
        let mut db = self.store.read().await?;
        let end = match end(&remembered).ask(&mut db).await {
            Ok(end) => end,
            Err(error) => {
                drop(db);
                return Err(self.explain(error).await);
            }
        };
        if self.integrity().stopped().is_none() {
            self.look_at(&mut db, &remembered, &end).await?;
            if let Some(seq) = store::audit::find_outside(&mut db).await? {
                return Err(self.stop(StopReason::Audit(Verdict::outside(seq))));
            }
        }
        Ok(end)
    }

    /// Compares the whole schema with that of this release. The marks that are looked at before each change do not tell everything: on
    /// SQLite they can be written by hand, on PostgreSQL they are of one table.
    pub async fn check_schema(&self) -> AppResult<()> {
        match schema_change(&mut *self.store.read().await?).await? {
            None => Ok(()),
            Some(reason) => Err(self.stop(reason)),
        }
    }

    /// After something could not be written: tries whether it can be now.
    pub async fn try_to_write(&self) -> AppResult<()> {
        if self.trail().is_unwritable() { self.write_nothing_new().await } else { Ok(()) }
    }

    /// Writes what is there already, unless writing is stopped: to find out whether anything can be written.
    pub(super) async fn write_nothing_new(&self) -> AppResult<()> {
        if self.integrity().stopped().is_some() {
            return Ok(());
        }
        let written = async {
            let mut tx = self.store.write().await?;
            store::schema::write_nothing_new(&mut tx).await?;
            tx.commit().await
        };
        self.note_written(written.await)
    }
}

/// From the start on, this process looks: at this end of the audit.
pub(super) async fn begin_to_watch(app: &App) -> AppResult<()> {
    let remembered = app.store.remembered();
    let end = end(&remembered).ask(&mut *app.store.read().await?).await?;
    *app.trail().mark() = end.mark;
    if remembered.head.is_none() {
        app.store.remember(end.head.unwrap_or_default());
    }
    app.trail().is_watched.store(true, Ordering::Relaxed);
    Ok(())
}

async fn schema_change(db: &mut Db) -> StoreResult<Option<StopReason>> {
    Ok(store::schema::find_change(db).await?.map(StopReason::Schema))
}

/// How the database contradicts what this process knows, if it does. What others appended meanwhile is checked, and remembered.
async fn find_contradiction(
    app: &App,
    db: &mut Db,
    remembered: &Remembered,
    end: &End,
) -> AppResult<Option<StopReason>> {
    if !app.store.has_its_files() {
        return Ok(Some(StopReason::FileReplaced));
    }
    let is_compared = end.mark.is_some() && *app.trail().mark() == end.mark;
    if !is_compared {
        if let Some(reason) = schema_change(db).await? {
            return Ok(Some(reason));
        }
        *app.trail().mark() = end.mark;
    }
    let Some((seq, hash)) = &remembered.head else { return Ok(None) };
    let last = end.head.as_ref().map_or(0, |(last, _)| *last);
    let found = match &end.remembered {
        // There is no row at 0: this process has only seen an empty audit.
        None if *seq == 0 => None,
        Some(found) if found == hash => None,
        Some(_) => Some(Verdict::Contradicted { seq: *seq }),
        None if last < *seq => Some(Verdict::Cut { last, anchored: *seq }),
        None => Some(Verdict::missing(*seq)),
    };
    if let Some(verdict) = found {
        return Ok(Some(StopReason::Audit(verdict)));
    }
    if last > *seq {
        match walk(db, app, (*seq, hash.clone())).await? {
            Ok(reached) => app.store.remember(reached),
            Err(verdict) => return Ok(Some(StopReason::Audit(verdict))),
        }
    }
    Ok(None)
}
