use ostiary::{
    app::{
        change_password::{ChangePassword, change_password},
        confirm_mfa::confirm_mfa,
        crypto::{KeyFile, TypedPassword},
        enrol_totp::{confirm_enrolment, make_recovery_codes, start_enrolment},
        people::show_myself,
        ports::{Clock as _, OsRandom},
        reset_password::reset_password,
        reset_second_factor::reset_second_factor,
        totp_secret::check_key,
    },
    domain::{ids::SessionId, refusal::Refusal, time::Span},
};

use super::{
    directory::{create, create_with_own_password},
    sessions::session,
};
use crate::harness::{
    TestApp, refusals,
    signing_in::{Device, PASSWORD, caller},
};

async fn a_code_counts_once_and_a_step_each_way(test: &TestApp) {
    let (ada, device) = test.with_administrator().await;
    test.clock.advance(Span::minutes(2));
    let now = test.clock.now();
    let ahead = device.code(now.plus(Span::seconds(30)));
    confirm_mfa(&test.app, &ada, &ahead).await.unwrap();
    assert_eq!(test.last_event().await, "Verified Success Ada Lovelace: ");
    for used in [ahead, device.code(now), device.code(now.minus(Span::seconds(30)))] {
        assert_eq!(refusals(confirm_mfa(&test.app, &ada, &used).await), [Refusal::WrongCode]);
    }
    assert!(test.last_event().await.starts_with("VerificationFailed Refused Ada Lovelace: "));
    let far = device.code(now.plus(Span::seconds(60)));
    assert_eq!(refusals(confirm_mfa(&test.app, &ada, &far).await), [Refusal::WrongCode]);
}

async fn one_code_shown_twice_at_once_counts_once(test: &TestApp) {
    let (ada, device) = test.with_administrator().await;
    let code = device.code(test.clock.advance(Span::minutes(2)));
    let (one, two) = tokio::join!(confirm_mfa(&test.app, &ada, &code), confirm_mfa(&test.app, &ada, &code));
    assert_eq!(u8::from(one.is_ok()) + u8::from(two.is_ok()), 1);
}

async fn guessing_codes_becomes_slow(test: &TestApp) {
    let (ada, device) = test.with_administrator().await;
    for _ in 0..5 {
        assert_eq!(refusals(confirm_mfa(&test.app, &ada, "000000").await), [Refusal::WrongCode]);
    }
    let code = device.code(test.clock.advance(Span::seconds(10)));
    assert_eq!(refusals(confirm_mfa(&test.app, &ada, &code).await), [Refusal::Throttled { wait: Span::seconds(5) }]);
    test.verify(&ada, &device).await;
}

async fn a_recovery_code_counts_once_and_new_ones_void_the_old(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let bob = caller(&create_with_own_password(test, &ada, "Bob Marsh", "bob@contoso.example").await);
    let (device, codes) = test.enrol(&bob).await;
    assert_eq!(codes.len(), 10);
    confirm_mfa(&test.app, &bob, &codes[0].to_lowercase()).await.unwrap();
    assert_eq!(test.last_event().await, "RecoveryCodeUsed Success Bob Marsh: ");
    assert_eq!(refusals(confirm_mfa(&test.app, &bob, &codes[0]).await), [Refusal::WrongCode]);
    assert_eq!(refusals(confirm_mfa(&test.app, &ada, &codes[1]).await), [Refusal::WrongCode], "another person's");
    assert_eq!(show_myself(&test.app, &bob).await.unwrap().1, 9);

    assert_eq!(refusals(make_recovery_codes(&test.app, &bob).await), [Refusal::VerificationRequired]);
    let bob = test.verify(&bob, &device).await;
    let fresh = make_recovery_codes(&test.app, &bob).await.unwrap();
    assert_eq!(refusals(confirm_mfa(&test.app, &bob, &codes[1]).await), [Refusal::WrongCode]);
    confirm_mfa(&test.app, &bob, &fresh[1]).await.unwrap();
}

