use std::{sync::Arc, time::Duration};

use ostiary::{
    app::{
        App,
        crypto::{PasswordHasher, Strength, TypedPassword},
        disable_user::disable_user,
        ports::OsRandom,
        set_up::{SetUp, check_set_up_code, open_set_up, set_up},
        sign_in::{SignIn, sign_in},
    },
    domain::{access::Permission, audit::Outcome, credentials::Credentials, refusal::Refusal, time::Span},
    store,
};

use crate::harness::{
    TestApp, refusals,
    signing_in::{PASSWORD, caller, profile, sign_in_as_usual},
};

fn form<'a>(token: &'a str, organization: &'a str) -> SetUp<'a> {
    SetUp {
        code: token,
        organization,
        time_zone: "Europe/Zurich",
        profile: profile("Ada Lovelace", "ada@contoso.example"),
        password: TypedPassword::new(PASSWORD),
        address: "192.0.2.7".parse().unwrap(),
        user_agent: "Browser",
        trace: "trace",
    }
}

async fn the_set_up_code_works_once_and_makes_a_global_administrator(test: &TestApp) {
    let older = open_set_up(&test.app).await.unwrap().unwrap();
    let token = open_set_up(&test.app).await.unwrap().unwrap();
    assert_eq!(refusals(check_set_up_code(&test.app, &older).await), [Refusal::SetupCodeInvalid]);
    assert_eq!(refusals(check_set_up_code(&test.app, "").await), [Refusal::SetupCodeInvalid]);
    check_set_up_code(&test.app, &token).await.unwrap();

    let fields: Vec<_> = refusals(set_up(&test.app, form(&token, " ")).await).iter().map(Refusal::field).collect();
    assert_eq!(fields, [Some("organization")]);
    let signed_in = set_up(&test.app, form(&token, "Contoso")).await.unwrap();
    assert!(!signed_in.has_second_factor && !signed_in.must_change_password);

    assert_eq!(refusals(check_set_up_code(&test.app, &token).await), [Refusal::SetupCodeInvalid]);
    assert_eq!(refusals(set_up(&test.app, form(&token, "Contoso")).await), [Refusal::SetupCodeInvalid]);
    assert!(open_set_up(&test.app).await.unwrap().is_none());

    let mut db = test.app.store.read().await.unwrap();
    let (name, standing) = caller(&signed_in.user).standing(&test.app, &mut db, test.app.now()).await.unwrap();
    assert_eq!(name, "Ada Lovelace");
    assert!(standing.holds(Permission::WritePeople));
    assert_eq!(standing.permit(Permission::WritePeople), Err(Refusal::VerificationRequired));
    let words: Vec<_> = test.events().await.iter().map(|event| event.activity.word()).collect();
    assert_eq!(words, ["SetUp", "AssignmentAssigned"]);
}

/// Whoever deletes the organisation's row, or writes a code of their own, does not become the first administrator.
async fn nobody_sets_up_a_portal_again_by_the_database(test: &TestApp) {
    let code = "ABCD-EFGH-IJKL-MNOP";
    let own = ostiary::app::crypto::token::fingerprint("ABCDEFGHIJKLMNOP");
    let insert = format!("insert into setup_links (token_hash, created_at) values ('{own}', 1)");
    test.database.tamper(&insert).await;
    assert_eq!(refusals(set_up(&test.app, form(code, "Contoso")).await), [Refusal::SetupCodeInvalid]);
    test.with_administrator().await;
    test.database.tamper("delete from organization").await;
    assert!(open_set_up(&test.app).await.unwrap().is_none());
    let kept = test.keys.fingerprints.of("set-up code", "ABCDEFGHIJKLMNOP");
    test.database.tamper(&insert.replace(&own, &kept)).await;
    assert_eq!(refusals(set_up(&test.app, form(code, "Contoso")).await), [Refusal::SetupCodeInvalid]);
}

async fn two_set_ups_at_once_make_one_organisation(test: &TestApp) {
    let token = open_set_up(&test.app).await.unwrap().unwrap();
    let (one, two) = tokio::join!(set_up(&test.app, form(&token, "One")), set_up(&test.app, form(&token, "Two")));
    assert_eq!(u8::from(one.is_ok()) + u8::from(two.is_ok()), 1);
    let mut db = test.app.store.read().await.unwrap();
    assert_eq!(store::users::count(&mut db).await.unwrap(), 1);
}

