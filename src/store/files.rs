//! The files of the embedded database: which ones are open, and which server uses the folder.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use sqlx::sqlite::SqliteConnectOptions;

use super::StoreResult;

/// The database file and its write-ahead log, as they were when the database was opened.
#[derive(Clone, Debug)]
pub(super) struct DatabaseFiles {
    files: Vec<(PathBuf, Identity)>,
}

/// A device, and a file on it.
type Identity = (u64, u64);

fn identity(path: &Path) -> Option<Identity> {
    fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

/// Where the write-ahead log of this database lies.
fn log_of(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push("-wal");
    name.into()
}

/// The path of the embedded database with this URL.
pub(super) fn path_of(url: &str) -> StoreResult<PathBuf> {
    Ok(SqliteConnectOptions::from_str(url)?.get_filename().to_owned())
}

/// True when a write-ahead log with something in it lies beside this database. A process that stops in order leaves none.
pub(super) fn has_log(path: &Path) -> bool {
    fs::metadata(log_of(path)).is_ok_and(|log| log.len() > 0)
}

impl DatabaseFiles {
    /// The files of this database, which is open. One in memory has none.
    pub(super) fn of(path: &Path) -> Self {
        // The log is kept for as long as a connection is open.
        let files = [path.to_owned(), log_of(path)].into_iter();
        Self { files: files.filter_map(|path| identity(&path).map(|found| (path, found))).collect() }
    }

    /// True while the files at these paths are those that were opened.
    pub(super) fn are_there(&self) -> bool {
        self.files.iter().all(|(path, opened)| identity(path) == Some(*opened))
    }
}

/// A server's claim to a data folder. The system takes it back when the process ends, however it ends.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Claims this folder; nothing when another server has it.
    pub fn claim(folder: &Path) -> io::Result<Option<Self>> {
        let path = folder.join("ostiary.lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
