//! SQL and nothing else; the only room that names sqlx. One file per table family.
//!
//! One SQL text serves both engines: text ids, bigint milliseconds, flags 0 or 1, `$1` placeholders, lower case.
//! A function that reads takes `&mut Db`, or makes a [`Question`] that is asked with others at once; a function that writes takes
//! `&mut Write`, which exists only while this process holds the one place from which the database is written. Not allowed in here:
//! rules, the clock, words for people.
//!
//! Whether a text has a key in it is asked with `replace(text, key, '') <> text`: both engines have it, in the same words, and it compares
//! the key as it is. `like` tries each of its places anew on SQLite, for a time that grows with the length of both; an empty key is
//! asked for apart.

pub mod administrators;
pub mod approvers;
pub mod assignment_lines;
pub mod assignments;
pub mod audit;
pub mod checks;
pub mod credentials;
pub mod deadlines;
pub mod digests;
pub mod directory;
pub mod drafts;
pub mod eligibilities;
pub mod embedded;
pub mod end;
pub mod files;
pub mod groups;
pub mod holdings;
pub mod lifecycle;
mod line;
pub mod mail_lines;
pub mod mail_settings;
pub mod my_roles;
pub mod notices;
pub mod opening;
pub mod organization;
pub mod outbox;
pub mod overview;
pub mod past_keys;
pub mod policies;
pub mod principals;
mod question;
mod readers;
pub mod recoveries;
pub mod recovery_codes;
pub mod request_lists;
pub mod requests;
pub mod roles;
mod row;
pub mod schema;
pub mod sealed_rows;
pub mod sessions;
mod shared;
pub mod statements;
pub mod throttle;
pub mod users;
pub mod ways;
mod writer;

use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::migrate::Migrator;
use sqlx::{AnyPool, Executor as _};

use crate::domain::ids::ScheduleId;
use end::Memory;
use files::DatabaseFiles;
pub use question::Question;
pub use readers::Read;
use readers::{PATIENCE, Readers};
use row::Columns as _;
pub use row::Corrupt;
use shared::Connecting;
pub use statements::{Key, Statement, Statements};
use writer::Writer;
pub use writer::{Length, Turn, Write};

/// The schema, step by step.
static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// A connection that reads.
pub type Db = sqlx::AnyConnection;

/// Why the database did not do what it was asked. Never a "no": an absent row is an `Option`.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The engine refused, or could not be reached.
    #[error("the database failed")]
    Engine(#[from] sqlx::Error),
    /// The same, when several changes were to be committed together.
    #[error("the database failed")]
    Shared(#[source] Arc<sqlx::Error>),
    /// The schema could not be brought up to date.
    #[error("the database schema could not be migrated")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A row holds what no rule allows.
    #[error("a stored row is corrupt")]
    Corrupt(#[from] Corrupt),
    /// The schema is not that of this release.
    #[error("the database was not written by this release: its schema is another")]
    OtherSchema,
    /// A row that must be there is not.
    #[error("{0} is missing from the database")]
    Missing(&'static str),
    /// The engine's own check finds the database damaged.
    #[error(
        "the database is damaged: {0}. Restore a backup. After a file was put in its place: the files beside it whose names end in -wal \
         and -shm belong to the database that was there before, and have to be taken away with it"
    )]
    Damaged(String),
    /// Somebody else holds the place from which the database is written, and has not let go of it in time.
    #[error("another program holds the database's lock")]
    Locked,
    /// Rows were written, and are not there.
    #[error("the database swallowed {missing} of {written} rows")]
    Swallowed {
        /// Rows that were written.
        written: u64,
        /// Rows of them that are not there.
        missing: u64,
    },
}

impl StoreError {
    /// Whether the engine itself said no, and not the way to it.
    pub fn is_of_the_engine(&self) -> bool {
        matches!(self, Self::Engine(error) if error.as_database_error().is_some())
    }

    /// Whether somebody else held what this waited for. Nothing was written, and it may go well in a moment.
    pub fn is_locked(&self) -> bool {
        match self {
            Self::Locked => true,
            Self::Engine(error) => line::is_locked(error),
            Self::Shared(error) => line::is_locked(error),
            Self::Migrate(_)
            | Self::Corrupt(_)
            | Self::OtherSchema
            | Self::Missing(_)
            | Self::Damaged(_)
            | Self::Swallowed { .. } => false,
        }
    }

    /// Whether the connection may be gone after this failure of a text of several statements. When one that is not the first cannot
    /// be prepared anew, the engine's thread of sqlx-sqlite 0.9.0 panics behind the answer, and what is sent to it meanwhile is
    /// never answered. What a constraint refuses does no harm.
    fn may_lose_connection(&self) -> bool {
        let Self::Engine(error) = self else { return false };
        error.as_database_error().is_none_or(|error| matches!(error.kind(), sqlx::error::ErrorKind::Other))
    }
}

/// What every function of the store answers.
pub type StoreResult<T> = Result<T, StoreError>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Engine {
    Sqlite,
    Postgres,
}

/// How sure a commit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// What was answered is on disk.
    Full,
    /// The disk is not waited for: a machine that loses its power can lose or break the database. Only for filling one that is
    /// thrown away.
    None,
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pool: AnyPool,
    readers: Readers,
    writer: Writer,
    engine: Engine,
    memory: Memory,
    /// Only the embedded database has files.
    files: Option<DatabaseFiles>,
}

