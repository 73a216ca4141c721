//! Replacing the key by a new one. The database changes in one transaction; the key file and the anchor follow, and each step can be
//! done again after an interruption:
//!
//! 1. The new key is written beside the old one.
//! 2. In one transaction: secrets and seals are made anew under the new key, sessions and links end, what is still needed of the old key is
//!    kept under the new one, and an event that both keys vouch for closes the old key's part of the trail.
//! 3. The anchor is signed with the new key.
//! 4. The new key takes the old one's place; the old one stays beside it, for backups from before.
//!
//! Only rows whose seal holds are sealed anew: a row that somebody else wrote gives nothing under the new key either.

use crate::app::anchor::AnchorState;
use crate::app::crypto::{Keys, SealError};
use crate::app::past_keys::{self, Past, with_past_keys};
use crate::app::record::{Entry, SUCCESSION, holds};
use crate::app::verify_audit::{Verdict, check_rows, contradiction};
use crate::app::{App, AppError, AppResult, Work, totp_secret};
use crate::domain::audit::Activity;
use crate::domain::ids::UserId;
use crate::domain::seal::{Object, ObjectKind};
use crate::store::{self, Store, StoreError, StoreResult, audit::Stored};

/// Whether the database is under these keys: they open what it keeps of older keys, and link the last event of the trail.
pub async fn fits(store: &Store, keys: Keys) -> AppResult<bool> {
    let mut db = store.read().await?;
    let keys = match with_past_keys(&mut db, keys).await {
        Ok(keys) => keys,
        Err(AppError::Seal(SealError::OtherKey { .. } | SealError::Forged | SealError::Malformed)) => return Ok(false),
        Err(error) => return Err(error),
    };
    let Some((last, _)) = store::audit::head(&mut db).await? else { return Ok(true) };
    let before = match last.saturating_sub(1) {
        0 => String::new(),
        before => store::audit::hash_at(&mut db, before).await?.unwrap_or_default(),
    };
    let row = store::audit::list_from(&mut db, last.saturating_sub(1), 1).await?.pop();
    Ok(matches!(row, Some(Ok(Stored { event, hash, .. })) if holds(&keys.chain, &before, &event, &hash)))
}

/// Brings the database under these keys, in one transaction; answers with the place of the event that tells of it. `app` has the old
/// keys. Refused on a trail that does not hold.
pub async fn rotate_key(app: &App, next: &Keys, trace: &str) -> AppResult<i64> {
    let mut work = app.begin_unsettled(trace).await?;
    match check_rows(&mut work.tx, app).await? {
        Verdict::Intact { .. } => {}
        broken => return Err(AppError::AuditTampered(broken)),
    }
    let (last, before) = work.head.clone();
    let seq = last.saturating_add(1);
    reseal(&mut work, next).await?;
    keep_past_keys(&mut work, next, seq).await?;
    store::sessions::delete_all(&mut work.tx).await?;
    store::drafts::delete_all(&mut work.tx).await?;
    store::organization::delete_setup_codes(&mut work.tx).await?;
    store::recoveries::delete_all(&mut work.tx).await?;
    work.record_itself(
        Entry::new(Activity::KeyRotated).change("Key", app.keys.sealer.key_id(), next.sealer.key_id()).change(
            SUCCESSION,
            "",
            &next.chain.succession(&before, seq),
        ),
    )
    .await?;
    work.commit().await?;
    Ok(seq)
}

/// Rows that are sealed anew between two readings of their names.
const BATCH: i64 = 1_000;

/// Seals every row in force anew whose seal holds, under the event that made it; and the secrets in them.
async fn reseal(work: &mut Work, next: &Keys) -> AppResult<()> {
    let app = work.app().clone();
    for kind in ObjectKind::ALL {
        let mut after = String::new();
        loop {
            let rows = store::sealed_rows::list(&mut work.tx, *kind, &after, BATCH).await?;
            let is_end = i64::try_from(rows.len()).unwrap_or(i64::MAX) < BATCH;
            let before = after.clone();
            for row in rows {
                if !row.is_readable {
                    // It gives nothing as it is.
                    continue;
                }
                row.object.id.clone_into(&mut after);
                match kind {
                    ObjectKind::Credentials => reseal_credentials(work, &app, next, &row.object).await?,
                    ObjectKind::Assignment
                    | ObjectKind::Eligibility
                    | ObjectKind::Request
                    | ObjectKind::RoleSettings
                    | ObjectKind::Group
                    | ObjectKind::Membership
                    | ObjectKind::Account
                    | ObjectKind::RecoveryCode => reseal_row(work, &app, next, &row.object).await?,
                }
            }
            // Rows that cannot be read come last.
            if is_end || after == before {
                break;
            }
        }
    }
    Ok(())
}

