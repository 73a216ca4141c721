//! What every test stands on: an app over a fresh database with a clock that is moved by hand, and a small company to act in.

pub mod browser;
pub mod company;
pub mod console;
pub mod database;
pub mod folder;
pub mod form_browser;
pub mod looking;
pub mod mail_server;
mod postgres;
pub mod postman;
pub mod signing_in;
pub mod visitor;

use std::sync::Arc;

use ostiary::{
    app::{
        App, AppError, AppResult, Caller, Parts, Post,
        anchor::Anchor,
        crypto::{KeyFile, PasswordHasher, Strength},
        mailer::Mailer,
        ports::{OsRandom, TestClock},
    },
    domain::{
        refusal::Refusal,
        session::Limits,
        time::{Instant, Span},
    },
    store::Store,
};
use tokio::sync::OnceCell;

pub use database::{Database, Engine};

/// 2026-03-02T09:00:00Z, a Monday morning.
pub const START: Instant = Instant::from_millis(1_772_442_000_000);

/// Lists the tests of a file: each `async fn name(test: &TestApp)` becomes `name::sqlite` and `name::postgres`.
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[test]
            fn sqlite() {
                $crate::harness::run($crate::harness::Engine::Sqlite, super::$name);
            }

            #[test]
            fn postgres() {
                $crate::harness::run($crate::harness::Engine::Postgres, super::$name);
            }
        }
    )+};
}

/// Lists tests of what only the embedded engine has: each becomes `name::sqlite`.
macro_rules! on_sqlite {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[test]
            fn sqlite() {
                $crate::harness::run($crate::harness::Engine::Sqlite, super::$name);
            }
        }
    )+};
}

/// Lists tests of what only a database server has: each becomes `name::postgres`.
macro_rules! on_postgres {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[test]
            fn postgres() {
                $crate::harness::run($crate::harness::Engine::Postgres, super::$name);
            }
        }
    )+};
}

/// Tells a story to a fresh app on this engine, with threads of its own.
pub fn run(engine: Engine, story: impl AsyncFn(&TestApp)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let test = TestApp::start(engine).await;
        story(&test).await;
        test.app.store.close().await;
        test.database.discard().await;
    });
}

/// An app of its own for one test. It dereferences to the [`App`].
pub struct TestApp {
    pub app: App,
    pub clock: TestClock,
    pub key: KeyFile,
    pub database: Database,
    admin: OnceCell<Caller>,
}

impl std::ops::Deref for TestApp {
    type Target = App;
    fn deref(&self) -> &App {
        &self.app
    }
}

impl TestApp {
    async fn start(engine: Engine) -> Self {
        let (clock, database) = (TestClock::at(START), Database::fresh(engine).await);
        let key = KeyFile::create(&database.folder.path().join("key"), &OsRandom).unwrap();
        let app = open(&database, &clock, &key, "key.anchor", nobody()).await.unwrap();
        Self { app, clock, key, database, admin: OnceCell::new() }
    }

    /// The server stops and starts again on the same database, with the same key and anchor.
    pub async fn restart(&self) -> AppResult<App> {
        open(&self.database, &self.clock, &self.key, "key.anchor", nobody()).await
    }

    /// The same, with this anchor.
    pub async fn restart_with(&self, anchor: &str) -> AppResult<App> {
        open(&self.database, &self.clock, &self.key, anchor, nobody()).await
    }

    /// A server as it is run: its anchor trails behind.
    pub async fn trailing(&self, anchor: &str) -> App {
        let mut parts = parts(&self.database, &self.clock, &self.key, anchor, nobody()).await.unwrap();
        parts.anchor = parts.anchor.trailing();
        App::new(parts).await.unwrap()
    }

    /// A command beside whatever runs: it looks at the trail with this anchor, and starts on anything.
    pub async fn to_verify(&self, anchor: &str) -> App {
        App::to_verify(parts(&self.database, &self.clock, &self.key, anchor, nobody()).await.unwrap()).await.unwrap()
    }

    /// The server starts with this key, beside which the same anchor lies.
    pub async fn start_with(&self, key: &KeyFile) -> AppResult<App> {
        open(&self.database, &self.clock, key, "key.anchor", nobody()).await
    }

    /// A command with this key; it starts on anything.
    pub async fn to_verify_with(&self, key: &KeyFile) -> AppResult<App> {
        App::to_verify(parts(&self.database, &self.clock, key, "key.anchor", nobody()).await?).await
    }

    /// The same server, with somebody who takes its mails.
    pub async fn with_mailer(&self, mailer: Arc<dyn Mailer>) -> App {
        let post = Post { mailer: Some(mailer), ..nobody() };
        open(&self.database, &self.clock, &self.key, "key.anchor", post).await.unwrap()
    }

    /// Another copy of the server on the same database, with a copy of key and anchor: its own connections, its own place to write
    /// from, its own anchor from now on.
    pub async fn another_node(&self) -> App {
        self.another_node_with(nobody()).await
    }

    /// Another copy of the server, with somebody who takes its mails.
    pub async fn another_node_with_mailer(&self, mailer: Arc<dyn Mailer>) -> App {
        self.another_node_with(Post { mailer: Some(mailer), ..nobody() }).await
    }

    async fn another_node_with(&self, post: Post) -> App {
        let folder = self.database.folder.path();
        std::fs::copy(folder.join("key.anchor"), folder.join("another.anchor")).unwrap();
        open(&self.database, &self.clock, &self.key, "another.anchor", post).await.unwrap()
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Span) -> Instant {
        self.clock.advance(by)
    }
}

/// Nobody takes mails; links lead to the address of these tests.
fn nobody() -> Post {
    Post::none("http://127.0.0.1:3000".to_owned())
}

/// An app over this database.
async fn open(database: &Database, clock: &TestClock, key: &KeyFile, anchor: &str, post: Post) -> AppResult<App> {
    App::new(parts(database, clock, key, anchor, post).await?).await
}

async fn parts(database: &Database, clock: &TestClock, key: &KeyFile, anchor: &str, post: Post) -> AppResult<Parts> {
    let keys = key.keys();
    Ok(Parts {
        store: Store::open(&database.url).await?,
        clock: Arc::new(clock.clone()),
        randomness: Arc::new(OsRandom),
        passwords: PasswordHasher::new(Strength::TRIVIAL, 2, 100, &OsRandom),
        anchor: Anchor::open(database.folder.path().join(anchor), &keys.chain)?,
        keys,
        session_limits: Limits { idle: Span::minutes(30), absolute: Span::hours(12) },
        post,
    })
}

/// The refusals of an answer; fails the test when it was not refused.
#[track_caller]
pub fn refusals<T>(answer: AppResult<T>) -> Vec<Refusal> {
    match answer {
        Ok(_) => panic!("this was not refused"),
        Err(AppError::Refused(refusals)) => refusals,
        Err(other) => panic!("this failed instead of being refused: {other:?}"),
    }
}

/// The codes of the refusals of an answer; fails the test when it was not refused.
#[track_caller]
pub fn codes<T>(answer: AppResult<T>) -> Vec<&'static str> {
    refusals(answer).iter().map(Refusal::code).collect()
}
