//! Credentials and recovery codes that somebody wrote who has the database and not the key.

use ostiary::{
    app::{
        AppError,
        change_password::{ChangePassword, change_password},
        confirm_mfa::confirm_mfa,
        crypto::TypedPassword,
        enrol_totp::{make_recovery_codes, start_enrolment},
        people::show_myself,
        reset_password::reset_password,
        reset_second_factor::reset_second_factor,
        viewer::find_viewer,
    },
    domain::{
        ids::SessionId,
        refusal::Refusal,
        seal::{Object, ObjectKind},
        time::Span,
    },
};

use super::directory::create_with_own_password;
use crate::harness::{
    TestApp, refusals,
    signing_in::{PASSWORD, caller},
};

const BOB: &str = "bob@contoso.example";

/// Every column that decides how a person comes in: a change of any of them shuts the account, and gives nothing.
async fn credentials_that_somebody_else_wrote_give_nothing(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let bob = caller(&create_with_own_password(test, &ada, "Bob Marsh", BOB).await);
    let eve = create_with_own_password(test, &ada, "Eve Stone", "eve@contoso.example").await;
    let (device, codes) = test.enrol(&bob).await;
    test.enrol(&caller(&eve)).await;
    let columns = [
        "password_hash",
        "must_change_password",
        "totp_secret",
        "totp_confirmed_at",
        "totp_last_step",
        "credentials_seal",
        "credentials_sealed_by",
    ];
    let mut as_it_was = Vec::new();
    for column in columns {
        let statement = format!("select cast({column} as text) from users where id = '{}'", bob.user);
        as_it_was.push(format!("{column} = '{}'", test.database.texts(&statement).await[0]));
    }
    let as_it_was = as_it_was.join(", ");
    let of_eve = |column: &str| format!("{column} = (select {column} from users where id = '{eve}')");
    let changes = [
        of_eve("password_hash"),
        of_eve("totp_secret"),
        "totp_secret = null, totp_confirmed_at = null".to_owned(),
        "totp_last_step = 0".to_owned(),
        "must_change_password = 1".to_owned(),
        "credentials_seal = null".to_owned(),
        "credentials_sealed_by = credentials_sealed_by + 1".to_owned(),
        // Everything of another person, with its seal.
        columns.map(of_eve).join(", "),
    ];
    let id = SessionId::parse("00000000-0000-7000-8000-00000000abcd").unwrap();
    for change in changes {
        test.database.tamper(&format!("update users set {change} where id = '{}'", bob.user)).await;
        for password in [PASSWORD, "wrong password here"] {
            // Failures are counted; how they slow an account down is another test's.
            test.advance(Span::hours(1));
            let refused = refusals(test.sign_in(BOB, password).await);
            assert_eq!(refused, [Refusal::CredentialsNotTrusted], "{change}, {password}");
            assert!(test.last_event().await.starts_with("SignInFailed Refused Bob Marsh: "), "{change}");
        }
        let code = device.code(test.now());
        for typed in [&code, &*codes[0]] {
            let answer = confirm_mfa(test, &bob, typed).await;
            assert!(matches!(answer, Err(AppError::SignedOut)), "{change}: {answer:?}");
        }
        assert!(matches!(start_enrolment(test, &bob, None).await, Err(AppError::SignedOut)), "{change}");
        assert!(find_viewer(test, bob.clone(), id.clone(), test.now()).await.unwrap().is_none(), "{change}");
        let object = Object::new(ObjectKind::Credentials, bob.user.as_str());
        assert!(test.integrity().distrusted().iter().any(|row| row.object == object), "{change}");
        test.database.tamper(&format!("update users set {as_it_was} where id = '{}'", bob.user)).await;
        test.sign_in(BOB, PASSWORD).await.unwrap();
    }
    confirm_mfa(test, &bob, &codes[0]).await.unwrap();
}

