//! What every change asks first, in one statement: who acts, what is due, and where the audit ends. Each statement is handed to the
//! engine and back while others wait for their turn to write; what is always asked together is asked at once.

use sqlx::any::AnyRow;

use super::principals::{SealedPresent, present_columns, present_holdings};
use super::row::Columns as _;
use super::statements::Statement;
use super::{Engine, Question, StoreError, StoreResult, deadlines, end};
use crate::domain::ids::UserId;
use crate::domain::time::Instant;

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The earliest moment at which something is due, past or future.
    pub due: Option<Instant>,
    /// Where the audit ends.
    pub end: end::End,
    /// Whoever acts, if they are there and enabled.
    pub present: Option<SealedPresent>,
}

/// The statement, for this engine.
macro_rules! text {
    ($engine:ident) => {
        concat!(
            "select d.due, ",
            end::columns!($engine),
            ", ",
            present_columns!(),
            ", 0 as recovered from (",
            deadlines::next_due!(),
            ") as d",
            end::join!("$3"),
            " left join users u on u.id = $1 and u.enabled = 1 left join principals p on p.id = u.id left join organization o on o.id = 1",
            present_holdings!(),
        )
    };
}

/// All three. Without a person, nobody acts.
pub fn opening(user: Option<&UserId>, now: Instant, remembered: &end::Remembered) -> Question<Opening> {
    let text = match remembered.engine {
        Engine::Sqlite => text!(sqlite),
        Engine::Postgres => text!(postgres),
    };
    let statement =
        Statement::new(text).maybe_text(user.map(UserId::as_str)).number(now.millis()).number(remembered.seq());
    Question::new(statement, read)
}

fn read(rows: &[AnyRow]) -> StoreResult<Opening> {
    let row = rows.first().ok_or(StoreError::Missing("the end of the audit"))?;
    let present = match row.maybe_text("display_name")? {
        Some(_) => SealedPresent::read(row, rows)?,
        None => None,
    };
    Ok(Opening { due: row.maybe_moment("due")?, end: end::End::read(row)?, present })
}