async fn an_enrolment_is_bound_to_its_person_its_time_and_one_confirmation(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let bob = caller(&create_with_own_password(test, &ada, "Bob Marsh", "bob@contoso.example").await);
    let eve = caller(&create_with_own_password(test, &ada, "Eve Stone", "eve@contoso.example").await);
    assert_eq!(refusals(confirm_mfa(&test.app, &bob, "123456").await), [Refusal::NoSecondFactor]);

    let enrolment = start_enrolment(&test.app, &bob, None).await.unwrap();
    assert!(enrolment.url.starts_with("otpauth://totp/Contoso:bob%40contoso.example?secret="));
    let device = Device::scan(&enrolment);
    let code = || device.code(test.clock.now());
    assert_eq!(refusals(confirm_enrolment(&test.app, &bob, &enrolment.sealed, "000000").await), [Refusal::WrongCode]);
    assert_eq!(refusals(confirm_enrolment(&test.app, &eve, &enrolment.sealed, &code()).await), [Refusal::WrongCode]);
    assert_eq!(refusals(confirm_enrolment(&test.app, &bob, "made up", &code()).await), [Refusal::WrongCode]);
    let again = start_enrolment(&test.app, &bob, Some(&enrolment.sealed)).await.unwrap();
    assert_eq!(again.secret, enrolment.secret, "a wrong code does not ask to scan again");

    test.clock.advance(Span::minutes(31));
    assert_eq!(refusals(confirm_enrolment(&test.app, &bob, &enrolment.sealed, &code()).await), [Refusal::WrongCode]);

    let fresh = start_enrolment(&test.app, &bob, None).await.unwrap();
    let device = Device::scan(&fresh);
    let code = device.code(test.clock.advance(Span::minutes(1)));
    confirm_enrolment(&test.app, &bob, &fresh.sealed, &code).await.unwrap();
    let verified = ostiary::app::Caller { verified_at: Some(test.clock.now()), ..bob.clone() };
    assert_eq!(refusals(confirm_enrolment(&test.app, &verified, &fresh.sealed, &code).await), [Refusal::WrongCode]);
    assert_eq!(refusals(confirm_mfa(&test.app, &bob, &code).await), [Refusal::WrongCode], "it was used to enrol");
    assert_eq!(refusals(start_enrolment(&test.app, &bob, None).await), [Refusal::VerificationRequired]);
    start_enrolment(&test.app, &verified, None).await.unwrap();
}

async fn nobody_enrols_with_the_password_of_an_administrator(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let bob = caller(&create(test, &ada, "Bob Marsh", "bob@contoso.example").await);
    assert_eq!(refusals(start_enrolment(&test.app, &bob, None).await), [Refusal::PasswordChangeRequired]);
}

async fn a_changed_password_ends_the_other_sessions(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let here = session(test, &ada.user, "secret here").await;
    session(test, &ada.user, "secret there").await;
    let ask = |current: &str, new: &str| ChangePassword {
        session: here.clone(),
        current: TypedPassword::new(current),
        new: TypedPassword::new(new),
    };
    let new = "another lantern by the sea";
    assert_eq!(
        refusals(change_password(&test.app, &ada, ask("wrong password here", new)).await),
        [Refusal::WrongPassword]
    );
    for weak in ["short", "Ada Lovelace 1815", "password12345", PASSWORD] {
        let refused = refusals(change_password(&test.app, &ada, ask(PASSWORD, weak)).await);
        assert!(matches!(refused.as_slice(), [Refusal::WeakPassword { .. }]), "{weak}");
    }
    change_password(&test.app, &ada, ask(PASSWORD, new)).await.unwrap();
    assert!(ostiary::app::sessions::load(&test.app, "secret here").await.unwrap().is_some());
    assert!(ostiary::app::sessions::load(&test.app, "secret there").await.unwrap().is_none());
    assert_eq!(refusals(test.sign_in("ada@contoso.example", PASSWORD).await), [Refusal::WrongCredentials]);
    test.sign_in("ada@contoso.example", new).await.unwrap();
}

