//! Everything that names a cryptographic algorithm. The rest of the room asks for what it means: hash a password, seal a secret,
//! link an audit event.

pub mod chain;
pub mod key_file;
pub mod password;
pub mod recovery_code;
pub mod row_seals;
pub mod sealer;
pub mod signature;
pub mod token;
pub mod totp;
pub mod typed_code;

pub use chain::{Chain, PastKey};
pub use key_file::{KeyFile, KeyFileError, Keys};
pub use password::{HashError, PasswordHasher, Strength, StrengthError, TypedPassword};
pub use recovery_code::RecoveryCodes;
pub use row_seals::RowSeals;
pub use sealer::{SealError, Sealer};
pub use signature::Signatures;
pub use token::Fingerprints;
pub use totp::{Totp, TotpSecret};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// 256 bits of key that leave memory when dropped.
type Key = Zeroizing<[u8; 32]>;

/// HMAC-SHA256 over the pieces, one after the other.
fn hmac(key: &Key, pieces: &[&[u8]]) -> [u8; 32] {
    // A key of 32 bytes is below the block size, so this is the plain case of RFC 2104.
    let mut mac = Hmac::<Sha256>::new(&padded(key).into());
    for piece in pieces {
        mac.update(piece);
    }
    mac.finalize().into_bytes().into()
}

/// The key filled with noughts to the block size of SHA-256, which is what HMAC does with a shorter key.
fn padded(key: &Key) -> [u8; 64] {
    let mut block = [0; 64];
    for (to, from) in block.iter_mut().zip(key.iter()) {
        *to = *from;
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_is_that_of_rfc_4231() {
        // Test case 1 has a key of 20 bytes; filled up with noughts it is the same key.
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        let digest = hmac(&Zeroizing::new(key), &[b"Hi ", b"There"]);
        assert_eq!(
            data_encoding::HEXLOWER.encode(&digest),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
    }
}
