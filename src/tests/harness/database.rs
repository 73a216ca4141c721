//! A fresh database for each test, copied from one that was prepared once.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use ostiary::{
    app::{
        App, Parts, Post,
        anchor::Anchor,
        crypto::{KeyFile, PasswordHasher, Strength},
        ports::{OsRandom, TestClock},
    },
    domain::{session::Limits, time::Span},
    store::Store,
};
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor as _, Row as _, any::AnyRow};
use tokio::sync::OnceCell;

use super::{START, folder::Folder, postgres};

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A database of one test, and the folder beside it.
pub struct Database {
    pub engine: Engine,
    pub url: String,
    pub folder: Folder,
}

impl Database {
    /// One with the schema and the role catalogue, and nothing else.
    pub async fn fresh(engine: Engine) -> Self {
        let folder = Folder::new();
        let url = match engine {
            Engine::Sqlite => {
                // Where the server looks for it, apart from the key.
                let data = folder.path().join("data");
                std::fs::create_dir(&data).unwrap();
                let file = data.join("ostiary.db");
                std::fs::copy(sqlite_template().await, &file).unwrap();
                format!("sqlite://{}", file.display())
            }
            Engine::Postgres => {
                static COUNT: AtomicUsize = AtomicUsize::new(1);
                let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
                let template = postgres_template().await;
                execute(&postgres::url("postgres"), &format!("create database {name} template {template}")).await;
                postgres::url(&name)
            }
        };
        Self { engine, url, folder }
    }

    /// Changes the database behind the app's back.
    pub async fn tamper(&self, statement: &str) {
        execute(&self.url, statement).await;
    }

    /// What the database says to a statement that it should refuse.
    pub async fn try_to_tamper(&self, statement: &str) -> Result<(), sqlx::Error> {
        let mut connection = connect(&self.url).await;
        let done = connection.execute(AssertSqlSafe(statement.to_owned())).await.map(drop);
        connection.close().await.unwrap();
        done
    }

    /// Rows of a statement, each of one text.
    pub async fn texts(&self, statement: &str) -> Vec<String> {
        texts_of(&self.url, statement).await
    }

    /// Removes it, where that takes a statement. Nobody must be connected.
    pub async fn discard(&self) {
        if self.engine == Engine::Postgres {
            let name = self.url.rsplit('/').find_map(|part| part.split_once('?')).map(|(name, _)| name).unwrap();
            execute(&postgres::url("postgres"), &format!("drop database {name} with (force)")).await;
        }
    }
}

/// A new database on the PostgreSQL of the tests, with nothing in it; answers with its URL.
pub async fn fresh_postgres(name: &str) -> String {
    execute(&postgres::url("postgres"), &format!("create database {name}")).await;
    postgres::url(name)
}

async fn connect(url: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(url).await.unwrap()
}

pub async fn execute(url: &str, statement: &str) {
    let mut connection = connect(url).await;
    connection.execute(AssertSqlSafe(statement.to_owned())).await.unwrap();
    connection.close().await.unwrap();
}

/// Rows of a statement, each of one text.
pub async fn texts_of(url: &str, statement: &str) -> Vec<String> {
    let mut connection = connect(url).await;
    let rows = connection.fetch_all(AssertSqlSafe(statement.to_owned())).await.unwrap();
    connection.close().await.unwrap();
    rows.iter().map(|row: &AnyRow| row.get(0)).collect()
}

async fn sqlite_template() -> &'static PathBuf {
    static TEMPLATE: OnceCell<(PathBuf, Folder)> = OnceCell::const_new();
    let make = async || {
        let folder = Folder::new();
        let file = folder.path().join("template.db");
        prepare(&format!("sqlite://{}?mode=rwc", file.display())).await;
        (file, folder)
    };
    &TEMPLATE.get_or_init(make).await.0
}

async fn postgres_template() -> &'static str {
    static TEMPLATE: OnceCell<&str> = OnceCell::const_new();
    let make = async || {
        execute(&postgres::url("postgres"), "create database template_of_tests").await;
        prepare(&postgres::url("template_of_tests")).await;
        "template_of_tests"
    };
    TEMPLATE.get_or_init(make).await
}

/// Starts an app once, which makes the schema and fills the catalogue.
async fn prepare(url: &str) {
    let store = Store::open(url).await.unwrap();
    let key = KeyFile::random(&OsRandom);
    App::new(Parts {
        store: store.clone(),
        clock: Arc::new(TestClock::at(START)),
        randomness: Arc::new(OsRandom),
        keys: key.keys(),
        passwords: PasswordHasher::new(Strength::TRIVIAL, 1, 1, &OsRandom),
        anchor: Anchor::none(),
        session_limits: Limits { idle: Span::minutes(30), absolute: Span::hours(12) },
        post: Post::none("http://127.0.0.1:3000".to_owned()),
    })
    .await
    .unwrap();
    store.close().await;
}
