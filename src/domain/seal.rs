//! What a seal is: a keyed hash over what a stored row means, so that whoever can write the database but has not the key cannot make
//! a row that gives power. The key and the hash are `app`'s business; here is what is covered.
//!
//! A sealed row also names the audit event that made it. The event names the row, so that an old valid row that is put back is told
//! from the one that the trail knows last.

use std::fmt;
use std::str::FromStr;

use super::request::words;

/// The canonical bytes of a row. Each field carries its length, so that no two rows share their bytes, and an absent field differs
/// from an empty one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<u8>);

/// Most rows need no more bytes. Every page covers some ten rows: growing their bytes step by step costs more than hashing them.
const USUAL_LENGTH: usize = 512;

impl Fields {
    /// No field yet.
    pub fn new() -> Self {
        Self(Vec::with_capacity(USUAL_LENGTH))
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

    /// A number follows that may be absent.
    #[must_use]
    pub fn optional_number(mut self, number: Option<i64>) -> Self {
        if let Some(number) = number {
            return self.number(number);
        }
        self.0.push(b'n');
        self
    }

    /// The bytes so far.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The kinds of rows that are sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// An active assignment.
    Assignment,
    /// An eligible assignment.
    Eligibility,
    /// A request.
    Request,
    /// A role's settings, its approvers and its notification rules included.
    RoleSettings,
    /// A group, and whether it can hold roles.
    Group,
    /// A person's membership of a group.
    Membership,
    /// Who a person is: enabled or not, the name they sign in with, their addresses.
    Account,
    /// What a person proves who they are with: password and second factor.
    Credentials,
    /// A recovery code that was not used yet.
    RecoveryCode,
}

words!(ObjectKind {
    Assignment = "assignment",
    Eligibility = "eligibility",
    Request = "request",
    RoleSettings = "settings",
    Group = "group",
    Membership = "membership",
    Account = "account",
    Credentials = "credentials",
    RecoveryCode = "code",
});

impl ObjectKind {
    /// As a person reads it, at the begin of a line.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Assignment => "Active assignment",
            Self::Eligibility => "Eligible assignment",
            Self::Request => "Request",
            Self::RoleSettings => "Role settings",
            Self::Group => "Group",
            Self::Membership => "Group membership",
            Self::Account => "User account",
            Self::Credentials => "Password and second factor of user",
            Self::RecoveryCode => "Recovery code",
        }
    }
}

/// One sealed row: its kind, and its id within that kind. As text `kind/id`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Object {
    /// Its kind.
    pub kind: ObjectKind,
    /// Its id: a UUID, or two of them with a colon between (group and person of a membership).
    pub id: String,
}

impl Object {
    /// The object of this kind with this id.
    pub fn new(kind: ObjectKind, id: impl Into<String>) -> Self {
        Self { kind, id: id.into() }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.kind.word(), self.id)
    }
}

/// The text names no object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectError;

impl fmt::Display for ObjectError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("This is not the name of a sealed row.")
    }
}

impl std::error::Error for ObjectError {}

impl FromStr for Object {
    type Err = ObjectError;

    fn from_str(text: &str) -> Result<Self, ObjectError> {
        let (kind, id) = text.split_once('/').ok_or(ObjectError)?;
        let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'-' | b':'));
        let kind = kind.parse().map_err(|_| ObjectError)?;
        if is_id { Ok(Self { kind, id: id.to_owned() }) } else { Err(ObjectError) }
    }
}

/// What an event did to a sealed row. As text `+kind/id` or `-kind/id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// The row.
    pub object: Object,
    /// True when the row is sealed and in force from this event on; false when it is over.
    pub is_sealed: bool,
}

impl fmt::Display for Touched {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", if self.is_sealed { '+' } else { '-' }, self.object)
    }
}

impl FromStr for Touched {
    type Err = ObjectError;

    fn from_str(text: &str) -> Result<Self, ObjectError> {
        let (is_sealed, object) = match (text.strip_prefix('+'), text.strip_prefix('-')) {
            (Some(object), None) => (true, object),
            (None, Some(object)) => (false, object),
            (_, _) => return Err(ObjectError),
        };
        Ok(Self { object: object.parse()?, is_sealed })
    }
}

/// What can be sealed: a row that knows which object it is and what of it counts.
pub trait Sealable {
    /// Which row this is.
    fn object(&self) -> Object;
    /// Everything of it from which power follows. Two rows that mean different things have different fields.
    fn fields(&self) -> Fields;
    /// Whether power can follow from it: a request that is over, say, keeps its seal, and gives nothing any more.
    fn is_in_force(&self) -> bool {
        true
    }
}

impl<T: Sealable + ?Sized> Sealable for Box<T> {
    fn object(&self) -> Object {
        (**self).object()
    }

    fn fields(&self) -> Fields {
        (**self).fields()
    }

