//! The keyed chain of the audit trail: each event's hash covers the event and the hash before it, under a key the database does not
//! hold. Somebody who owns only the database cannot write a trail that verifies.
//!
//! When the key is rotated, the trail is not written anew. The last event under the old key carries a proof by the new key over the
//! chain so far; what came before is checked with the old key's part for the chain, which is kept in the database under the new key.

use data_encoding::HEXLOWER;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{Key, hmac};
use crate::domain::seal::Fields;

/// The key of a part of the trail that is closed.
pub struct PastKey {
    /// The last event under this key: the one that tells of the rotation.
    last: i64,
    key: Key,
}

impl PastKey {
    /// The key whose last event is at this place.
    pub fn new(last: i64, key: &[u8]) -> Option<Self> {
        Some(Self { last, key: Zeroizing::new(key.try_into().ok()?) })
    }

    /// The place of its last event.
    pub const fn last(&self) -> i64 {
        self.last
    }

    /// The key itself, to be kept under another one.
    pub fn bytes(&self) -> &[u8] {
        &*self.key
    }
}

/// Links events, and checks links.
pub struct Chain {
    key: Key,
    /// The keys before this one, the oldest first.
    past: Vec<PastKey>,
}

impl Chain {
    pub(super) const fn new(key: Key) -> Self {
        Self { key, past: Vec::new() }
    }

    /// The same chain, which checks events from before rotations with the keys of that time, the oldest first.
    #[must_use]
    pub fn with_past(mut self, past: Vec<PastKey>) -> Self {
        self.past = past;
        self
    }

    /// The keys before this one, and this one, which is past once this event is written.
    pub fn past_when_rotated_at(&self, last: i64) -> Vec<PastKey> {
        let past = self.past.iter().map(|past| PastKey { last: past.last, key: past.key.clone() });
        past.chain([PastKey { last, key: self.key.clone() }]).collect()
    }

    /// What proves that the key of this chain follows: said in the last event under the key before it, whose predecessor has this hash.
    pub fn succession(&self, before: &str, last: i64) -> String {
        sign(&self.key, "succession", before, &Fields::new().number(last))
    }

    /// What the event at this place has to carry as proof that another key follows; nothing when it is not the last under its key.
    pub fn expected_succession(&self, before: &str, seq: i64) -> Option<String> {
        let at = self.past.iter().position(|past| past.last == seq)?;
        let next = self.past.get(at + 1).map_or(&self.key, |past| &past.key);
        Some(sign(next, "succession", before, &Fields::new().number(seq)))
    }

    /// The hash of an event that follows the event with the hash `before` (empty for the first): 64 hexadecimal digits.
    pub fn link(&self, before: &str, event: &Fields) -> String {
        sign(&self.key, "link", before, event)
    }

    /// True when `hash` is that of the event at this place after that one.
    pub fn holds(&self, seq: i64, before: &str, event: &Fields, hash: &str) -> bool {
        let key = self.past.iter().find(|past| seq <= past.last).map_or(&self.key, |past| &past.key);
        sign(key, "link", before, event).as_bytes().ct_eq(hash.as_bytes()).into()
    }

    /// A signature for a purpose of its own, such as the anchor that says where the trail ended; it is never a valid link.
    pub fn anchor(&self, last: &str, place: &Fields) -> String {
        sign(&self.key, "anchor", last, place)
    }

    /// True when `signature` is that of this anchor.
    pub fn anchor_holds(&self, last: &str, place: &Fields, signature: &str) -> bool {
        self.anchor(last, place).as_bytes().ct_eq(signature.as_bytes()).into()
    }
}

fn sign(key: &Key, purpose: &str, before: &str, fields: &Fields) -> String {
    let head = Fields::new().text(purpose).text(before);
    HEXLOWER.encode(&hmac(key, &[head.bytes(), fields.bytes()]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{crypto::KeyFile, ports::SeededRandom};

    #[test]
    fn a_link_covers_the_event_its_place_and_the_key() {
        let chain = KeyFile::random(&SeededRandom::new(1)).keys().chain;
        let event = Fields::new().number(1).text("activate").optional(None);
        let link = chain.link("", &event);
        assert_eq!(link.len(), 64);
        assert!(chain.holds(1, "", &event, &link));
        assert!(!chain.holds(1, &link, &event, &link));
        assert!(!chain.holds(1, "", &Fields::new().number(2).text("activate").optional(None), &link));
        assert!(!KeyFile::random(&SeededRandom::new(2)).keys().chain.holds(1, "", &event, &link));
        assert_ne!(chain.anchor("", &event), link);
        assert!(chain.anchor_holds("", &event, &chain.anchor("", &event)));
    }

    #[test]
    fn after_a_rotation_each_part_is_checked_with_its_own_key() {
        let keys: Vec<_> = (1..=3).map(|seed| KeyFile::random(&SeededRandom::new(seed)).keys().chain).collect();
        let event = |seq| Fields::new().number(seq);
        let first = keys[0].link("", &event(1));
        let second = keys[1].link(&first, &event(2));
        let third = keys[2].link(&second, &event(3));
        let one = keys[0].past_when_rotated_at(1);
        let middle = KeyFile::random(&SeededRandom::new(2)).keys().chain.with_past(one);
        let two = middle.past_when_rotated_at(2);
        let chain = KeyFile::random(&SeededRandom::new(3)).keys().chain.with_past(two);
        assert!(chain.holds(1, "", &event(1), &first));
        assert!(chain.holds(2, &first, &event(2), &second));
        assert!(chain.holds(3, &second, &event(3), &third));
        assert!(!chain.holds(3, &second, &event(3), &keys[1].link(&second, &event(3))), "an old key links no more");
        assert!(!chain.holds(1, "", &event(1), &keys[2].link("", &event(1))));
        assert_eq!(chain.expected_succession("", 1), Some(keys[1].succession("", 1)));
        assert_eq!(chain.expected_succession(&first, 2), Some(keys[2].succession(&first, 2)));
        assert_eq!(chain.expected_succession(&second, 3), None);
    }
}
