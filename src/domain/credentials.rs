//! What a person proves who they are with: the password and the second factor, and the codes for the day the device is lost. All of it
//! is sealed: who can write the database alone sets nobody's password and takes nobody's second factor away.

use std::fmt;

use super::ids::UserId;
use super::seal::{Fields, Object, ObjectKind, Sealable};
use super::time::Instant;

/// The credentials of one person, as they are stored: nothing in here is readable without the key file or the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Whose.
    pub user: UserId,
    /// PHC string.
    pub password_hash: String,
    /// Somebody else set the password: it has to be replaced before anything else.
    pub must_change_password: bool,
    /// The encrypted secret of the one-time codes.
    pub totp_secret: Option<String>,
    /// Since when there is a second factor.
    pub totp_confirmed_at: Option<Instant>,
    /// The last step whose code was taken; no code of it or before it is taken again.
    pub totp_last_step: i64,
}

impl Credentials {
    /// Those of a person who has a password and no second factor.
    pub const fn with_password(user: UserId, password_hash: String, must_change_password: bool) -> Self {
        Self {
            user,
            password_hash,
            must_change_password,
            totp_secret: None,
            totp_confirmed_at: None,
            totp_last_step: 0,
        }
    }

    /// Whether there is a second factor to show.
    pub const fn has_second_factor(&self) -> bool {
        self.totp_secret.is_some()
    }

    /// The same person with this password.
    #[must_use]
    pub fn password(self, hash: String, must_change: bool) -> Self {
        Self { password_hash: hash, must_change_password: must_change, ..self }
    }

    /// The same person with this second factor, confirmed now by the code of this step.
    #[must_use]
    pub fn second_factor(self, secret: String, step: i64, now: Instant) -> Self {
        Self { totp_secret: Some(secret), totp_confirmed_at: Some(now), totp_last_step: step, ..self }
    }

    /// The same person without a second factor.
    #[must_use]
    pub fn without_second_factor(self) -> Self {
        Self { totp_secret: None, totp_confirmed_at: None, totp_last_step: 0, ..self }
    }

    /// The same person, whose code of this step was taken.
    #[must_use]
    pub fn last_step(self, step: i64) -> Self {
        Self { totp_last_step: step, ..self }
    }
}

impl fmt::Debug for Credentials {
    /// Without the hash and the secret.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

impl Sealable for Credentials {
    fn object(&self) -> Object {
        Object::new(ObjectKind::Credentials, self.user.as_str())
    }

    fn fields(&self) -> Fields {
        Fields::new()
            .text(&self.password_hash)
            .number(self.must_change_password.into())
            .optional(self.totp_secret.as_deref())
            .optional_number(self.totp_confirmed_at.map(Instant::millis))
            .number(self.totp_last_step)
    }
}

/// A recovery code that was not used yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryCode {
    /// Its id.
    pub id: String,
    /// Whose.
    pub user: UserId,
    /// Its keyed hash.
    pub hash: String,
    /// When it was made.
    pub created_at: Instant,
}

impl Sealable for RecoveryCode {
    fn object(&self) -> Object {
        Object::new(ObjectKind::RecoveryCode, self.id.as_str())
    }

    fn fields(&self) -> Fields {
        Fields::new().text(self.user.as_str()).text(&self.hash).number(self.created_at.millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(last: u8) -> UserId {
        UserId::make(Instant::from_millis(1), [last; 10])
    }

    #[test]
    fn everything_that_lets_a_person_in_is_covered() {
        let now = Instant::from_millis(5);
        let bare = Credentials::with_password(person(1), "hash".to_owned(), false);
        let whole = bare.clone().second_factor("secret".to_owned(), 7, now);
        let others = [
            bare.clone().password("other".to_owned(), false),
            bare.clone().password("hash".to_owned(), true),
            whole.clone(),
            whole.clone().last_step(6),
            whole.clone().second_factor("other".to_owned(), 7, now),
            whole.clone().second_factor("secret".to_owned(), 7, Instant::from_millis(6)),
        ];
        for (at, other) in others.iter().enumerate() {
            assert_ne!(bare.fields(), other.fields(), "{at}");
            assert!(at == 2 || whole.fields() != other.fields(), "{at}");
        }
        assert_eq!(whole.without_second_factor(), bare);
        assert!(!format!("{bare:?}").contains("hash"));
    }

    #[test]
    fn a_recovery_code_belongs_to_its_person() {
        let code = |user, hash: &str| RecoveryCode {
            id: "0190a3c2-7b4e-7000-8000-0123456789ab".to_owned(),
            user,
            hash: hash.to_owned(),
            created_at: Instant::from_millis(1),
        };
        assert_ne!(code(person(1), "a").fields(), code(person(2), "a").fields());
        assert_ne!(code(person(1), "a").fields(), code(person(1), "b").fields());
    }
}
