//! The engine's own checks of its files, and whether every row of the audit is found by every index. Somebody who can write the
//! database can hide a row from all pages that read by an index, and the chain, which is read by place, still holds.

use sqlx::Executor as _;

use super::row::Columns as _;
use super::{Db, Store, StoreError, StoreResult};

/// Looks at an embedded database before it is used: whether it can be read at all and, where a write-ahead log was left beside it, with
/// the engine's quick check. The log may be that of another file, which was here before an older one was restored over it.
pub(super) async fn look_first(url: &str, had_log: bool) -> StoreResult<()> {
    let mut db = <Db as sqlx::Connection>::connect(url).await?;
    let looked = async {
        sqlx::query("select count(*) from sqlite_master").fetch_one(&mut db).await?;
        // It does not look into the indexes.
        if had_log { said(&mut db, "pragma quick_check(1)").await } else { Ok(None) }
    };
    let damage = match looked.await {
        Ok(None) => return Ok(sqlx::Connection::close(db).await?),
        Ok(Some(said)) => said,
        Err(error) => match error.ailment() {
            Some(Ailment::Damaged(said)) => said,
            Some(Ailment::Unwritable) | None => return Err(error),
        },
    };
    // To close it would write the log into the file. As it is, taking the log away may be all that is needed.
    std::mem::forget(db);
    Err(StoreError::Damaged(damage))
}

/// What the engine's whole check finds wrong. On PostgreSQL that of the extension `amcheck`, where it is installed and may be used.
pub async fn integrity(store: &Store) -> StoreResult<Option<String>> {
    let mut db = store.read().await?;
    if db.backend_name() == "SQLite" {
        return said(&mut db, "pragma integrity_check(1)").await;
    }
    let extension = "select cast(n.nspname as text) as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace \
                     where e.extname = 'amcheck'";
    let Some(found) = sqlx::query(extension).fetch_optional(&mut *db).await? else { return Ok(None) };
    let schema = found.text("schema")?.replace('"', "\"\"");
    let indexes = "select cast(i.indexrelid as bigint) as id from pg_index i join pg_class t on t.oid = i.indrelid \
                   where t.relnamespace = (select oid from pg_namespace where nspname = current_schema()) and t.relkind = 'r'";
    for index in sqlx::query(indexes).fetch_all(&mut *db).await? {
        let check = format!("select \"{schema}\".bt_index_check(cast({} as oid)::regclass, true)", index.number("id")?);
        match db.execute(sqlx::AssertSqlSafe(check)).await {
            Ok(_) => {}
            // Not everybody may use it.
            Err(error) if code(&error).as_deref() == Some("42501") => return Ok(None),
            Err(error) => match error.as_database_error() {
                Some(found) => return Ok(Some(found.message().to_owned())),
                None => return Err(error.into()),
            },
        }
    }
    Ok(None)
}

/// An index of the audit by which another number of rows is found than there are, if there is one.
pub async fn find_blind_index(store: &Store) -> StoreResult<Option<String>> {
    let mut db = store.read().await?;
    if db.backend_name() == "SQLite" { blind_on_sqlite(&mut db).await } else { blind_on_postgres(&mut db).await }
}

