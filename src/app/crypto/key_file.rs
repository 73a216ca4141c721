//! The key file: one master key, kept outside the database, from which the key of each purpose is derived.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use data_encoding::{BASE64, HEXLOWER};
use thiserror::Error;
use zeroize::Zeroizing;

use super::{Chain, Fingerprints, Key, RecoveryCodes, RowSeals, Sealer, Signatures, hmac};
use crate::app::files::{create_private, draft_in, folder_of, publish};
use crate::app::ports::{Randomness, random_bytes};

/// What the one line of the file begins with.
const HEADER: &str = "ostiary-key-1 ";

/// Why the key file cannot be used.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// It is not there.
    #[error("there is no key file at {0}")]
    Absent(PathBuf),
    /// It was to be made, but is there.
    #[error("there is a key file at {0} already")]
    Exists(PathBuf),
    /// Others on the machine can read or change it.
    #[error(
        "the key file {path} is open to others (mode {mode:03o}); make it readable by its owner only: chmod 600. Where the file system \
         keeps no such permissions (vfat, some network shares), mount it with umask=077, or keep the key elsewhere"
    )]
    OpenToOthers {
        /// Where it is.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is not a key file, or it was cut short.
    #[error("the key file {0} has not the form of a key file")]
    Malformed(PathBuf),
    /// The disk said no.
    #[error("cannot use the key file {path}")]
    Io {
        /// Where it is.
        path: PathBuf,
        /// What the disk said.
        source: io::Error,
    },
}

/// What the master key makes: each part has a key of its own purpose.
pub struct Keys {
    /// Encrypts secrets in columns.
    pub sealer: Sealer,
    /// Chains the audit, and signs its anchor.
    pub chain: Chain,
    /// Seals the rows from which power is derived.
    pub seals: RowSeals,
    /// Makes and checks recovery codes.
    pub recovery_codes: RecoveryCodes,
    /// Signs rows that no event of the audit makes.
    pub signatures: Signatures,
    /// Turns tokens and sessions' secrets into what is kept of them.
    pub fingerprints: Fingerprints,
}

/// The master key. It derives the others and does nothing itself.
pub struct KeyFile {
    master: Key,
}

