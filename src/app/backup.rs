//! A backup: a copy of the embedded database as it was at one moment, made while the server serves, and checked before it gets its
//! name. It only reads: neither the trail nor the anchor changes, so that it also works while writing is stopped or the disk is full.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::anchor::{Anchor, AnchorState};
use super::crypto::{KeyFile, PasswordHasher, Strength};
use super::data_folder::file_url;
use super::files::{create_private, draft_in, folder_of, publish, resolved};
use super::ports::{OsRandom, Randomness, SystemClock};
use super::totp_secret::check_key;
use super::verify_audit::{Verdict, check_rows, contradiction};
use super::{App, AppError, Parts, Post};
use crate::domain::session::Limits;
use crate::domain::time::{Instant, Span};
use crate::store::checks::Ailment;
use crate::store::embedded::{Access, copy_into, find_damage, is_ours};
use crate::store::{self, Store, StoreError};

/// Why there is no backup, or why one cannot be restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The name is taken.
    #[error("there is a file at {0} already, and a backup never replaces one; give it another name")]
    Exists(PathBuf),
    /// The disk said no.
    #[error("cannot use {0}")]
    Io(PathBuf, #[source] io::Error),
    /// It is no database of Ostiary.
    #[error("{0} is not a database of Ostiary")]
    Foreign(PathBuf),
    /// The engine finds it damaged.
    #[error("the database in {0} is damaged: {1}")]
    Damaged(PathBuf, String),
    /// A newer release has written it.
    #[error("{0} was written by another release, whose schema this one cannot take; use a release that is as new")]
    OtherRelease(PathBuf),
    /// Its trail is not as it was written, or reaches less far than it should.
    #[error("{0}")]
    Trail(Verdict),
    /// The database failed.
    #[error("the database failed")]
    Store(#[from] StoreError),
    /// The key is another, or something else failed.
    #[error(transparent)]
    App(#[from] AppError),
}

impl BackupError {
    /// An error of the disk at this path.
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Io(path, error)
    }
}

/// How far the trail of a database reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Its last event; 0 when there is none.
    pub last: i64,
    /// The hash of that event.
    pub hash: String,
    /// When that was.
    pub at: Option<Instant>,
}

/// Copies the database to a new file, checks the copy, and answers with how far its trail reaches.
pub async fn back_up(database: &Path, target: &Path, key: &KeyFile, anchor: &Anchor) -> Result<Reach, BackupError> {
    let target = resolved(target).map_err(BackupError::at(target))?;
    if target.symlink_metadata().is_ok() {
        return Err(BackupError::Exists(target));
    }
    let draft = draft_in(folder_of(&target), "backup", &OsRandom);
    let made = make(database, &draft, &target, key, anchor).await;
    if made.is_err() && draft.exists() {
        fs::remove_file(&draft).map_err(BackupError::at(&draft))?;
    }
    made
}

async fn make(
    database: &Path,
    draft: &Path,
    target: &Path,
    key: &KeyFile,
    anchor: &Anchor,
) -> Result<Reach, BackupError> {
    // Read before the copy is begun: what is written meanwhile need not be in it.
    let keys = key.keys();
    let remembered = anchor.read(&keys.chain).map_err(AppError::from)?;
    let file = create_private(draft).map_err(BackupError::at(draft))?;
    let source = file_url(database, Access::Read).map_err(BackupError::at(database))?;
    let name = draft.to_str().ok_or_else(|| BackupError::at(draft)(io::ErrorKind::InvalidInput.into()))?;
    copy_into(&source, name).await?;
    file.sync_all().map_err(BackupError::at(draft))?;
    let store = open_store(draft, Access::Read).await?;
    let examined = async {
        examine_pages(&store, database).await?;
        let copy = with_key(store.clone(), key).await?;
        let reach = examine(&copy).await?;
        reaches(&copy, remembered, &reach).await?;
        Ok::<_, BackupError>(reach)
    };
    let examined = examined.await;
    store.close().await;
    let reach = examined?;
    publish(draft, target).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => BackupError::Exists(target.to_owned()),
        _ => BackupError::at(target)(error),
    })?;
    Ok(reach)
}

