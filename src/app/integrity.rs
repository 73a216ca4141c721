//! What this process knows of a database that somebody else has written: rows that are not trusted, and why nothing is written any
//! more. It is told in the log at once, and at *Health* for as long as the process runs.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::app::record::Entry;
use crate::app::verify_audit::Verdict;
use crate::app::{App, AppResult};
use crate::domain::audit::Activity;
use crate::domain::ids::RoleId;
use crate::domain::refusal::Refusal;
use crate::domain::seal::{Object, Sealable, Sealed};
use crate::domain::time::Instant;

/// Why a row gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowFault {
    /// It has no seal, though it is in force.
    Unsealed,
    /// Its seal is that of another row, or was made without the key.
    WrongSeal,
    /// Its seal holds, but the audit trail knows another state of it: an old row was put back.
    Contradicted,
    /// The audit trail knows it as in force, and it is not there.
    Gone,
}

impl RowFault {
    /// As an administrator reads it.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Unsealed => "It has no seal: it was not written by Ostiary.",
            Self::WrongSeal => "Its seal does not fit: it was changed outside of Ostiary.",
            Self::Gone => {
                "The audit trail knows it as in force, and the row is gone: it was removed outside of Ostiary."
            }
            Self::Contradicted => "The audit trail knows it differently: an old row was put back outside of Ostiary.",
        }
    }
}

/// A row that gives nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistrustedRow {
    /// Which.
    pub object: Object,
    /// Why.
    pub fault: RowFault,
    /// How far the audit trail reached when it was held against it: a row that a later event made is another one. 0 for a wrong seal.
    pub trail_reached: i64,
    /// When this process found it.
    pub found_at: Instant,
}

/// Why nothing is written any more: to write on would bury what somebody did to the database.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StopReason {
    /// The audit trail is not the one that this process saw.
    #[error("{0}")]
    Audit(Verdict),
    /// Rows of the audit were not there after they had been written.
    #[error("The database swallowed {missing} of {written} rows of the audit trail.")]
    EventsSwallowed {
        /// Rows that were written.
        written: u64,
        /// Rows of them that are not there.
        missing: u64,
    },
    /// The schema is not that of this release.
    #[error("The database's schema was changed outside of Ostiary: {0}.")]
    Schema(String),
    /// The file of the embedded database is another one, or gone.
    #[error("The database file was replaced or removed while the server ran.")]
    FileReplaced,
    /// The engine's own check found the database damaged.
    #[error("The database is damaged: {0}.")]
    Damaged(String),
}

/// Since when nothing is written, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Why.
    pub reason: StopReason,
    /// Since when.
    pub since: Instant,
}

/// What is known of one database by one process.
#[derive(Debug, Default)]
pub struct Integrity {
    rows: Mutex<Rows>,
    /// Sessions that Ostiary did not write, by the fingerprint in their row.
    sessions: Mutex<BTreeSet<String>>,
    stopped: Mutex<Option<Stopped>>,
    /// The roles whose settings the audit trail knows as saved; nothing before it was followed for the first time.
    with_settings: Mutex<Option<HashSet<RoleId>>>,
    /// How often in a row the rows could not be held against the trail.
    failed_looks: AtomicU32,
}

#[derive(Debug, Default)]
struct Rows {
    distrusted: BTreeMap<Object, DistrustedRow>,
    /// Found since they were last put on record.
    unrecorded: Vec<DistrustedRow>,
}

/// As many wrong seals are remembered: somebody who writes a million of them must not fill the memory.
const MOST_REMEMBERED: usize = 10_000;

impl Integrity {
    /// The rows that give nothing, in the order of their names.
    pub fn distrusted(&self) -> Vec<DistrustedRow> {
        self.rows().distrusted.values().cloned().collect()
    }

    /// Why this row gives nothing; nothing when it is trusted, or was not looked at yet.
    pub fn fault_of(&self, object: &Object) -> Option<RowFault> {
        self.rows().distrusted.get(object).map(|row| row.fault)
    }

    /// What was found and is not on record yet, at most so many.
    fn unrecorded(&self, most: usize) -> Vec<DistrustedRow> {
        self.rows().unrecorded.iter().take(most).cloned().collect()
    }

    /// The first so many are on record now.
    fn recorded(&self, count: usize) {
        self.rows().unrecorded.drain(..count);
    }

    /// Whether a row whose seal holds is trusted. What was wrong with the seal before is forgotten: the row was made anew since. What
    /// contradicts the trail stays distrusted until a later event makes it anew, or a look at all rows finds otherwise.
    fn is_trusted(&self, row: &impl Sealable, event: i64) -> bool {
        let mut rows = self.rows();
        // On every page, several times: nothing is allocated while all is well.
        if rows.distrusted.is_empty() {
            return true;
        }
        let object = row.object();
        match rows.distrusted.get(&object).map(|row| (row.fault, row.trail_reached)) {
            None => true,
            Some((RowFault::Contradicted, reached)) if event <= reached => false,
            Some((RowFault::Contradicted | RowFault::Unsealed | RowFault::WrongSeal | RowFault::Gone, _)) => {
                rows.distrusted.remove(&object);
                true
            }
        }
    }

