//! The one place from which the database is written: one change at a time.
//!
//! On SQLite a commit that waits for the disk costs as much as many changes. Changes that wait for each other share one: each comes
//! after the other as always, in one transaction, and none of them is answered before that is on disk. A change that is given up or
//! refused is taken out of it without a trace. On PostgreSQL the server shares commits by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::{Any, AnyPool, AssertSqlSafe, Executor as _, Transaction};
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, oneshot};
use tokio::time::timeout_at;

use super::end::{Head, Memory, Remembered};
use super::line::{Line, Place, is_locked};
use super::question::Question;
use super::readers::PATIENCE;
use super::shared::{Connecting, Shared};
use super::{Db, Engine, StoreError, StoreResult};

/// As many changes as share one commit: nobody waits for more of the others.
const MOST_SHARING: usize = 64;

/// Where writers queue, the first to come first.
#[derive(Clone)]
pub(super) enum Writer {
    /// In one process the waiting is fair and costs no polling; between processes PostgreSQL's lock decides.
    Locking { pool: AnyPool, gate: Arc<Mutex<()>>, line: Line, memory: Memory },
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
    line: Line,
}

/// How long a turn takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// As long as what one person does. Whoever came before waits for it, to share a commit.
    Short,
    /// Longer. What came before is committed first: nobody waits for it.
    Long,
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
        Self::Locking { pool, gate: Arc::default(), line: Line::default(), memory }
    }

    pub(super) async fn sharing(connecting: Connecting, memory: Memory) -> StoreResult<Self> {
        let shared = Shared::connect(connecting, memory).await?;
        Ok(Self::Sharing(Arc::new(Gate { shared: Arc::new(Mutex::new(Some(shared))), ..Gate::default() })))
    }

    /// How long nobody has got the turn that was asked for; nothing when the last one who asked got it.
    pub(super) fn blocked_for(&self) -> Option<std::time::Duration> {
        match self {
            Self::Locking { line, .. } => line.blocked_for(),
            Self::Sharing(gate) => gate.line.blocked_for(),
        }
    }

    /// Waits for one's turn; not for ever, see [`Place::until`].
    pub(super) async fn turn(&self, length: Length) -> StoreResult<Turn> {
        match self {
            Self::Locking { pool, gate, line, memory } => {
                let place = line.enter();
                let turn = timeout_at(place.until(), gate.clone().lock_owned()).await.map_err(|_| place.leave())?;
                let (pool, memory) = (pool.clone(), memory.clone());
                to_its_end(async move {
                    let tx = lock(&pool, &place).await?;
                    Ok(Turn(Kind::Locking { tx, turn, memory }))
                })
                .await
            }
            Self::Sharing(gate) => {
                let place = gate.line.enter();
                let turn = timeout_at(place.until(), gate.wait()).await.map_err(|_| place.leave())?;
                let mut turn = turn.ok_or(sqlx::Error::PoolClosed)?;
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
                    turn.open(&place).await?;
                    Ok(Turn(Kind::Sharing(turn)))
                })
                .await
            }
        }
    }

    /// Lets go of the connection, after the change that is at work.
    pub(super) async fn close(&self) {
        if let Self::Sharing(gate) = self {
            let shared = gate.shared.lock().await.take();
            if let Some(shared) = shared {
                shared.close().await;
            }
        }
    }
}

/// A transaction that holds the lock of PostgreSQL. Whoever waits for it gives up in time, and so does whoever waits in it for a row
/// that another program holds.
async fn lock(pool: &AnyPool, place: &Place) -> StoreResult<Transaction<'static, Any>> {
    place.ask();
    // Every connection is taken, or the server does not answer.
    let begun = pool.begin().await;
    let mut tx = begun.map_err(|error| match error {
        sqlx::Error::PoolTimedOut => StoreError::Locked,
        error => error.into(),
    })?;
    // One text is one way there and back. A limit of 0 would be none.
    let (left, usual) = (place.left().as_millis().max(1), PATIENCE.as_millis());
    let text = format!(
        "set local lock_timeout = {left}; select pg_advisory_xact_lock(7210); set local lock_timeout = {usual}"
    );
    let locked = tx.execute(AssertSqlSafe(text)).await;
    locked.map_err(|error| if is_locked(&error) { StoreError::Locked } else { error.into() })?;
    place.got();
    Ok(tx)
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

/// Ends the transaction when its turn comes and nobody waits who could share it, or enough do.
async fn end(gate: Arc<Gate>) {
    while let Some(mut turn) = gate.take_turn().await {
        if turn.done.len() >= MOST_SHARING || gate.waiting.load(Ordering::Relaxed) == 0 {
            return turn.end().await;
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
