//! The one place from which the database is written: one change at a time.
//!
//! On SQLite a commit that waits for the disk costs as much as many changes. Changes that wait for each other share one: each comes
//! after the other as always, in one transaction, and none of them is answered before that is on disk. A change that is given up or
//! refused is taken out of it without a trace. On PostgreSQL the server shares commits by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::{Any, AnyPool, Connection as _, Executor as _, Transaction};
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, oneshot};

use super::end::{Head, Memory, Remembered};
use super::question::Question;
use super::{Db, Engine, StoreError, StoreResult};

/// As many changes as share one commit: nobody waits for more of the others.
const MOST_SHARING: usize = 64;

/// Where writers queue, the first to come first.
#[derive(Clone)]
pub(super) enum Writer {
    /// In one process the waiting is fair and costs no polling; between processes PostgreSQL's lock decides.
    Locking { pool: AnyPool, gate: Arc<Mutex<()>>, memory: Memory },
    /// They share a connection.
    Sharing(Arc<Gate>),
}

/// The turn to write on a connection that changes share.
#[derive(Default)]
pub(super) struct Gate {
    /// The one connection that writes; nothing after [`super::Store::close`].
    shared: Arc<Mutex<Option<Shared>>>,
    /// How many wait for their turn.
    waiting: AtomicUsize,
}

/// How long a turn takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// As long as what one person does. Whoever came before waits for it, to share a commit.
    Short,
    /// Longer. What came before is committed first: nobody waits for it.
    Long,
}

/// How the connection that writes is made.
pub(super) struct Connecting {
    pub(super) url: String,
    /// What it is told first.
    pub(super) prepare: String,
}

/// A connection, and the transaction on it that changes share.
pub(super) struct Shared {
    connecting: Connecting,
    connection: Db,
    /// A transaction has begun.
    is_open: bool,
    /// Somebody is at work in it, or left without a word: what they did is not to stay.
    is_unfinished: bool,
    /// The connection is not to be used any more: see [`StoreError::may_lose_connection`].
    is_lost: bool,
    /// Where the audit ends on disk, as far as this process knows.
    memory: Memory,
    /// Where it ends behind the changes that are whole in the open transaction. Forgotten with them, when they do not reach the disk.
    end: Option<Head>,
    /// Those whose change is whole, and who wait until it is on disk.
    done: Vec<oneshot::Sender<Result<(), Arc<sqlx::Error>>>>,
}

type Sharing = OwnedMappedMutexGuard<Option<Shared>, Shared>;

/// A turn to write that has come. Nothing was done in it.
pub struct Turn(Kind);

/// The writer's transaction. Dropped without [`Write::commit`], it leaves nothing behind.
pub struct Write(Kind);

enum Kind {
    Locking { tx: Transaction<'static, Any>, turn: OwnedMutexGuard<()>, memory: Memory },
    Sharing(Sharing),
}

impl Writer {
    pub(super) fn locking(pool: AnyPool, memory: Memory) -> Self {
        Self::Locking { pool, gate: Arc::default(), memory }
    }

    pub(super) async fn sharing(connecting: Connecting, memory: Memory) -> StoreResult<Self> {
        let connection = connecting.connect().await?;
        let shared = Shared {
            connecting,
            connection,
            is_open: false,
            is_unfinished: false,
            is_lost: false,
            memory,
            end: None,
            done: Vec::new(),
        };
        Ok(Self::Sharing(Arc::new(Gate { shared: Arc::new(Mutex::new(Some(shared))), ..Gate::default() })))
    }