async fn the_right_password_signs_in_whatever_the_capitals_of_the_name(test: &TestApp) {
    test.with_administrator().await;
    let signed_in = test.sign_in(" ADA@Contoso.example ", PASSWORD).await.unwrap();
    assert!(signed_in.has_second_factor);
    assert_eq!(test.last_event().await, "SignedIn Success Ada Lovelace: ");
}

async fn unknown_wrong_and_disabled_get_the_same_answer(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let bob = super::directory::create(test, &ada, "Bob Marsh", "bob@contoso.example").await;
    disable_user(&test.app, &ada, &bob).await.unwrap();

    let same = [Refusal::WrongCredentials];
    assert_eq!(refusals(test.sign_in("ada@contoso.example", "wrong password here").await), same);
    assert_eq!(test.last_event().await, "SignInFailed Refused Ada Lovelace: The password is wrong.");
    assert_eq!(refusals(test.sign_in("nobody@contoso.example", PASSWORD).await), same);
    assert_eq!(test.last_event().await, "SignInFailed Refused nobody@contoso.example: There is no such account.");
    assert_eq!(refusals(test.sign_in("bob@contoso.example", PASSWORD).await), same);
    assert_eq!(test.last_event().await, "SignInFailed Refused Bob Marsh: The account is disabled.");
    // A password typed into the field for the name is not written down.
    assert_eq!(refusals(test.sign_in(PASSWORD, PASSWORD).await), same);
    assert_eq!(test.last_event().await, "SignInFailed Refused not a user name: There is no such account.");
}

async fn failures_slow_an_account_down_and_a_success_forgets_them(test: &TestApp) {
    test.with_administrator().await;
    for name in ["ada@contoso.example", "nobody@contoso.example"] {
        for _ in 0..5 {
            assert_eq!(refusals(test.sign_in(name, "wrong password here").await), [Refusal::WrongCredentials]);
        }
        let wait = Refusal::Throttled { wait: Span::seconds(15) };
        assert_eq!(refusals(test.sign_in(name, PASSWORD).await), [wait]);
    }
    let recorded = test.events().await.len();
    test.clock.advance(Span::seconds(14));
    assert_eq!(
        refusals(test.sign_in("ada@contoso.example", PASSWORD).await),
        [Refusal::Throttled { wait: Span::seconds(1) }]
    );
    assert_eq!(test.events().await.len(), recorded, "an attempt that is not heard fills no audit");
    test.clock.advance(Span::seconds(1));
    test.sign_in("ada@contoso.example", PASSWORD).await.unwrap();
    assert_eq!(refusals(test.sign_in("ada@contoso.example", "wrong password here").await), [Refusal::WrongCredentials]);
}

async fn failures_slow_an_address_down_across_accounts(test: &TestApp) {
    test.with_administrator().await;
    for number in 0..31 {
        let name = format!("user{number}@contoso.example");
        assert_eq!(refusals(test.sign_in(&name, PASSWORD).await), [Refusal::WrongCredentials]);
    }
    assert!(matches!(
        refusals(test.sign_in("ada@contoso.example", PASSWORD).await).as_slice(),
        [Refusal::Throttled { .. }]
    ));
    let elsewhere = SignIn {
        name: "ada@contoso.example",
        password: TypedPassword::new(PASSWORD),
        address: "198.51.100.1".parse().unwrap(),
        user_agent: "Browser",
        trace: "trace",
    };
    sign_in(&test.app, elsewhere).await.unwrap();
}