    fn is_in_force(&self) -> bool {
        (**self).is_in_force()
    }
}

/// Where in the audit trail an event stands. After a restore, numbers are given a second time: what stood before the event tells apart
/// the two trails that parted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its number, from 1.
    pub seq: i64,
    /// The first 16 hexadecimal digits of the hash of the event before it; 0 for the first event.
    before: u64,
}

/// Hexadecimal digits of [`Place::before`].
const BEFORE_DIGITS: usize = 16;

impl Place {
    /// The place behind the event with this number and hash; (0, "") is before the first.
    pub fn after(last: i64, hash: &str) -> Self {
        let digits = hash.get(..BEFORE_DIGITS).unwrap_or_default();
        Self { seq: last.saturating_add(1), before: u64::from_str_radix(digits, 16).unwrap_or_default() }
    }

    /// These fields, and the place behind them.
    pub fn append_to(&self, fields: Fields) -> Fields {
        fields.number(self.seq).text(&self.digits())
    }

    fn digits(&self) -> String {
        format!("{:016x}", self.before)
    }
}

/// A seal as it is stored beside the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// The place in the audit trail of the event that made the row what it is.
    pub place: Place,
    /// The keyed hash: 64 hexadecimal digits.
    pub hash: String,
}

impl Seal {
    /// From the two columns in which it is stored: [`Seal::text`], and the number of the event. A text of another form is a seal that
    /// does not hold.
    pub fn read(text: &str, seq: i64) -> Self {
        let (digits, hash) = text.split_at_checked(BEFORE_DIGITS).unwrap_or_default();
        let before = u64::from_str_radix(digits, 16);
        let hash = if before.is_ok() { hash.to_owned() } else { String::new() };
        Self { place: Place { seq, before: before.unwrap_or_default() }, hash }
    }

    /// What stood before the event, 16 hexadecimal digits, and the keyed hash behind it.
    pub fn text(&self) -> String {
        self.place.digits() + &self.hash
    }
}

/// A row whose seal was not looked at yet. Power is derived only from what `App::open` takes out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed<T> {
    value: T,
    seal: Option<Seal>,
}

impl<T> Sealed<T> {
    /// A row as it was read.
    pub const fn read(value: T, seal: Option<Seal>) -> Self {
        Self { value, seal }
    }

    /// The row whatever its seal says: to show it in a list, or to say which row is not trusted. Never to derive power.
    pub const fn unchecked(&self) -> &T {
        &self.value
    }

    /// The row whatever its seal says, taken out; for the same uses as [`Sealed::unchecked`].
    pub fn into_unchecked(self) -> T {
        self.value
    }

    /// The same row as another type, with the seal that it has.
    pub fn map<U>(self, into: impl FnOnce(T) -> U) -> Sealed<U> {
        Sealed { value: into(self.value), seal: self.seal }
    }

    /// Its seal.
    pub const fn seal(&self) -> Option<&Seal> {
        self.seal.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_rows_share_their_bytes() {
        assert_ne!(Fields::new().text("ab").text("c"), Fields::new().text("a").text("bc"));
        assert_ne!(Fields::new().optional(None), Fields::new().optional(Some("")));
        assert_ne!(Fields::new().optional(None).text(""), Fields::new().text("").optional(None));
        assert_ne!(Fields::new().optional_number(None), Fields::new().optional_number(Some(0)));
    }

    #[test]
    fn a_seal_reads_back_from_its_two_columns() {
        let place = Place::after(8, "0123456789abcdef00ff");
        let seal = Seal { place, hash: "ab".repeat(32) };
        assert_eq!(Seal::read(&seal.text(), 9), seal);
        assert_ne!(place, Place::after(8, "0123456789abcdee00ff"));
        let first = Seal { place: Place::after(0, ""), hash: "cd".repeat(32) };
        assert_eq!(Seal::read(&first.text(), 1), first);
        for text in ["", "ab", "zz23456789abcdefab", "é1234567890123456"] {
            assert_eq!(Seal::read(text, 1).hash, "", "{text}");
        }
    }

    #[test]
    fn what_an_event_did_reads_back_from_its_text() {
        let id = "0190a3c2-7b4e-7000-8000-0123456789ab";
        for kind in ObjectKind::ALL {
            for is_sealed in [true, false] {
                let touched = Touched { object: Object::new(*kind, id), is_sealed };
                assert_eq!(touched.to_string().parse(), Ok(touched));
            }
        }
        let member = Touched { object: Object::new(ObjectKind::Membership, format!("{id}:{id}")), is_sealed: true };
        assert_eq!(member.to_string().parse(), Ok(member));
        for text in
            ["", "+", "assignment/1", "+assignment", "+assignment/", "*assignment/1", "+nothing/1", "+assignment/a b"]
        {
            assert_eq!(text.parse::<Touched>(), Err(ObjectError), "{text}");
        }
    }
}
