//! The keyed chain of the audit trail: each event's hash covers the event and the hash before it, under a key the database does not
//! hold. Whoever owns only the database cannot write a trail that verifies.

use data_encoding::HEXLOWER;
use subtle::ConstantTimeEq as _;

use super::{Key, hmac};

/// Links events, and checks links.
pub struct Chain {
    key: Key,
}

impl Chain {
    pub(super) fn new(key: Key) -> Self {
        Self { key }
    }

    /// The hash of an event that follows the event with the hash `before` (empty for the first): 64 hexadecimal digits.
    pub fn link(&self, before: &str, event: &[u8]) -> String {
        self.sign("link", before, event)
    }

    /// True when `hash` is that of this event after that one.
    pub fn holds(&self, before: &str, event: &[u8], hash: &str) -> bool {
        self.link(before, event).as_bytes().ct_eq(hash.as_bytes()).into()
    }

    /// A signature for a purpose of its own, such as the anchor that says where the trail ended; it is never a valid link.
    pub fn anchor(&self, last: &str, place: &[u8]) -> String {
        self.sign("anchor", last, place)
    }

    /// True when `signature` is that of this anchor.
    pub fn anchor_holds(&self, last: &str, place: &[u8], signature: &str) -> bool {
        self.anchor(last, place).as_bytes().ct_eq(signature.as_bytes()).into()
    }

    fn sign(&self, purpose: &str, before: &str, bytes: &[u8]) -> String {
        // The first two pieces hold no NUL, so that no two triples share their bytes.
        HEXLOWER.encode(&hmac(&self.key, &[purpose.as_bytes(), &[0], before.as_bytes(), &[0], bytes]))
    }
}

#[cfg(test)]
mod tests {
    use crate::app::{crypto::KeyFile, ports::SeededRandom};

    #[test]
    fn a_link_covers_the_event_its_place_and_the_key() {
        let chain = KeyFile::random(&SeededRandom::new(1)).chain();
        let event = b"1 activate";
        let link = chain.link("", event);
        assert_eq!(link.len(), 64);
        assert!(chain.holds("", event, &link));
        assert!(!chain.holds(&link, event, &link));
        assert!(!chain.holds("", b"2 activate", &link));
        assert!(!KeyFile::random(&SeededRandom::new(2)).chain().holds("", event, &link));
        assert_ne!(chain.anchor("", event), link);
        assert!(chain.anchor_holds("", event, &chain.anchor("", event)));
    }
}