impl KeyFile {
    /// Reads the key; refused when others can read the file.
    pub fn open(path: &Path) -> Result<Self, KeyFileError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => KeyFileError::Absent(path.to_owned()),
            _ => KeyFileError::Io { path: path.to_owned(), source },
        };
        let file = File::open(path).map_err(failed)?;
        let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyFileError::OpenToOthers { path: path.to_owned(), mode });
        }
        let text = Zeroizing::new(io::read_to_string(file).map_err(failed)?);
        Self::parse(&text).ok_or_else(|| KeyFileError::Malformed(path.to_owned()))
    }

    /// Makes a new key and writes it so that it is either there whole, on disk and closed to others, or not at all. It never
    /// replaces a file.
    pub fn create(path: &Path, randomness: &dyn Randomness) -> Result<Self, KeyFileError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::AlreadyExists => KeyFileError::Exists(path.to_owned()),
            _ => KeyFileError::Io { path: path.to_owned(), source },
        };
        let key = Self::random(randomness);
        let draft = draft_in(folder_of(path), "key", randomness);
        let text = Zeroizing::new(format!("{HEADER}{}\n", BASE64.encode(&*key.master)));
        let mut file = create_private(&draft).map_err(failed)?;
        let written =
            file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).and_then(|()| publish(&draft, path));
        if written.is_err() && draft.exists() {
            fs::remove_file(&draft).map_err(failed)?;
        }
        written.map_err(failed)?;
        Ok(key)
    }

    /// Reads the key, or makes one when there is none. Only for a database that holds nothing yet: secrets that were sealed with
    /// a lost key stay lost.
    pub fn open_or_create(path: &Path, randomness: &dyn Randomness) -> Result<Self, KeyFileError> {
        match Self::open(path) {
            Err(KeyFileError::Absent(_)) => match Self::create(path, randomness) {
                Err(KeyFileError::Exists(_)) => Self::open(path), // another process was faster
                made => made,
            },
            opened => opened,
        }
    }

    /// Puts the key at `next` in the place of the one at `path`, which stays under `kept`. Interrupted at any moment, it leaves a key at
    /// `path`, and can be done again.
    pub fn replace(path: &Path, next: &Path, kept: &Path) -> Result<(), KeyFileError> {
        let failed = |at: &Path| {
            let path = at.to_owned();
            move |source| KeyFileError::Io { path, source }
        };
        if !kept.exists() {
            let draft = kept.with_extension("draft");
            fs::copy(path, &draft).map_err(failed(&draft))?;
            fs::set_permissions(&draft, fs::Permissions::from_mode(0o600)).map_err(failed(&draft))?;
            File::open(&draft).and_then(|file| file.sync_all()).map_err(failed(&draft))?;
            fs::rename(&draft, kept).map_err(failed(kept))?;
        }
        fs::rename(next, path).map_err(failed(path))?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed(folder))
    }

    /// A key that is written nowhere: for tests and for databases that are thrown away.
    pub fn random(randomness: &dyn Randomness) -> Self {
        Self { master: Zeroizing::new(random_bytes(randomness)) }
    }

    /// The keys of all purposes.
    pub fn keys(&self) -> Keys {
        let key_id = HEXLOWER.encode(&*self.derive("key id")).chars().take(8).collect();
        Keys {
            sealer: Sealer::new(self.derive("sealing"), key_id),
            chain: Chain::new(self.derive("audit chain")),
            seals: RowSeals::new(self.derive("row seals")),
            recovery_codes: RecoveryCodes::new(self.derive("recovery codes")),
            signatures: Signatures::new(self.derive("signatures")),
            fingerprints: Fingerprints::new(self.derive("fingerprints")),
        }
    }

    /// The key of one purpose; from it neither the master key nor that of another purpose can be computed.
    fn derive(&self, purpose: &str) -> Key {
        Zeroizing::new(hmac(&self.master, &[b"ostiary/1/", purpose.as_bytes()]))
    }

    fn parse(text: &str) -> Option<Self> {
        let encoded = text.strip_prefix(HEADER)?.trim_end();
        let bytes = Zeroizing::new(BASE64.decode(encoded.as_bytes()).ok()?);
        let master: [u8; 32] = bytes.as_slice().try_into().ok()?;
        Some(Self { master: Zeroizing::new(master) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::ports::{OsRandom, SeededRandom};

    fn folder() -> PathBuf {
        let name = HEXLOWER.encode(&random_bytes::<8>(&OsRandom));
        let folder = std::env::temp_dir().join(format!("ostiary-key-{name}"));
        fs::create_dir(&folder).unwrap();
        folder
    }

    #[test]
    fn a_key_is_made_once_closed_to_others_and_read_again() {
        let path = folder().join("key");
        assert!(matches!(KeyFile::open(&path), Err(KeyFileError::Absent(_))));
        let made = KeyFile::open_or_create(&path, &OsRandom).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no draft is left behind");
        let read = KeyFile::open_or_create(&path, &OsRandom).unwrap();
        assert_eq!(made.master, read.master);
        assert!(matches!(KeyFile::create(&path, &OsRandom), Err(KeyFileError::Exists(_))));
        assert_eq!(KeyFile::open(&path).unwrap().master, read.master, "an existing key is never replaced");
    }

    #[test]
    fn a_key_open_to_others_is_refused() {
        let path = folder().join("key");
        KeyFile::create(&path, &OsRandom).unwrap();
        for mode in [0o640, 0o604, 0o620] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(
                matches!(KeyFile::open(&path), Err(KeyFileError::OpenToOthers { mode: found, .. }) if found == mode)
            );
        }
    }

    #[test]
    fn half_a_key_is_refused() {
        let path = folder().join("key");
        for text in ["", "ostiary-key-1 ", "ostiary-key-1 AAAA\n", "something else"] {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            assert!(matches!(KeyFile::open(&path), Err(KeyFileError::Malformed(_))), "{text}");
        }
    }

    #[test]
    fn each_purpose_has_its_own_key() {
        let key = KeyFile::random(&SeededRandom::new(7));
        assert_ne!(key.derive("sealing"), key.derive("audit chain"));
        assert_ne!(key.derive("sealing"), key.master);
        assert_eq!(key.derive("sealing"), KeyFile::random(&SeededRandom::new(7)).derive("sealing"));
    }
}