/// An app over a copy that nobody serves: to look at it, or to write one event into it.
pub(super) async fn open_copy(file: &Path, access: Access, key: &KeyFile) -> Result<App, BackupError> {
    with_key(open_store(file, access).await?, key).await
}

/// A copy that nobody serves, without the key: it may be anything.
pub(super) async fn open_store(file: &Path, access: Access) -> Result<Store, BackupError> {
    let url = file_url(file, access).map_err(BackupError::at(file))?;
    let store = match access {
        Access::Read => Store::open_to_read(&url).await,
        Access::Write | Access::Create => Store::open(&url).await,
    };
    store.map_err(|error| match (error.ailment(), error) {
        (Some(Ailment::Damaged(said)), _) => BackupError::Damaged(file.to_owned(), said),
        (_, StoreError::Migrate(_)) => BackupError::OtherRelease(file.to_owned()),
        (Some(Ailment::Unwritable) | None, error) => BackupError::Store(error),
    })
}

async fn with_key(store: Store, key: &KeyFile) -> Result<App, BackupError> {
    let randomness: Arc<dyn Randomness> = Arc::new(OsRandom);
    let opened = App::to_verify(Parts {
        passwords: PasswordHasher::new(Strength::TRIVIAL, 1, 1, randomness.as_ref()),
        clock: Arc::new(SystemClock),
        keys: key.keys(),
        anchor: Anchor::none(),
        session_limits: Limits { idle: Span::hours(1), absolute: Span::hours(1) },
        post: Post::none(String::new()),
        randomness,
        store,
    });
    Ok(opened.await?)
}

/// Checks the pages of a copy, and that it is a database of ours, of whatever release. It is called by the name of this file.
pub(super) async fn examine_pages(copy: &Store, name: &Path) -> Result<(), BackupError> {
    let mut db = copy.read().await?;
    if let Some(damage) = find_damage(&mut db).await? {
        return Err(BackupError::Damaged(name.to_owned(), damage));
    }
    if is_ours(&mut db).await { Ok(()) } else { Err(BackupError::Foreign(name.to_owned())) }
}

/// Checks the key of a copy, its schema, which has to be that of this release, and each event of its trail.
pub(super) async fn examine(copy: &App) -> Result<Reach, BackupError> {
    let mut db = copy.store.read().await?;
    check_key(&mut db, &copy.keys.sealer).await?;
    match check_rows(&mut db, copy).await? {
        Verdict::Intact { .. } => {}
        broken => return Err(BackupError::Trail(broken)),
    }
    if let Some(change) = store::schema::find_change(&mut db).await? {
        return Err(BackupError::Trail(Verdict::Schema(change)));
    }
    let (last, hash) = store::audit::head(&mut db).await?.unwrap_or_default();
    let at = match store::audit::list_from(&mut db, last.saturating_sub(1), 1).await?.into_iter().next() {
        Some(Ok(stored)) => Some(stored.event.at),
        Some(Err(corrupt)) => return Err(StoreError::from(corrupt).into()),
        None => None,
    };
    drop(db);
    if let Some(index) = store::checks::find_blind_index(&copy.store).await? {
        return Err(BackupError::Trail(Verdict::Hidden { index }));
    }
    Ok(Reach { last, hash, at })
}

/// An error unless the copy holds what the anchor remembered before it was made: a trail that was cut is no backup.
async fn reaches(copy: &App, remembered: AnchorState, reach: &Reach) -> Result<(), BackupError> {
    let (seq, hash) = match remembered {
        AnchorState::NotKept => return Ok(()),
        AnchorState::Absent if reach.last == 0 => return Ok(()),
        AnchorState::Absent => return Err(BackupError::Trail(Verdict::AnchorMissing)),
        AnchorState::CutShort => return Err(BackupError::Trail(Verdict::AnchorCutShort)),
        AnchorState::Broken => return Err(BackupError::Trail(Verdict::AnchorUnsigned)),
        AnchorState::At { seq, hash } => (seq, hash),
    };
    match contradiction(&mut *copy.store.read().await?, seq, &hash).await? {
        None => Ok(()),
        Some(verdict) => Err(BackupError::Trail(verdict)),
    }
}
