//! How the embedded database is built.

use sqlx::{Connection as _, SqliteConnection};

/// What `.cargo/config.toml` asks of SQLite reaches it. Nothing fails without, but every page and every change takes longer.
#[tokio::test]
async fn it_is_built_as_asked() {
    let mut sqlite = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let options: Vec<String> = sqlx::query_scalar("pragma compile_options").fetch_all(&mut sqlite).await.unwrap();
    for asked in ["DEFAULT_MEMSTATUS=0", "DEFAULT_PCACHE_INITSZ=0", "ENABLE_QPSG"] {
        assert!(options.iter().any(|option| option == asked), "{asked} is not among {options:?}");
    }
    for refused in ["ENABLE_API_ARMOR", "ENABLE_MEMORY_MANAGEMENT", "ENABLE_STAT4"] {
        assert!(!options.iter().any(|option| option == refused), "{refused} is among {options:?}");
    }
}