    /// Waits for one's turn.
    pub(super) async fn turn(&self, length: Length) -> StoreResult<Turn> {
        match self {
            Self::Locking { pool, gate, memory } => {
                let (turn, pool, memory) = (gate.clone().lock_owned().await, pool.clone(), memory.clone());
                to_its_end(async move {
                    let mut tx = pool.begin().await?;
                    tx.execute("select pg_advisory_xact_lock(7210)").await?;
                    Ok(Turn(Kind::Locking { tx, turn, memory }))
                })
                .await
            }
            Self::Sharing(gate) => {
                let mut turn = gate.wait().await.ok_or(sqlx::Error::PoolClosed)?;
                if !turn.is_open {
                    tokio::spawn(end(Arc::clone(gate)));
                }
                if turn.is_open && !turn.is_unfinished && length == Length::Short {
                    return Ok(Turn(Kind::Sharing(turn)));
                }
                to_its_end(async move {
                    if length == Length::Long && turn.is_open {
                        turn.end().await;
                    }
                    turn.open().await?;
                    Ok(Turn(Kind::Sharing(turn)))
                })
                .await
            }
        }
    }

    /// Lets go of the connection, after the change that is at work.
    pub(super) async fn close(&self) {
        if let Self::Sharing(gate) = self
            && let Some(mut shared) = gate.shared.lock().await.take()
        {
            shared.end().await;
            if !shared.is_lost
                && let Err(error) = shared.connection.close().await
            {
                tracing::warn!(%error, "the database was not closed in order");
            }
        }
    }
}

/// Does something on a task of its own: a begin that its caller gives up half-way would leave the connection inside a transaction that
/// nobody ends, and later writes on it would vanish (sqlx #4385). Begun to its end and not taken, it is undone.
async fn to_its_end<T: Send + 'static>(begin: impl Future<Output = StoreResult<T>> + Send + 'static) -> StoreResult<T> {
    tokio::spawn(begin).await.unwrap_or(Err(StoreError::Engine(sqlx::Error::WorkerCrashed)))
}

impl Gate {
    /// Waits for a turn to write something.
    async fn wait(&self) -> Option<Sharing> {
        let _waiting = Waiting::in_line(&self.waiting);
        self.take_turn().await
    }

    async fn take_turn(&self) -> Option<Sharing> {
        OwnedMutexGuard::try_map(Arc::clone(&self.shared).lock_owned().await, Option::as_mut).ok()
    }
}

/// Somebody who waits, until this is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn in_line(line: &'a AtomicUsize) -> Self {
        line.fetch_add(1, Ordering::Relaxed);
        Self(line)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Connecting {
    async fn connect(&self) -> Result<Db, sqlx::Error> {
        let mut connection = Db::connect(&self.url).await?;
        connection.execute(sqlx::AssertSqlSafe(self.prepare.clone())).await?;
        Ok(connection)
    }
}

/// Ends the transaction when its turn comes and nobody waits who could share it, or enough do.
async fn end(gate: Arc<Gate>) {
    while let Some(mut turn) = gate.take_turn().await {
        if turn.done.len() >= MOST_SHARING || gate.waiting.load(Ordering::Relaxed) == 0 {
            return turn.end().await;
        }
    }
}

impl Shared {
    /// A transaction without anybody at work in it.
    async fn open(&mut self) -> Result<(), sqlx::Error> {
        if self.is_lost {
            self.replace().await?;
        }
        self.undo_unfinished().await?;
        if !self.is_open {
            self.connection.execute("begin immediate").await?;
            self.is_open = true;
        }
        Ok(())
    }

    /// Makes the connection anew. Whatever was not committed went with the one that was lost.
    async fn replace(&mut self) -> Result<(), sqlx::Error> {
        tracing::error!("the connection that writes was lost; it is made anew");
        self.end = None;
        (self.is_open, self.is_unfinished) = (false, false);
        self.tell(Err(sqlx::Error::WorkerCrashed));
        self.connection = self.connecting.connect().await?;
        self.is_lost = false;
        Ok(())
    }

