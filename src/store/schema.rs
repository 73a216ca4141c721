//! The schema as it is, compared with that of the migrations. Whoever can write the database can add a trigger that swallows rows, put a
//! view in the place of a table, or drop the index by which something is found.
//!
//! On SQLite the migrations themselves say what is expected: they are run in memory. On PostgreSQL it is a list that a test compares
//! with a database that was just migrated. Both are free of what differs between releases of the engine.

use std::collections::BTreeMap;

use sqlx::Connection as _;
use sqlx::any::AnyRow;
use tokio::sync::OnceCell;

use super::row::Columns as _;
use super::{Corrupt, Db, MIGRATIONS, StoreResult, Write};

/// Objects of the schema by their kind and name, and how each is defined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema(BTreeMap<String, String>);

/// What the migrations make on PostgreSQL: object and definition, with a tab between.
const POSTGRES: &str = include_str!("schema_postgres.snapshot");

/// Left out are the tables of the planner's own statistics; they change nothing but the choice between plans.
const SQLITE: &str = "select type || ' ' || name as object, tbl_name || ': ' || coalesce(sql, '') as definition from sqlite_master \
     where not (type = 'table' and name in ('sqlite_stat1', 'sqlite_stat2', 'sqlite_stat3', 'sqlite_stat4'))";

impl Schema {
    /// One line for each object.
    pub fn lines(&self) -> String {
        let mut lines = String::new();
        for (object, definition) in &self.0 {
            lines.extend([object, "\t", definition, "\n"]);
        }
        lines
    }

    fn of_lines(lines: &str) -> Self {
        let line = |line: &str| line.split_once('\t').map(|(object, rest)| (object.to_owned(), rest.to_owned()));
        Self(lines.lines().filter_map(line).collect())
    }

    /// The first object in which this schema is another one than expected, and how.
    pub fn change_from(&self, expected: &Self) -> Option<String> {
        // A table before its parts.
        let first =
            |object: &&String| (!["table ", "view "].iter().any(|kind| object.starts_with(kind)), (*object).clone());
        let added = self.0.keys().filter(|object| !expected.0.contains_key(*object)).min_by_key(first);
        let other = |object: &String| self.0.get(object) != expected.0.get(object);
        let lost = expected.0.keys().filter(|object| other(object)).min_by_key(first);
        match (added, lost) {
            (Some(object), _) => Some(format!("the {object} was added")),
            (None, Some(object)) if self.0.contains_key(object) => Some(format!("the {object} is another one")),
            (None, Some(object)) => Some(format!("the {object} is missing")),
            (None, None) => None,
        }
    }
}

/// The first object in which the schema of this database is not that of this release, and how.
pub async fn find_change(db: &mut Db) -> StoreResult<Option<String>> {
    let expected = if db.backend_name() == "SQLite" { of_migrations().await? } else { &Schema::of_lines(POSTGRES) };
    Ok(read(db).await?.change_from(expected))
}

/// The schema of this database.
pub async fn read(db: &mut Db) -> StoreResult<Schema> {
    let is_embedded = db.backend_name() == "SQLite";
    let rows = if is_embedded {
        sqlx::query(SQLITE).fetch_all(db).await?
    } else {
        sqlx::query(include_str!("schema_postgres.sql")).fetch_all(db).await?
    };
    let object = |row: &AnyRow| {
        let (object, definition) = (row.text("object")?, row.text("definition")?);
        Ok::<_, Corrupt>((object, if is_embedded { plain(&definition) } else { definition.replace(['\n', '\t'], " ") }))
    };
    Ok(Schema(rows.iter().map(object).collect::<Result<_, _>>()?))
}

/// Writes what is there already: to find out whether anything can be written.
pub async fn write_nothing_new(tx: &mut Write) -> StoreResult<()> {
    sqlx::query("update _sqlx_migrations set version = version where version = 1").execute(&mut **tx).await?;
    Ok(())
}

/// What the migrations make on SQLite.
async fn of_migrations() -> StoreResult<&'static Schema> {
    static EXPECTED: OnceCell<Schema> = OnceCell::const_new();
    let make = async || {
        let mut db = Db::connect("sqlite::memory:").await?;
        MIGRATIONS.run_direct(None, &mut db, false).await?;
        let schema = read(&mut db).await?;
        db.close().await?;
        Ok(schema)
    };
    EXPECTED.get_or_try_init(make).await
}

/// A statement without what SQLite changes by itself: it quotes the names in a definition when something is renamed, and releases of it
/// put the columns that were added later behind other white space. What stands in quotes as a text is left as it is; comments are left
/// out, up to the end of their line, so that a comment which swallows what follows it is a change.
fn plain(definition: &str) -> String {
    let mut plain = String::with_capacity(definition.len());
    let (mut in_text, mut gap) = (false, false);
    let mut letters = definition.chars().peekable();
    while let Some(letter) = letters.next() {
        if !in_text && letter == '-' && letters.peek() == Some(&'-') {
            letters.by_ref().find(|letter| *letter == '\n');
            gap = true;
        } else if in_text {
            in_text = letter != '\'';
            plain.push(letter);
        } else if letter.is_whitespace() {
            gap = true;
        } else if letter != '"' {
            // A gap between two words counts, one beside a sign does not.
            let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
            if gap && is_word(letter) && plain.chars().next_back().is_some_and(is_word) {
                plain.push(' ');
            }
            gap = false;
            in_text = letter == '\'';
            plain.extend(letter.to_lowercase());
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_is_the_same_however_it_is_spaced_and_quoted() {
        let made = "CREATE TABLE a (\n  b text check (b in ('x', 'Y  \"z')),\n c bigint null)";
        let renamed = "CREATE TABLE \"a\" (b text check (b in ('x','Y  \"z')), c bigint null )";
        assert_eq!(plain(made), plain(renamed));
        assert_ne!(plain(made), plain(&made.replace("'x'", "'X'")), "a text is taken as it is");
        assert_ne!(plain(made), plain(&made.replace("Y  ", "Y ")));
        assert_ne!(plain("c bigint null"), plain("cbigint null"));
        assert_eq!(plain("a text, -- said so\n check (a <> '--')"), plain("a text, check (a <> '--')"));
        assert_ne!(plain("a text, -- said so\n check (1)"), plain("a text, -- said so check (1)"));
    }

    #[test]
    fn a_change_names_its_object() {
        let expected = Schema::of_lines("table a\tx\nindex b\ty\n");
        let change = |lines: &str| Schema::of_lines(lines).change_from(&expected);
        assert_eq!(change("index b\ty\ntable a\tx\n"), None);
        assert_eq!(change("table a\tx\n").as_deref(), Some("the index b is missing"));
        assert_eq!(change("table a\tx\nindex b\tz\n").as_deref(), Some("the index b is another one"));
        assert_eq!(change("table a\tx\nindex b\ty\ntrigger t\t\n").as_deref(), Some("the trigger t was added"));
    }
}
