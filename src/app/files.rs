//! Files that are there whole or not at all, closed to others, and never put in the place of another one.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;

use crate::app::ports::{Randomness, random_bytes};

/// The folder that holds this file.
pub fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The path without links and `..`, as far as it is there; what is not there yet follows as it was written. Two paths that lead to the
/// same place are equal then.
pub fn resolved(path: &Path) -> io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    let mut missing = Vec::new();
    let mut there = path.as_path();
    loop {
        match (fs::canonicalize(there), there.parent(), there.components().next_back()) {
            (Ok(mut found), _, _) => {
                for name in missing.iter().rev() {
                    match name {
                        // A folder that is not there yet has no link that leads elsewhere.
                        std::path::Component::ParentDir => drop(found.pop()),
                        name => found.push(name),
                    }
                }
                return Ok(found);
            }
            (Err(error), Some(parent), Some(name)) if error.kind() == io::ErrorKind::NotFound => {
                missing.push(name);
                there = parent;
            }
            (Err(error), _, _) => return Err(error),
        }
    }
}

/// Makes a folder that only its owner can enter, with those above it. One that is there stays as it is.
pub fn make_private_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// A new, empty file that only its owner can read.
pub fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)
}

/// A name in this folder that nobody has: for a file that is not whole yet.
pub fn draft_in(folder: &Path, kind: &str, randomness: &dyn Randomness) -> PathBuf {
    folder.join(format!(".{kind}-{}", HEXLOWER.encode(&random_bytes::<8>(randomness))))
}

/// What was renamed, made or removed in this folder is on disk after this.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Gives a draft its name. Fails with [`io::ErrorKind::AlreadyExists`] when the name is taken, and the draft stays then.
pub fn publish(draft: &Path, name: &Path) -> io::Result<()> {
    // A hard link fails when the name is taken, where a rename would replace the file.
    match fs::hard_link(draft, name) {
        Ok(()) => fs::remove_file(draft)?,
        Err(error) if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound) => {
            return Err(error);
        }
        Err(_) => publish_without_links(draft, name)?,
    }
    sync_folder(folder_of(name))
}

/// The same on a file system that has no hard links: an empty file takes the name first, and the draft takes its place.
fn publish_without_links(draft: &Path, name: &Path) -> io::Result<()> {
    create_private(name)?.sync_all()?;
    fs::rename(draft, name)
}

/// An error unless files can be made and removed in this folder.
pub fn check_writable(folder: &Path, randomness: &dyn Randomness) -> io::Result<()> {
    let trial = draft_in(folder, "trial", randomness);
    create_private(&trial)?;
    fs::remove_file(trial)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::ports::OsRandom;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    fn folder() -> PathBuf {
        let folder = draft_in(&std::env::temp_dir(), "ostiary-files", &OsRandom);
        make_private_folder(&folder).unwrap();
        folder
    }

    #[test]
    fn a_draft_takes_a_free_name_and_never_that_of_another_file() {
        for publish in [publish, publish_without_links] {
            let folder = folder();
            let (draft, name) = (folder.join("draft"), folder.join("name"));
            fs::write(&draft, "new").unwrap();
            publish(&draft, &name).unwrap();
            assert_eq!(fs::read_to_string(&name).unwrap(), "new");
            assert!(!draft.exists());
            fs::write(&draft, "newer").unwrap();
            assert_eq!(publish(&draft, &name).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read_to_string(&name).unwrap(), "new");
            fs::remove_dir_all(folder).unwrap();
        }
    }

    #[test]
    fn a_path_is_known_by_where_it_leads() {
        let folder = fs::canonicalize(folder()).unwrap();
        make_private_folder(&folder.join("data/deep")).unwrap();
        symlink(folder.join("data"), folder.join("link")).unwrap();
        for (path, place) in [
            ("data", "data"),
            ("data/./deep/../key", "data/key"),
            ("link/key", "data/key"),
            ("link/deep/../new/key", "data/new/key"),
            ("none/../data/key", "data/key"),
            ("none/other", "none/other"),
        ] {
            assert_eq!(resolved(&folder.join(path)).unwrap(), folder.join(place), "{path}");
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_is_made_is_closed_to_others() {
        let folder = folder();
        let file = folder.join("file");
        create_private(&file).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
        check_writable(&folder, &OsRandom).unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "a trial leaves nothing behind");
        assert!(check_writable(&folder.join("none"), &OsRandom).is_err());
        fs::remove_dir_all(folder).unwrap();
    }
}
