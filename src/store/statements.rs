//! Statements as values, sent to the engine together. The embedded engine has a thread of its own: each statement goes there and its
//! answer back while others wait for their turn to write, which takes longer than most statements do.

use std::borrow::Cow;

use futures::TryStreamExt as _;
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Either, Executor as _, query::Query};

use super::{Db, StoreError, StoreResult, Write};
use crate::domain::ids::{PrincipalId, RoleId, ScheduleId, UserId};

/// As many values as one text carries; what a change writes has fewer.
const MOST_VALUES: usize = 1_000;

/// Statements that ask nothing back, in the order in which they are run.
#[derive(Default)]
pub struct Statements(Vec<Statement>);

/// One statement with its values, in the order of their placeholders.
pub struct Statement {
    text: Cow<'static, str>,
    values: Vec<Value>,
    /// Placeholders that stand for what a row says, each with the select that ends before the row's id.
    through: Vec<(usize, &'static str)>,
    /// How many rows it has to write.
    writes: Option<u64>,
}

/// An id that a question is about: known, or said by a row whose id is known. So one question need not wait for another's answer.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    id: &'a str,
    through: Option<&'static str>,
}

impl<'a> Key<'a> {
    /// What the row with this id says; the select ends before the id.
    pub(super) const fn through(select: &'static str, id: &'a str) -> Self {
        Self { id, through: Some(select) }
    }
}

macro_rules! known {
    ($($id:ty),*) => {$(
        impl<'a> From<&'a $id> for Key<'a> {
            fn from(id: &'a $id) -> Self {
                Self { id: id.as_str(), through: None }
            }
        }
    )*};
}
known!(PrincipalId, RoleId, ScheduleId, UserId);

enum Value {
    Text(Option<String>),
    Number(Option<i64>),
}

impl Statement {
    pub(super) fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.into(), values: Vec::new(), through: Vec::new(), writes: None }
    }

    /// It has to write so many rows. When the engine says that there were others, it fails.
    pub(super) const fn writing(mut self, rows: u64) -> Self {
        self.writes = Some(rows);
        self
    }

    pub(super) fn text(self, value: &str) -> Self {
        self.maybe_text(Some(value))
    }

    pub(super) fn maybe_text(mut self, value: Option<&str>) -> Self {
        self.values.push(Value::Text(value.map(str::to_owned)));
        self
    }

    pub(super) fn key(self, key: Key<'_>) -> Self {
        let mut keyed = self.text(key.id);
        keyed.through.extend(key.through.map(|select| (keyed.values.len(), select)));
        keyed
    }

    pub(super) fn number(self, value: i64) -> Self {
        self.maybe_number(Some(value))
    }

    pub(super) fn maybe_number(mut self, value: Option<i64>) -> Self {
        self.values.push(Value::Number(value));
        self
    }

    /// Runs it alone.
    pub async fn run(self, tx: &mut Write) -> StoreResult<()> {
        let writes = self.writes;
        counted(writes, self.bound().execute(&mut **tx).await?.rows_affected())
    }

    /// Runs it alone; answers with its rows.
    pub(super) async fn fetch_all(self, db: &mut Db) -> StoreResult<Vec<AnyRow>> {
        Ok(self.bound().fetch_all(db).await?)
    }

    fn bound(self) -> Query<'static, Any, sqlx::any::AnyArguments> {
        if self.through.is_empty() {
            return bound(self.text, self.values);
        }
        let mut text = String::new();
        append(&mut text, &self.text, 0, &self.through);
        bound(text.into(), self.values)
    }
}

impl Statements {
    /// Puts a statement behind the others.
    pub fn add(&mut self, statement: Statement) {
        self.0.push(statement);
    }

    /// Runs them all.
    pub async fn run(self, tx: &mut Write) -> StoreResult<()> {
        if !tx.takes_several() {
            for statement in self.0 {
                statement.run(tx).await?;
            }
            return Ok(());
        }
        let mut joined = Joined::default();
        for statement in self.0 {
            if joined.values.len() + statement.values.len() > MOST_VALUES {
                std::mem::take(&mut joined).run(tx).await?;
            }
            joined.add(statement);
        }
        joined.run(tx).await
    }
}

