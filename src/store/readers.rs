//! Connections to read from.
//!
//! The pool asks each connection that comes back whether it still works, on a task of its own: on SQLite as long a way as the
//! question before it. One that has just answered in full needs no such test. It is kept here, for whoever asks next.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool, Connection as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::question::Question;
use super::{Db, Engine, StoreResult};

/// As long as somebody waits for a connection.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Where the connections are.
#[derive(Clone)]
pub(super) struct Readers {
    engine: Engine,
    pool: AnyPool,
    /// One for each connection that the pool may make: whoever has one finds a connection here or there.
    places: Arc<Semaphore>,
    /// The last used on top: its pages are the freshest.
    proven: Arc<Mutex<Vec<PoolConnection<Any>>>>,
}

/// A connection for reading. It goes back to the pool, which tests it.
pub struct Read {
    connection: PoolConnection<Any>,
    // Below the connection: the place is free when that is on its way back.
    _place: OwnedSemaphorePermit,
}

impl Readers {
    pub(super) fn new(engine: Engine, pool: AnyPool, most: usize) -> Self {
        Self { engine, pool, places: Arc::new(Semaphore::new(most)), proven: Arc::default() }
    }

    pub(super) async fn read(&self) -> StoreResult<Read> {
        let place = timeout(PATIENCE, Arc::clone(&self.places).acquire_owned()).await;
        let place = place.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?;
        let proven = self.proven.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match proven {
            Some(connection) => connection,
            None => self.pool.acquire().await?,
        };
        Ok(Read { connection, _place: place })
    }

    /// Asks; at once, where the engine can.
    pub(super) async fn ask<T: 'static>(&self, question: Question<T>) -> StoreResult<T> {
        let mut read = self.read().await?;
        if self.engine == Engine::Postgres {
            return question.ask(&mut read).await;
        }
        let answered = question.ask_together(None, &mut read).await;
        match &answered {
            Ok(_) => self.keep(read),
            Err(error) if error.may_lose_connection() => drop(read.connection.detach()),
            Err(_) => {}
        }
        answered
    }

    fn keep(&self, read: Read) {
        let mut proven = self.proven.lock().unwrap_or_else(PoisonError::into_inner);
        // Looked at under the lock: whoever closes the pool takes what was kept before.
        if !self.pool.is_closed() {
            proven.push(read.connection);
        }
    }

    /// Waits until the database answers.
    pub(super) async fn ping(&self) -> StoreResult<()> {
        Ok(self.read().await?.ping().await?)
    }

    /// Lets go of every connection, after what runs has finished.
    pub(super) async fn close(&self) {
        let closed = self.pool.close();
        self.proven.lock().unwrap_or_else(PoisonError::into_inner).clear();
        closed.await;
    }
}

impl std::ops::Deref for Read {
    type Target = Db;
    fn deref(&self) -> &Db {
        &self.connection
    }
}

impl std::ops::DerefMut for Read {
    fn deref_mut(&mut self) -> &mut Db {
        &mut self.connection
    }
}