/// Whoever knows the password alone must not shut its owner out, who has more than that.
async fn a_password_is_changed_after_the_second_factor(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let bob = caller(&create_with_own_password(test, &ada, "Bob Marsh", "bob@contoso.example").await);
    let there = session(test, &bob.user, "secret there").await;
    let ask = |new: &str| ChangePassword {
        session: there.clone(),
        current: TypedPassword::new(PASSWORD),
        new: TypedPassword::new(new),
    };
    let (device, _) = test.enrol(&bob).await;
    let refused = change_password(&test.app, &bob, ask("another lantern by the sea")).await;
    assert_eq!(refusals(refused), [Refusal::VerificationRequired]);
    test.sign_in("bob@contoso.example", PASSWORD).await.unwrap();
    let verified = test.verify(&bob, &device).await;
    change_password(&test.app, &verified, ask("another lantern by the sea")).await.unwrap();
}

async fn the_current_password_cannot_be_guessed_at_an_unlocked_desk(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let session = session(test, &ada.user, "secret").await;
    let ask = |session: &SessionId| ChangePassword {
        session: session.clone(),
        current: TypedPassword::new("wrong password here"),
        new: TypedPassword::new("another lantern by the sea"),
    };
    for _ in 0..5 {
        assert_eq!(refusals(change_password(&test.app, &ada, ask(&session)).await), [Refusal::WrongPassword]);
    }
    let refused = refusals(change_password(&test.app, &ada, ask(&session)).await);
    assert!(matches!(refused.as_slice(), [Refusal::Throttled { .. }]));
}

async fn a_reset_password_signs_out_and_has_to_be_replaced(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let bob = create_with_own_password(test, &ada, "Bob Marsh", "bob@contoso.example").await;
    session(test, &bob, "secret").await;
    let made = reset_password(&test.app, &ada, &bob).await.unwrap();
    assert_eq!(test.last_event().await, "PasswordReset Success Bob Marsh: ");
    assert!(ostiary::app::sessions::load(&test.app, "secret").await.unwrap().is_none());
    assert!(test.sign_in("bob@contoso.example", &made).await.unwrap().must_change_password);
    assert_eq!(refusals(reset_password(&test.app, &ada, &ada.user).await), [Refusal::NotOnYourself]);
}

async fn a_reset_second_factor_signs_out_and_voids_the_recovery_codes(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let bob = caller(&create_with_own_password(test, &ada, "Bob Marsh", "bob@contoso.example").await);
    test.enrol(&bob).await;
    session(test, &bob.user, "secret").await;
    reset_second_factor(&test.app, &ada, &bob.user).await.unwrap();
    assert_eq!(test.last_event().await, "SecondFactorReset Success Bob Marsh: ");
    assert!(ostiary::app::sessions::load(&test.app, "secret").await.unwrap().is_none());
    let (myself, codes) = show_myself(&test.app, &bob).await.unwrap();
    assert_eq!((myself.second_factor_since, codes), (None, 0));
    assert_eq!(refusals(reset_second_factor(&test.app, &ada, &ada.user).await), [Refusal::NotOnYourself]);
}

async fn a_key_that_is_not_the_databases_is_found_out(test: &TestApp) {
    test.with_administrator().await;
    let mut db = test.app.store.read().await.unwrap();
    check_key(&mut db, &test.key.keys().sealer).await.unwrap();
    assert!(check_key(&mut db, &KeyFile::random(&OsRandom).keys().sealer).await.is_err());
}

on_both_engines!(
    a_code_counts_once_and_a_step_each_way,
    one_code_shown_twice_at_once_counts_once,
    guessing_codes_becomes_slow,
    a_recovery_code_counts_once_and_new_ones_void_the_old,
    an_enrolment_is_bound_to_its_person_its_time_and_one_confirmation,
    nobody_enrols_with_the_password_of_an_administrator,
    a_changed_password_ends_the_other_sessions,
    a_password_is_changed_after_the_second_factor,
    the_current_password_cannot_be_guessed_at_an_unlocked_desk,
    a_reset_password_signs_out_and_has_to_be_replaced,
    a_reset_second_factor_signs_out_and_voids_the_recovery_codes,
    a_key_that_is_not_the_databases_is_found_out,
);
