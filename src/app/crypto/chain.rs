//! The keyed chain of the audit trail: each event's hash covers the event and the hash before it, under a key the database does not
//! hold. Whoever owns only the database cannot write a trail that verifies.

use data_encoding::HEXLOWER;
use subtle::ConstantTimeEq as _;

use super::{Key, hmac};

/// The canonical bytes of a row. Each field carries its length, so that no two rows share their bytes, and an absent field differs
/// from an empty one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<u8>);

impl Fields {
    /// No field yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A text field follows.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.0.push(b't');
        self.0.extend((text.len() as u64).to_be_bytes());
        self.0.extend(text.as_bytes());
        self
    }

    /// A text field follows that may be absent.
    #[must_use]
    pub fn optional(mut self, text: Option<&str>) -> Self {
        if let Some(text) = text {
            return self.text(text);
        }
        self.0.push(b'n');
        self
    }

    /// A number follows.
    #[must_use]
    pub fn number(mut self, number: i64) -> Self {
        self.0.push(b'i');
        self.0.extend(number.to_be_bytes());
        self
    }
}

/// Links events, and checks links.
pub struct Chain {
    key: Key,
}

impl Chain {
    pub(super) fn new(key: Key) -> Self {
        Self { key }
    }

    /// The hash of an event that follows the event with the hash `before` (empty for the first): 64 hexadecimal digits.
    pub fn link(&self, before: &str, event: &Fields) -> String {
        self.sign("link", before, event)
    }

    /// True when `hash` is that of this event after that one.
    pub fn holds(&self, before: &str, event: &Fields, hash: &str) -> bool {
        self.link(before, event).as_bytes().ct_eq(hash.as_bytes()).into()
    }

    /// A signature for a purpose of its own, such as the anchor that says where the trail ended; it is never a valid link.
    pub fn anchor(&self, last: &str, place: &Fields) -> String {
        self.sign("anchor", last, place)
    }

    /// True when `signature` is that of this anchor.
    pub fn anchor_holds(&self, last: &str, place: &Fields, signature: &str) -> bool {
        self.anchor(last, place).as_bytes().ct_eq(signature.as_bytes()).into()
    }

    fn sign(&self, purpose: &str, before: &str, fields: &Fields) -> String {
        let head = Fields::new().text(purpose).text(before);
        HEXLOWER.encode(&hmac(&self.key, &[&head.0, &fields.0]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{crypto::KeyFile, ports::SeededRandom};

    #[test]
    fn a_link_covers_the_event_its_place_and_the_key() {
        let chain = KeyFile::random(&SeededRandom::new(1)).chain();
        let event = Fields::new().number(1).text("activate").optional(None);
        let link = chain.link("", &event);
        assert_eq!(link.len(), 64);
        assert!(chain.holds("", &event, &link));
        assert!(!chain.holds(&link, &event, &link));
        assert!(!chain.holds("", &Fields::new().number(2).text("activate").optional(None), &link));
        assert!(!KeyFile::random(&SeededRandom::new(2)).chain().holds("", &event, &link));
        assert_ne!(chain.anchor("", &event), link);
        assert!(chain.anchor_holds("", &event, &chain.anchor("", &event)));
    }

    #[test]
    fn no_two_rows_share_their_bytes() {
        assert_ne!(Fields::new().text("ab").text("c"), Fields::new().text("a").text("bc"));
        assert_ne!(Fields::new().optional(None), Fields::new().optional(Some("")));
        assert_ne!(Fields::new().optional(None).text(""), Fields::new().text("").optional(None));
    }
}
