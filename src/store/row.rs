//! Reading a row: typed columns, and a row that does not fit says so instead of becoming a default.

use std::fmt::Display;
use std::str::FromStr;

use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::domain::seal::Seal;
use crate::domain::time::Instant;

/// A stored value that no rule allows: which column, and what was wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("column {column}: {problem}")]
pub struct Corrupt {
    /// The column's name.
    pub column: &'static str,
    /// What does not fit; never the value itself.
    pub problem: String,
}

/// Typed access to the columns of one row.
pub trait Columns {
    /// A text.
    fn text(&self, column: &'static str) -> Result<String, Corrupt>;
    /// A text or null.
    fn maybe_text(&self, column: &'static str) -> Result<Option<String>, Corrupt>;
    /// A whole number.
    fn number(&self, column: &'static str) -> Result<i64, Corrupt>;
    /// A whole number or null.
    fn maybe_number(&self, column: &'static str) -> Result<Option<i64>, Corrupt>;
    /// A count: a whole number that is not negative.
    fn count(&self, column: &'static str) -> Result<u64, Corrupt>;
    /// A flag: 0 or 1.
    fn flag(&self, column: &'static str) -> Result<bool, Corrupt>;
    /// A moment.
    fn moment(&self, column: &'static str) -> Result<Instant, Corrupt>;
    /// A moment or null.
    fn maybe_moment(&self, column: &'static str) -> Result<Option<Instant>, Corrupt>;
    /// The seal of the row, in these two columns: its hash, and the place of the event that made it.
    fn seal(&self, text: &'static str, event: &'static str) -> Result<Option<Seal>, Corrupt>;
    /// A value with a text form: an id, an enum.
    fn parsed<T: FromStr<Err: Display>>(&self, column: &'static str) -> Result<T, Corrupt>;
    /// A value with a text form, or null.
    fn maybe_parsed<T: FromStr<Err: Display>>(&self, column: &'static str) -> Result<Option<T>, Corrupt>;
}

fn unreadable(column: &'static str) -> impl FnOnce(sqlx::Error) -> Corrupt {
    move |error| Corrupt { column, problem: error.to_string() }
}

fn misfit<E: Display>(column: &'static str) -> impl FnOnce(E) -> Corrupt {
    move |error| Corrupt { column, problem: error.to_string() }
}

impl Columns for AnyRow {
    fn text(&self, column: &'static str) -> Result<String, Corrupt> {
        self.try_get(column).map_err(unreadable(column))
    }

    fn maybe_text(&self, column: &'static str) -> Result<Option<String>, Corrupt> {
        self.try_get(column).map_err(unreadable(column))
    }

    fn number(&self, column: &'static str) -> Result<i64, Corrupt> {
        self.try_get(column).map_err(unreadable(column))
    }

    fn maybe_number(&self, column: &'static str) -> Result<Option<i64>, Corrupt> {
        self.try_get(column).map_err(unreadable(column))
    }

    fn count(&self, column: &'static str) -> Result<u64, Corrupt> {
        u64::try_from(self.number(column)?).map_err(misfit(column))
    }

    fn flag(&self, column: &'static str) -> Result<bool, Corrupt> {
        match self.number(column)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Corrupt { column, problem: "neither 0 nor 1".to_owned() }),
        }
    }

    fn moment(&self, column: &'static str) -> Result<Instant, Corrupt> {
        self.number(column).map(Instant::from_millis)
    }

    fn maybe_moment(&self, column: &'static str) -> Result<Option<Instant>, Corrupt> {
        Ok(self.maybe_number(column)?.map(Instant::from_millis))
    }

    fn seal(&self, text: &'static str, event: &'static str) -> Result<Option<Seal>, Corrupt> {
        // Half a seal is none: the row then gives nothing, and says so.
        let (text, event) = (self.maybe_text(text)?, self.maybe_number(event)?);
        Ok(text.zip(event).map(|(text, event)| Seal::read(&text, event)))
    }

    fn parsed<T: FromStr<Err: Display>>(&self, column: &'static str) -> Result<T, Corrupt> {
        self.text(column)?.parse().map_err(misfit(column))
    }

    fn maybe_parsed<T: FromStr<Err: Display>>(&self, column: &'static str) -> Result<Option<T>, Corrupt> {
        self.maybe_text(column)?.map(|text| text.parse().map_err(misfit(column))).transpose()
    }
}
