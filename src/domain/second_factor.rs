//! The second factor: when a code counts, and for how long the proof it gave is good enough.

use std::fmt;

use super::time::{Instant, Span};

/// How long one code is shown (RFC 6238, section 5.2).
pub const STEP: Span = Span::seconds(30);
/// Codes of this many steps before and after the current one are taken: clocks drift, and people type.
pub const SKEW_STEPS: i64 = 1;

/// Why a code was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeError {
    /// It is not the code of this moment.
    Wrong,
    /// It was right, but it or a later one has been used.
    UsedBefore,
}

impl fmt::Display for CodeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Wrong => "This code is not right. Check that the clock of your device is correct, and type the code it shows now.",
            Self::UsedBefore => "This code has been used. Wait until your device shows the next one.",
        })
    }
}

impl std::error::Error for CodeError {}

/// The number of the step in which a moment lies (RFC 6238: T).
pub const fn step_at(now: Instant) -> i64 {
    now.millis().div_euclid(STEP.millis())
}

/// The step whose code was typed. `is_code_of` tells whether the typed code is that of a step; every step in reach is asked, so that
/// the time taken says nothing. The caller keeps the returned step: neither it nor an earlier one counts again.
pub fn accept(now: Instant, last_accepted: i64, is_code_of: impl Fn(i64) -> bool) -> Result<i64, CodeError> {
    let current = step_at(now);
    let matching: Vec<i64> = (current - SKEW_STEPS..=current + SKEW_STEPS).filter(|step| is_code_of(*step)).collect();
    match matching.iter().find(|step| **step > last_accepted) {
        Some(step) => Ok(*step),
        None if matching.is_empty() => Err(CodeError::Wrong),
        None => Err(CodeError::UsedBefore),
    }
}

/// What an act asks of the second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MfaRequirement {
    /// Nothing.
    None,
    /// That the session passed it at some time.
    Session,
    /// That it was passed at most this long ago.
    Fresh(Span),
}

/// The second factor must be passed before the act can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MfaNeeded;

/// Decides whether a session that passed its second factor at `mfa_at` (if ever) satisfies the requirement.
pub fn satisfies(requirement: MfaRequirement, mfa_at: Option<Instant>, now: Instant) -> Result<(), MfaNeeded> {
    match (requirement, mfa_at) {
        (MfaRequirement::None, _) | (MfaRequirement::Session, Some(_)) => Ok(()),
        (MfaRequirement::Fresh(age), Some(mfa_at)) if mfa_at <= now && now.since(mfa_at) <= age => Ok(()),
        (MfaRequirement::Fresh(_), Some(_)) | (MfaRequirement::Session | MfaRequirement::Fresh(_), None) => {
            Err(MfaNeeded)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_millis(59_000);

    #[test]
    fn one_step_each_way() {
        let at = Instant::from_millis(30_000 * 100 + 7);
        for (step, taken) in [(98, false), (99, true), (100, true), (101, true), (102, false)] {
            let answer = accept(at, 0, |asked| asked == step);
            assert_eq!(answer, if taken { Ok(step) } else { Err(CodeError::Wrong) });
        }
    }

    #[test]
    fn never_twice_and_never_backwards() {
        let at = Instant::from_millis(30_000 * 100);
        assert_eq!(accept(at, 100, |asked| asked == 100), Err(CodeError::UsedBefore));
        assert_eq!(accept(at, 100, |asked| asked == 99), Err(CodeError::UsedBefore));
        assert_eq!(accept(at, 100, |asked| asked == 101), Ok(101));
        // two steps may share a code: the one not used yet counts
        assert_eq!(accept(at, 99, |asked| asked == 99 || asked == 101), Ok(101));
    }

    #[test]
    fn steps_are_thirty_seconds() {
        assert_eq!(step_at(NOW), 1);
        assert_eq!(step_at(Instant::from_millis(60_000)), 2);
        assert_eq!(step_at(Instant::from_millis(-1)), -1);
    }

    #[test]
    fn proof_has_an_age() {
        let hour_ago = Some(NOW.minus(Span::hours(1)));
        assert_eq!(satisfies(MfaRequirement::None, None, NOW), Ok(()));
        assert_eq!(satisfies(MfaRequirement::Session, None, NOW), Err(MfaNeeded));
        assert_eq!(satisfies(MfaRequirement::Session, hour_ago, NOW), Ok(()));
        assert_eq!(satisfies(MfaRequirement::Fresh(Span::minutes(60)), hour_ago, NOW), Ok(()));
        assert_eq!(satisfies(MfaRequirement::Fresh(Span::minutes(59)), hour_ago, NOW), Err(MfaNeeded));
        // a proof from the future is no proof: the clock went back
        assert_eq!(
            satisfies(MfaRequirement::Fresh(Span::hours(1)), Some(NOW.plus(Span::seconds(1))), NOW),
            Err(MfaNeeded)
        );
    }
}