/// Several statements as one text. Only for an engine that takes it (see [`Write::takes_several`]).
#[derive(Default)]
struct Joined {
    text: String,
    values: Vec<Value>,
    /// How many rows each of them has to write.
    writes: Vec<Option<u64>>,
}

impl Joined {
    fn add(&mut self, statement: Statement) {
        append(&mut self.text, &statement.text, self.values.len(), &statement.through);
        self.text.push(';');
        self.values.extend(statement.values);
        self.writes.push(statement.writes);
    }

    async fn run(self, tx: &mut Write) -> StoreResult<()> {
        if self.writes.is_empty() {
            return Ok(());
        }
        let ran = async {
            let mut steps = (**tx).fetch_many(bound(self.text.into(), self.values));
            let mut writes = self.writes.into_iter();
            while let Some(step) = steps.try_next().await? {
                if let Either::Left(done) = step {
                    counted(writes.next().flatten(), done.rows_affected())?;
                }
            }
            if writes.len() == 0 { Ok(()) } else { Err(StoreError::Engine(sqlx::Error::WorkerCrashed)) }
        };
        let done = ran.await;
        tx.note_loss(done)
    }
}

/// Runs these statements as one text; answers with the rows of each. Only for an engine that takes it.
pub(super) async fn fetch_together(
    db: &mut Db,
    statements: impl IntoIterator<Item = Statement>,
) -> StoreResult<Vec<Vec<AnyRow>>> {
    let mut joined = Joined::default();
    for statement in statements {
        joined.add(statement);
    }
    let count = joined.writes.len();
    let (mut answers, mut rows) = (Vec::with_capacity(count), Vec::new());
    let mut steps = db.fetch_many(bound(joined.text.into(), joined.values));
    while let Some(step) = steps.try_next().await? {
        match step {
            Either::Right(row) => rows.push(row),
            Either::Left(_) => answers.push(std::mem::take(&mut rows)),
        }
    }
    // An engine that went away in between is not one that found nothing.
    if answers.len() == count { Ok(answers) } else { Err(StoreError::Engine(sqlx::Error::WorkerCrashed)) }
}

/// Fails unless as many rows were written as had to be: a trigger, a rule or a policy can take them away without a word.
fn counted(to_write: Option<u64>, written: u64) -> StoreResult<()> {
    match to_write {
        Some(rows) if rows != written => {
            Err(StoreError::Swallowed { written: rows, missing: rows.saturating_sub(written) })
        }
        Some(_) | None => Ok(()),
    }
}

/// Appends a statement whose first value is behind so many others.
fn append(text: &mut String, statement: &str, before: usize, through: &[(usize, &'static str)]) {
    let mut rest = statement;
    while let Some((plain, behind)) = rest.split_once('$') {
        let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = behind.split_at(digits);
        let place = number.parse::<usize>().unwrap_or(0);
        let number = (place + before).to_string();
        match through.iter().find(|(keyed, _)| *keyed == place) {
            Some((_, select)) => text.extend([plain, "(", select, " $", &number, ")"]),
            None => text.extend([plain, "$", &number]),
        }
        rest = after;
    }
    text.push_str(rest);
}

fn bound(text: Cow<'static, str>, values: Vec<Value>) -> Query<'static, Any, sqlx::any::AnyArguments> {
    let query = sqlx::query(AssertSqlSafe(text.into_owned()));
    values.into_iter().fold(query, |query, value| match value {
        Value::Text(text) => query.bind(text),
        Value::Number(number) => query.bind(number),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_on_through_all_statements() {
        let mut text = String::new();
        append(&mut text, "insert into a values ($1, $2), ($3, $10); ", 0, &[]);
        append(&mut text, "update b set c = $2 where d = $1 and e in ($2, $12)", 10, &[]);
        assert_eq!(
            text,
            "insert into a values ($1, $2), ($3, $10); update b set c = $12 where d = $11 and e in ($12, $22)"
        );
    }

    #[test]
    fn a_key_stands_for_what_a_row_says() {
        let mut text = String::new();
        append(
            &mut text,
            "select a from b where c = $1 and d = $10 and $1 <> $2",
            3,
            &[(1, "select c from e where id =")],
        );
        assert_eq!(
            text,
            "select a from b where c = (select c from e where id = $4) and d = $13 and (select c from e where id = $4) <> $5"
        );
    }
}