async fn blind_on_sqlite(db: &mut Db) -> StoreResult<Option<String>> {
    let indexes =
        sqlx::query("select name from pragma_index_list('audit_events') order by name").fetch_all(&mut *db).await?;
    let names = indexes.iter().map(|row| row.text("name")).collect::<Result<Vec<_>, _>>()?;
    // All in one statement: nothing is written between one count and the next.
    let counts: Vec<String> = names
        .iter()
        .map(|name| format!("(select count(*) from audit_events indexed by \"{}\") as c", name.replace('"', "\"\"")))
        .collect();
    let each = counts.iter().zip(0..).map(|(count, number)| format!("{count}{number}")).collect::<Vec<_>>().join(", ");
    if each.is_empty() {
        return Ok(None);
    }
    let statement = format!("select (select count(*) from audit_events not indexed) as whole, {each}");
    let row = sqlx::query(sqlx::AssertSqlSafe(statement)).fetch_one(db).await?;
    let whole = row.number("whole")?;
    for (name, place) in names.into_iter().zip(1..) {
        if sqlx::Row::try_get::<i64, _>(&row, place)? != whole {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

async fn blind_on_postgres(db: &mut Db) -> StoreResult<Option<String>> {
    let mut tx = sqlx::Connection::begin(db).await?;
    // One state of the table for all counts, and no way to the rows but by the index.
    tx.execute("set transaction isolation level repeatable read, read only").await?;
    let indexes = "select cast(c.relname as text) as name, pg_get_indexdef(i.indexrelid, 1, true) as first \
                   from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = to_regclass('audit_events') order by 1";
    let indexes = sqlx::query(indexes).fetch_all(&mut *tx).await?;
    let whole = sqlx::query("select count(*) as n from audit_events").fetch_one(&mut *tx).await?.number("n")?;
    tx.execute("set local enable_seqscan = off").await?;
    tx.execute("set local enable_bitmapscan = off").await?;
    tx.execute("set local enable_sort = off").await?;
    for index in &indexes {
        let key = index.text("first")?;
        let ordered = match key.as_str() {
            "seq" | "id" => key,
            first => format!("{first}, seq"),
        };
        let counted =
            format!("select count(*) as n from (select 1 from audit_events order by {ordered} offset 0) as found");
        if sqlx::query(sqlx::AssertSqlSafe(counted)).fetch_one(&mut *tx).await?.number("n")? != whole {
            return Ok(Some(index.text("name")?));
        }
    }
    tx.rollback().await?;
    Ok(None)
}

/// The answer of a check, unless it is that all is well.
async fn said(db: &mut Db, check: &'static str) -> StoreResult<Option<String>> {
    let row = sqlx::query(check).fetch_one(db).await?;
    let said: String = sqlx::Row::try_get(&row, 0)?;
    Ok((said != "ok").then_some(said))
}

pub(super) fn code(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

/// What a failure of the engine says about the database as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ailment {
    /// Its files do not hold what they should.
    Damaged(String),
    /// Nothing can be written: the disk is full, fails, or is not to be written to.
    Unwritable,
}

impl StoreError {
    /// What this failure says about the database as a whole; nothing for one that concerns a statement or a connection.
    pub fn ailment(&self) -> Option<Ailment> {
        let error = match self {
            Self::Engine(error) => error,
            Self::Shared(error) => &**error,
            Self::Damaged(said) => return Some(Ailment::Damaged(said.clone())),
            Self::Migrate(_)
            | Self::Corrupt(_)
            | Self::OtherSchema
            | Self::Missing(_)
            | Self::Locked
            | Self::Swallowed { .. } => {
                return None;
            }
        };
        if let sqlx::Error::Decode(problem) = error {
            // Not one value that no rule allows, but a text that is none. Ostiary writes none.
            return Some(Ailment::Damaged(format!("a stored text cannot be read ({problem})")));
        }
        let (code, database) = (code(error)?, error.as_database_error()?);
        // SQLite's codes are numbers whose last byte is the kind; PostgreSQL's have five letters, and the first two are the class.
        match code.parse::<u32>() {
            Ok(number) if code.len() != 5 => match number & 0xff {
                11 | 26 => Some(Ailment::Damaged(database.message().to_owned())),
                8 | 10 | 13 => Some(Ailment::Unwritable),
                _ => None,
            },
            Ok(_) | Err(_) => match code.as_str() {
                "XX001" | "XX002" => Some(Ailment::Damaged(database.message().to_owned())),
                "25006" | "53100" | "58030" => Some(Ailment::Unwritable),
                _ => None,
            },
        }
    }
}
