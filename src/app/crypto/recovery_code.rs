//! Recovery codes: ten of them, shown once, for the day the device with the second factor is lost.

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use zeroize::Zeroizing;

use super::{Key, hmac};
use crate::{
    app::ports::{Randomness, random_bytes},
    domain::ids::UserId,
};

/// How many a person gets.
pub const COUNT: usize = 10;

/// Makes and hashes recovery codes. Codes are short enough to type, hence the hash is keyed: the database alone does not suffice to
/// try them all.
pub struct RecoveryCodes {
    key: Key,
}

impl RecoveryCodes {
    pub(super) fn new(key: Key) -> Self {
        Self { key }
    }

    /// A new set, as it is shown: `ABCD-EFGH-IJKL-MNOP`, 80 bits each.
    pub fn generate(&self, randomness: &dyn Randomness) -> Vec<Zeroizing<String>> {
        (0..COUNT).map(|_| Self::show(&BASE32_NOPAD.encode(&random_bytes::<10>(randomness)))).collect()
    }

    /// The hash under which a person's code is kept; `None` when the text cannot be a recovery code. Capital letters, spaces and
    /// hyphens do not matter, and the digits that look like letters are taken for them.
    pub fn hash(&self, user: &UserId, typed: &str) -> Option<String> {
        let plain: Zeroizing<String> = Zeroizing::new(
            typed
                .chars()
                .filter(|found| !matches!(found, ' ' | '-'))
                .map(|found| match found.to_ascii_uppercase() {
                    '0' => 'O',
                    '1' => 'I',
                    '8' => 'B',
                    other => other,
                })
                .collect(),
        );
        let is_code = plain.len() == 16 && BASE32_NOPAD.decode(plain.as_bytes()).is_ok();
        is_code.then(|| HEXLOWER.encode(&hmac(&self.key, &[user.as_str().as_bytes(), plain.as_bytes()])))
    }

    fn show(code: &str) -> Zeroizing<String> {
        let mut shown = Zeroizing::new(String::with_capacity(19));
        for (at, letter) in code.chars().enumerate() {
            if at > 0 && at % 4 == 0 {
                shown.push('-');
            }
            shown.push(letter);
        }
        shown
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
        let codes = KeyFile::random(&OsRandom).recovery_codes();
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
    fn a_code_belongs_to_its_owner_and_its_key() {
        let codes = KeyFile::random(&OsRandom).recovery_codes();
        let ada = UserId::make(Instant::from_millis(1), [1; 10]);
        let bob = UserId::make(Instant::from_millis(1), [2; 10]);
        let code = "ABCD-EFGH-IJKL-MNOP";
        assert_ne!(codes.hash(&ada, code), codes.hash(&bob, code));
        assert_ne!(codes.hash(&ada, code), KeyFile::random(&OsRandom).recovery_codes().hash(&ada, code));
        for other in ["", "123456", "ABCD-EFGH-IJKL-MNO", "ABCD-EFGH-IJKL-MNO9"] {
            assert_eq!(codes.hash(&ada, other), None, "{other}");
        }
    }
}