/// What every connection to PostgreSQL is told.
macro_rules! postgres_session {
    () => {
        "; set lock_timeout = '10s'; select set_config('search_path', quote_ident(current_schema()) || ', pg_temp', false)"
    };
}

impl Store {
    /// Opens `sqlite://path` or `postgres://...` and brings its schema up to date.
    pub async fn open(url: &str) -> StoreResult<Self> {
        Self::open_with(url, Durability::Full).await
    }

    /// The same, with commits that are as sure as this.
    pub async fn open_with(url: &str, durability: Durability) -> StoreResult<Self> {
        let path = if url.starts_with("postgres") { None } else { Some(files::path_of(url)?) };
        // Left by a process that was killed, or by another database whose file was here before: what is in it is taken over.
        let had_log = path.as_deref().is_some_and(files::has_log);
        if path.is_some() {
            install_default_drivers();
            checks::look_first(url, had_log).await?;
        }
        let mut store = Self::connect(url, durability).await?;
        MIGRATIONS.run(&store.pool).await?;
        store.files = path.as_deref().map(DatabaseFiles::of);
        Ok(store)
    }

    /// True while the files of the embedded database are those that were opened: not replaced, not removed.
    pub fn has_its_files(&self) -> bool {
        self.files.as_ref().is_none_or(DatabaseFiles::are_there)
    }

    /// Opens a database and leaves it as it is. Refuses one whose schema is not that of this release.
    pub async fn open_as_it_is(url: &str) -> StoreResult<Self> {
        let store = Self::connect(url, Durability::Full).await?;
        let rows = sqlx::query("select version from _sqlx_migrations order by version").fetch_all(&store.pool).await?;
        let found: Vec<i64> = rows.iter().map(|row| row.number("version")).collect::<Result<_, _>>()?;
        if MIGRATIONS.iter().map(|migration| migration.version).eq(found) {
            Ok(store)
        } else {
            Err(StoreError::OtherSchema)
        }
    }

