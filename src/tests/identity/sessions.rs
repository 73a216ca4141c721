use std::collections::HashMap;

use ostiary::{
    app::{
        end_session::{end_other_sessions, end_session, sign_out},
        list_sessions::list_sessions,
        ports::Clock as _,
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

use super::directory::create;
use crate::harness::{TestApp, refusals, signing_in::caller};

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

on_both_engines!(
    a_session_ends_when_it_is_idle_and_when_it_is_old,
    only_the_hash_of_the_secret_is_kept,
    an_ended_session_stays_ended_when_a_late_answer_saves_it,
    my_sessions_are_listed_and_ended_and_nobody_elses,
    tidying_takes_only_what_is_over,
);
