//! Recovery codes: ten of them, shown once, for the day the device with the second factor is lost.

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use super::{Key, hmac, typed_code};
use crate::{app::ports::Randomness, domain::ids::UserId};

/// How many a person gets.
pub const COUNT: usize = 10;

/// Makes and hashes recovery codes. Codes are short enough to type, hence the hash is keyed: the database alone does not suffice to
/// try them all.
///
/// Codes that were made before the key was rotated stay under the key of that time until they are used.
pub struct RecoveryCodes {
    key: Key,
    /// The keys before this one that some code may still be under.
    past: Vec<Key>,
}

impl RecoveryCodes {
    pub(super) const fn new(key: Key) -> Self {
        Self { key, past: Vec::new() }
    }

    /// The same, which knows codes under these keys of the past, too. Nothing when one of them is no key.
    #[must_use]
    pub fn with_past<'a>(mut self, past: impl IntoIterator<Item = &'a [u8]>) -> Option<Self> {
        let keys = past.into_iter().map(|key| Some(Zeroizing::new(key.try_into().ok()?)));
        self.past = keys.collect::<Option<_>>()?;
        Some(self)
    }

    /// The keys of the past, and this one, to be kept under another one.
    pub fn past_when_rotated(&self) -> Vec<Zeroizing<Vec<u8>>> {
        self.past.iter().chain([&self.key]).map(|key| Zeroizing::new(key.to_vec())).collect()
    }

    /// A new set, as it is shown: `ABCD-EFGH-IJKL-MNOP`, 80 bits each.
    pub fn generate(&self, randomness: &dyn Randomness) -> Vec<Zeroizing<String>> {
        (0..COUNT).map(|_| typed_code::generate(randomness)).collect()
    }

    /// The hash under which a new code of a person is kept; `None` when the text cannot be a recovery code.
    pub fn hash(&self, user: &UserId, typed: &str) -> Option<String> {
        self.hashes(user, typed).into_iter().next()
    }

    /// The hashes under which a person's code may be kept: that of a new code first, then those under keys of the past. Empty when the
    /// text cannot be a recovery code.
    pub fn hashes(&self, user: &UserId, typed: &str) -> Vec<String> {
        let plain = typed_code::read(typed);
        let keys = plain.as_ref().map(|_| [&self.key].into_iter().chain(&self.past));
        let plain = plain.as_ref().map_or("", |plain| plain.as_str());
        let hash = |key| HEXLOWER.encode(&hmac(key, &[user.as_str().as_bytes(), plain.as_bytes()]));
        keys.into_iter().flatten().map(hash).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::{crypto::KeyFile, ports::OsRandom},
        domain::time::Instant,
    };

    #[test]
    fn ten_different_codes_that_can_be_typed_by_hand() {
        let codes = KeyFile::random(&OsRandom).keys().recovery_codes;
        let user = UserId::make(Instant::from_millis(1), [1; 10]);
        let set = codes.generate(&OsRandom);
        let hashes: std::collections::HashSet<_> = set.iter().map(|code| codes.hash(&user, code).unwrap()).collect();
        assert_eq!(hashes.len(), COUNT);
        let first = &set[0];
        assert_eq!(first.len(), 19);
        let typed = first.to_lowercase().replace('-', " ").replace('o', "0").replace('i', "1").replace('b', "8");
        assert_eq!(codes.hash(&user, &typed), codes.hash(&user, first));
    }

    #[test]
    fn a_code_from_before_a_rotation_is_found_under_the_old_key() {
        let old = KeyFile::random(&OsRandom).keys().recovery_codes;
        let user = UserId::make(Instant::from_millis(1), [1; 10]);
        let code = old.generate(&OsRandom).remove(0);
        let past = old.past_when_rotated();
        let fresh =
            KeyFile::random(&OsRandom).keys().recovery_codes.with_past(past.iter().map(|key| key.as_slice())).unwrap();
        let hashes = fresh.hashes(&user, &code);
        assert_eq!((hashes.len(), hashes.last()), (2, old.hash(&user, &code).as_ref()));
        assert_ne!(fresh.hash(&user, &code), old.hash(&user, &code));
    }

    #[test]
    fn a_code_belongs_to_its_owner_and_its_key() {
        let codes = KeyFile::random(&OsRandom).keys().recovery_codes;
        let ada = UserId::make(Instant::from_millis(1), [1; 10]);
        let bob = UserId::make(Instant::from_millis(1), [2; 10]);
        let code = "ABCD-EFGH-IJKL-MNOP";
        assert_ne!(codes.hash(&ada, code), codes.hash(&bob, code));
        assert_ne!(codes.hash(&ada, code), KeyFile::random(&OsRandom).keys().recovery_codes.hash(&ada, code));
        for other in ["", "123456", "ABCD-EFGH-IJKL-MNO", "ABCD-EFGH-IJKL-MNO9"] {
            assert_eq!(codes.hash(&ada, other), None, "{other}");
        }
    }
}
