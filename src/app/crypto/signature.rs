//! Signatures of rows that no event of the audit makes, such as sessions: HMAC-SHA256 over which kind of row it is and what it means,
//! under a key that the database does not hold.

use data_encoding::HEXLOWER;
use subtle::ConstantTimeEq as _;

use super::{Key, hmac};
use crate::domain::seal::Fields;

/// Makes and checks signatures.
pub struct Signatures {
    key: Key,
}

impl Signatures {
    pub(super) const fn new(key: Key) -> Self {
        Self { key }
    }

    /// The signature of a row of this kind: 64 hexadecimal digits.
    pub fn make(&self, kind: &str, row: &Fields) -> String {
        let head = Fields::new().text(kind);
        HEXLOWER.encode(&hmac(&self.key, &[head.bytes(), row.bytes()]))
    }

    /// True when there is a signature, and it is that of this row.
    pub fn holds(&self, kind: &str, row: &Fields, signature: Option<&str>) -> bool {
        signature.is_some_and(|signature| self.make(kind, row).as_bytes().ct_eq(signature.as_bytes()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{crypto::KeyFile, ports::SeededRandom};

    #[test]
    fn a_signature_covers_the_kind_the_row_and_the_key() {
        let signatures = KeyFile::random(&SeededRandom::new(1)).keys().signatures;
        let row = Fields::new().text("a").number(1);
        let made = signatures.make("session", &row);
        assert!(signatures.holds("session", &row, Some(&made)));
        assert!(!signatures.holds("session", &row, None));
        assert!(!signatures.holds("session", &row, Some("")));
        assert!(!signatures.holds("code", &row, Some(&made)));
        assert!(!signatures.holds("session", &Fields::new().text("a").number(2), Some(&made)));
        assert!(!KeyFile::random(&SeededRandom::new(2)).keys().signatures.holds("session", &row, Some(&made)));
    }
}
