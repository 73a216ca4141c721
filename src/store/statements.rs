//! Statements that ask nothing back, sent to the engine together. The embedded engine has a thread of its own: each statement goes
//! there and its answer back while others wait for their turn to write, which takes longer than most statements do.

use std::borrow::Cow;

use sqlx::AssertSqlSafe;

use super::{StoreResult, Write};

/// As many values as one text carries; what a change writes has fewer.
const MOST_VALUES: usize = 1_000;

/// Statements in the order in which they are run.
#[derive(Default)]
pub struct Statements(Vec<Statement>);

/// One statement with its values, in the order of their placeholders.
pub(super) struct Statement {
    text: Cow<'static, str>,
    values: Vec<Value>,
}

enum Value {
    Text(Option<String>),
    Number(Option<i64>),
}

impl Statement {
    pub(super) fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.into(), values: Vec::new() }
    }

    pub(super) fn text(self, value: &str) -> Self {
        self.maybe_text(Some(value))
    }

    pub(super) fn maybe_text(mut self, value: Option<&str>) -> Self {
        self.values.push(Value::Text(value.map(str::to_owned)));
        self
    }

    pub(super) fn number(self, value: i64) -> Self {
        self.maybe_number(Some(value))
    }

    pub(super) fn maybe_number(mut self, value: Option<i64>) -> Self {
        self.values.push(Value::Number(value));
        self
    }

    /// Runs it alone.
    pub(super) async fn run(self, tx: &mut Write) -> StoreResult<()> {
        execute(tx, self.text, self.values).await
    }
}

impl Statements {
    /// Puts a statement behind the others.
    pub(super) fn add(&mut self, statement: Statement) {
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
        let (mut text, mut values) = (String::new(), Vec::new());
        for statement in self.0 {
            if values.len() + statement.values.len() > MOST_VALUES && !values.is_empty() {
                execute(tx, std::mem::take(&mut text).into(), std::mem::take(&mut values)).await?;
            }
            append(&mut text, &statement.text, values.len());
            values.extend(statement.values);
        }
        if text.is_empty() { Ok(()) } else { execute(tx, text.into(), values).await }
    }
}

/// Appends a statement whose first value is behind so many others.
fn append(text: &mut String, statement: &str, before: usize) {
    let mut rest = statement;
    while let Some((plain, behind)) = rest.split_once('$') {
        let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = behind.split_at(digits);
        let place = number.parse::<usize>().map_or(0, |place| place + before);
        text.extend([plain, "$", &place.to_string()]);
        rest = after;
    }
    text.extend([rest, ";"]);
}

async fn execute(tx: &mut Write, text: Cow<'static, str>, values: Vec<Value>) -> StoreResult<()> {
    let mut query = sqlx::query(AssertSqlSafe(text.into_owned()));
    for value in values {
        query = match value {
            Value::Text(text) => query.bind(text),
            Value::Number(number) => query.bind(number),
        };
    }
    query.execute(&mut **tx).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_on_through_all_statements() {
        let mut text = String::new();
        append(&mut text, "insert into a values ($1, $2), ($3, $10)", 0);
        append(&mut text, "update b set c = $2 where d = $1 and e in ($2, $12)", 10);
        assert_eq!(
            text,
            "insert into a values ($1, $2), ($3, $10);update b set c = $12 where d = $11 and e in ($12, $22);"
        );
    }
}
