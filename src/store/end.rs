//! Where the audit ends: what this process remembers of it, and what the database says. Comparing the two is the business of `app`,
//! which has the key of the chain.

use std::sync::{Arc, Mutex, PoisonError};

use sqlx::any::AnyRow;

use super::row::Columns as _;
use super::statements::Statement;
use super::{Corrupt, Engine, Question};

/// A row of the audit: its place and its hash.
pub type Head = (i64, String);

/// The last row of the audit that this process has committed or seen. It only ever moves forward.
#[derive(Clone, Default)]
pub(super) struct Memory(Arc<Mutex<Option<Head>>>);

impl Memory {
    pub(super) fn get(&self) -> Option<Head> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Remembers this row, unless a later one is remembered already.
    pub(super) fn advance(&self, head: Head) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.as_ref().is_none_or(|(seq, _)| *seq < head.0) {
            *known = Some(head);
        }
    }
}

/// What is remembered at one moment, and which database is asked about it.
#[derive(Clone, Debug)]
pub struct Remembered {
    /// The last row of the audit that this process has committed or seen; for a turn to write, also what is not on disk yet but lies
    /// in the same transaction. Nothing when this process has not looked yet; place 0 for an audit that was empty.
    pub head: Option<Head>,
    pub(super) engine: Engine,
}

impl Remembered {
    /// The place to ask about. There is no row at 0.
    pub(super) fn seq(&self) -> i64 {
        self.head.as_ref().map_or(0, |(seq, _)| *seq)
    }
}

/// What the database says of the audit's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The place and the hash of the last row.
    pub head: Option<Head>,
    /// The hash of the row at the place that was asked about; nothing when no row is there.
    pub remembered: Option<String>,
    /// A number that another one takes the place of when the schema is changed: on SQLite for every change, on PostgreSQL for changes
    /// of the audit's table, its triggers and its rules. Nothing when there is no such table.
    pub mark: Option<i64>,
}

impl End {
    /// Reads it from the columns that [`columns`] and [`join`] add.
    pub(super) fn read(row: &AnyRow) -> Result<Self, Corrupt> {
        let head = row.maybe_number("head_seq")?.map(|seq| Ok::<_, Corrupt>((seq, row.text("head_hash")?)));
        Ok(Self {
            head: head.transpose()?,
            remembered: row.maybe_text("known_hash")?,
            mark: row.maybe_number("schema_mark")?,
        })
    }
}

/// The mark of the schema, as one value.
macro_rules! mark {
    (sqlite) => {
        "(select schema_version from pragma_schema_version)"
    };
    (postgres) => {
        "(select cast(cast(c.xmin as text) as bigint) * 4096 \
         + (select count(*) from pg_trigger t where t.tgrelid = c.oid) * 64 \
         + (select count(*) from pg_rewrite r where r.ev_class = c.oid) \
         from pg_class c where c.oid = to_regclass('audit_events'))"
    };
}

/// The columns of the answer, for this engine.
macro_rules! columns {
    ($engine:ident) => {
        concat!(
            "h.seq as head_seq, h.hash as head_hash, k.hash as known_hash, ",
            $crate::store::end::mark!($engine),
            " as schema_mark"
        )
    };
}

/// Where they come from, behind at least one row; the place that is asked about is the value with this number.
macro_rules! join {
    ($place:literal) => {
        concat!(
            " left join audit_events h on h.seq = (select max(seq) from audit_events where seq between 1 and 9223372036854775807) \
             left join audit_events k on k.seq = ",
            $place
        )
    };
}
pub(super) use {columns, join, mark};

/// The end of the audit, and what lies at the place that is remembered.
pub fn end(remembered: &Remembered) -> Question<End> {
    let text = match remembered.engine {
        Engine::Sqlite => concat!("select ", columns!(sqlite), " from (select 1 as one) as o", join!("$1")),
        Engine::Postgres => concat!("select ", columns!(postgres), " from (select 1 as one) as o", join!("$1")),
    };
    Question::about_one(Statement::new(text).number(remembered.seq()), |row| Ok(End::read(row)?))
}

impl super::Store {
    /// What this process remembers of the audit's end. Ask for it before the database is asked, so that what is remembered is there.
    pub fn remembered(&self) -> Remembered {
        Remembered { head: self.memory.get(), engine: self.engine }
    }

    /// Remembers that the audit reached this row: it was read and checked.
    pub fn remember(&self, head: Head) {
        self.memory.advance(head);
    }
}
