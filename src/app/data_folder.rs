//! The folder of the embedded database: who uses it, and the steps by which a restored database takes the place of the old one.
//!
//! Each step leaves a folder that is whole: the old database, or the new one. A restored database that has got its name,
//! [`DataFolder::restored`], is the decision; whoever opens the folder next carries it out.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use super::files::{create_private, make_private_folder, resolved, sync_folder};
use crate::store::embedded::{Access, url_of};
use crate::store::files::FolderLock;

/// The folder.
#[derive(Clone, Debug)]
pub struct DataFolder {
    path: PathBuf,
}

/// Why the folder cannot be had alone.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else has it.
    #[error(
        "Another Ostiary serves the data folder {0} already. Stop it first; several servers need a PostgreSQL database"
    )]
    InUse(PathBuf),
    /// The disk said no.
    #[error("cannot lock the data folder {0}")]
    Io(PathBuf, #[source] io::Error),
}

/// What the engine keeps beside a database file.
const WAL: &str = "-wal";
const SHARED_MEMORY: &str = "-shm";
/// What the engine keeps beside a database that is not in the mode of the write-ahead log, such as a copy that was just taken in.
const JOURNAL: &str = "-journal";

impl DataFolder {
    /// The folder that is there, or will be made, at this path.
    pub fn at(path: &Path) -> io::Result<Self> {
        Ok(Self { path: resolved(path)? })
    }

