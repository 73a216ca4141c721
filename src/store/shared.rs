//! The one connection from which the embedded database is written, and the transaction on it that changes share.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{Connection as _, Executor as _};
use tokio::sync::oneshot;
use tokio::time::{Instant as Stopwatch, timeout};

use super::end::{Head, Memory};
use super::line::{Place, is_locked};
use super::{Db, StoreError, StoreResult};

/// As long as the engine may take for what needs no disk. A thread of the engine that died with a question before it never answers.
const LONGEST_ANSWER: Duration = Duration::from_secs(30);

/// How the connection that writes is made.
pub(super) struct Connecting {
    pub(super) url: String,
    /// What it is told first.
    pub(super) prepare: String,
}

/// A connection, and the transaction on it that changes share.
pub(super) struct Shared {
    connecting: Connecting,
    pub(super) connection: Db,
    /// A transaction has begun.
    pub(super) is_open: bool,
    /// Somebody is at work in it, or left without a word: what they did is not to stay.
    pub(super) is_unfinished: bool,
    /// The connection is not to be used any more: see [`StoreError::may_lose_connection`].
    pub(super) is_lost: bool,
    /// Where the audit ends on disk, as far as this process knows.
    pub(super) memory: Memory,
    /// Where it ends behind the changes that are whole in the open transaction. Forgotten with them, when they do not reach the disk.
    pub(super) end: Option<Head>,
    /// Those whose change is whole, and who wait until it is on disk.
    pub(super) done: Vec<oneshot::Sender<Result<(), Arc<sqlx::Error>>>>,
}

impl Connecting {
    async fn connect(&self) -> Result<Db, sqlx::Error> {
        let mut connection = Db::connect(&self.url).await?;
        connection.execute(sqlx::AssertSqlSafe(self.prepare.clone())).await?;
        Ok(connection)
    }
}

/// Whether the connection is gone, and not only its last statement refused.
fn is_dead(error: &sqlx::Error) -> bool {
    error.as_database_error().is_none()
}

impl Shared {
    pub(super) async fn connect(connecting: Connecting, memory: Memory) -> StoreResult<Self> {
        let connection = connecting.connect().await?;
        let (is_open, is_unfinished, is_lost) = (false, false, false);
        Ok(Self { connecting, connection, is_open, is_unfinished, is_lost, memory, end: None, done: Vec::new() })
    }

    /// A transaction without anybody at work in it. A connection that turns out to be dead is made anew.
    pub(super) async fn open(&mut self, place: &Place) -> StoreResult<()> {
        place.ask();
        if !self.is_lost {
            match self.try_to_open(place).await {
                Err(StoreError::Engine(error)) if is_dead(&error) => {}
                opened => return opened,
            }
        }
        self.replace().await?;
        self.try_to_open(place).await
    }

    async fn try_to_open(&mut self, place: &Place) -> StoreResult<()> {
        if let Err(error) = self.undo_unfinished().await {
            let is_dead = is_dead(&error);
            self.give_up(error).await;
            if is_dead {
                return Err(sqlx::Error::WorkerCrashed.into());
            }
        }
        while !self.is_open {
            match self.short("begin immediate").await {
                Ok(()) => self.is_open = true,
                // Another program holds the lock: the engine has waited a little, and others may go on meanwhile.
                Err(error) if is_locked(&error) && Stopwatch::now() < place.until() => tokio::task::yield_now().await,
                Err(error) if is_locked(&error) => return Err(StoreError::Locked),
                Err(error) => return Err(error.into()),
            }
        }
        place.got();
        Ok(())
    }

    /// Runs something that waits for no disk.
    async fn short(&mut self, statement: &'static str) -> Result<(), sqlx::Error> {
        let ran = timeout(LONGEST_ANSWER, self.connection.execute(statement)).await;
        ran.unwrap_or(Err(sqlx::Error::WorkerCrashed)).map(drop)
    }

    /// Makes the connection anew. Whatever was not committed went with the one that was lost.
    async fn replace(&mut self) -> Result<(), sqlx::Error> {
        tracing::error!("the connection that writes was lost; it is made anew");
        self.end = None;
        (self.is_open, self.is_unfinished, self.is_lost) = (false, false, true);
        self.tell(Err(sqlx::Error::WorkerCrashed));
        self.connection = self.connecting.connect().await?;
        self.is_lost = false;
        Ok(())
    }

    /// Somebody is at work from now on. What is to be done first, so that it can be taken out: nothing, when it is alone.
    pub(super) fn take_up(&mut self) -> Option<&'static str> {
        self.is_unfinished = true;
        (!self.done.is_empty()).then_some("savepoint change")
    }

    /// Takes out what somebody began and did not commit.
    async fn undo_unfinished(&mut self) -> Result<(), sqlx::Error> {
        if self.is_unfinished {
            if self.done.is_empty() {
                self.short("rollback").await?;
                (self.is_open, self.end) = (false, None);
            } else {
                self.short("rollback to change").await?;
            }
            self.is_unfinished = false;
        }
        Ok(())
    }

    /// Gives the whole transaction up, as the engine may have done by itself when the disk failed.
    async fn give_up(&mut self, error: sqlx::Error) {
        tracing::error!(%error, "what was to be written together could not be");
        if is_dead(&error) {
            self.is_lost = true;
        } else if let Err(error) = self.short("rollback").await {
            // There may be nothing left to undo; beginning anew says what is wrong.
            tracing::debug!(%error, "nothing was rolled back");
        }
        (self.is_open, self.is_unfinished, self.end) = (false, false, None);
        self.tell(Err(error));
    }

    /// Makes what is whole durable, and tells those who wait for it.
    pub(super) async fn end(&mut self) {
        if self.is_lost {
            if let Err(error) = self.replace().await {
                tracing::error!(%error, "the connection that writes could not be made anew yet");
            }
            return;
        }
        let ended = match self.undo_unfinished().await {
            // However long the disk takes: what it became of is not known before.
            Ok(()) if self.is_open => self.connection.execute("commit").await.map(drop),
            ended => ended,
        };
        match ended {
            Ok(()) => {
                // Before anybody is told, and before anybody else has their turn: what is on disk is remembered.
                if let Some(head) = self.end.take() {
                    self.memory.advance(head);
                }
                (self.is_open, self.is_unfinished) = (false, false);
                self.tell(Ok(()));
            }
            Err(error) => self.give_up(error).await,
        }
    }

    /// Tells those who wait how it ended.
    fn tell(&mut self, ended: Result<(), sqlx::Error>) {
        let told = ended.map_err(Arc::new);
        // The last first: its end of the audit is everybody's, and the anchor is then written once.
        for waiting in self.done.drain(..).rev() {
            // Somebody who gave up waiting is not told.
            let _ = waiting.send(told.clone());
        }
    }

    /// Lets go of the connection, after what is at work.
    pub(super) async fn close(mut self) {
        self.end().await;
        if self.is_lost {
            return;
        }
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "the database was not closed in order");
        }
    }
}
