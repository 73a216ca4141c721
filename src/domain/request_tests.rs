//! The life of a request, whatever happens in whatever order.

use proptest::prelude::*;

use super::*;

fn user(n: u8) -> UserId {
    UserId::parse(&format!("00000000-0000-7000-8000-0000000000{n:02x}")).unwrap()
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Approve,
    Deny,
    Cancel,
    Lapse,
    Start,
    Fail,
    Revoke,
}

proptest! {
    /// Whatever happens in whatever order: one decision at most, and granted exactly if that decision was yes.
    #[test]
    fn any_sequence_has_one_outcome(
        steps in prop::collection::vec((prop_oneof![
            Just(Step::Approve), Just(Step::Deny), Just(Step::Cancel), Just(Step::Lapse), Just(Step::Start), Just(Step::Fail),
            Just(Step::Revoke)
        ], 0i64..200), 0..12),
        lapses_at in prop::option::of(50i64..150),
        later in any::<bool>(),
    ) {
        let mut state = State::PendingApproval { lapses_at: lapses_at.map(Instant::from_millis) };
        let mut steps = steps;
        steps.sort_by_key(|(_, at)| *at);
        let mut decisions = 0;
        let mut granted_by_approval = false;
        for (step, at) in steps {
            let at = Instant::from_millis(at);
            let decide = |verdict| Decision { verdict, by: user(2), at, justification: String::new() };
            let before = state.clone();
            let next = match step {
                Step::Approve => state.clone().decide(decide(Verdict::Approve), later),
                Step::Deny => state.clone().decide(decide(Verdict::Deny), later),
                Step::Cancel => state.clone().cancel(Some(user(1)), at),
                Step::Lapse => state.clone().lapse(at),
                Step::Start => state.clone().start(),
                Step::Fail => state.clone().fail(at),
                Step::Revoke => state.clone().revoke(at),
            };
            if let Ok(next) = next {
                if before.is_pending() {
                    prop_assert!(!next.is_pending());
                    if next.decision().is_some() { decisions += 1; }
                    granted_by_approval = matches!(step, Step::Approve);
                }
                state = next;
            }
        }
        prop_assert!(decisions <= 1);
        let granted = matches!(
            state,
            State::Granted { .. } | State::Provisioned { .. } | State::Revoked { .. } | State::Failed { .. }
        );
        prop_assert_eq!(granted, granted_by_approval);
        if let (Some(lapse), Some(decision)) = (lapses_at, state.decision()) {
            prop_assert!(decision.at < Instant::from_millis(lapse));
        }
    }
}

proptest! {
    /// The same for what an administrator decides; and an approver's way never leads there.
    #[test]
    fn a_change_has_one_outcome(
        steps in prop::collection::vec((prop_oneof![
            Just(Step::Approve), Just(Step::Deny), Just(Step::Cancel), Just(Step::Lapse), Just(Step::Start)
        ], 0i64..200), 0..12),
        lapses_at in prop::option::of(50i64..150),
    ) {
        let mut state = State::PendingAdminDecision { lapses_at: lapses_at.map(Instant::from_millis) };
        let mut steps = steps;
        steps.sort_by_key(|(_, at)| *at);
        let mut closed = 0;
        for (step, at) in steps {
            let at = Instant::from_millis(at);
            let decide = |verdict| Decision { verdict, by: user(2), at, justification: String::new() };
            prop_assert!(!state.is_pending() || state.clone().decide(decide(Verdict::Approve), false).is_err());
            let next = match step {
                Step::Approve => state.clone().decide_change(decide(Verdict::Approve)),
                Step::Deny => state.clone().decide_change(decide(Verdict::Deny)),
                Step::Cancel => state.clone().cancel(Some(user(1)), at),
                Step::Lapse => state.clone().lapse(at),
                Step::Start | Step::Fail | Step::Revoke => state.clone().start(),
            };
            if let Ok(next) = next {
                closed += 1;
                prop_assert!(!next.is_pending());
                prop_assert_eq!(matches!(next, State::Provisioned { .. }), matches!(step, Step::Approve));
                state = next;
            }
        }
        prop_assert!(closed <= 1);
        if let (Some(lapse), Some(decision)) = (lapses_at, state.decision()) {
            prop_assert!(decision.at < Instant::from_millis(lapse));
        }
    }
}

#[test]
fn words_are_their_own_inverse() {
    for status in Status::ALL {
        assert_eq!(status.word().parse::<Status>(), Ok(*status));
    }
    for action in Action::ALL {
        assert_eq!(action.word().parse::<Action>(), Ok(*action));
    }
    assert_eq!("".parse::<Kind>(), Err(UnknownWord));
}