    /// Makes it, for its owner only.
    pub fn make(&self) -> io::Result<()> {
        make_private_folder(&self.path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.path.join("ostiary.db")
    }

    /// A copy of a backup that is not complete, or not decided on.
    pub fn draft(&self) -> PathBuf {
        self.path.join("ostiary-restoring.db")
    }

    /// A restored database that is complete, and takes the place of the old one.
    pub fn restored(&self) -> PathBuf {
        self.path.join("ostiary-restored.db")
    }

    /// The URL of the database file; an error for a path that the engine cannot take.
    pub fn url(&self, access: Access) -> io::Result<String> {
        file_url(&self.database(), access)
    }

    /// Takes the folder for this process alone.
    pub fn lock(&self) -> Result<FolderLock, LockError> {
        match FolderLock::claim(&self.path) {
            Ok(Some(lock)) => Ok(lock),
            Ok(None) => Err(LockError::InUse(self.path.clone())),
            Err(error) => Err(LockError::Io(self.path.clone(), error)),
        }
    }

    /// Makes the database file, empty and closed to others, unless it is there.
    pub fn make_database(&self) -> io::Result<()> {
        self.make()?;
        match create_private(&self.database()) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Whether a database with anything in it is there.
    pub fn has_database(&self) -> bool {
        fs::metadata(self.database()).is_ok_and(|found| found.is_file() && found.len() > 0)
    }

    /// Copies a backup into the folder, with its write-ahead log if it has one. What an earlier attempt left is removed.
    pub fn take_in(&self, backup: &Path) -> io::Result<()> {
        self.drop_draft()?;
        copy_private(backup, &self.draft())?;
        match copy_private(&beside(backup, WAL), &beside(&self.draft(), WAL)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Forgets a draft.
    pub fn drop_draft(&self) -> io::Result<()> {
        for file in
            [WAL, SHARED_MEMORY, JOURNAL].map(|ending| beside(&self.draft(), ending)).into_iter().chain([self.draft()])
        {
            remove_if_there(&file)?;
        }
        Ok(())
    }

    /// Gives the old database a second name, with its write-ahead log: what it held stays readable whatever happens next. Answers with
    /// that name, or nothing when there is no old database.
    pub fn keep_old(&self) -> io::Result<Option<PathBuf>> {
        if !self.has_database() {
            return Ok(None);
        }
        let mut number = 1_u32;
        let name = loop {
            let name = self.path.join(format!("ostiary-before-restore-{number}.db"));
            // The log comes first: without a database of its name it is of no use to anybody, and the number stays free.
            if !name.try_exists()? {
                break name;
            }
            number = number.saturating_add(1);
        };
        remove_if_there(&beside(&name, WAL))?;
        match link_or_copy(&beside(&self.database(), WAL), &beside(&name, WAL)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        link_or_copy(&self.database(), &name)?;
        sync_folder(&self.path)?;
        Ok(Some(name))
    }

    /// Decides: from here on the draft takes the old database's place, by this process or by the next that opens the folder.
    pub fn decide(&self) -> io::Result<()> {
        for log in [WAL, JOURNAL].map(|ending| beside(&self.draft(), ending)) {
            if fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
                return Err(io::Error::other("a part of the restored database lies in its log"));
            }
            remove_if_there(&log)?;
        }
        remove_if_there(&beside(&self.draft(), SHARED_MEMORY))?;
        File::open(self.draft())?.sync_all()?;
        fs::rename(self.draft(), self.restored())?;
        sync_folder(&self.path)
    }

    /// Carries out what was decided; answers with whether anything was. The log of the old database goes first: the engine would
    /// write it into the new one.
    pub fn finish_restore(&self) -> io::Result<bool> {
        if !self.restored().try_exists()? {
            return Ok(false);
        }
        for log in [WAL, SHARED_MEMORY, JOURNAL].map(|ending| beside(&self.database(), ending)) {
            remove_if_there(&log)?;
        }
        sync_folder(&self.path)?;
        fs::rename(self.restored(), self.database())?;
        sync_folder(&self.path)?;
        Ok(true)
    }
}

/// The URL of a database file; an error for a path that the engine cannot take.
pub fn file_url(file: &Path, access: Access) -> io::Result<String> {
    let refused = || {
        let sentence = format!("the path {} holds bytes that are no Unicode text", file.display());
        io::Error::new(io::ErrorKind::InvalidInput, sentence)
    };
    url_of(file, access).ok_or_else(refused)
}

/// The file of this kind that belongs to a database file.
fn beside(database: &Path, kind: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(kind);
    PathBuf::from(name)
}

fn remove_if_there(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn copy_private(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = File::open(from)?;
    let mut copy = create_private(to)?;
    io::copy(&mut source, &mut copy)?;
    copy.sync_all()
}

fn link_or_copy(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists) => {
            let part = beside(to, ".part");
            remove_if_there(&part)?;
            copy_private(from, &part)?;
            fs::rename(part, to)
        }
        linked => linked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{files::draft_in, ports::OsRandom};

    fn folder() -> DataFolder {
        let folder = DataFolder::at(&draft_in(&std::env::temp_dir(), "ostiary-data", &OsRandom)).unwrap();
        folder.make().unwrap();
        folder
    }

    fn text(path: &Path) -> Option<String> {
        fs::read_to_string(path).ok()
    }

    #[test]
    fn one_process_has_the_folder_at_a_time() {
        let folder = folder();
        let lock = folder.lock().unwrap();
        assert!(matches!(folder.lock(), Err(LockError::InUse(_))));
        drop(lock);
        folder.lock().unwrap();
        fs::remove_dir_all(folder.path()).unwrap();
    }

    #[test]
    fn after_each_step_the_old_or_the_new_database_is_whole_and_in_place() {
        // So many steps are done before the machine dies; a second attempt then finds what they left.
        for steps in 0..=4 {
            let folder = folder();
            let (database, backup) = (folder.database(), folder.path().join("backup.db"));
            fs::write(&database, "old").unwrap();
            fs::write(beside(&database, WAL), "old log").unwrap();
            fs::write(&backup, "new").unwrap();
            let run: [&dyn Fn(); 4] = [
                &|| folder.take_in(&backup).unwrap(),
                &|| drop(folder.keep_old().unwrap()),
                &|| folder.decide().unwrap(),
                // The half of the last step: the log is gone, and the new database has not got its name yet.
                &|| fs::remove_file(beside(&folder.database(), WAL)).unwrap(),
            ];
            for step in run.iter().take(steps) {
                step();
            }
            let finished = folder.finish_restore().unwrap();
            assert_eq!(finished, steps > 2, "{steps}");
            let (now, log) = (text(&database).unwrap(), text(&beside(&database, WAL)));
            if finished {
                assert_eq!((now.as_str(), log), ("new", None), "{steps}");
            } else {
                assert_eq!((now.as_str(), log.as_deref()), ("old", Some("old log")), "{steps}");
            }
            assert!(!folder.finish_restore().unwrap(), "nothing is left to do");

            folder.take_in(&backup).unwrap();
            folder.keep_old().unwrap();
            folder.decide().unwrap();
            assert!(folder.finish_restore().unwrap());
            assert_eq!(text(&database).as_deref(), Some("new"));
            assert_eq!(text(&beside(&database, WAL)), None);
            let kept = folder.path().join("ostiary-before-restore-1.db");
            assert_eq!(text(&kept).as_deref(), Some("old"), "{steps}");
            assert_eq!(text(&beside(&kept, WAL)).as_deref(), Some("old log"), "{steps}");
            assert!(!folder.draft().exists() && !folder.restored().exists());
            fs::remove_dir_all(folder.path()).unwrap();
        }
    }

    #[test]
    fn a_backup_comes_with_its_log() {
        let folder = folder();
        let backup = folder.path().join("backup.db");
        fs::write(&backup, "new").unwrap();
        fs::write(beside(&backup, WAL), "its log").unwrap();
        folder.take_in(&backup).unwrap();
        assert_eq!(text(&beside(&folder.draft(), WAL)).as_deref(), Some("its log"));
        assert!(folder.decide().is_err(), "what lies in the log would be lost");
        fs::remove_file(beside(&backup, WAL)).unwrap();
        folder.take_in(&backup).unwrap();
        assert!(!beside(&folder.draft(), WAL).exists(), "nothing of the first attempt is left");
        // The engine was killed while it wrote into the copy.
        fs::write(beside(&folder.draft(), JOURNAL), "half a change").unwrap();
        assert!(folder.decide().is_err(), "a change that was cut off is not taken for a database");
        folder.take_in(&backup).unwrap();
        assert!(!beside(&folder.draft(), JOURNAL).exists(), "nothing of the first attempt is left");
        folder.decide().unwrap();
        fs::remove_dir_all(folder.path()).unwrap();
    }
}
