//! What is still needed of keys before the one of today, kept in the database under the key of today: the part that chained the audit,
//! and the part that hashed recovery codes. `rotate_key` writes it.

use zeroize::Zeroizing;

use crate::app::crypto::{Keys, PastKey, SealError};
use crate::app::ports::Randomness;
use crate::app::{AppError, AppResult};
use crate::store::{self, Db, past_keys::StoredPastKey};

/// A key that is past, with what is kept of it.
pub(super) struct Past {
    /// Which key it was.
    pub key_id: String,
    /// What chained the audit, up to its last event.
    pub chain: PastKey,
    /// What hashed recovery codes; nothing when none can be under it.
    pub recovery: Option<Zeroizing<Vec<u8>>>,
}

fn chain_place(last_event: i64) -> String {
    format!("past_keys.chain_key/{last_event}")
}

fn recovery_place(last_event: i64) -> String {
    format!("past_keys.recovery_key/{last_event}")
}

/// The keys of today with what the database keeps of those before. An error when the database is under another key.
pub async fn with_past_keys(db: &mut Db, mut keys: Keys) -> AppResult<Keys> {
    let past = read(db, &keys).await?;
    let recovery: Vec<_> = past.iter().filter_map(|past| past.recovery.as_ref()).map(|key| key.as_slice()).collect();
    // The newest first: most codes are under it.
    let codes = keys.recovery_codes.with_past(recovery.into_iter().rev());
    keys.recovery_codes = codes.ok_or(AppError::Seal(SealError::Malformed))?;
    keys.chain = keys.chain.with_past(past.into_iter().map(|past| past.chain).collect());
    Ok(keys)
}

/// What the database keeps, the oldest first.
pub(super) async fn read(db: &mut Db, keys: &Keys) -> AppResult<Vec<Past>> {
    let mut found = Vec::new();
    for StoredPastKey { last_event, key_id, chain_key, recovery_key } in store::past_keys::list(db).await? {
        let chain = keys.sealer.open(&chain_place(last_event), &chain_key)?;
        let recovery = recovery_key.map(|sealed| keys.sealer.open(&recovery_place(last_event), &sealed)).transpose()?;
        let chain = PastKey::new(last_event, &chain).ok_or(SealError::Malformed)?;
        found.push(Past { key_id, chain, recovery });
    }
    Ok(found)
}

/// As the database keeps them under these keys.
pub(super) fn seal(past: &[Past], keys: &Keys, randomness: &dyn Randomness) -> AppResult<Vec<StoredPastKey>> {
    let mut sealed = Vec::new();
    for Past { key_id, chain, recovery } in past {
        let last_event = chain.last();
        let recovery = recovery.as_ref().map(|key| keys.sealer.seal(&recovery_place(last_event), key, randomness));
        sealed.push(StoredPastKey {
            last_event,
            key_id: key_id.clone(),
            chain_key: keys.sealer.seal(&chain_place(last_event), chain.bytes(), randomness)?,
            recovery_key: recovery.transpose()?,
        });
    }
    Ok(sealed)
}
