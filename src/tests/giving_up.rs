//! Callers who give up half-way, as a browser does that is closed: what they asked for is done whole or not at all, and whoever
//! comes after them finds the database as if they had never been.

use std::time::Duration;

use ostiary::{
    app::ports::{Randomness as _, SeededRandom},
    domain::{
        audit::Activity,
        request::Status,
        time::{Instant, Span},
    },
    store,
};

use crate::harness::{
    TestApp,
    company::{ask, role},
};

/// Another time each time, shorter than so many microseconds.
fn patience(random: &SeededRandom, most: u32) -> Duration {
    let mut bytes = [0; 4];
    random.fill(&mut bytes);
    Duration::from_micros(u64::from(u32::from_be_bytes(bytes) % most))
}

/// Seen elsewhere: a connection whose `begin` was given up stays inside a transaction, and later writes on it vanish.
async fn a_write_that_is_given_up_swallows_no_later_write(test: &TestApp) {
    let random = SeededRandom::new(11);
    let admin = test.admin().await;
    for number in 1..=40 {
        for _ in 0..40 {
            let _given_up = tokio::time::timeout(patience(&random, 400), test.store.write()).await;
        }
        let at = Instant::from_millis(number);
        let mut tx = test.store.write().await.unwrap();
        store::users::set_last_sign_in(&mut tx, &admin.user, at).await.unwrap();
        tx.commit().await.unwrap();
        let seen = test
            .database
            .texts(&format!("select cast(last_sign_in_at as text) from users where id = '{}'", admin.user))
            .await;
        assert_eq!(seen, [number.to_string()], "what was committed is there for everybody");
    }
}

/// An approval that is given up at any moment is one or none: request, activation and record agree.
async fn an_approval_that_is_given_up_is_whole_or_nothing(test: &TestApp) {
    let cast = test.cast().await;
    let random = SeededRandom::new(12);
    let mut whole = 0;
    for round in 1..=120 {
        let request = test.activate(&cast.tess, &cast.eligibility, ask("0.5")).await.unwrap().request;
        let wait = patience(&random, 2_000 * round);
        let _given_up = tokio::time::timeout(wait, test.approve(&cast.approvers[0], &request)).await;
        // Whoever comes next waits until it is over, one way or the other.
        let _first = test.deny(&cast.approvers[1], &request).await;
        let status = test.status(&request).await;
        let steps: Vec<_> = test.steps(&request).await.into_iter().map(|(_, step)| step).collect();
        let granted = steps.contains(&Activity::ActivationCompleted);
        assert_eq!(granted, status == Status::Provisioned, "{status:?}: {steps:?}");
        assert_eq!(granted, test.holds(&cast.tess, &cast.role).await);
        assert_eq!(granted, steps.contains(&Activity::RequestApproved));
        assert!(granted || status == Status::Denied);
        whole += usize::from(granted);
        test.advance(Span::minutes(30));
    }
    assert!((1..120).contains(&whole), "{whole} of 120 were fast enough");
    test.assert_intact().await;
}

/// Reading is given up too, and takes no connection with it.
async fn readers_who_give_up_leave_their_connections(test: &TestApp) {
    let random = SeededRandom::new(13);
    let tess = test.user("Tess Ng").await;
    let reader = role("Security Reader");
    for _ in 0..400 {
        let _given_up = tokio::time::timeout(patience(&random, 600), test.holds(&tess, &reader)).await;
    }
    let all: Vec<_> = (0..8).map(|_| test.holds(&tess, &reader)).collect();
    assert_eq!(futures::future::join_all(all).await, [false; 8]);
}

on_both_engines!(
    a_write_that_is_given_up_swallows_no_later_write,
    an_approval_that_is_given_up_is_whole_or_nothing,
    readers_who_give_up_leave_their_connections,
);
