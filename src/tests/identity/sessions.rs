use ostiary::{
    app::{
        AppError, Caller,
        change_password::{ChangePassword, change_password},
        confirm_mfa::confirm_mfa,
        crypto::{TypedPassword, token::fingerprint},
        end_session::{end_other_sessions, end_session, end_sessions_of, sign_out},
        list_sessions::{list_sessions, list_sessions_of},
        reset_password::reset_password,
        reset_second_factor::reset_second_factor,
        sessions::{self, LAST_SEEN, SignedInSession},
        tidy::tidy,
    },
    domain::{
        ids::{SessionId, UserId},
        refusal::Refusal,
        session::AT_ONCE,
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
    test.open_session(user, secret, false).await
}

async fn holds(test: &TestApp, secret: &str) -> bool {
    sessions::load(&test.app, secret).await.unwrap().is_some()
}

async fn a_session_ends_when_it_is_idle_and_when_it_is_old(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    session(test, &ada.user, "secret").await;
    session(test, &ada.user, "forgotten").await;
    let began = test.now();
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
    let seen = test.now();
    sessions::delete(&test.app, "secret").await.unwrap();
    sessions::note_seen(&test.app, "secret", seen, Instant::from_millis(0)).await.unwrap();
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
    // The set-up began one, too.
    assert_eq!(lines.len(), 4);
    assert!(lines[2].is_current && lines[2].id == one && lines[2].device == "Firefox on Linux");

    assert_eq!(refusals(end_session(&test.app, &ada, &of_bob).await), [Refusal::NotFound("session")]);
    end_session(&test.app, &ada, &two).await.unwrap();
    assert!(!holds(test, "two").await && holds(test, "bob").await);
    assert_eq!(end_other_sessions(&test.app, &ada, &one).await.unwrap(), 2);
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

/// The person's sessions that hold.
async fn count(test: &TestApp, user: &UserId) -> usize {
    let mut db = test.app.store.read().await.unwrap();
    store::sessions::list_of_user(&mut db, user).await.unwrap().len()
}

/// Signing in makes the session's row in its own transaction: whatever ends the person's sessions after it ends this one.
async fn signing_in_begins_the_session_itself(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let bob = create_with_own_password(test, &ada, "Bob Marsh", "bob@contoso.example").await;
    let signed_in = test.sign_in("bob@contoso.example", PASSWORD).await.unwrap();
    assert!(holds(test, signed_in.secret.as_str()).await);
    assert!(!format!("{signed_in:?}").contains(signed_in.secret.as_str()), "the secret stands in no log");
    for attempt in 0..6 {
        let (in_time, reset) =
            tokio::join!(test.sign_in("bob@contoso.example", PASSWORD), reset_second_factor(test, &ada, &bob),);
        reset.unwrap();
        // Whoever was first: the reset ended the session, or the sign-in came after it and is a new one.
        let is_there = holds(test, in_time.unwrap().secret.as_str()).await;
        assert_eq!(count(test, &bob).await, usize::from(is_there), "{attempt}");
    }
    reset_password(test, &ada, &bob).await.unwrap();
    assert_eq!(count(test, &bob).await, 0);
    refusals(test.sign_in("bob@contoso.example", PASSWORD).await);
    assert_eq!(count(test, &bob).await, 0, "a refused sign-in begins nothing");
}

/// Showing the second factor moves the session to a new secret, in the transaction that took the code, and only if it is still there.
async fn a_session_that_ended_meanwhile_is_not_verified(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let bob = caller(&create_with_own_password(test, &ada, "Bob Marsh", "bob@contoso.example").await);
    let (device, _) = test.enrol(&bob).await;
    let here = session(test, &bob.user, "here").await;
    session(test, &bob.user, "there").await;
    let in_here = Caller { session: Some(here.clone()), ..bob.clone() };

    let now = test.advance(Span::minutes(1));
    let verified = confirm_mfa(test, &in_here, &device.code(now)).await.unwrap();
    let moved = verified.secret.expect("the session has a new secret");
    assert!(!holds(test, "here").await && holds(test, "there").await);
    let data = sessions::load(test, moved.as_str()).await.unwrap().unwrap();
    let who = SignedInSession::find(&data).unwrap().unwrap();
    assert_eq!((who.session, who.verified_at), (here.clone(), Some(now)));

    // It ends while the code is typed: nothing comes back, and the code was not used up.
    end_session(test, &bob, &here).await.unwrap();
    let now = test.advance(Span::minutes(1));
    let late = confirm_mfa(test, &in_here, &device.code(now)).await;
    assert!(matches!(late, Err(AppError::SignedOut)), "{late:?}");
    assert_eq!(count(test, &bob.user).await, 1);
    confirm_mfa(test, &bob, &device.code(now)).await.unwrap();

    // Nor by a new password, whose session goes on under a new secret else.
    let ask = |session: &SessionId, current, new| ChangePassword {
        session: session.clone(),
        current: TypedPassword::new(current),
        new: TypedPassword::new(new),
    };
    let verified = Caller { verified_at: Some(now), ..in_here };
    let late = change_password(test, &verified, ask(&here, PASSWORD, "another lantern by the sea")).await;
    assert!(matches!(late, Err(AppError::SignedOut)), "{late:?}");
    let there = session(test, &bob.user, "elsewhere").await;
    let verified = Caller { session: Some(there.clone()), ..verified };
    let moved = change_password(test, &verified, ask(&there, PASSWORD, "another lantern by the sea")).await.unwrap();
    assert!(holds(test, moved.unwrap().as_str()).await && !holds(test, "elsewhere").await);
    assert_eq!(count(test, &bob.user).await, 1);

    // A session that is over by the clock is no session either.
    let idle = session(test, &bob.user, "idle").await;
    test.advance(Span::minutes(31));
    let idle = Caller { session: Some(idle), ..bob };
    let now = test.advance(Span::minutes(1));
    assert!(matches!(confirm_mfa(test, &idle, &device.code(now)).await, Err(AppError::SignedOut)));
}

/// Administrators end what is open of somebody; nobody else does, and nobody ends their own that way.
async fn administrators_end_a_persons_sessions(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let bob = caller(&create_with_own_password(test, &ada, "Bob Marsh", "bob@contoso.example").await);
    session(test, &ada.user, "of ada").await;
    session(test, &bob.user, "one").await;
    session(test, &bob.user, "two").await;
    assert_eq!(refusals(end_sessions_of(test, &bob, &ada.user).await), [Refusal::NotPermitted]);
    assert_eq!(refusals(list_sessions_of(test, &bob, &ada.user).await), [Refusal::NotPermitted]);
    let unverified = Caller { verified_at: None, ..ada.clone() };
    assert_eq!(refusals(end_sessions_of(test, &unverified, &bob.user).await), [Refusal::VerificationRequired]);
    assert_eq!(refusals(end_sessions_of(test, &ada, &ada.user).await), [Refusal::NotOnYourself]);
    assert!(holds(test, "one").await && holds(test, "of ada").await);

    let lines = list_sessions_of(test, &ada, &bob.user).await.unwrap();
    assert!(lines.len() == 2 && lines.iter().all(|line| !line.is_current), "{lines:?}");
    assert_eq!(end_sessions_of(test, &ada, &bob.user).await.unwrap(), 2);
    assert!(!holds(test, "one").await && !holds(test, "two").await && holds(test, "of ada").await);
    assert_eq!(test.last_event().await, "SessionEnded Success Bob Marsh: ");
    assert_eq!(end_sessions_of(test, &ada, &bob.user).await.unwrap(), 0);

    // On their page, as a person does it.
    session(test, &bob.user, "three").await;
    let admin = test.visitor_of(ada.clone());
    let path = format!("/users/{}", bob.user);
    admin.get(&path).await.says(&["Firefox on Linux", "192.0.2.7", "End all sessions"]);
    admin.get(&format!("{path}/end-sessions")).await.says(&["End all sessions of Bob Marsh?", "in one browser"]);
    let done = admin.post(&format!("{path}/end-sessions"), &[]).await;
    assert_eq!(done.to, path, "{}", done.text);
    assert!(!holds(test, "three").await);
    admin.get(&path).await.says(&["Not signed in anywhere."]).hides(&["/end-sessions"]);
    admin.get(&format!("/users/{}", ada.user)).await.says(&["192.0.2.7"]).hides(&["/end-sessions"]);
}

/// Twenty at once: one more ends the one that was not used for longest, and says so.
async fn a_person_has_a_limited_number_of_sessions(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    test.advance(Span::hours(1));
    let mut secrets = Vec::new();
    for _ in 0..AT_ONCE {
        test.advance(Span::seconds(1));
        secrets.push(test.sign_in("ada@contoso.example", PASSWORD).await.unwrap().secret);
    }
    assert!(holds(test, secrets[0].as_str()).await);
    // It was used since.
    test.advance(Span::minutes(2));
    sessions::note_seen(test, secrets[0].as_str(), test.now(), Instant::from_millis(0)).await.unwrap();
    let newest = test.sign_in("ada@contoso.example", PASSWORD).await.unwrap().secret;
    assert!(holds(test, newest.as_str()).await && holds(test, secrets[0].as_str()).await);
    assert!(!holds(test, secrets[1].as_str()).await && holds(test, secrets[2].as_str()).await);
    let said = test.last_event().await;
    assert!(said.starts_with("SessionEnded Success Ada Lovelace: A person has 20 sessions at most"), "{said}");
    assert_eq!(
        list_sessions(test, &ada, &SessionId::parse("00000000-0000-7000-8000-00000000abcd").unwrap())
            .await
            .unwrap()
            .len(),
        AT_ONCE
    );
}

on_both_engines!(
    a_session_that_somebody_else_wrote_is_nobodys,
    signing_in_begins_the_session_itself,
    a_session_that_ended_meanwhile_is_not_verified,
    administrators_end_a_persons_sessions,
    a_person_has_a_limited_number_of_sessions,
    a_session_ends_when_it_is_idle_and_when_it_is_old,
    only_the_hash_of_the_secret_is_kept,
    an_ended_session_stays_ended_when_a_late_answer_saves_it,
    my_sessions_are_listed_and_ended_and_nobody_elses,
    tidying_takes_only_what_is_over,
);
