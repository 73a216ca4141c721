//! The anchor: how far the audit reached, signed and kept beside the key, outside the database. It tells when the tail was cut.
//!
//! It is on disk when it is said to be: the new file is synced before it takes the place of the old one, and the folder afterwards. It
//! is never replaced by an older one, whichever process wrote that: several servers may share the folder of the key.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::app::crypto::Chain;
use crate::app::integrity::StopReason;
use crate::app::verify_audit::contradiction;
use crate::app::{App, AppResult};
use crate::domain::seal::Fields;
use crate::domain::time::{Instant, Span};

/// An anchor that could not be written for so long makes a server not ready: until it is written, a cut of the newest rows may go
/// unnoticed when the server stops.
pub const TOO_LONG: Span = Span::minutes(1);

/// Where the anchor is kept.
pub struct Anchor {
    path: Option<PathBuf>,
    /// Whether it is written by the watcher, once a second, and not by each commit.
    trails: bool,
    /// It contradicts the database, so that nothing but an acceptance writes it: it is the evidence.
    is_evidence: AtomicBool,
    /// How far somebody says that the trail reaches, who is about to write it down.
    announced: AtomicI64,
    /// One writer at a time; the value is how far the file reaches.
    reached: Mutex<i64>,
    /// Since when it could not be written.
    failing: Mutex<Option<Instant>>,
}

/// What the anchor says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnchorState {
    /// None is kept for this database.
    NotKept,
    /// There is none yet, or somebody took it away.
    Absent,
    /// It is empty or has no end, as when the power failed while it was written.
    CutShort,
    /// It is not one that this key signed.
    Broken,
    /// The trail reached this row, with this hash.
    At {
        /// The row.
        seq: i64,
        /// Its hash.
        hash: String,
    },
}

impl Anchor {
    /// The anchor in this file, which each commit writes.
    pub fn open(path: PathBuf, chain: &Chain) -> io::Result<Self> {
        let anchor = Self { path: Some(path), ..Self::none() };
        if let AnchorState::At { seq, .. } = anchor.read(chain)? {
            *anchor.reached.lock().unwrap_or_else(PoisonError::into_inner) = seq;
        }
        Ok(anchor)
    }

    /// No anchor, for a database that nobody keeps.
    pub const fn none() -> Self {
        Self {
            path: None,
            trails: false,
            is_evidence: AtomicBool::new(false),
            announced: AtomicI64::new(0),
            reached: Mutex::new(0),
            failing: Mutex::new(None),
        }
    }

    /// The same, written once a second by the watcher of a server. To sync it to disk takes as long as a commit, and a commit need not
    /// wait for it: as long as the server runs, it remembers the end of the audit itself. What that costs: whoever cuts rows of the last
    /// second and stops the server by force within it is not found out by the anchor.
    #[must_use]
    pub fn trailing(mut self) -> Self {
        self.trails = true;
        self
    }

    /// Says that this row will be advanced to in a moment: whoever came less far need not write any more.
    pub fn announce(&self, seq: i64) {
        self.announced.fetch_max(seq, Ordering::Relaxed);
    }

    /// Remembers that the trail reaches this row. Called after the commit, so it never runs ahead of the database.
    pub fn advance(&self, chain: &Chain, seq: i64, hash: &str) -> io::Result<()> {
        if seq < self.announced.load(Ordering::Relaxed) || self.is_evidence.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        if seq > *reached {
            *reached = self.write(chain, seq, hash, Replaced::Older)?;
        }
        Ok(())
    }

    /// From now on no commit writes it: the database contradicts it, and a trail that grows must not hide that.
    pub(super) fn keep_as_evidence(&self) {
        self.is_evidence.store(true, Ordering::Relaxed);
    }

    /// Remembers this row whatever was remembered before. Only for a trail that was accepted knowingly.
    pub(super) fn replace(&self, chain: &Chain, seq: i64, hash: &str) -> io::Result<()> {
        let mut reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        *reached = self.write(chain, seq, hash, Replaced::Any)?;
        Ok(())
    }