/// A row that no rule allows gives nothing as it is.
fn readable<T>(loaded: StoreResult<Option<T>>) -> StoreResult<Option<T>> {
    match loaded {
        Err(StoreError::Corrupt(_)) => Ok(None),
        loaded => loaded,
    }
}

async fn reseal_row(work: &mut Work, app: &App, next: &Keys, object: &Object) -> AppResult<()> {
    let Some(row) = readable(store::sealed_rows::load(&mut work.tx, object).await)? else { return Ok(()) };
    let place = row.seal().map(|seal| seal.place);
    if let (Some(place), Some(row)) = (place, app.open(row)) {
        store::sealed_rows::reseal(&mut work.tx, object, &next.seals.make(&row, place)).await?;
    }
    Ok(())
}

/// What a person proves who they are with holds a secret, which is encrypted anew.
async fn reseal_credentials(work: &mut Work, app: &App, next: &Keys, object: &Object) -> AppResult<()> {
    let Ok(user) = UserId::parse(&object.id) else { return Ok(()) };
    let Some(row) = readable(store::credentials::find(&mut work.tx, &user).await)? else { return Ok(()) };
    let place = row.seal().map(|seal| seal.place);
    if let (Some(place), Some(credentials)) = (place, app.open(row)) {
        let anew = totp_secret::sealed_anew(app, credentials, next)?;
        store::credentials::save(&mut work.tx, &anew, &next.seals.make(&anew, place)).await?;
    }
    Ok(())
}

/// Keeps what is still needed of the old keys: all parts that chained the trail, and those that a recovery code may be under.
async fn keep_past_keys(work: &mut Work, next: &Keys, seq: i64) -> AppResult<()> {
    let app = work.app().clone();
    let oldest_code = store::recovery_codes::oldest_unused(&mut work.tx).await?;
    let mut past = past_keys::read(&mut work.tx, &app.keys).await?;
    for past in &mut past {
        let closed = store::audit::find(&mut work.tx, past.chain.last()).await?;
        let closed = closed.ok_or(StoreError::Missing("the event of a rotation"))?;
        if oldest_code.is_none_or(|made| made > closed.at) {
            past.recovery = None;
        }
    }
    let chain = app.keys.chain.past_when_rotated_at(seq).pop().ok_or(AppError::Broken("the key of the chain"))?;
    let recovery = oldest_code.and(app.keys.recovery_codes.past_when_rotated().pop());
    past.push(Past { key_id: app.keys.sealer.key_id().to_owned(), chain, recovery });
    let sealed = past_keys::seal(&past, next, app.randomness.as_ref())?;
    Ok(store::past_keys::replace(&mut work.tx, &sealed).await?)
}

/// Signs the anchor with the key that the database is under, after [`rotate_key`]; `old` is the key before. Nothing to do when that was
/// done already. The anchor's old signature has to hold, and the trail has to reach as far as it says.
pub async fn sign_anchor_anew(app: &App, old: &Keys) -> AppResult<()> {
    let (seq, hash) = match (app.anchor.read(&app.keys.chain)?, app.anchor.read(&old.chain)?) {
        (AnchorState::At { .. } | AnchorState::NotKept, _) => return Ok(()),
        (AnchorState::Absent | AnchorState::CutShort | AnchorState::Broken, AnchorState::At { seq, hash }) => {
            (seq, hash)
        }
        (AnchorState::Absent, _) => return Err(AppError::AuditTampered(Verdict::AnchorMissing)),
        (AnchorState::CutShort, _) => return Err(AppError::AuditTampered(Verdict::AnchorCutShort)),
        (AnchorState::Broken, _) => return Err(AppError::AuditTampered(Verdict::AnchorUnsigned)),
    };
    let mut db = app.store.read().await?;
    if let Some(verdict) = contradiction(&mut db, seq, &hash).await? {
        return Err(AppError::AuditTampered(verdict));
    }
    let (last, hash) = store::audit::head(&mut db).await?.unwrap_or_default();
    Ok(app.anchor.replace(&app.keys.chain, last, &hash)?)
}
