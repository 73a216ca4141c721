//! Putting a backup in the place of the embedded database, while nobody serves it. The old database is kept under another name, and
//! the trail of the restored one says what was restored and which events are not in it.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::anchor::{Anchor, AnchorState};
use super::backup::{BackupError, Reach, examine, examine_pages, open_copy, open_store};
use super::crypto::KeyFile;
use super::data_folder::DataFolder;
use super::files::check_writable;
use super::ports::OsRandom;
use super::record::Entry;
use super::{App, AppError, AppResult};
use crate::domain::audit::Activity;
use crate::store::embedded::Access;
use crate::store::files::FolderLock;
use crate::store::{self, Db};

/// Events that were written and are not in the backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// There are none.
    Nothing,
    /// These, with the first and the last.
    Events {
        /// The first.
        from: i64,
        /// The last that is known of.
        to: i64,
    },
    /// Neither the old database nor the anchor can say.
    Unknown,
}

impl fmt::Display for Lost {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => out.write_str("Every event that was written is in the backup."),
            Self::Events { from, to } if from == to => write!(out, "Event {from} is not in the backup."),
            Self::Events { from, to } => write!(out, "Events {from} to {to} are not in the backup."),
            Self::Unknown => out.write_str(
                "How many events are not in the backup is not known: neither the old database nor the anchor can be read.",
            ),
        }
    }
}

/// A backup that was checked and copied into the data folder. Nothing is replaced yet.
#[derive(Debug)]
pub struct Prepared {
    folder: DataFolder,
    backup: PathBuf,
    /// How far the backup's trail reaches.
    pub reach: Reach,
    /// What is not in it.
    pub lost: Lost,
    /// A database is there, and gives way.
    pub has_old: bool,
    _lock: FolderLock,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The event that says so: the last of the trail.
    pub seq: i64,
    /// Where the old database is now.
    pub old: Option<PathBuf>,
}

/// Checks a backup for the data folder that this lock holds, and finds out what is not in it.
pub async fn prepare_restore(
    folder: DataFolder,
    lock: FolderLock,
    backup: &Path,
    key: &KeyFile,
    anchor: &Anchor,
) -> Result<Prepared, BackupError> {
    let backup = fs::canonicalize(backup).map_err(BackupError::at(backup))?;
    if backup == folder.database() {
        let sentence = io::Error::new(io::ErrorKind::InvalidInput, "this is the database itself");
        return Err(BackupError::at(&backup)(sentence));
    }
    folder.take_in(&backup).map_err(BackupError::at(folder.path()))?;
    let examined = async {
        // As it is first: what is damaged, or another program's, is not brought up to date.
        let raw = open_store(&folder.draft(), Access::Read).await?;
        let sound = examine_pages(&raw, &backup).await;
        raw.close().await;
        sound?;
        let copy = open_copy(&folder.draft(), Access::Write, key).await?;
        let found = async {
            let reach = examine(&copy).await?;
            let lost = lost(&copy, &reach, &folder, key, anchor).await?;
            Ok::<_, BackupError>((reach, lost))
        };
        let found = found.await;
        copy.store.close().await;
        found
    };
    match examined.await {
        Ok((reach, lost)) => {
            let has_old = folder.has_database();
            Ok(Prepared { folder, backup, reach, lost, has_old, _lock: lock })
        }
        Err(error) => {
            folder.drop_draft().map_err(BackupError::at(folder.path()))?;
            // The draft is nobody's business: the file that was named is.
            Err(match error {
                BackupError::Damaged(_, damage) => BackupError::Damaged(backup, damage),
                BackupError::OtherRelease(_) => BackupError::OtherRelease(backup),
                error => error,
            })
        }
    }
}

impl Prepared {
    /// Leaves everything as it was.
    pub fn cancel(self) -> Result<(), BackupError> {
        self.folder.drop_draft().map_err(BackupError::at(self.folder.path()))
    }

