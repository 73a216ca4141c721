//! What somebody typed and could not send yet, because they had to sign in or to show their second factor first. It is kept sealed, for
//! its person alone and not for long, under an id that only their browser has: each form of each window has a draft of its own.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use crate::app::ports::random_bytes;
use crate::app::{App, AppError, AppResult};
use crate::domain::ids::UserId;
use crate::domain::time::Span;
use crate::store;
use crate::store::drafts::Kept;

/// How long a draft is kept.
pub const LASTS: Span = Span::hours(1);

/// So many are kept of one person; the oldest go first.
pub const MOST: i64 = 20;

/// What the fingerprints of ids are for.
const KIND: &str = "draft";

/// What was typed, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The page's address: a path of ours with its query.
    pub address: String,
    /// The fields, encoded as a form. None of them is secret: whoever keeps it sees to that.
    pub form: String,
}

fn fingerprint(app: &App, id: &str) -> String {
    app.keys.fingerprints.of(KIND, id)
}

/// Where a draft is sealed for.
fn place(user: &UserId, id_hash: &str) -> String {
    format!("drafts.sealed/{user}/{id_hash}")
}

/// Keeps a draft of this person; answers with its id.
pub async fn keep(app: &App, user: &UserId, draft: &Draft) -> AppResult<String> {
    let id = HEXLOWER.encode(&random_bytes::<16>(app.randomness.as_ref()));
    let id_hash = fingerprint(app, &id);
    let document = serde_json::to_vec(draft).map_err(|_| AppError::Broken("a draft"))?;
    let sealed = app.keys.sealer.seal(&place(user, &id_hash), &document, app.randomness.as_ref())?;
    let mut tx = app.write().await?;
    let now = app.now();
    store::drafts::delete_expired(&mut tx, now).await?;
    store::drafts::delete_oldest(&mut tx, user, MOST - 1).await?;
    let kept = Kept { id_hash, user: user.clone(), sealed, expires_at: now.plus(LASTS) };
    store::drafts::insert(&mut tx, &kept).await?;
    app.note_written(tx.commit().await)?;
    Ok(id)
}

/// The draft of this person with this id; nothing when it is too old, or was not sealed for them under this id and with the key of today.
pub async fn find(app: &App, user: &UserId, id: &str) -> AppResult<Option<Draft>> {
    let id_hash = fingerprint(app, id);
    let found = app.store.ask(store::drafts::with_hash(&id_hash)).await?;
    let Some(kept) = found.filter(|kept| kept.user == *user && kept.expires_at > app.now()) else { return Ok(None) };
    match app.keys.sealer.open(&place(user, &id_hash), &kept.sealed) {
        Ok(document) => serde_json::from_slice(&document).map(Some).map_err(|_| AppError::Broken("a draft")),
        Err(error) => {
            tracing::warn!(%error, "a draft does not open and is left out");
            Ok(None)
        }
    }
}

/// Forgets it: it was sent.
pub async fn forget(app: &App, user: &UserId, id: &str) -> AppResult<()> {
    let mut tx = app.write().await?;
    store::drafts::delete(&mut tx, user, &fingerprint(app, id)).await?;
    Ok(tx.commit().await?)
}
