//! Password hashing: argon2id, in PHC strings that carry their own parameters.
//!
//! A hash takes megabytes and milliseconds by design. Only so many run at once, so many more may wait, and the rest are told to come
//! back: a flood of sign-ins can't eat the memory.

use std::{fmt, sync::Arc};

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::{self, phc::PasswordHash},
};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

use crate::app::{
    normal_form::nfkc,
    ports::{Randomness, random_bytes},
};

/// A password as a person typed it, in normal form. It leaves memory when dropped and does not show itself.
#[derive(Clone)]
pub struct TypedPassword(Zeroizing<String>);

impl TypedPassword {
    /// Takes what was typed. The same password typed on another keyboard is the same password.
    pub fn new(typed: &str) -> Self {
        Self(Zeroizing::new(nfkc(typed)))
    }

    /// The password itself: for the rule about passwords, and for hashing.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TypedPassword {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("TypedPassword(…)")
    }
}

/// The cost of one hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strength {
    memory_kib: u32,
    iterations: u32,
    parallelism: u32,
}

/// The parameters are weaker than what is considered safe, or none that argon2 has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "password hashing must cost at least one of (KiB of memory, iterations): (47104, 1), (19456, 2), (12288, 3), (9216, 4), (7168, 5)"
)]
pub struct StrengthError;

impl Strength {
    /// What OWASP's Password Storage Cheat Sheet takes as equally strong minimums for argon2id: (KiB of memory, iterations).
    pub const MINIMUMS: [(u32, u32); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];

    /// The usual cost: 19 MiB, two passes, one lane.
    pub const DEFAULT: Self = Self { memory_kib: 19_456, iterations: 2, parallelism: 1 };

    /// As good as nothing. For tests and told stories with throw-away databases, which hash thousands of passwords.
    pub const TRIVIAL: Self = Self { memory_kib: 8, iterations: 1, parallelism: 1 };

    /// Takes the parameters unless they are below every one of the minimums.
    pub fn new(memory_kib: u32, iterations: u32, parallelism: u32) -> Result<Self, StrengthError> {
        let enough = Self::MINIMUMS.into_iter().any(|(memory, passes)| memory_kib >= memory && iterations >= passes);
        let known = Params::new(memory_kib, iterations, parallelism, None).is_ok();
        if enough && known { Ok(Self { memory_kib, iterations, parallelism }) } else { Err(StrengthError) }
    }

    fn argon2(self) -> Result<Argon2<'static>, HashError> {
        let params = Params::new(self.memory_kib, self.iterations, self.parallelism, None)
            .map_err(|error| HashError::Failed(error.to_string()))?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }
}

/// Why a password was neither hashed nor compared.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HashError {
    /// Too many wait already. Nothing was found out about the password.
    #[error("too many sign-ins at once")]
    Busy,
    /// The stored hash or the parameters are not those of argon2, or the work was cut off.
    #[error("password hashing failed: {0}")]
    Failed(String),
}

/// Hashes passwords and compares them with hashes.
pub struct PasswordHasher {
    strength: Strength,
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    nobody: String,
}

impl PasswordHasher {
    /// At most `at_once` hashes run, and at most `waiting` wait for their turn.
    pub fn new(strength: Strength, at_once: usize, waiting: usize, randomness: &dyn Randomness) -> Self {
        let at_once = at_once.max(1);
        // The hash of no password: random salt and output, so that a comparison costs what any other does, and never succeeds.
        let nobody = format!(
            "$argon2id$v=19$m={},t={},p={}${}${}",
            strength.memory_kib,
            strength.iterations,
            strength.parallelism,
            STANDARD_NO_PAD.encode(random_bytes::<16>(randomness)),
            STANDARD_NO_PAD.encode(random_bytes::<32>(randomness)),
        );
        Self {
            strength,
            running: Arc::new(Semaphore::new(at_once)),
            admitted: Arc::new(Semaphore::new(at_once.saturating_add(waiting))),
            nobody,
        }
    }