    /// Puts the backup in place. The anchor's folder is `anchors`: it is tried first, since without an anchor the server would not start.
    pub async fn put_in_place(self, key: &KeyFile, anchor: &Anchor, anchors: &Path) -> Result<Restored, BackupError> {
        check_writable(anchors, &OsRandom).map_err(BackupError::at(anchors))?;
        let copy = open_copy(&self.folder.draft(), Access::Write, key).await?;
        let recorded = self.record(&copy).await;
        copy.store.close().await;
        let (seq, hash) = recorded?;
        let failed = BackupError::at(self.folder.path());
        let replaced = || {
            let old = self.folder.keep_old()?;
            self.folder.decide()?;
            self.folder.finish_restore()?;
            Ok(old)
        };
        let old = replaced().map_err(failed)?;
        anchor.replace(&copy.keys.chain, seq, &hash).map_err(AppError::from)?;
        Ok(Restored { seq, old })
    }

    /// Writes the event of the restore into the copy; answers with its place and hash.
    async fn record(&self, copy: &App) -> AppResult<(i64, String)> {
        let name = self.backup.file_name().unwrap_or_default().to_string_lossy();
        let mut work = copy.begin_unsettled("ostiary restore").await?;
        work.record(
            Entry::new(Activity::BackupRestored).reason(&self.lost.to_string()).change("Backup", "", &name).change(
                "Last event of the backup",
                "",
                &self.reach.last.to_string(),
            ),
        )
        .await?;
        let head = work.head.clone();
        work.commit().await?;
        Ok(head)
    }
}

/// What the old database, or else the anchor, knows of and the backup does not hold.
async fn lost(
    copy: &App,
    reach: &Reach,
    folder: &DataFolder,
    key: &KeyFile,
    anchor: &Anchor,
) -> Result<Lost, BackupError> {
    let mut backup = copy.store.read().await?;
    let old = if folder.has_database() { open_copy(&folder.database(), Access::Read, key).await.ok() } else { None };
    let known = match &old {
        Some(old) => {
            // The old database may be damaged: then it cannot say.
            let known = compare(&mut backup, reach, old).await.ok();
            old.store.close().await;
            known
        }
        None => None,
    };
    let anchored = anchor.read(&copy.keys.chain).map_err(AppError::from)?;
    let (common, last) = match (known, anchored) {
        (Some((common, last)), AnchorState::At { seq, .. }) => (common, last.max(seq)),
        (
            Some((common, last)),
            AnchorState::NotKept | AnchorState::Absent | AnchorState::CutShort | AnchorState::Broken,
        ) => (common, last),
        (None, AnchorState::At { seq, hash }) => {
            match store::audit::hash_at(&mut backup, seq.min(reach.last)).await? {
                // The backup is another branch of the trail, and nobody can say where it parted.
                Some(found) if seq <= reach.last && found != hash => return Ok(Lost::Unknown),
                _ => (reach.last, seq),
            }
        }
        (None, AnchorState::Absent) if !folder.has_database() => return Ok(Lost::Nothing),
        (None, AnchorState::NotKept | AnchorState::Absent | AnchorState::CutShort | AnchorState::Broken) => {
            return Ok(Lost::Unknown);
        }
    };
    Ok(if last > common { Lost::Events { from: common.saturating_add(1), to: last } } else { Lost::Nothing })
}

/// The last event that both trails have, and the last of the old one.
async fn compare(backup: &mut Db, reach: &Reach, old: &App) -> AppResult<(i64, i64)> {
    let mut db = old.store.read().await?;
    let (last, _) = store::audit::head(&mut db).await?.unwrap_or_default();
    // Every hash covers all before it: where one is equal, all before it are.
    let (mut equal, mut beyond) = (0, reach.last.min(last).saturating_add(1));
    while beyond - equal > 1 {
        let middle = equal + (beyond - equal) / 2;
        if store::audit::hash_at(backup, middle).await? == store::audit::hash_at(&mut db, middle).await? {
            equal = middle;
        } else {
            beyond = middle;
        }
    }
    Ok((equal, last))
}