    /// Fails when the anchor cannot be written.
    pub(super) fn check_writable(&self) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let _lock = lock(path)?;
        create(&path.with_extension("new")).map(drop)
    }

    /// Since when the anchor could not be written; nothing while it can.
    pub fn failing_since(&self) -> Option<Instant> {
        *self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, written: &io::Result<()>, now: Instant) {
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        match written {
            Ok(()) => *failing = None,
            Err(error) => {
                // Said once, not every second.
                if failing.is_none() {
                    tracing::error!(%error, "the audit's anchor could not be written: until it is, a cut of the newest rows can go unnoticed");
                }
                failing.get_or_insert(now);
            }
        }
    }

    /// Writes this row, unless a later one is there already that need not be replaced; answers with how far the file reaches.
    fn write(&self, chain: &Chain, seq: i64, hash: &str, replaced: Replaced) -> io::Result<i64> {
        let Some(path) = &self.path else { return Ok(seq) };
        let _lock = lock(path)?;
        if let (Replaced::Older, AnchorState::At { seq: there, .. }) = (replaced, self.read(chain)?)
            && there >= seq
        {
            return Ok(there);
        }
        let signature = chain.anchor(hash, &Fields::new().number(seq));
        let fresh = path.with_extension("new");
        let mut file = create(&fresh)?;
        file.write_all(format!("ostiary-anchor-1 {seq} {hash} {signature}\n").as_bytes())?;
        file.sync_all()?;
        drop(file);
        fs::rename(&fresh, path)?;
        // A new name is on disk when its folder is.
        File::open(folder(path))?.sync_all()?;
        Ok(seq)
    }

    /// What the anchor says now.
    pub fn read(&self, chain: &Chain) -> io::Result<AnchorState> {
        let Some(path) = &self.path else { return Ok(AnchorState::NotKept) };
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(AnchorState::Absent),
            Err(error) => return Err(error),
        };
        if !bytes.ends_with(b"\n") {
            return Ok(AnchorState::CutShort);
        }
        let text = String::from_utf8_lossy(&bytes);
        let mut words = text.split_whitespace();
        let (Some("ostiary-anchor-1"), Some(Ok(seq)), Some(hash), Some(signature), None) =
            (words.next(), words.next().map(str::parse::<i64>), words.next(), words.next(), words.next())
        else {
            return Ok(AnchorState::Broken);
        };
        if chain.anchor_holds(hash, &Fields::new().number(seq), signature) {
            Ok(AnchorState::At { seq, hash: hash.to_owned() })
        } else {
            Ok(AnchorState::Broken)
        }
    }
}

/// Which anchors may be replaced.
#[derive(Clone, Copy)]
enum Replaced {
    /// Those that reach less far, and those that say nothing.
    Older,
    /// All.
    Any,
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Waits until no other process writes this anchor.
fn lock(path: &Path) -> io::Result<File> {
    let name = path.with_extension("anchor-lock");
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(name)?;
    file.lock()?;
    Ok(file)
}

impl App {
    /// Writes the anchor as far as this process knows the audit: what it committed, and what it saw of others and checked. Also when
    /// writing is stopped, and then above all: what is remembered are the events that the database lost, and the next start has to
    /// know of them.
    pub fn write_anchor(&self) {
        if let Some((seq, hash)) = self.store.remembered().head.filter(|(seq, _)| *seq > 0) {
            self.anchor.note(&self.anchor.advance(&self.keys.chain, seq, &hash), self.now());
        }
    }

    /// Looks whether the database still has what the anchor knows: a server that shares it wrote there what it committed, and that may have
    /// been cut before this process saw it. A contradiction stops writing.
    pub async fn look_at_anchor(&self) -> AppResult<()> {
        let app = self.clone();
        let read = tokio::task::spawn_blocking(move || app.anchor.read(&app.keys.chain)).await;
        let AnchorState::At { seq, hash } = read.map_err(io::Error::other)?? else { return Ok(()) };
        let is_seen = self.store.remembered().head.is_some_and(|(seen, _)| seen >= seq);
        if is_seen || self.integrity().stopped().is_some() {
            return Ok(());
        }
        match contradiction(&mut *self.store.read().await?, seq, &hash).await? {
            None => Ok(()),
            Some(verdict) => Err(self.stop(StopReason::Audit(verdict))),
        }
    }

    /// Writes the anchor after a commit, unless the watcher does.
    pub(super) fn anchor_commit(&self, seq: i64, hash: &str) {
        if !self.anchor.trails {
            // What is committed is done, whatever the disk beside it says. The next commit writes the anchor.
            self.anchor.note(&self.anchor.advance(&self.keys.chain, seq, hash), self.now());
        }
    }

    /// Writes the anchor for the last time and lets go of the database, after what runs has finished.
    pub async fn close(&self) -> AppResult<()> {
        let app = self.clone();
        let written = tokio::task::spawn_blocking(move || app.write_anchor()).await;
        self.store.close().await;
        Ok(written.map_err(io::Error::other)?)
    }
}
