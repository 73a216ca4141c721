use std::collections::HashMap;

use ostiary::{
    app::{
        crypto::token::fingerprint,
        end_session::{end_other_sessions, end_session, sign_out},
        list_sessions::list_sessions,
        ports::Clock as _,
        reset_password::reset_password,
        reset_second_factor::reset_second_factor,
        sessions::{self, LAST_SEEN, SIGNED_IN, SignedInSession},
        tidy::tidy,
    },
    domain::{
        ids::{SessionId, UserId},
        refusal::Refusal,
        time::{Instant, Span},
    },
    store,
};

use super::directory::{create, create_with_own_password};
use crate::harness::{
    TestApp, refusals,
    signing_in::{PASSWORD, caller},
};

/// A session of a person under this secret.
pub async fn session(test: &TestApp, user: &UserId, secret: &str) -> SessionId {
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let begun = SignedInSession::begin(&test.app, user.clone(), test.clock.now(), "192.0.2.7", agent);
    let data = HashMap::from([(SIGNED_IN.to_owned(), begun.to_value())]);
    assert!(sessions::create(&test.app, secret, &data).await.unwrap());
    begun.session
}

async fn holds(test: &TestApp, secret: &str) -> bool {
    sessions::load(&test.app, secret).await.unwrap().is_some()
}

async fn a_session_ends_when_it_is_idle_and_when_it_is_old(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    session(test, &ada.user, "secret").await;
    session(test, &ada.user, "forgotten").await;
    let began = test.clock.now();
    for _ in 0..24 {
        test.clock.advance(Span::minutes(29));
        let data = sessions::load(&test.app, "secret").await.unwrap().expect("use keeps it");
        let last_seen = Instant::from_millis(data[LAST_SEEN].as_i64().unwrap());
        sessions::note_seen(&test.app, "secret", began, last_seen).await.unwrap();
    }
    assert!(!holds(test, "forgotten").await);
    test.clock.advance(Span::minutes(25));
    assert!(!holds(test, "secret").await, "it is over after twelve hours");
}

async fn only_the_hash_of_the_secret_is_kept(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    session(test, &ada.user, "secret").await;
    let mut db = test.app.store.read().await.unwrap();
    let stored = store::sessions::list_of_user(&mut db, &ada.user).await.unwrap().pop().unwrap();
    assert!(!format!("{stored:?}").contains("secret"));
    assert!(store::sessions::find(&mut db, "secret").await.unwrap().is_none());
}

async fn an_ended_session_stays_ended_when_a_late_answer_saves_it(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    session(test, &ada.user, "secret").await;
    let data = sessions::load(&test.app, "secret").await.unwrap().unwrap();
    sessions::delete(&test.app, "secret").await.unwrap();
    sessions::save(&test.app, "secret", &data).await.unwrap();
    assert!(!holds(test, "secret").await);
}

async fn my_sessions_are_listed_and_ended_and_nobody_elses(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let bob = caller(&create(test, &ada, "Bob Marsh", "bob@contoso.example").await);
    let one = session(test, &ada.user, "one").await;
    test.clock.advance(Span::minutes(1));
    let two = session(test, &ada.user, "two").await;
    session(test, &ada.user, "three").await;
    let of_bob = session(test, &bob.user, "bob").await;

    let lines = list_sessions(&test.app, &ada, &one).await.unwrap();
    assert_eq!(lines.len(), 3);
    assert!(lines[2].is_current && lines[2].id == one && lines[2].device == "Firefox on Linux");

    assert_eq!(refusals(end_session(&test.app, &ada, &of_bob).await), [Refusal::NotFound("session")]);
    end_session(&test.app, &ada, &two).await.unwrap();
    assert!(!holds(test, "two").await && holds(test, "bob").await);
    assert_eq!(end_other_sessions(&test.app, &ada, &one).await.unwrap(), 1);
    assert!(holds(test, "one").await && !holds(test, "three").await && holds(test, "bob").await);
    sign_out(&test.app, &ada, &one).await.unwrap();
    assert!(!holds(test, "one").await);
    assert_eq!(test.last_event().await, "SignedOut Success Ada Lovelace: ");
}

async fn tidying_takes_only_what_is_over(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    session(test, &ada.user, "old").await;
    test.clock.advance(Span::minutes(29));
    session(test, &ada.user, "new").await;
    for _ in 0..5 {
        refusals(test.sign_in("ada@contoso.example", "wrong password here").await);
    }
    test.clock.advance(Span::minutes(1));
    tidy(&test.app).await.unwrap();
    let mut db = test.app.store.read().await.unwrap();
    assert_eq!(store::sessions::list_of_user(&mut db, &ada.user).await.unwrap().len(), 1);
    drop(db);
    assert!(holds(test, "new").await);
    assert_eq!(refusals(test.sign_in("ada@contoso.example", "wrong password here").await), [Refusal::WrongCredentials]);
    assert!(matches!(
        refusals(test.sign_in("ada@contoso.example", "wrong password here").await).as_slice(),
        [Refusal::Throttled { .. }]
    ));
}

