//! A session: a browser in which somebody signed in. How long it lasts, and what ends it.

use super::{
    ids::SessionId,
    time::{Instant, Span},
};

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A session ends when nothing was done in it for this long.
    pub idle: Span,
    /// A session ends this long after the sign-in, whatever is done in it.
    pub absolute: Span,
}

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// It holds until then, if nothing is done in it.
    Live {
        /// The end.
        until: Instant,
    },
    /// Nothing was done in it for too long.
    Idle,
    /// The sign-in is too long ago.
    TooOld,
}

/// Decides whether a session still holds.
pub fn state(created_at: Instant, last_seen_at: Instant, limits: Limits, now: Instant) -> SessionState {
    let oldest = created_at.plus(limits.absolute);
    let idle = last_seen_at.plus(limits.idle);
    if now >= oldest {
        SessionState::TooOld
    } else if now >= idle {
        SessionState::Idle
    } else {
        SessionState::Live { until: oldest.min(idle) }
    }
}

/// How many sessions one person can have at once. Whoever signs in once more ends the one that was not used for longest.
pub const AT_ONCE: usize = 20;

/// Last seen is written at most this often, so that reading a page is not a write.
pub const SEEN_EVERY: Span = Span::minutes(1);

/// True when it is time to write down that the session was seen.
pub fn is_worth_noting(last_seen_at: Instant, now: Instant) -> bool {
    now.since(last_seen_at) >= SEEN_EVERY
}

/// What can end sessions of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionEvent {
    /// The person leaves this browser.
    SignedOut(SessionId),
    /// The person ends one of their sessions from the list.
    Ended(SessionId),
    /// The person ends all sessions but this one.
    OthersEnded(SessionId),
    /// An administrator ends every session of the person.
    EndedByAdministrator,
    /// The person chose a new password, in this session.
    PasswordChanged(SessionId),
    /// An administrator set a new password.
    PasswordReset,
    /// An administrator removed the second factor: what it proved is void.
    SecondFactorReset,
    /// The person may not sign in any more.
    Disabled,
}

/// Which of a person's sessions end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ends {
    /// This one.
    One(SessionId),
    /// All but this one.
    AllBut(SessionId),
    /// All.
    All,
}

/// Decides who is signed out by an event.
pub fn ended_by(event: SessionEvent) -> Ends {
    match event {
        SessionEvent::SignedOut(id) | SessionEvent::Ended(id) => Ends::One(id),
        SessionEvent::OthersEnded(id) | SessionEvent::PasswordChanged(id) => Ends::AllBut(id),
        SessionEvent::EndedByAdministrator
        | SessionEvent::PasswordReset
        | SessionEvent::SecondFactorReset
        | SessionEvent::Disabled => Ends::All,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { idle: Span::minutes(30), absolute: Span::hours(10) };
    const START: Instant = Instant::from_millis(1_700_000_000_000);

    #[test]
    fn idleness_ends_a_session() {
        let seen = START.plus(Span::hours(1));
        let until = seen.plus(LIMITS.idle);
        assert_eq!(state(START, seen, LIMITS, until.minus(Span::from_millis(1))), SessionState::Live { until });
        assert_eq!(state(START, seen, LIMITS, until), SessionState::Idle);
    }

    #[test]
    fn age_ends_a_session_in_use() {
        let end = START.plus(LIMITS.absolute);
        let seen = end.minus(Span::minutes(1));
        assert_eq!(state(START, seen, LIMITS, seen), SessionState::Live { until: end });
        assert_eq!(state(START, seen, LIMITS, end), SessionState::TooOld);
    }

    #[test]
    fn being_seen_is_noted_now_and_then() {
        assert!(!is_worth_noting(START, START.plus(Span::seconds(59))));
        assert!(is_worth_noting(START, START.plus(SEEN_EVERY)));
    }

    #[test]
    fn a_new_password_keeps_only_the_session_it_was_chosen_in() {
        let id = SessionId::parse("0190a3c2-7b4e-7000-8000-0123456789ab").unwrap();
        assert_eq!(ended_by(SessionEvent::PasswordChanged(id.clone())), Ends::AllBut(id.clone()));
        assert_eq!(ended_by(SessionEvent::OthersEnded(id.clone())), Ends::AllBut(id.clone()));
        assert_eq!(ended_by(SessionEvent::Ended(id.clone())), Ends::One(id.clone()));
        assert_eq!(ended_by(SessionEvent::SignedOut(id.clone())), Ends::One(id));
        for event in [
            SessionEvent::EndedByAdministrator,
            SessionEvent::PasswordReset,
            SessionEvent::SecondFactorReset,
            SessionEvent::Disabled,
        ] {
            assert_eq!(ended_by(event), Ends::All);
        }
    }
}
