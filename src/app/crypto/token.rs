//! What is kept of a token or a code that gives power: enough to know it again, and nothing that could be used in its place.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::{Key, hmac};
use crate::domain::seal::Fields;

/// The plain hash of a text: SHA-256 in hexadecimal. For keys that must not say whom they concern, and give nothing.
pub fn fingerprint(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
}

/// Keyed fingerprints: what is kept of a token that gives power, so that whoever can write the database cannot put in a token of
/// their own.
pub struct Fingerprints {
    key: Key,
}

impl Fingerprints {
    pub(super) const fn new(key: Key) -> Self {
        Self { key }
    }

    /// What is kept of this token: HMAC-SHA256 in hexadecimal. `purpose` keeps tokens of one kind from being taken for another.
    pub fn of(&self, purpose: &str, token: &str) -> String {
        let head = Fields::new().text(purpose);
        HEXLOWER.encode(&hmac(&self.key, &[head.bytes(), token.as_bytes()]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{crypto::KeyFile, ports::SeededRandom};

    #[test]
    fn a_fingerprint_is_that_of_its_purpose_and_its_key() {
        assert_eq!(fingerprint("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let of = |seed| KeyFile::random(&SeededRandom::new(seed)).keys().fingerprints;
        assert_eq!(of(1).of("session", "abc"), of(1).of("session", "abc"));
        assert_ne!(of(1).of("session", "abc"), of(1).of("set-up link", "abc"));
        assert_ne!(of(1).of("session", "abc"), of(1).of("session", "abd"));
        assert_ne!(of(1).of("session", "abc"), of(2).of("session", "abc"));
    }
}
