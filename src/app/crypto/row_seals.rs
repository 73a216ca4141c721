//! Seals of rows: HMAC-SHA256 over which row it is, what it means, and which audit event made it, under a key that the database does
//! not hold. Whoever owns only the database cannot make a row that verifies.

use data_encoding::HEXLOWER;
use subtle::ConstantTimeEq as _;

use super::{Key, hmac};
use crate::domain::seal::{Fields, Place, Seal, Sealable};

/// Makes and checks seals.
pub struct RowSeals {
    key: Key,
}

impl RowSeals {
    pub(super) const fn new(key: Key) -> Self {
        Self { key }
    }

    /// The seal of this row, made by the event at this place of the audit trail.
    pub fn make(&self, row: &impl Sealable, place: Place) -> Seal {
        let object = row.object();
        let head = place.append_to(Fields::new().text("row 2").text(object.kind.word()).text(&object.id));
        Seal { place, hash: HEXLOWER.encode(&hmac(&self.key, &[head.bytes(), row.fields().bytes()])) }
    }

    /// True when the seal is that of this row.
    pub fn holds(&self, row: &impl Sealable, seal: &Seal) -> bool {
        self.make(row, seal.place).hash.as_bytes().ct_eq(seal.hash.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{crypto::KeyFile, ports::SeededRandom};
    use crate::domain::seal::{Object, ObjectKind};

    struct Row(ObjectKind, &'static str, i64);

    impl Sealable for Row {
        fn object(&self) -> Object {
            Object::new(self.0, self.1)
        }
        fn fields(&self) -> Fields {
            Fields::new().number(self.2)
        }
    }

    #[test]
    fn a_seal_covers_the_object_what_it_means_its_event_and_the_key() {
        let seals = KeyFile::random(&SeededRandom::new(1)).keys().seals;
        let row = Row(ObjectKind::Group, "1", 5);
        let place = Place::after(8, "0123456789abcdef");
        let seal = seals.make(&row, place);
        assert!(seals.holds(&row, &seal));
        assert!(!seals.holds(&Row(ObjectKind::Group, "1", 6), &seal));
        assert!(!seals.holds(&Row(ObjectKind::Group, "2", 5), &seal));
        assert!(!seals.holds(&Row(ObjectKind::Account, "1", 5), &seal));
        for place in [Place::after(7, "0123456789abcdef"), Place::after(8, "0123456789abcdee")] {
            assert!(!seals.holds(&row, &Seal { place, ..seal.clone() }));
        }
        assert!(!KeyFile::random(&SeededRandom::new(2)).keys().seals.holds(&row, &seal));
    }
}
