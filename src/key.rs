//! `ostiary key rotate`: the steps of a rotation, in their order, from wherever an earlier one was interrupted.

use std::path::{Path, PathBuf};

use super::{operations, say::say};
use anyhow::{Context as _, bail, ensure};
use ostiary::{
    app::{
        App,
        crypto::KeyFile,
        ports::OsRandom,
        rotate_key::{fits, rotate_key, sign_anchor_anew},
        set_up::is_set_up,
    },
    config::Config,
    store::Store,
};

/// Where the new key waits until it takes the old one's place.
pub fn next_of(key_file: &Path) -> PathBuf {
    key_file.with_extension("next")
}

/// Refuses to go on with a key that was replaced in the database alone.
pub async fn refuse_half_rotated(key_file: &Path, key: &KeyFile, store: &Store) -> anyhow::Result<()> {
    let next = next_of(key_file);
    if !next.exists() || fits(store, key.keys()).await? {
        return Ok(());
    }
    if fits(store, KeyFile::open(&next)?.keys()).await? {
        bail!(
            "a rotation of the key was interrupted: the database is under the key at {}. Run `ostiary key rotate`, which finishes it",
            next.display()
        );
    }
    Ok(())
}

/// Replaces the key, or finishes doing so.
pub async fn rotate(config: &Config) -> anyhow::Result<()> {
    let path = &config.key_file;
    let next_path = next_of(path);
    let old = KeyFile::open(path).context("reading the key that is to be replaced")?;
    // No server may write under the old key meanwhile.
    let _lock = operations::claim(config)?;
    let store = super::open_database_as_it_is(config).await?;
    ensure!(
        is_set_up(&store).await.context("reading the database")?,
        "This portal is not set up yet. Remove the key file before the first start instead."
    );
    let next = KeyFile::open_or_create(&next_path, &OsRandom).context("making the new key")?;
    let seq = if fits(&store, old.keys()).await? {
        let app = App::new(super::parts(config, store.clone(), &old)?).await.context("starting on this database")?;
        Some(
            rotate_key(&app, &next.keys(), "ostiary key rotate")
                .await
                .context("bringing the database under the new key")?,
        )
    } else if fits(&store, next.keys()).await? {
        None
    } else {
        bail!(
            "Neither the key at {} nor the one at {} fits this database. Nothing was changed.",
            path.display(),
            next_path.display()
        );
    };
    finish(config, store, &old, &next, &next_path).await?;
    match seq {
        Some(seq) => {
            say!("The key was replaced; event {seq} of the audit trail tells of it. Everybody signs in anew.");
        }
        None => {
            say!("The rotation that was interrupted is finished: the key was replaced. Everybody signs in anew.");
        }
    }
    Ok(())
}

/// The database is under the new key: the anchor and the key file follow.
async fn finish(config: &Config, store: Store, old: &KeyFile, next: &KeyFile, next_path: &Path) -> anyhow::Result<()> {
    let path = &config.key_file;
    let app = App::to_verify(super::parts(config, store, next)?).await?;
    sign_anchor_anew(&app, &old.keys()).await.context("signing the anchor with the new key")?;
    app.store.close().await;
    let kept = operations::kept_key(path, old.keys().sealer.key_id());
    KeyFile::replace(path, next_path, &kept).context("putting the new key in its place")?;
    say!(
        "The old key is kept at {}. Only a backup from before needs it: keep it with those backups, and nowhere else.",
        kept.display()
    );
    Ok(())
}
