//! Counting failures: the facts for `domain::throttle`, kept under keys that say nothing about whom they concern.

use std::net::IpAddr;

use super::{AppResult, crypto::token::fingerprint};
use crate::{
    domain::{
        ids::UserId,
        refusal::Refusal,
        throttle::{self, Counted, Failures, household},
        time::Instant,
    },
    store::{Db, Write, throttle as store},
};

/// What failures are counted for.
pub(super) struct Counter {
    counted: Counted,
    key: String,
}

impl Counter {
    /// Wrong passwords for one sign-in name from one address, whether an account has the name or not.
    pub fn password(upn_key: &str, from: IpAddr) -> Self {
        Self { counted: Counted::Password, key: format!("{}:{}", passwords_of(upn_key), household(from)) }
    }

    /// Wrong passwords that somebody typed as their own while they were signed in.
    pub fn own_password(upn_key: &str) -> Self {
        Self { counted: Counted::Password, key: format!("{}:own", passwords_of(upn_key)) }
    }

    /// Wrong passwords for one sign-in name from all addresses together.
    pub fn account(upn_key: &str) -> Self {
        Self { counted: Counted::Account, key: format!("{}:all", passwords_of(upn_key)) }
    }

    /// Wrong codes of a person.
    pub fn second_factor(user: &UserId) -> Self {
        Self { counted: Counted::SecondFactor, key: format!("second factor:{user}") }
    }

    /// Wrong codes of `ostiary recover` for one sign-in name from one address, whether an account has the name or not.
    pub fn console_code(upn_key: &str, from: IpAddr) -> Self {
        Self { counted: Counted::Password, key: format!("console:{}:{}", fingerprint(upn_key), household(from)) }
    }

    /// Failures of any kind from one address.
    pub fn address(address: IpAddr) -> Self {
        Self { counted: Counted::Address, key: format!("address:{}", household(address)) }
    }

    /// Refused while the failures so far ask for patience.
    pub async fn check(&self, db: &mut Db, now: Instant) -> AppResult<()> {
        match throttle::blocked_until(self.counted, store::find(db, &self.key).await?, now) {
            None => Ok(()),
            Some(until) => Err(Refusal::Throttled { wait: until.since(now) }.into()),
        }
    }

    /// Counts a failure.
    pub async fn count(&self, tx: &mut Write, now: Instant) -> AppResult<()> {
        let failures = throttle::after_failure(store::find(tx, &self.key).await?, now);
        Ok(store::save(tx, &self.key, failures).await?)
    }

    /// Takes back one failure that turned out to be none.
    pub async fn forgive(&self, tx: &mut Write) -> AppResult<()> {
        match store::find(tx, &self.key).await? {
            Some(Failures { count, last_at }) if count > 1 => {
                Ok(store::save(tx, &self.key, Failures { count: count - 1, last_at }).await?)
            }
            Some(_) => self.forget(tx).await,
            None => Ok(()),
        }
    }

    /// Forgets all failures.
    pub async fn forget(&self, tx: &mut Write) -> AppResult<()> {
        Ok(store::delete(tx, &self.key).await?)
    }
}

/// Forgets every failure with the password of this account, wherever it came from: the password is another one now.
pub(super) async fn forget_passwords(tx: &mut Write, upn_key: &str) -> AppResult<()> {
    Ok(store::delete_below(tx, &passwords_of(upn_key)).await?)
}

fn passwords_of(upn_key: &str) -> String {
    format!("password:{}", fingerprint(upn_key))
}