/// An old row of the person themself has a seal that holds: the event that it names is not the last one that the trail has of it. That
/// is found in the comparison with the trail; here is what the trail says.
async fn each_change_of_credentials_is_named_by_its_event(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let bob = caller(&create_with_own_password(test, &ada, "Bob Marsh", BOB).await);
    let object = Object::new(ObjectKind::Credentials, bob.user.as_str());
    let session = SessionId::parse("00000000-0000-7000-8000-00000000abcd").unwrap();
    let named = async || {
        let events = test.events().await;
        let touched = |event: &&ostiary::domain::audit::Event| event.objects.iter().any(|one| one.object == object);
        events.iter().rev().find(touched).map(|event| (format!("{:?}", event.activity), event.seq)).unwrap()
    };
    let sealed_by = async || {
        let statement = format!("select cast(credentials_sealed_by as text) from users where id = '{}'", bob.user);
        test.database.texts(&statement).await[0].parse::<i64>().unwrap()
    };
    let agrees = async |activity: &str| assert_eq!(named().await, (activity.to_owned(), sealed_by().await));
    agrees("UserCreated").await;
    let (device, codes) = test.enrol(&bob).await;
    agrees("SecondFactorEnrolled").await;
    let bob = test.verify(&bob, &device).await;
    agrees("Verified").await;
    confirm_mfa(test, &bob, &codes[3]).await.unwrap();
    agrees("Verified").await;
    let (current, new) = (TypedPassword::new(PASSWORD), TypedPassword::new("another lantern by the sea"));
    change_password(test, &bob, ChangePassword { session, current, new }).await.unwrap();
    agrees("PasswordChanged").await;
    reset_second_factor(test, &ada, &bob.user).await.unwrap();
    agrees("SecondFactorReset").await;
    reset_password(test, &ada, &bob.user).await.unwrap();
    agrees("PasswordReset").await;
    test.assert_intact().await;
}

async fn a_reset_makes_credentials_anew_that_somebody_else_wrote(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let bob = caller(&create_with_own_password(test, &ada, "Bob Marsh", BOB).await);
    let (_, codes) = test.enrol(&bob).await;
    test.database.tamper(&format!("update users set totp_last_step = 1 where id = '{}'", bob.user)).await;
    // Of what somebody else wrote, nothing is sealed anew.
    let refused = refusals(reset_second_factor(test, &ada, &bob.user).await);
    assert_eq!(refused, [Refusal::CredentialsNotTrusted]);
    let made = reset_password(test, &ada, &bob.user).await.unwrap();
    assert_eq!(
        test.last_event().await,
        "PasswordReset Success Bob Marsh: What was stored had been changed outside of Ostiary. It was made anew, without a \
         second factor."
    );
    let signed_in = test.sign_in(BOB, &made).await.unwrap();
    assert!(signed_in.must_change_password && !signed_in.has_second_factor);
    assert_eq!(refusals(confirm_mfa(test, &bob, &codes[0]).await), [Refusal::NoSecondFactor]);
    assert_eq!(show_myself(test, &bob).await.unwrap().1, 0);
}

/// A code that was used, another person's, or a copy under another id gives nothing; its owner's others still do.
async fn a_recovery_code_that_somebody_else_wrote_gives_nothing(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let bob = caller(&create_with_own_password(test, &ada, "Bob Marsh", BOB).await);
    let (device, codes) = test.enrol(&bob).await;
    let hash = |code: &str| test.keys.recovery_codes.hash(&bob.user, code).unwrap();
    let of = |code: &str| format!("where code_hash = '{}'", hash(code));
    confirm_mfa(test, &bob, &codes[0]).await.unwrap();
    test.database.tamper(&format!("update recovery_codes set used_at = null {}", of(&codes[0]))).await;
    assert_eq!(refusals(confirm_mfa(test, &bob, &codes[0]).await), [Refusal::WrongCode], "used before");

    let other_id = "set id = '0190a3c2-7b4e-7000-8000-0123456789ab'";
    test.database.tamper(&format!("update recovery_codes {other_id} {}", of(&codes[1]))).await;
    assert_eq!(refusals(confirm_mfa(test, &bob, &codes[1]).await), [Refusal::WrongCode], "a copy under another id");
    test.database.tamper(&format!("update recovery_codes set created_at = created_at + 1 {}", of(&codes[2]))).await;
    assert_eq!(refusals(confirm_mfa(test, &bob, &codes[2]).await), [Refusal::WrongCode], "made at another time");
    confirm_mfa(test, &bob, &codes[3]).await.unwrap();

    // Codes that were replaced are gone by an event that names them, so that an old row is told from one that counts.
    let bob = test.verify(&bob, &device).await;
    let gone = test.database.texts(&format!("select id from recovery_codes {}", of(&codes[4]))).await.remove(0);
    make_recovery_codes(test, &bob).await.unwrap();
    let event = test.events().await.pop().unwrap();
    let touched: Vec<String> = event.objects.iter().map(ToString::to_string).collect();
    assert!(touched.contains(&format!("-code/{gone}")), "{touched:?}");
    assert_eq!(touched.iter().filter(|one| one.starts_with('+')).count(), 10);
}

on_both_engines!(
    credentials_that_somebody_else_wrote_give_nothing,
    each_change_of_credentials_is_named_by_its_event,
    a_reset_makes_credentials_anew_that_somebody_else_wrote,
    a_recovery_code_that_somebody_else_wrote_gives_nothing,
);
