//! What an operator does at the console besides serving: starting on the right files, backing up and restoring.

use super::say::say;
use anyhow::{Context as _, bail};
use ostiary::{
    app::{
        AppError,
        anchor::Anchor,
        backup::{BackupError, Reach, back_up},
        crypto::{KeyFile, KeyFileError, SealError},
        data_folder::DataFolder,
        files::{check_writable, folder_of, make_private_folder, resolved},
        ports::OsRandom,
        restore::{Lost, Restored, prepare_restore},
    },
    config::{Config, Database},
    domain::time::Instant,
    store::{embedded::Access, files::FolderLock},
};
use std::{
    io::{BufRead as _, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
};

/// Where the audit's anchor of this configuration is.
pub fn anchor_of(config: &Config) -> PathBuf {
    config.key_file.with_extension("anchor")
}

/// Takes the data folder for this process, makes what is missing in it, and finishes a restore that was cut off. The folder is free
/// again when the lock is dropped. Answers with the URL of the database, too.
pub fn open_folder(folder: &Path) -> anyhow::Result<(String, FolderLock)> {
    let (folder, lock) = lock_folder(folder)?;
    let making = || format!("making the database in {}", folder.path().display());
    folder.make_database().with_context(making)?;
    Ok((folder.url(Access::Create).with_context(making)?, lock))
}

/// The data folder for this process alone, as long as the answer is kept: no server may write meanwhile. Several servers of one
/// PostgreSQL are stopped by hand.
pub fn claim(config: &Config) -> anyhow::Result<Option<FolderLock>> {
    match &config.database {
        Database::Folder(folder) => {
            existing_database(folder)?;
            Ok(Some(lock_folder(folder)?.1))
        }
        Database::Postgres(_) => Ok(None),
    }
}

/// The data folder, made if it is missing, for this process alone.
fn lock_folder(folder: &Path) -> anyhow::Result<(DataFolder, FolderLock)> {
    let using = || format!("using the data folder {}", folder.display());
    let folder = DataFolder::at(folder).with_context(using)?;
    folder.make().with_context(using)?;
    let lock = folder.lock()?;
    if folder.finish_restore().with_context(using)? {
        tracing::warn!("a restore was cut off, and is finished now: the restored database is in place");
    }
    Ok((folder, lock))
}

/// The URL of a database that has to be there. Another process may use it.
pub fn existing_database(folder: &Path) -> anyhow::Result<String> {
    let folder = DataFolder::at(folder).with_context(|| format!("using the data folder {}", folder.display()))?;
    anyhow::ensure!(
        !folder.restored().exists(),
        "a restore was cut off: start the server, or restore again, which finishes it"
    );
    anyhow::ensure!(folder.database().is_file(), "there is no database at {}", folder.database().display());
    Ok(folder.url(Access::Write)?)
}

/// The key of a database that is in use.
pub fn key_in_use(path: &Path) -> anyhow::Result<KeyFile> {
    KeyFile::open(path).map_err(|error| {
        let is_absent = matches!(error, KeyFileError::Absent(_));
        let error = anyhow::Error::from(error);
        if is_absent {
            error.context(
                "this database is in use, and its secrets need their key: put the key file back from its backup, or say with \
                 --key-file where it is. A container needs a volume for the key, other than that of the data. Without the key \
                 nobody can open this database; to begin anew, choose an empty data folder",
            )
        } else {
            error.context("this database is in use, and its secrets need their key")
        }
    })
}

/// The key of a database that nobody has set up yet, made if there is none; and whether it was made.
pub fn first_key(path: &Path) -> anyhow::Result<(KeyFile, bool)> {
    let is_new = !path.exists();
    let folder = folder_of(path);
    make_private_folder(folder).with_context(|| format!("making the folder of the key, {}", folder.display()))?;
    require_writable(path)?;
    Ok((KeyFile::open_or_create(path, &OsRandom)?, is_new))
}

/// Refused unless the anchor can be written beside the key: whoever cannot write it would stop at the next start.
pub fn require_writable(key_file: &Path) -> anyhow::Result<()> {
    let folder = folder_of(key_file);
    check_writable(folder, &OsRandom).with_context(|| {
        format!(
            "the folder of the key, {}, has to be writable for the user that Ostiary runs as: with each change, the audit's anchor is \
             written there, beside the key",
            folder.display()
        )
    })
}

/// What the first start says about the key.
pub fn key_greeting(config: &Config) -> String {
    let place = |path: &Path| resolved(path).unwrap_or_else(|_| path.to_owned()).display().to_string();
    format!(
        "The key of this portal was made:\n\n    {}\n\nWithout it nobody can open the database, and nobody can make it again: keep a copy of it. \
         The audit's\nanchor is written beside it. Both belong on another medium than the data and its backups; in a\ncontainer, on a \
         volume of their own.\n",
        place(&config.key_file)
    )
}

/// Makes a backup and says how far it reaches.
pub async fn backup(config: &Config, target: &Path) -> anyhow::Result<()> {
    let Database::Folder(folder) = &config.database else {
        bail!(
            "PostgreSQL makes its own backups, consistent while the server serves: pg_dump --format=custom --file=FILE \
             \"$OSTIARY_DATABASE_URL\". `ostiary backup` copies the embedded database"
        );
    };
    existing_database(folder)?;
    let key = KeyFile::open(&config.key_file)?;
    let anchor = Anchor::open(anchor_of(config), &key.keys().chain).context("reading the audit's anchor")?;
    let database = DataFolder::at(folder)?.database();
    let reach = back_up(&database, target, &key, &anchor).await.context("no backup was made")?;
    say!(
        "The backup is in {}. It reaches {}; every page and every event of it was checked.\nThe key and the anchor are not in it: keep a \
         copy of them elsewhere.",
        target.display(),
        words(&reach)
    );
    Ok(())
}

/// Puts a backup in the place of the database, after it was asked.
pub async fn restore(config: &Config, backup: &Path, is_agreed: bool) -> anyhow::Result<()> {
    let Database::Folder(folder) = &config.database else {
        bail!(
            "PostgreSQL restores its own backups: stop the server, pg_restore --clean --if-exists --single-transaction \
             --dbname=\"$OSTIARY_DATABASE_URL\" FILE, then `ostiary audit accept`. `ostiary restore` is for the embedded database"
        );
    };
    let key = KeyFile::open(&config.key_file).context("a backup is of use only with the key of its database")?;
    require_writable(&config.key_file)?;
    let anchor = Anchor::open(anchor_of(config), &key.keys().chain).context("reading the audit's anchor")?;
    let (folder, lock) = lock_folder(folder)?;
    let prepared = prepare_restore(folder, lock, backup, &key, &anchor).await;
    let prepared = prepared.map_err(|error| name_kept_key(config, error)).context("nothing was restored")?;
    say!("The backup {} is whole. It reaches {}.\n{}", backup.display(), words(&prepared.reach), prepared.lost);
    let is_known_elsewhere = !prepared.has_old && prepared.lost != Lost::Nothing;
    if is_known_elsewhere {
        say!(
            "The anchor beside the key, {}, knows of a database that reaches further, and that is not in this folder. If that one is in \
             use, and you try out a backup here, stop: restoring replaces the anchor. Use a copy of the key in a folder of its own \
             instead, with --key-file.",
            anchor_of(config).display()
        );
    }
    if (prepared.has_old || is_known_elsewhere) && !is_agreed {
        if !std::io::stdin().is_terminal() {
            prepared.cancel()?;
            bail!("nothing was restored: nobody is there to be asked. --yes restores without asking");
        }
        let old = if prepared.has_old { " The old one is kept beside it." } else { "" };
        let mut console = std::io::stdout();
        // Nobody is asked who does not see the question; then nobody says yes.
        let _ = write!(console, "Put it in the place of the database?{old} Type yes: ");
        let _ = console.flush();
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        if answer.trim() != "yes" {
            prepared.cancel()?;
            bail!("nothing was restored");
        }
    }
    let anchors = folder_of(&config.key_file).to_owned();
    let Restored { seq, old } = prepared.put_in_place(&key, &anchor, &anchors).await?;
    say!("The backup is in place; event {seq} of the audit says so. The server can start.");
    if let Some(old) = old {
        say!(
            "The old database is kept in {}. It holds the same secrets: remove it when nobody needs it any more.",
            old.display()
        );
    }
    Ok(())
}

/// A backup from before a rotation opens with the key that was kept then.
fn name_kept_key(config: &Config, error: BackupError) -> anyhow::Error {
    let kept = match &error {
        BackupError::App(AppError::Seal(SealError::OtherKey { sealed_with, .. })) => {
            Some(kept_key(&config.key_file, sealed_with)).filter(|kept| kept.exists())
        }
        _ => None,
    };
    match kept {
        None => error.into(),
        Some(kept) => anyhow::Error::from(error).context(format!(
            "the key of this backup is kept at {}: put it in the place of the key, restore, and rotate again",
            kept.display()
        )),
    }
}

/// Where a rotation keeps the key with this id.
pub fn kept_key(key_file: &Path, id: &str) -> PathBuf {
    key_file.with_extension(format!("{id}.old"))
}

/// How far, in words.
fn words(reach: &Reach) -> String {
    match reach.at.and_then(moment) {
        Some(at) => format!("to event {} of the audit, of {at}", reach.last),
        None if reach.last == 0 => "to the beginning: its audit has no event".to_owned(),
        None => format!("to event {} of the audit", reach.last),
    }
}

/// A moment for the console, in universal time.
fn moment(at: Instant) -> Option<String> {
    Some(chrono::DateTime::from_timestamp_millis(at.millis())?.format("%Y-%m-%d %H:%M:%S UTC").to_string())
}
