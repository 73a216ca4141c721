//! The one place from which the database is written: one change at a time.
//!
//! On SQLite a commit that waits for the disk costs as much as many changes. Changes that wait for each other share one: each comes
//! after the other as always, in one transaction, and none of them is answered before that is on disk. A change that is given up or
//! refused is taken out of it without a trace. On PostgreSQL the server shares commits by itself.

use std::sync::Arc;

use sqlx::{Any, AnyPool, Connection as _, Executor as _, Transaction};
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, oneshot};

use super::{Db, StoreError, StoreResult};

/// Where writers queue, the first to come first.
#[derive(Clone)]
pub(super) enum Writer {
    /// In one process the waiting is fair and costs no polling; between processes PostgreSQL's lock decides.
    Locking { pool: AnyPool, gate: Arc<Mutex<()>> },
    /// The one connection that writes; nothing after [`super::Store::close`].
    Sharing(Arc<Mutex<Option<Shared>>>),
}

/// A connection, and the transaction on it that changes share.
pub(super) struct Shared {
    connection: Db,
    /// A transaction has begun.
    is_open: bool,
    /// Somebody is at work in it, or left without a word: what they did is not to stay.
    is_unfinished: bool,
    /// Those whose change is whole, and who wait until it is on disk.
    done: Vec<oneshot::Sender<Result<(), Arc<sqlx::Error>>>>,
}

type Turn = OwnedMappedMutexGuard<Option<Shared>, Shared>;

/// The writer's transaction. Dropped without [`Write::commit`], it leaves nothing behind.
pub struct Write(Kind);

enum Kind {
    Locking { tx: Transaction<'static, Any>, _turn: OwnedMutexGuard<()> },
    Sharing(Turn),
}

impl Writer {
    pub(super) fn locking(pool: AnyPool) -> Self {
        Self::Locking { pool, gate: Arc::default() }
    }

    pub(super) fn sharing(connection: Db) -> Self {
        let shared = Shared { connection, is_open: false, is_unfinished: false, done: Vec::new() };
        Self::Sharing(Arc::new(Mutex::new(Some(shared))))
    }

    /// Waits for one's turn. The rest is on a task of its own: a begin that its caller gives up half-way would leave the connection
    /// inside a transaction that nobody ends, and later writes on it would vanish (sqlx #4385). Begun to its end and not taken, it
    /// is undone.
    pub(super) async fn turn(&self) -> StoreResult<Write> {
        let begun = match self {
            Self::Locking { pool, gate } => {
                let (turn, pool) = (gate.clone().lock_owned().await, pool.clone());
                tokio::spawn(async move {
                    let mut tx = pool.begin().await?;
                    tx.execute("select pg_advisory_xact_lock(7210)").await?;
                    Ok(Write(Kind::Locking { tx, _turn: turn }))
                })
            }
            Self::Sharing(gate) => {
                let mut turn = take_turn(gate).await.ok_or(sqlx::Error::PoolClosed)?;
                // Whoever queues now shares the transaction; it is ended behind the last of them.
                tokio::spawn(end(Arc::clone(gate)));
                tokio::spawn(async move {
                    turn.begin().await?;
                    Ok(Write(Kind::Sharing(turn)))
                })
            }
        };
        begun.await.unwrap_or(Err(StoreError::Engine(sqlx::Error::WorkerCrashed)))
    }

    /// Lets go of the connection, after the change that is at work.
    pub(super) async fn close(&self) {
        if let Self::Sharing(gate) = self
            && let Some(mut shared) = gate.lock().await.take()
        {
            shared.end().await;
            if let Err(error) = shared.connection.close().await {
                tracing::warn!(%error, "the database was not closed in order");
            }
        }
    }
}

async fn take_turn(gate: &Arc<Mutex<Option<Shared>>>) -> Option<Turn> {
    OwnedMutexGuard::try_map(Arc::clone(gate).lock_owned().await, Option::as_mut).ok()
}

/// Ends what is open when the turn comes.
async fn end(gate: Arc<Mutex<Option<Shared>>>) {
    if let Some(mut turn) = take_turn(&gate).await {
        turn.end().await;
    }
}

impl Shared {
    async fn begin(&mut self) -> Result<(), sqlx::Error> {
        self.undo_unfinished().await?;
        if self.is_open {
            self.connection.execute("savepoint change").await?;
        } else {
            self.connection.execute("begin immediate").await?;
            self.is_open = true;
        }
        self.is_unfinished = true;
        Ok(())
    }

    /// Takes out what somebody began and did not commit.
    async fn undo_unfinished(&mut self) -> Result<(), sqlx::Error> {
        if self.is_unfinished {
            if self.done.is_empty() {
                self.connection.execute("rollback").await?;
                self.is_open = false;
            } else {
                self.connection.execute("rollback to change").await?;
            }
            self.is_unfinished = false;
        }
        Ok(())
    }

    /// Makes what is whole durable, and tells those who wait for it.
    async fn end(&mut self) {
        let ended = match self.undo_unfinished().await {
            Ok(()) if self.is_open => self.connection.execute("commit").await.map(drop),
            ended => ended,
        };
        if let Err(error) = &ended {
            tracing::error!(%error, "what was to be written together could not be");
            // When this fails too there is nothing left to undo; beginning anew says what is wrong.
            let _ = self.connection.execute("rollback").await;
        }
        (self.is_open, self.is_unfinished) = (false, false);
        let told = ended.map_err(Arc::new);
        // The last first: its end of the audit is everybody's, and the anchor is then written once.
        for waiting in self.done.drain(..).rev() {
            // Somebody who gave up waiting is not told.
            let _ = waiting.send(told.clone());
        }
    }
}

impl Write {
    /// Whether its engine takes several statements as one text.
    pub(super) const fn takes_several(&self) -> bool {
        matches!(self.0, Kind::Sharing(_))
    }

    /// Makes it true, durably.
    pub async fn commit(self) -> StoreResult<()> {
        match self.0 {
            Kind::Locking { tx, .. } => Ok(tx.commit().await?),
            Kind::Sharing(mut turn) => {
                let (tell, told) = oneshot::channel();
                turn.done.push(tell);
                turn.is_unfinished = false;
                drop(turn);
                let ended = told.await.unwrap_or_else(|_| Err(Arc::new(sqlx::Error::WorkerCrashed)));
                ended.map_err(StoreError::Shared)
            }
        }
    }
}

impl std::ops::Deref for Write {
    type Target = Db;
    fn deref(&self) -> &Db {
        match &self.0 {
            Kind::Locking { tx, .. } => tx,
            Kind::Sharing(turn) => &turn.connection,
        }
    }
}

impl std::ops::DerefMut for Write {
    fn deref_mut(&mut self) -> &mut Db {
        match &mut self.0 {
            Kind::Locking { tx, .. } => tx,
            Kind::Sharing(turn) => &mut turn.connection,
        }
    }
}
