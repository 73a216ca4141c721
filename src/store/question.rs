//! Questions as values: what is asked is apart from when, so that several are asked together. The embedded engine has a thread of its
//! own: each statement goes there and its answer back while others wait for their turn to write, which takes longer than most
//! statements do.

use sqlx::any::AnyRow;

use super::statements::{Statement, fetch_together};
use super::{Corrupt, Db, StoreError, StoreResult, Write};

/// A question to the database: its statements, and how their rows are read.
pub struct Question<T> {
    statements: Vec<Statement>,
    read: Reader<T>,
}

/// Takes the rows of its statements from those that were answered.
type Reader<T> = Box<dyn FnOnce(&mut Answers) -> StoreResult<T> + Send>;
type Answers = std::vec::IntoIter<Vec<AnyRow>>;

impl<T: 'static> Question<Vec<T>> {
    /// One statement, and how each of its rows is read.
    pub(super) fn about_each(statement: Statement, read: fn(&AnyRow) -> Result<T, Corrupt>) -> Self {
        Self::new(statement, move |rows| Ok(rows.iter().map(read).collect::<Result<_, _>>()?))
    }
}

impl Question<()> {
    /// No question.
    pub fn nothing() -> Self {
        Self { statements: Vec::new(), read: Box::new(|_| Ok(())) }
    }
}

impl<T: 'static> Question<T> {
    /// One statement, and how all of its rows are read.
    pub(super) fn new(statement: Statement, read: impl FnOnce(&[AnyRow]) -> StoreResult<T> + Send + 'static) -> Self {
        let read =
            Box::new(move |answers: &mut Answers| read(&answers.next().ok_or(StoreError::Missing("an answer"))?));
        Self { statements: vec![statement], read }
    }

    /// One statement that has one row or none, and how it is read.
    pub(super) fn about_maybe_one(
        statement: Statement,
        read: fn(&AnyRow) -> Result<T, Corrupt>,
    ) -> Question<Option<T>> {
        Question::new(statement, move |rows| Ok(rows.first().map(read).transpose()?))
    }

    /// One statement that always has exactly one row, and how it is read.
    pub(super) fn about_one(
        statement: Statement,
        read: impl FnOnce(&AnyRow) -> StoreResult<T> + Send + 'static,
    ) -> Self {
        Self::new(statement, |rows| read(rows.first().ok_or(StoreError::Missing("a row"))?))
    }

    /// The question, if there is one.
    pub fn maybe(question: Option<Self>) -> Question<Option<T>> {
        match question {
            Some(Self { statements, read }) => {
                Question { statements, read: Box::new(|answers| read(answers).map(Some)) }
            }
            None => Question { statements: Vec::new(), read: Box::new(|_| Ok(None)) },
        }
    }

    /// The same question, with another answer made of its own.
    #[must_use]
    pub(super) fn map<U>(self, make: impl FnOnce(T) -> U + Send + 'static) -> Question<U> {
        let read = self.read;
        Question { statements: self.statements, read: Box::new(|answers| read(answers).map(make)) }
    }

    /// Both questions; the answers to the first come first.
    #[must_use]
    pub fn and<U: 'static>(mut self, other: Question<U>) -> Question<(T, U)> {
        self.statements.extend(other.statements);
        let (one, other) = (self.read, other.read);
        Question { statements: self.statements, read: Box::new(|answers| Ok((one(answers)?, other(answers)?))) }
    }

    /// Asks, one statement after the other.
    pub async fn ask(self, db: &mut Db) -> StoreResult<T> {
        let mut answers = Vec::with_capacity(self.statements.len());
        for statement in self.statements {
            answers.push(statement.fetch_all(db).await?);
        }
        (self.read)(&mut answers.into_iter())
    }

    /// Asks all of it at once, behind these words. Only for an engine that takes several statements as one text.
    pub(super) async fn ask_together(self, first: Option<&'static str>, db: &mut Db) -> StoreResult<T> {
        let statements = first.map(Statement::new).into_iter().chain(self.statements);
        let mut answers = fetch_together(db, statements).await?.into_iter();
        if first.is_some() {
            answers.next();
        }
        (self.read)(&mut answers)
    }
}

impl Write {
    /// Asks; at once, where the engine can.
    pub async fn ask<T: 'static>(&mut self, question: Question<T>) -> StoreResult<T> {
        if !self.takes_several() {
            return question.ask(self).await;
        }
        let answered = question.ask_together(None, self).await;
        self.note_loss(answered)
    }
}