    /// Forgets what was said of rows against the trail, but for these, which still contradict it.
    pub(super) fn trust_all_but(&self, found: &BTreeSet<&Object>) {
        self.rows().distrusted.retain(|object, row| match row.fault {
            RowFault::Contradicted | RowFault::Gone | RowFault::Unsealed => found.contains(object),
            RowFault::WrongSeal => true,
        });
    }

    /// Remembers a row that gives nothing, and says so once.
    pub(super) fn distrust(&self, object: Object, fault: RowFault, trail_reached: i64, now: Instant) {
        let mut rows = self.rows();
        let is_known = rows.distrusted.get(&object).is_some_and(|known| known.fault == fault);
        // A wrong seal is found again whenever the row is read. That a row contradicts the trail is known from here alone.
        let may_be_forgotten = match fault {
            RowFault::Unsealed | RowFault::WrongSeal => true,
            RowFault::Contradicted | RowFault::Gone => false,
        };
        if is_known || (may_be_forgotten && rows.distrusted.len() >= MOST_REMEMBERED) {
            return;
        }
        tracing::error!(%object, "a row gives nothing: {}", fault.sentence());
        let row = DistrustedRow { object: object.clone(), fault, trail_reached, found_at: now };
        rows.unrecorded.push(row.clone());
        rows.distrusted.insert(object, row);
    }

    /// Notes whose settings the trail knows as saved.
    pub(super) fn settings_were_saved(&self, roles: HashSet<RoleId>) {
        *self.with_settings.lock().unwrap_or_else(PoisonError::into_inner) = Some(roles);
    }

    /// True when the trail, as far as it was followed, knows that somebody has saved settings of this role.
    pub(super) fn has_settings(&self, role: &RoleId) -> bool {
        let known = self.with_settings.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().is_some_and(|roles| roles.contains(role))
    }

    /// Notes whether the rows could be held against the trail.
    pub(super) fn looked(&self, went_well: bool) {
        if went_well {
            self.failed_looks.store(0, Ordering::Relaxed);
        } else {
            self.failed_looks.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// True when the rows could not be held against the trail twice in a row: an old row that is put back goes unnoticed.
    pub fn is_blind(&self) -> bool {
        self.failed_looks.load(Ordering::Relaxed) >= 2
    }

    /// Why nothing is written any more; nothing while all is well.
    pub fn stopped(&self) -> Option<Stopped> {
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops writing for as long as this process runs. The first reason stays.
    pub(super) fn stop(&self, reason: StopReason, now: Instant) {
        let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        if stopped.is_none() {
            tracing::error!(
                "writing is stopped: {reason} `ostiary audit verify` says more; SECURITY.md says what to do."
            );
            *stopped = Some(Stopped { reason, since: now });
        }
    }

    /// True when nothing was said yet of this session that Ostiary did not write.
    pub(super) fn is_new_session(&self, fingerprint: &str) -> bool {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.len() < MOST_REMEMBERED && sessions.insert(fingerprint.to_owned())
    }

    fn rows(&self) -> std::sync::MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// What this process knows of rows that somebody else has written.
    pub fn integrity(&self) -> &Integrity {
        &self.0.integrity
    }

    /// Refused while writing is stopped.
    pub(super) fn may_write(&self) -> AppResult<()> {
        self.integrity().stopped().map_or(Ok(()), |_| Err(Refusal::WritingStopped.into()))
    }

    /// Takes a row out of its seal; nothing when the seal does not hold, which is then said in the log and at *Health*. Whatever
    /// derives power from a row takes it from here.
    pub fn open<T: Sealable>(&self, sealed: Sealed<T>) -> Option<T> {
        let fault = match sealed.seal() {
            None => RowFault::Unsealed,
            Some(seal) if !self.keys.seals.holds(sealed.unchecked(), seal) => RowFault::WrongSeal,
            Some(seal) => {
                let is_trusted = self.integrity().is_trusted(sealed.unchecked(), seal.place.seq);
                return is_trusted.then(|| sealed.into_unchecked());
            }
        };
        self.integrity().distrust(sealed.unchecked().object(), fault, 0, self.now());
        None
    }
}

/// As many rows are put on record at once.
const MOST_RECORDED: usize = 100;

/// Puts rows that were found not to be trusted on record, each once. Nothing is written while there are none.
pub async fn record_distrusted(app: &App) -> AppResult<()> {
    let rows = app.integrity().unrecorded(MOST_RECORDED);
    if rows.is_empty() {
        return Ok(());
    }
    let mut work = app.begin_as_itself(&app.new_id(app.now())).await?;
    for row in &rows {
        let name = format!("{} {}", row.object.kind.label(), row.object.id);
        let entry = Entry::new(Activity::RowNotTrusted).subject_name(&name).reason(row.fault.sentence());
        work.record_itself(entry).await?;
    }
    work.commit().await?;
    app.integrity().recorded(rows.len());
    Ok(())
}
