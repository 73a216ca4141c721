//! Filling an empty database with the story, fast, for a portal that is thrown away.

use std::{path::PathBuf, sync::Arc};

use super::{Persona, Telling, tell};
use crate::{
    app::{
        App, AppResult, Parts, Post,
        anchor::Anchor,
        crypto::{KeyFile, PasswordHasher, Strength},
        ports::{Clock as _, SeededRandom, TestClock},
    },
    domain::{session::Limits, time::Span},
    store::{self, Durability, Store},
};

/// Fills the database at this URL: commits do not wait for the disk, and passwords are hashed as good as not at all until their
/// owner signs in. It is closed again then, and can be served like any other with this key and anchor.
pub async fn fill(url: &str, keys: &KeyFile, anchor: PathBuf, telling: Telling) -> AppResult<Vec<Persona>> {
    let randomness = Arc::new(SeededRandom::new(telling.seed));
    let clock = TestClock::at(telling.until);
    let app = App::new(Parts {
        store: Store::open_with(url, Durability::None).await?,
        clock: Arc::new(clock.clone()),
        keys: keys.keys(),
        passwords: PasswordHasher::new(Strength::TRIVIAL, 2, 100, randomness.as_ref()),
        anchor: Anchor::none(),
        session_limits: Limits { idle: Span::hours(1), absolute: Span::hours(12) },
        post: Post::none(String::new()),
        randomness,
    })
    .await?;
    app.lift_limits();
    let personas = tell(&app, &clock, telling).await?;
    let mut db = app.store.read().await?;
    if let Some((seq, hash)) = store::audit::head(&mut db).await? {
        Anchor::open(anchor, &app.keys.chain)?.advance(&app.keys.chain, seq, &hash)?;
    }
    drop(db);
    // A portal that is served with a mail server must not send half a year of mails to people who are made up.
    let mut tx = app.write().await?;
    store::outbox::drop_all(&mut tx, "Told by the story of the demo.", clock.now()).await?;
    // Nobody of the story sits at a browser any more.
    store::sessions::delete_all(&mut tx).await?;
    tx.commit().await?;
    app.store.close().await;
    Ok(personas)
}
