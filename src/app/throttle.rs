//! Counting failures: the facts for `domain::throttle`, kept under keys that say nothing about whom they concern.

use std::net::IpAddr;

use super::{AppResult, crypto::token::fingerprint};
use crate::{
    domain::{
        ids::UserId,
        refusal::Refusal,
        throttle::{self, Counted, Failures},
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
    /// Wrong passwords for one sign-in name, whether an account has it or not.
    pub fn password(upn_key: &str) -> Self {
        Self { counted: Counted::Password, key: format!("password:{}", fingerprint(upn_key)) }
    }

    /// Wrong codes of a person.
    pub fn second_factor(user: &UserId) -> Self {
        Self { counted: Counted::SecondFactor, key: format!("second factor:{user}") }
    }

    /// Failures of any kind from one address. Of IPv6, a whole /64 is one address: that is what a single household gets.
    pub fn address(address: IpAddr) -> Self {
        let key = match address.to_canonical() {
            IpAddr::V4(address) => format!("address:{address}"),
            IpAddr::V6(address) => format!("address:{:x}/64", address.to_bits() >> 64),
        };
        Self { counted: Counted::Address, key }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_household_is_one_address() {
        let key = |text: &str| Counter::address(text.parse().unwrap()).key;
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }
}
