//! The anchor: how far the audit reached, signed and kept beside the key, outside the database. It tells when the tail was cut.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::app::crypto::{Chain, Fields};

/// Where the anchor is kept.
pub struct Anchor {
    path: Option<PathBuf>,
    /// How far somebody says that the trail reaches, who is about to write it down.
    announced: AtomicI64,
    // One writer at a time; the value is how far the file reaches.
    reached: Mutex<i64>,
}

/// What the anchor says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnchorState {
    /// None is kept for this database.
    NotKept,
    /// There is none yet, or somebody took it away.
    Absent,
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
    /// The anchor in this file. What it remembers already is never overwritten by less.
    pub fn open(path: PathBuf, chain: &Chain) -> io::Result<Self> {
        let anchor = Self { path: Some(path), ..Self::none() };
        if let AnchorState::At { seq, .. } = anchor.read(chain)? {
            *anchor.reached.lock().unwrap_or_else(PoisonError::into_inner) = seq;
        }
        Ok(anchor)
    }

    /// No anchor, for a database that nobody keeps.
    pub const fn none() -> Self {
        Self { path: None, announced: AtomicI64::new(0), reached: Mutex::new(0) }
    }

    /// Says that this row will be advanced to in a moment: whoever came less far need not write any more.
    pub fn announce(&self, seq: i64) {
        self.announced.fetch_max(seq, Ordering::Relaxed);
    }

    /// Remembers that the trail reaches this row. Called after the commit, so it never runs ahead of the database.
    pub fn advance(&self, chain: &Chain, seq: i64, hash: &str) -> io::Result<()> {
        if seq < self.announced.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        if seq > *reached { self.write(chain, seq, hash, &mut reached) } else { Ok(()) }
    }

    /// Remembers this row whatever was remembered before. Only for a trail that was accepted knowingly.
    pub(super) fn replace(&self, chain: &Chain, seq: i64, hash: &str) -> io::Result<()> {
        self.write(chain, seq, hash, &mut self.reached.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, chain: &Chain, seq: i64, hash: &str, reached: &mut i64) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let signature = chain.anchor(hash, &Fields::new().number(seq));
        let fresh = path.with_extension("new");
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        file.write_all(format!("ostiary-anchor-1 {seq} {hash} {signature}\n").as_bytes())?;
        drop(file);
        fs::rename(&fresh, path)?;
        *reached = seq;
        Ok(())
    }

    /// What the anchor says now.
    pub fn read(&self, chain: &Chain) -> io::Result<AnchorState> {
        let Some(path) = &self.path else { return Ok(AnchorState::NotKept) };
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(AnchorState::Absent),
            Err(error) => return Err(error),
        };
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
