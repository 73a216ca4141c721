//! Bearer tokens: whoever shows one may do what it is for. The database keeps only their hash.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::app::ports::{Randomness, random_bytes};

/// A new token: 256 random bits.
pub struct Token {
    /// What is handed out, once: 43 characters that are safe in a link.
    pub plain: Zeroizing<String>,
    /// What is kept.
    pub hash: String,
}

impl Token {
    /// Makes a token.
    pub fn generate(randomness: &dyn Randomness) -> Self {
        let plain = Zeroizing::new(URL_SAFE_NO_PAD.encode(random_bytes::<32>(randomness)));
        let hash = fingerprint(&plain);
        Self { plain, hash }
    }
}

/// The hash under which a token (or a session's id) is kept: SHA-256 in hexadecimal. Tokens are random, so that a plain hash, by
/// which a row can be looked up, is enough.
pub fn fingerprint(token: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::ports::OsRandom;

    #[test]
    fn a_token_is_found_by_its_hash_only() {
        let token = Token::generate(&OsRandom);
        assert_eq!(token.plain.len(), 43);
        assert_eq!(fingerprint(&token.plain), token.hash);
        assert_ne!(*token.plain, *Token::generate(&OsRandom).plain);
        assert_eq!(fingerprint("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
