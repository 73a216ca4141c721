//! Secrets at rest: XChaCha20-Poly1305 with a random nonce, bound to the place where the ciphertext is kept.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD as TEXT};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use thiserror::Error;
use zeroize::Zeroizing;

use super::Key;
use crate::app::ports::{Randomness, random_bytes};

const NONCE: usize = 24;

/// Why a sealed text cannot be opened, or a secret not be sealed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SealError {
    /// It was sealed with another key file.
    #[error("this was sealed with the key {sealed_with}, and the key file holds {have}")]
    OtherKey {
        /// The id of the key it was sealed with.
        sealed_with: String,
        /// The id of the key at hand.
        have: String,
    },
    /// It has not the form of a sealed text.
    #[error("this is not a sealed text")]
    Malformed,
    /// It was changed, or belongs to another row.
    #[error("this sealed text was changed or belongs elsewhere")]
    Forged,
    /// The cipher refused; it does so only for texts of hundreds of gigabytes.
    #[error("this cannot be sealed")]
    Unsealable,
}

/// Seals and opens secrets.
pub struct Sealer {
    cipher: XChaCha20Poly1305,
    key_id: String,
}

impl Sealer {
    pub(super) fn new(key: Key, key_id: String) -> Self {
        Self { cipher: XChaCha20Poly1305::new(&(*key).into()), key_id }
    }

    /// Which key this is: eight hexadecimal digits that say nothing about the key itself.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The secret as text for a column: `key id:base64(nonce, ciphertext)`. `place` names table, column and row, such as
    /// `users.totp_secret/<id>`: the text opens nowhere else, so that nobody can give one person another's secret.
    pub fn seal(&self, place: &str, secret: &[u8], randomness: &dyn Randomness) -> Result<String, SealError> {
        let nonce: [u8; NONCE] = random_bytes(randomness);
        let payload = Payload { msg: secret, aad: place.as_bytes() };
        let ciphertext = self.cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| SealError::Unsealable)?;
        Ok(format!("{}:{}", self.key_id, TEXT.encode([&nonce, ciphertext.as_slice()].concat())))
    }

    /// The secret that was sealed for this place.
    pub fn open(&self, place: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (sealed_with, encoded) = sealed.split_once(':').ok_or(SealError::Malformed)?;
        if sealed_with != self.key_id {
            return Err(SealError::OtherKey { sealed_with: sealed_with.to_owned(), have: self.key_id.clone() });
        }
        let bytes = TEXT.decode(encoded).map_err(|_| SealError::Malformed)?;
        let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE>().ok_or(SealError::Malformed)?;
        let payload = Payload { msg: ciphertext, aad: place.as_bytes() };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).map(Zeroizing::new).map_err(|_| SealError::Forged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{
        crypto::KeyFile,
        ports::{OsRandom, SeededRandom},
    };

    #[test]
    fn what_is_sealed_opens_in_its_place_only() {
        let sealer = KeyFile::random(&OsRandom).keys().sealer;
        let sealed = sealer.seal("users.totp_secret/1", b"secret", &OsRandom).unwrap();
        assert_eq!(sealer.open("users.totp_secret/1", &sealed).unwrap().as_slice(), b"secret");
        assert_eq!(sealer.open("users.totp_secret/2", &sealed), Err(SealError::Forged));
        assert_ne!(sealed, sealer.seal("users.totp_secret/1", b"secret", &OsRandom).unwrap(), "each nonce is new");
        assert!(!sealed.contains("secret"));
    }

    #[test]
    fn a_changed_text_does_not_open() {
        let sealer = KeyFile::random(&SeededRandom::new(1)).keys().sealer;
        let sealed = sealer.seal("p", b"secret", &OsRandom).unwrap();
        for at in 9..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert!(sealer.open("p", &String::from_utf8(bytes).unwrap()).is_err(), "{at}");
        }
        for text in ["", ":", "x", &sealed[..20]] {
            assert!(sealer.open("p", text).is_err());
        }
    }

    #[test]
    fn another_key_says_so() {
        let one = KeyFile::random(&SeededRandom::new(1)).keys().sealer;
        let two = KeyFile::random(&SeededRandom::new(2)).keys().sealer;
        let sealed = one.seal("p", b"secret", &OsRandom).unwrap();
        let error = SealError::OtherKey { sealed_with: one.key_id().to_owned(), have: two.key_id().to_owned() };
        assert_eq!(two.open("p", &sealed), Err(error));
    }
}