/// Who guesses at a name from elsewhere keeps its owner out of nothing; only very many of them cost everybody a little patience.
async fn strangers_do_not_keep_a_person_out(test: &TestApp) {
    test.with_administrator().await;
    let from = async |name: &'static str, address: String, password: &'static str| {
        let (address, password) = (address.parse().unwrap(), TypedPassword::new(password));
        sign_in(&test.app, SignIn { name, password, address, user_agent: "Browser", trace: "trace" }).await
    };
    // The same for a name that nobody has.
    for (name, net) in [("ada@contoso.example", "198.51.100"), ("nobody@contoso.example", "203.0.113")] {
        for number in 0..50 {
            let guess = from(name, format!("{net}.{}", number / 5), "wrong password here").await;
            assert_eq!(refusals(guess), [Refusal::WrongCredentials], "{number}");
        }
        let slow = from(name, format!("{net}.0"), PASSWORD).await;
        assert_eq!(refusals(slow), [Refusal::Throttled { wait: Span::seconds(15) }], "its own address waits");
    }
    test.sign_in("ada@contoso.example", PASSWORD).await.unwrap();
    for (name, net) in [("ada@contoso.example", "198.51.100"), ("nobody@contoso.example", "203.0.113")] {
        for (number, wait) in [15, 30, 60, 60].into_iter().enumerate() {
            let guess = from(name, format!("{net}.{}", 100 + number), "wrong password here").await;
            assert_eq!(refusals(guess), [Refusal::WrongCredentials]);
            let everybody = from(name, "192.0.2.99".to_owned(), PASSWORD).await;
            assert_eq!(refusals(everybody), [Refusal::Throttled { wait: Span::seconds(wait) }]);
            test.clock.advance(Span::seconds(wait));
        }
    }
    test.sign_in("ada@contoso.example", PASSWORD).await.unwrap();
}

async fn many_guesses_at_once_are_not_heard_together(test: &TestApp) {
    test.with_administrator().await;
    let guesses = (0..40).map(|number| {
        let app = test.app.clone();
        tokio::spawn(async move {
            refusals(sign_in_as_usual(&app, "ada@contoso.example", &format!("guess number {number}")).await)
        })
    });
    let mut heard = 0;
    for guess in guesses.collect::<Vec<_>>() {
        heard += usize::from(guess.await.unwrap() == [Refusal::WrongCredentials]);
    }
    assert_eq!(heard, 5);
    let failed = test.events().await.into_iter().filter(|event| event.outcome == Outcome::Refused).count();
    assert_eq!(failed, 5);
}

async fn a_password_hashed_at_an_older_cost_is_hashed_again_at_sign_in(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let stronger = App::new(ostiary::app::Parts {
        store: test.app.store.clone(),
        clock: Arc::new(test.clock.clone()),
        randomness: Arc::new(OsRandom),
        keys: test.key.keys(),
        passwords: PasswordHasher::new(Strength::new(7_168, 5, 1).unwrap(), 1, 10, &OsRandom),
        anchor: ostiary::app::anchor::Anchor::none(),
        session_limits: test.app.session_limits,
        post: test.app.post.clone(),
    })
    .await
    .unwrap();
    let ask = || SignIn {
        name: "ada@contoso.example",
        password: TypedPassword::new(PASSWORD),
        address: "192.0.2.7".parse().unwrap(),
        user_agent: "Browser",
        trace: "trace",
    };
    let hash = async || {
        let mut db = test.app.store.read().await.unwrap();
        store::credentials::get(&mut db, &ada.user).await.unwrap().into_unchecked().password_hash
    };
    let older = hash().await;
    sign_in(&stronger, ask()).await.unwrap();
    assert!(hash().await.starts_with("$argon2id$v=19$m=7168,t=5,p=1$"));
    // Somebody comes while another sign-in hashes the password anew, and waits for their turn to be compared with what is not there
    // any more. They are not told that it is wrong.
    for moment in 0..12 {
        test.reseal_credentials(&ada.user, |now| Credentials { password_hash: older.clone(), ..now }).await;
        let later = async {
            tokio::time::sleep(Duration::from_millis(moment * 4)).await;
            sign_in(&stronger, ask()).await
        };
        let (first, second) = tokio::join!(sign_in(&stronger, ask()), later);
        first.unwrap();
        second.unwrap();
    }
    test.sign_in("ada@contoso.example", PASSWORD).await.unwrap();
}

on_both_engines!(
    the_set_up_code_works_once_and_makes_a_global_administrator,
    nobody_sets_up_a_portal_again_by_the_database,
    two_set_ups_at_once_make_one_organisation,
    the_right_password_signs_in_whatever_the_capitals_of_the_name,
    unknown_wrong_and_disabled_get_the_same_answer,
    failures_slow_an_account_down_and_a_success_forgets_them,
    failures_slow_an_address_down_across_accounts,
    strangers_do_not_keep_a_person_out,
    many_guesses_at_once_are_not_heard_together,
    a_password_hashed_at_an_older_cost_is_hashed_again_at_sign_in,
);