    async fn connect(url: &str, durability: Durability) -> StoreResult<Self> {
        install_default_drivers();
        let engine = if url.starts_with("postgres") { Engine::Postgres } else { Engine::Sqlite };
        let prepare = match (engine, durability) {
            // Only the one schema, and before it what the engine ships: the database's owner can set a path on which functions and
            // operators of their own are found. And no table that somebody locks may stop the server without a word.
            (Engine::Postgres, Durability::Full) => concat!("set synchronous_commit = on", postgres_session!()),
            (Engine::Postgres, Durability::None) => concat!("set synchronous_commit = off", postgres_session!()),
            // A write-ahead log with every commit synced. It is written back when it has 32 MB: a page that changes often is then
            // written back once for many commits.
            (Engine::Sqlite, Durability::Full) => {
                "pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 8000; \
                 pragma foreign_keys = on; pragma busy_timeout = 10000; pragma cache_size = -2000; pragma temp_store = memory"
            }
            (Engine::Sqlite, Durability::None) => {
                "pragma journal_mode = wal; pragma synchronous = off; pragma foreign_keys = on; \
                 pragma busy_timeout = 10000; pragma cache_size = -64000; pragma temp_store = memory"
            }
        };
        let readers = match engine {
            Engine::Postgres => 16,
            // Each reads on a thread of its own, and keeps pages of its own.
            Engine::Sqlite => std::thread::available_parallelism().map_or(4, NonZero::get).saturating_add(3).min(16),
        };
        let options = AnyPoolOptions::new()
            .max_connections(u32::try_from(readers).unwrap_or(16))
            .acquire_timeout(PATIENCE)
            // A server can have gone away since; a file cannot.
            .test_before_acquire(engine == Engine::Postgres);
        let prepared = options.after_connect(move |connection, _| {
            Box::pin(async move {
                connection.execute(prepare).await?;
                Ok(())
            })
        });
        let pool = prepared.connect(url).await?;
        let memory = Memory::default();
        let writer = match engine {
            Engine::Postgres => Writer::locking(pool.clone(), memory.clone()),
            Engine::Sqlite => {
                // Readers lose their pages whenever something is written; the writer keeps its own. It asks for a lock that another
                // program holds again and again, so that its thread is not held up for long.
                let own_pages = if durability == Durability::Full { "; pragma cache_size = -8000" } else { "" };
                let prepare = format!("{prepare}{own_pages}; pragma busy_timeout = 250");
                let connecting = Connecting { url: url.to_owned(), prepare };
                Writer::sharing(connecting, memory.clone()).await?
            }
        };
        let readers = Readers::new(engine, pool.clone(), readers);
        Ok(Self { pool, readers, writer, engine, memory, files: None })
    }

    /// A connection to read from; each statement sees what was last committed.
    pub async fn read(&self) -> StoreResult<Read> {
        self.readers.read().await
    }

    /// The answer to a question. Faster than [`Store::read`] and then asking.
    pub async fn ask<T: 'static>(&self, question: Question<T>) -> StoreResult<T> {
        self.readers.ask(question).await
    }

    /// The one place to write from, whatever became of the audit meanwhile: `app` has a way that looks at it first. Facts read through it stay true until it commits, because nobody else writes meanwhile.
    pub async fn write(&self) -> StoreResult<Write> {
        self.turn_to_write(Length::Short).await?.begin().await
    }

    /// The same, not begun yet: for whoever reads the clock when the turn has come, and then begins with a question.
    pub async fn turn_to_write(&self, length: Length) -> StoreResult<Turn> {
        self.writer.turn(length).await
    }

    /// How long nobody has got the turn to write that was asked for: another program holds the lock, or somebody does not let go.
    /// Nothing when the last one who asked got it.
    pub fn turn_blocked_for(&self) -> Option<Duration> {
        self.writer.blocked_for()
    }

    /// Waits until the database answers; used by the readiness probe.
    pub async fn ping(&self) -> StoreResult<()> {
        self.readers.ping().await
    }

    /// True once [`Store::close`] was called.
    pub fn is_closed(&self) -> bool {
        self.pool.is_closed()
    }

    /// Lets go of every connection, after what runs has finished.
    pub async fn close(&self) {
        self.writer.close().await;
        self.readers.close().await;
    }
}

/// As many ids as one statement names.
const IDS: usize = 500;

/// The placeholders of so many values, from this place on: `$2, $3, $4`.
fn places(from: usize, count: usize) -> String {
    (from..from + count).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}

/// Runs a statement for all of these ids, many at a time. It ends in `where id in`, and its own values come first.
async fn update_each(tx: &mut Write, text: &str, values: &[i64], ids: &[ScheduleId]) -> StoreResult<()> {
    for ids in ids.chunks(IDS) {
        let statement = format!("{text} ({})", places(values.len() + 1, ids.len()));
        let mut update = sqlx::query(sqlx::AssertSqlSafe(statement));
        for value in values {
            update = update.bind(*value);
        }
        for id in ids {
            update = update.bind(id.as_str());
        }
        update.execute(&mut **tx).await?;
    }
    Ok(())
}

/// As many rows as one statement writes.
const ROWS: usize = 50;

/// The placeholders of rows with so many columns: `($1, $2), ($3, $4)`.
fn tuples(rows: usize, columns: usize) -> String {
    let tuple = |row: usize| {
        let places: Vec<String> = (1..=columns).map(|column| format!("${}", row * columns + column)).collect();
        format!("({})", places.join(", "))
    };
    (0..rows).map(tuple).collect::<Vec<_>>().join(", ")
}