    /// Somebody is at work from now on. What is to be done first, so that it can be taken out: nothing, when it is alone.
    fn take_up(&mut self) -> Option<&'static str> {
        self.is_unfinished = true;
        (!self.done.is_empty()).then_some("savepoint change")
    }

    /// Takes out what somebody began and did not commit.
    async fn undo_unfinished(&mut self) -> Result<(), sqlx::Error> {
        if self.is_unfinished {
            if self.done.is_empty() {
                self.connection.execute("rollback").await?;
                (self.is_open, self.end) = (false, None);
            } else {
                self.connection.execute("rollback to change").await?;
            }
            self.is_unfinished = false;
        }
        Ok(())
    }

    /// Makes what is whole durable, and tells those who wait for it.
    async fn end(&mut self) {
        if self.is_lost {
            if let Err(error) = self.replace().await {
                tracing::error!(%error, "the connection that writes could not be made anew yet");
            }
            return;
        }
        let ended = match self.undo_unfinished().await {
            Ok(()) if self.is_open => self.connection.execute("commit").await.map(drop),
            ended => ended,
        };
        let end = self.end.take();
        match &ended {
            // Before anybody is told, and before anybody else has their turn: what is on disk is remembered.
            Ok(()) => {
                if let Some(head) = end {
                    self.memory.advance(head);
                }
            }
            Err(error) => {
                tracing::error!(%error, "what was to be written together could not be");
                // When this fails too there is nothing left to undo; beginning anew says what is wrong.
                let _ = self.connection.execute("rollback").await;
            }
        }
        (self.is_open, self.is_unfinished) = (false, false);
        self.tell(ended);
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
}

impl Turn {
    /// What is remembered of the audit's end in this turn.
    pub fn remembered(&self) -> Remembered {
        match &self.0 {
            Kind::Locking { memory, .. } => Remembered { head: memory.get(), engine: Engine::Postgres },
            Kind::Sharing(turn) => {
                Remembered { head: turn.end.clone().or_else(|| turn.memory.get()), engine: Engine::Sqlite }
            }
        }
    }

    /// Begins.
    pub async fn begin(self) -> StoreResult<Write> {
        match self.0 {
            Kind::Locking { .. } => Ok(Write(self.0)),
            Kind::Sharing(mut turn) => match turn.take_up() {
                None => Ok(Write(Kind::Sharing(turn))),
                Some(first) => {
                    to_its_end(async move {
                        turn.connection.execute(first).await?;
                        Ok(Write(Kind::Sharing(turn)))
                    })
                    .await
                }
            },
        }
    }

    /// Begins with a question: at once, where the engine can.
    pub async fn begin_asking<T: Send + 'static>(self, question: Question<T>) -> StoreResult<(Write, T)> {
        match self.0 {
            Kind::Locking { .. } => {
                let mut write = Write(self.0);
                let answer = question.ask(&mut write).await?;
                Ok((write, answer))
            }
            Kind::Sharing(mut turn) => {
                to_its_end(async move {
                    let first = turn.take_up();
                    let answered = question.ask_together(first, &mut turn.connection).await;
                    let mut write = Write(Kind::Sharing(turn));
                    let answer = write.note_loss(answered)?;
                    Ok((write, answer))
                })
                .await
            }
        }
    }
}

impl Write {
    /// Whether its engine takes several statements as one text.
    pub(super) const fn takes_several(&self) -> bool {
        matches!(self.0, Kind::Sharing(_))
    }

    /// Passes on what became of a text of several statements, and remembers when the connection went with it.
    pub(super) fn note_loss<T>(&mut self, done: StoreResult<T>) -> StoreResult<T> {
        if let (Kind::Sharing(turn), Err(error)) = (&mut self.0, &done) {
            turn.is_lost |= error.may_lose_connection();
        }
        done
    }

    /// Makes it true, durably. Nothing of it is in the audit.
    pub async fn commit(self) -> StoreResult<()> {
        self.commit_to(None).await
    }

    /// Makes it true, durably. The audit ends with this row then, which is remembered from the moment on at which it is on disk.
    pub async fn commit_at(self, head: Head) -> StoreResult<()> {
        self.commit_to(Some(head)).await
    }

    async fn commit_to(self, head: Option<Head>) -> StoreResult<()> {
        match self.0 {
            Kind::Locking { tx, turn, memory } => {
                tx.commit().await?;
                if let Some(head) = head {
                    memory.advance(head);
                }
                // Not before: the next turn is to know of it.
                drop(turn);
                Ok(())
            }
            Kind::Sharing(mut turn) => {
                turn.end = head.or_else(|| turn.end.take());
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
