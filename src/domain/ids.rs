//! Names of things: one type per kind of thing, so that a group's id can never stand where a user's belongs.
//!
//! Every id is a UUID in its canonical text form (36 characters, lower case). They are made in `app`, from its clock and randomness.

use std::{fmt, str::FromStr};

use super::time::Instant;

/// The text is not a UUID in canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdError;

impl fmt::Display for IdError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("This is not a valid id.")
    }
}

impl std::error::Error for IdError {}

/// True for 8-4-4-4-12 lower-case hexadecimal digits.
fn is_canonical_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

/// The text of a UUID version 7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then randomness around the version and variant bits.
pub fn uuid_v7(now: Instant, entropy: [u8; 10]) -> String {
    let mut bits = u128::from(now.millis().unsigned_abs() & 0xffff_ffff_ffff) << 80;
    for (at, byte) in entropy.into_iter().rev().enumerate() {
        bits |= u128::from(byte) << (8 * at);
    }
    bits = bits & !(0xf << 76) | (0x7 << 76);
    bits = bits & !(0b11 << 62) | (0b10 << 62);
    uuid_text(bits)
}

/// The canonical text of a UUID with these bits.
pub fn uuid_text(bits: u128) -> String {
    let field = |shift: u32, mask: u128| bits >> shift & mask;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        field(96, 0xffff_ffff),
        field(80, 0xffff),
        field(64, 0xffff),
        field(48, 0xffff),
        field(0, 0xffff_ffff_ffff)
    )
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Takes the id from outside: refused unless it is a UUID in canonical form.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                if is_canonical_uuid(text) { Ok(Self(text.to_owned())) } else { Err(IdError) }
            }

            /// A new id (UUID version 7): it sorts by the moment it was made, and nobody can guess it.
            pub fn make(now: Instant, entropy: [u8; 10]) -> Self {
                Self(uuid_v7(now, entropy))
            }

            /// The id as text, as it is stored.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }
    )+};
}

ids! {
    /// A person.
    UserId;
    /// A group of people.
    GroupId;
    /// Whoever can hold a role: a person or a group; both share one space of ids.
    PrincipalId;
    /// A role: the template id of the built-in role.
    RoleId;
    /// A request: somebody asked for a change of an assignment.
    RequestId;
    /// A schedule: an eligibility or an assignment, in force between two moments.
    ScheduleId;
    /// One decision step of a request that needs approval.
    ApprovalId;
    /// A signed-in browser, as the list of sessions names it; not the secret in the cookie.
    SessionId;
    /// One event of the audit trail.
    EventId;
    /// One entry behind the bell.
    NotificationId;
    /// What one event says by mail, to whomever it goes.
    MailId;
    /// One message: a mail to one recipient.
    MessageId;
    /// One attempt to send a message.
    AttemptId;
    /// One request over HTTP or one run of a command; ties events, logs and error pages together.
    CorrelationId;
}

impl From<&UserId> for PrincipalId {
    fn from(id: &UserId) -> Self {
        Self(id.0.clone())
    }
}

impl From<&GroupId> for PrincipalId {
    fn from(id: &GroupId) -> Self {
        Self(id.0.clone())
    }
}

impl PrincipalId {
    /// True when this principal is that person.
    pub fn is_user(&self, user: &UserId) -> bool {
        self.0 == user.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_ids_are_version_7_and_sort_by_time() {
        let now = Instant::from_millis(0x0190_a3c2_7b4e);
        assert_eq!(UserId::make(now, [0xff; 10]).as_str(), "0190a3c2-7b4e-7fff-bfff-ffffffffffff");
        let id = UserId::make(now, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(id.as_str(), "0190a3c2-7b4e-7102-8304-05060708090a");
        assert_eq!(UserId::parse(id.as_str()), Ok(id.clone()));
        assert!(id < UserId::make(Instant::from_millis(0x0190_a3c2_7b4f), [0; 10]));
    }

    #[test]
    fn only_the_canonical_form_is_an_id() {
        assert!(UserId::parse("0190a3c2-7b4e-7000-8000-0123456789ab").is_ok());
        for wrong in [
            "",
            "1",
            "0190A3C2-7b4e-7000-8000-0123456789ab",
            "0190a3c2-7b4e-7000-8000-0123456789abc",
            "0190a3c27b4e70008000-0123456789ab----",
        ] {
            assert_eq!(RoleId::parse(wrong), Err(IdError), "{wrong}");
        }
    }
}
