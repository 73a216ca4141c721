//! The told story: it reaches the present by use cases alone, leaves an intact trail, and is the same for the same seed.

use std::{collections::BTreeMap, sync::OnceLock};

use ostiary::{
    app::{
        compare_rows::compare_rows,
        confirm_mfa::confirm_mfa,
        crypto::{Totp, TotpSecret},
        story::{Persona, Telling, load_sample_directory, tell},
        verify_audit::{Verdict, verify_audit},
    },
    domain::{
        audit::{Activity, Event, Outcome},
        refusal::Refusal,
        second_factor::step_at,
        time::{Instant, Span},
    },
};

use crate::harness::{TestApp, refusals, signing_in::caller};

on_both_engines!(
    the_story_reaches_the_present_intact,
    a_crowd_is_as_large_as_it_was_asked_to_be,
    the_sample_directory_is_for_an_empty_portal
);

/// 2027-01-15T13:20:00Z
const PRESENT: Instant = Instant::from_millis(1_800_019_200_000);

const CAST_ONLY: Telling = Telling { seed: 1, until: PRESENT, people: 0, assignments: 0, audit_rows: 0, signing_in: 0 };

fn outline(events: &[Event]) -> Vec<String> {
    events
        .iter()
        .map(|event| {
            let (at, activity, outcome) = (event.at.millis(), event.activity, event.outcome);
            format!(
                "{at} {activity:?} {outcome:?} {} {} {} {}",
                event.actor_name, event.role_name, event.subject_name, event.reason
            )
        })
        .collect()
}

/// What the story has at least.
const AT_LEAST: [(Activity, usize); 17] = [
    (Activity::EligibilityAssigned, 20),
    (Activity::ActivationRequested, 200),
    (Activity::ActivationCompleted, 150),
    (Activity::ActivationExpired, 50),
    (Activity::Deactivated, 50),
    (Activity::RequestApproved, 60),
    (Activity::RequestDenied, 5),
    (Activity::RequestCanceled, 3),
    (Activity::RequestLapsed, 3),
    (Activity::EligibilityExpired, 2),
    (Activity::AssignmentExpired, 1),
    (Activity::EligibilityRemoved, 1),
    (Activity::ExtensionRequested, 1),
    (Activity::RenewalRequested, 1),
    (Activity::UserDisabled, 1),
    (Activity::SettingsUpdated, 10),
    (Activity::SignedIn, 200),
];

/// What the first engine to finish was told; the other is told the same.
static TOLD: OnceLock<Vec<String>> = OnceLock::new();

async fn the_story_reaches_the_present_intact(test: &TestApp) {
    let personas = tell(&test.app, &test.clock, CAST_ONLY).await.unwrap();
    let events = test.events().await;
    let rows = i64::try_from(events.len()).unwrap();
    assert_eq!(verify_audit(&test.app).await.unwrap(), Verdict::Intact { rows });
    assert_eq!(compare_rows(&test.app).await.unwrap().unwrap(), [], "every row is the one that the trail knows");
    assert!(events.iter().all(|event| event.at <= PRESENT));
    assert!(events.windows(2).all(|pair| pair[0].at <= pair[1].at), "the trail goes forward");
    has_something_of_everything(&events);
    assert_eq!(personas.len(), 16, "the cast without the one who left");
    everybody_can_sign_in(test, &personas).await;
    let told = outline(&events);
    assert_eq!(*TOLD.get_or_init(|| told.clone()), told);
}

fn has_something_of_everything(events: &[Event]) {
    let mut seen: BTreeMap<(Activity, bool), usize> = BTreeMap::new();
    for event in events {
        *seen.entry((event.activity, event.outcome == Outcome::Success)).or_default() += 1;
    }
    for (activity, at_least) in AT_LEAST {
        let count = seen.get(&(activity, true)).copied().unwrap_or(0);
        assert!(count >= at_least, "{activity:?}: {count}");
    }
    assert!(seen.contains_key(&(Activity::ActivationRequested, false)), "somebody asked for too much");
    assert!(seen.contains_key(&(Activity::SignInFailed, false)), "somebody mistyped");
}

async fn everybody_can_sign_in(test: &TestApp, personas: &[Persona]) {
    for persona in personas {
        let signed_in = test.sign_in(&persona.user_principal_name, persona.password).await.unwrap();
        assert!(signed_in.has_second_factor && !signed_in.must_change_password);
        let now = test.clock.advance(Span::minutes(1));
        let secret = TotpSecret::from_typed(&persona.secret).unwrap();
        let code = Totp::new(&secret).code(step_at(now));
        confirm_mfa(&test.app, &caller(&signed_in.user), &code).await.unwrap();
    }
}

async fn a_crowd_is_as_large_as_it_was_asked_to_be(test: &TestApp) {
    let crowd = Telling { people: 60, assignments: 300, audit_rows: 2_500, signing_in: 2, ..CAST_ONLY };
    let personas = tell(&test.app, &test.clock, crowd).await.unwrap();
    assert_eq!(personas.len(), 18);
    let events = test.events().await;
    assert!(events.len() >= 2_500);
    let assigned =
        |event: &&Event| matches!(event.activity, Activity::EligibilityAssigned | Activity::AssignmentAssigned);
    assert!(events.iter().filter(assigned).count() >= 300);
    let rows = i64::try_from(events.len()).unwrap();
    assert_eq!(verify_audit(&test.app).await.unwrap(), Verdict::Intact { rows });
}

async fn the_sample_directory_is_for_an_empty_portal(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let unverified = caller(&ada.user);
    let sample = load_sample_directory(&test.app, &unverified).await.unwrap();
    assert_eq!(sample.people.len(), 17);
    assert_eq!(sample.groups.len(), 4);
    assert_eq!(refusals(load_sample_directory(&test.app, &unverified).await), [Refusal::NotPermitted]);
    let rows = i64::try_from(test.events().await.len()).unwrap();
    assert_eq!(verify_audit(&test.app).await.unwrap(), Verdict::Intact { rows });
}