/// Whoever has the database and not the key can neither make a session nor change one.
async fn a_session_that_somebody_else_wrote_is_nobodys(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let eve = create(test, &ada, "Eve Stone", "eve@contoso.example").await;
    session(test, &ada.user, "of ada").await;
    session(test, &eve, "of eve").await;
    let id = |secret: &str| test.keys.fingerprints.of("session", secret);
    let columns = "user_id, data, address, user_agent, created_at, last_seen_at, expires_at, seal";
    // A secret of one's own, by the hash that every program can compute, and a copy of a row under another secret.
    for forged in [fingerprint("mine"), id("mine")] {
        let copy = format!(
            "insert into sessions (id_hash, {columns}) select '{forged}', {columns} from sessions where id_hash = '{}'",
            id("of ada")
        );
        test.database.tamper(&copy).await;
        assert!(!holds(test, "mine").await, "{forged}");
    }
    test.database
        .tamper(&format!("delete from sessions where id_hash in ('{}', '{}')", fingerprint("mine"), id("mine")))
        .await;
    let verified = format!("data = replace(data, '\"verified_at\":null', '\"verified_at\":{}')", test.now().millis());
    let of_ada = format!("user_id = '{0}', data = replace(data, '{eve}', '{0}')", ada.user);
    let changes = [
        verified.as_str(),
        of_ada.as_str(),
        "created_at = created_at + 1",
        "last_seen_at = last_seen_at + 60000",
        "expires_at = expires_at + 1",
        "address = '198.51.100.1'",
        "seal = null",
    ];
    for change in changes {
        session(test, &eve, change).await;
        assert!(holds(test, change).await);
        test.database.tamper(&format!("update sessions set {change} where id_hash = '{}'", id(change))).await;
        assert!(!holds(test, change).await, "{change}");
        // Being seen does not sign it.
        test.advance(Span::minutes(2));
        sessions::note_seen(&test.app, change, test.now(), Instant::from_millis(0)).await.unwrap();
        assert!(!holds(test, change).await, "{change}");
    }
    // None of them is an error for anybody: they are left out of the list, and end with the others.
    let own = session(test, &eve, "own").await;
    let eve = caller(&eve);
    let lines = list_sessions(&test.app, &eve, &own).await.unwrap();
    assert_eq!(lines.len(), 2, "{lines:?}");
    end_other_sessions(&test.app, &eve, &own).await.unwrap();
    assert!(holds(test, "own").await && !holds(test, "of eve").await);
    assert_eq!(list_sessions(&test.app, &eve, &own).await.unwrap().len(), 1);
}

/// A password that was changed, or a second factor that was taken away, while a sign-in or a verification was on its way.
async fn what_ends_sessions_ends_those_that_are_on_their_way(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let bob = create_with_own_password(test, &ada, "Bob Marsh", "bob@contoso.example").await;
    let data = |user: &UserId| {
        let begun = SignedInSession::begin(&test.app, user.clone(), test.now(), "192.0.2.7", "Browser");
        HashMap::from([(SIGNED_IN.to_owned(), begun.to_value())])
    };
    let signed_in = test.sign_in("bob@contoso.example", PASSWORD).await.unwrap();
    sessions::begin(&test.app, "in time", &data(&bob), signed_in.event).await.unwrap();
    assert!(holds(test, "in time").await);

    reset_second_factor(test, &ada, &bob).await.unwrap();
    sessions::begin(&test.app, "late", &data(&bob), signed_in.event).await.unwrap();
    assert!(!holds(test, "in time").await && !holds(test, "late").await);
    let signed_in = test.sign_in("bob@contoso.example", PASSWORD).await.unwrap();
    reset_password(test, &ada, &bob).await.unwrap();
    sessions::begin(&test.app, "later", &data(&bob), signed_in.event).await.unwrap();
    assert!(!holds(test, "later").await);
    // What ends another person's sessions is none of Ada's business.
    let signed_in = test.sign_in("ada@contoso.example", PASSWORD).await.unwrap();
    reset_password(test, &ada, &bob).await.unwrap();
    sessions::begin(&test.app, "of ada", &data(&ada.user), signed_in.event).await.unwrap();
    assert!(holds(test, "of ada").await);

    // A session that ended while its person showed the second factor does not come back under a new secret.
    session(test, &bob, "verifying").await;
    let loaded = sessions::load(&test.app, "verifying").await.unwrap().unwrap();
    reset_second_factor(test, &ada, &bob).await.unwrap();
    sessions::replace_secret(&test.app, "verifying", "verified", &loaded).await.unwrap();
    assert!(!holds(test, "verifying").await && !holds(test, "verified").await);
    // One that did not, goes on under the new secret alone.
    sessions::replace_secret(&test.app, "of ada", "of ada anew", &data(&ada.user)).await.unwrap();
    assert!(!holds(test, "of ada").await && holds(test, "of ada anew").await);
}

on_both_engines!(
    a_session_that_somebody_else_wrote_is_nobodys,
    what_ends_sessions_ends_those_that_are_on_their_way,
    a_session_ends_when_it_is_idle_and_when_it_is_old,
    only_the_hash_of_the_secret_is_kept,
    an_ended_session_stays_ended_when_a_late_answer_saves_it,
    my_sessions_are_listed_and_ended_and_nobody_elses,
    tidying_takes_only_what_is_over,
);