    /// The PHC string of a password.
    pub async fn hash(&self, password: &TypedPassword, randomness: &dyn Randomness) -> Result<String, HashError> {
        let argon2 = self.strength.argon2()?;
        let salt: [u8; 16] = random_bytes(randomness);
        let password = password.clone();
        self.in_turn(move || {
            let hash: PasswordHash =
                argon2.hash_password_with_salt(password.expose().as_bytes(), &salt).map_err(failed)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// True when the password is the one that was hashed. `None` stands for an account that does not exist: it takes as long, and
    /// the answer is no. The parameters of the stored hash count, whatever today's are.
    pub async fn verify(&self, password: &TypedPassword, stored: Option<&str>) -> Result<bool, HashError> {
        let argon2 = self.strength.argon2()?;
        let password = password.clone();
        let exists = stored.is_some();
        let stored = stored.unwrap_or(&self.nobody).to_owned();
        let same = self
            .in_turn(move || {
                let stored = PasswordHash::new(&stored).map_err(|error| HashError::Failed(error.to_string()))?;
                match argon2.verify_password(password.expose().as_bytes(), &stored) {
                    Ok(()) => Ok(true),
                    Err(password_hash::Error::PasswordInvalid) => Ok(false),
                    Err(error) => Err(failed(error)),
                }
            })
            .await?;
        Ok(same && exists)
    }

    /// True when the hash was made with other parameters than today's: hash again at the next sign-in.
    pub fn needs_rehash(&self, stored: &str) -> bool {
        let today = self.strength;
        PasswordHash::new(stored).ok().and_then(|hash| Params::try_from(&hash).ok()).is_none_or(|params| {
            (params.m_cost(), params.t_cost(), params.p_cost())
                != (today.memory_kib, today.iterations, today.parallelism)
        })
    }

    /// Runs the work off the async threads when its turn comes. The permits go along: a caller who gives up frees nothing early.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| HashError::Busy)?;
        let running = Arc::clone(&self.running).acquire_owned().await.map_err(|_| HashError::Busy)?;
        let permits: (OwnedSemaphorePermit, OwnedSemaphorePermit) = (admitted, running);
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permits);
            done
        })
        .await
        .map_err(|error| HashError::Failed(error.to_string()))?
    }
}

fn failed(error: password_hash::Error) -> HashError {
    HashError::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::ports::OsRandom;

    fn hasher(strength: Strength) -> PasswordHasher {
        PasswordHasher::new(strength, 2, 4, &OsRandom)
    }

    #[test]
    fn weak_parameters_are_refused() {
        assert_eq!(Strength::new(19_456, 2, 1), Ok(Strength::DEFAULT));
        for (memory, passes) in Strength::MINIMUMS {
            assert!(Strength::new(memory, passes, 1).is_ok());
            assert_eq!(Strength::new(memory - 1, passes, 1), Err(StrengthError));
            assert_eq!(Strength::new(memory, passes - 1, 1), Err(StrengthError));
        }
        assert_eq!(Strength::new(19_456, 2, 0), Err(StrengthError));
    }

    #[tokio::test]
    async fn a_password_is_known_again_in_any_spelling_of_its_characters() {
        let hasher = hasher(Strength::TRIVIAL);
        let hash = hasher.hash(&TypedPassword::new("grüne Lampe am Fenster"), &OsRandom).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}");
        assert_eq!(hasher.verify(&TypedPassword::new("gru\u{308}ne Lampe am Fenster"), Some(&hash)).await, Ok(true));
        assert_eq!(hasher.verify(&TypedPassword::new("grune Lampe am Fenster"), Some(&hash)).await, Ok(false));
        assert_eq!(hasher.verify(&TypedPassword::new("grüne Lampe am Fenster"), None).await, Ok(false));
        assert_ne!(hash, hasher.hash(&TypedPassword::new("grüne Lampe am Fenster"), &OsRandom).await.unwrap());
    }

    #[tokio::test]
    async fn older_parameters_still_count_and_ask_for_a_new_hash() {
        let old = hasher(Strength::TRIVIAL);
        let hash = old.hash(&TypedPassword::new("one two three"), &OsRandom).await.unwrap();
        let new = hasher(Strength { iterations: 2, ..Strength::TRIVIAL });
        assert_eq!(new.verify(&TypedPassword::new("one two three"), Some(&hash)).await, Ok(true));
        assert!(new.needs_rehash(&hash) && !old.needs_rehash(&hash) && old.needs_rehash("garbage"));
    }

    #[tokio::test]
    async fn the_known_answer_of_the_reference_implementation() {
        // argon2 -id, "password", salt "somesalt", m=65536, t=2, p=1 (test.c of the reference implementation)
        let known = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        let hasher = hasher(Strength::DEFAULT);
        assert_eq!(hasher.verify(&TypedPassword::new("password"), Some(known)).await, Ok(true));
    }

    #[tokio::test]
    async fn a_corrupt_hash_is_an_error_and_not_a_no() {
        let hasher = hasher(Strength::TRIVIAL);
        assert!(matches!(hasher.verify(&TypedPassword::new("x"), Some("corrupt")).await, Err(HashError::Failed(_))));
    }

    #[tokio::test]
    async fn a_flood_is_told_to_come_back() {
        let hasher = PasswordHasher::new(Strength::DEFAULT, 1, 1, &OsRandom);
        let password = TypedPassword::new("grape lantern copper");
        let (one, two, three) = tokio::join!(
            hasher.verify(&password, None),
            hasher.verify(&password, None),
            hasher.verify(&password, None)
        );
        assert_eq!((one, two, three), (Ok(false), Ok(false), Err(HashError::Busy)));
        assert_eq!(hasher.verify(&password, None).await, Ok(false), "the turn comes free again");
    }
}
