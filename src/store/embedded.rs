//! The embedded database as a file: its URL, a copy that is made while others write, and the engine's own check.

use std::fmt::Write as _;
use std::path::Path;

use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::{Connection as _, Executor as _};

use super::checks::Ailment;
use super::end::Memory;
use super::readers::Readers;
use super::row::Columns as _;
use super::shared::Connecting;
use super::writer::Writer;
use super::{Db, Engine, Store, StoreError, StoreResult};

/// What may be done with the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It is read. Nothing in it changes.
    Read,
    /// It is read and written, and has to be there.
    Write,
    /// It is made when it is not there.
    Create,
}

/// The URL of a database file. The path has to be absolute and without `..`: in a URL, such steps are taken away before the file is
/// looked for. Nothing for a path that is no Unicode text: the engine takes no other.
pub fn url_of(file: &Path, access: Access) -> Option<String> {
    let path = file.to_str()?;
    let is_plain = file.is_absolute() && !file.components().any(|part| part == std::path::Component::ParentDir);
    if !is_plain {
        return None;
    }
    let mut url = String::from("sqlite://");
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.') {
            url.push(char::from(byte));
        } else {
            // Writing into a String cannot fail.
            let _ = write!(url, "%{byte:02X}");
        }
    }
    url.push_str(match access {
        Access::Read => "?mode=ro",
        Access::Write => "?mode=rw",
        Access::Create => "?mode=rwc",
    });
    Some(url)
}

/// What is told to a connection that only reads. What it does in a temporary table stays in memory.
const READING: &str = "pragma busy_timeout = 10000; pragma query_only = on; pragma temp_store = memory";

impl Store {
    /// Opens a database file to read from it, whatever its schema is. Nothing is written into it, and nothing made beside it unless it
    /// has a write-ahead log.
    pub async fn open_to_read(url: &str) -> StoreResult<Self> {
        install_default_drivers();
        let prepared = AnyPoolOptions::new().max_connections(2).after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute(READING).await?;
                Ok(())
            })
        });
        let pool = prepared.connect(url).await?;
        let memory = Memory::default();
        let connecting = Connecting { url: url.to_owned(), prepare: READING.to_owned() };
        let writer = Writer::sharing(connecting, memory.clone()).await?;
        let readers = Readers::new(Engine::Sqlite, pool.clone(), 2);
        Ok(Self { readers, pool, writer, engine: Engine::Sqlite, memory, files: None })
    }
}

/// Copies the database at this URL, as it is at one moment, into an empty file. Others may write meanwhile; they wait for nothing.
pub async fn copy_into(url: &str, target: &str) -> StoreResult<()> {
    install_default_drivers();
    let mut db = Db::connect(url).await?;
    db.execute("pragma busy_timeout = 10000").await?;
    let copied = sqlx::query("vacuum into $1").bind(target).execute(&mut db).await;
    db.close().await?;
    copied?;
    Ok(())
}

/// What the engine finds wrong with its own pages, indexes and references; nothing when all is well. Takes seconds for each gigabyte.
pub async fn find_damage(db: &mut Db) -> StoreResult<Option<String>> {
    let rows =
        sqlx::query("select integrity_check as found from pragma_integrity_check limit 1").fetch_all(&mut *db).await;
    let found: Vec<String> = match rows {
        Ok(rows) => rows.iter().map(|row| row.text("found")).collect::<Result<_, _>>()?,
        // A file that is no database at all, or one whose first pages are gone.
        Err(error) => {
            let error = StoreError::from(error);
            return match error.ailment() {
                Some(Ailment::Damaged(said)) => Ok(Some(said)),
                Some(Ailment::Unwritable) | None => Err(error),
            };
        }
    };
    if found != ["ok"] {
        return Ok(found.into_iter().next());
    }
    let strays =
        sqlx::query("select \"table\" as found from pragma_foreign_key_check limit 1").fetch_optional(db).await?;
    Ok(strays.map(|row| row.text("found")).transpose()?.map(|table| format!("a row of {table} refers to nothing")))
}

/// Whether some release of Ostiary has made the schema. Another database must not be filled with it.
pub async fn is_ours(db: &mut Db) -> bool {
    sqlx::query("select version from _sqlx_migrations limit 1").fetch_optional(db).await.is_ok_and(|row| row.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_in_a_url_is_the_path_and_nothing_else() {
        let url = |path: &str| url_of(Path::new(path), Access::Create);
        assert_eq!(url("/srv/a b/x.db").unwrap(), "sqlite:///srv/a%20b/x.db?mode=rwc");
        assert_eq!(url("/srv/50%/a?b#c/%41.db").unwrap(), "sqlite:///srv/50%25/a%3Fb%23c/%2541.db?mode=rwc");
        assert_eq!(url("/srv/Zürich/x.db").unwrap(), "sqlite:///srv/Z%C3%BCrich/x.db?mode=rwc");
        assert_eq!(url("relative/x.db"), None);
        assert_eq!(url("/srv/../x.db"), None);
    }
}
