//! Callers who give up half-way, as a browser does that is closed: what they asked for is done whole or not at all, and whoever
//! comes after them finds the database as if they had never been.

use std::{future::poll_fn, pin::pin, task::Poll};

use ostiary::{
    domain::{
        audit::Activity,
        request::Status,
        throttle::Failures,
        time::{Instant, Span},
    },
    store::{self, throttle},
};

use crate::harness::{
    TestApp,
    company::{ask, role},
};

/// Waits for so many steps and then gives up: with 0 before the first. Counted, and not timed, so that every place at which a caller
/// can be left is visited, however fast the machine is.
async fn with_patience<T>(steps: usize, asked: impl Future<Output = T>) -> Option<T> {
    let (mut asked, mut left) = (pin!(asked), steps);
    poll_fn(|waker| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        asked.as_mut().poll(waker).map(Some)
    })
    .await
}

/// Seen elsewhere: a connection whose `begin` was given up stays inside a transaction, and later writes on it vanish.
async fn a_write_that_is_given_up_swallows_no_later_write(test: &TestApp) {
    let admin = test.admin().await;
    for number in 1..=40 {
        for steps in 0..40 {
            let _given_up = with_patience(steps % 4, test.store.write()).await;
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
    let mut whole = 0;
    for steps in 0..120 {
        let request = test.activate(&cast.tess, &cast.eligibility, ask("0.5")).await.unwrap().request;
        let _given_up = Box::pin(with_patience(steps, test.approve(&cast.approvers[0], &request))).await;
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
    assert!((1..120).contains(&whole), "{whole} of 120 were waited for");
    test.assert_intact().await;
}

/// Reading is given up too, and takes no connection with it.
async fn readers_who_give_up_leave_their_connections(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    let reader = role("Security Reader");
    for steps in 0..400 {
        let _given_up = with_patience(steps % 8, test.holds(&tess, &reader)).await;
        let _given_up = with_patience(steps % 8, test.store.ask(store::policies::of_role(&reader))).await;
    }
    let all: Vec<_> = (0..8).map(|_| test.holds(&tess, &reader)).collect();
    assert_eq!(futures::future::join_all(all).await, [false; 8]);
    let asked: Vec<_> = (0..8).map(|_| test.store.ask(store::policies::of_role(&reader))).collect();
    assert!(futures::future::join_all(asked).await.iter().all(Result::is_ok));
}

/// Changes that wait for each other share a commit on SQLite. Whoever leaves without one leaves nothing, whoever else is in it.
async fn each_of_many_changes_at_once_is_whole_or_nothing(test: &TestApp) {
    for which in 0_u32..32 {
        let first = test.store.write().await.unwrap();
        let changes: Vec<_> = (0..5)
            .map(|number| {
                let (store, at) = (test.store.clone(), test.now());
                tokio::spawn(async move {
                    let mut tx = store.write().await.unwrap();
                    let failures = Failures { count: 1, last_at: at };
                    throttle::save(&mut tx, &format!("{which} {number}"), failures).await.unwrap();
                    let stays = which & (1 << number) != 0;
                    if stays {
                        tx.commit().await.unwrap();
                        // What is committed is there for everybody, at once.
                        let mut db = store.read().await.unwrap();
                        assert_eq!(
                            throttle::find(&mut db, &format!("{which} {number}")).await.unwrap(),
                            Some(failures)
                        );
                    }
                    stays
                })
            })
            .collect();
        tokio::task::yield_now().await;
        drop(first);
        for (number, change) in changes.into_iter().enumerate() {
            let stays = change.await.unwrap();
            let mut db = test.store.read().await.unwrap();
            let found = throttle::find(&mut db, &format!("{which} {number}")).await.unwrap();
            assert_eq!(found.is_some(), stays, "{which:05b}, {number}");
        }
    }
}

/// A change that comes to nothing holds nobody up, in this process or in another.
async fn nothing_stays_open_when_nobody_comes_next(test: &TestApp) {
    test.admin().await;
    let other = test.another_node().await;
    for _ in 0..5 {
        drop(test.store.write().await.unwrap());
        other.store.write().await.unwrap().commit().await.unwrap();
    }
}

/// Whoever is done with a change has it, however long whoever comes next takes.
async fn nobody_waits_for_a_long_change_to_share_its_commit(test: &TestApp) {
    let first = test.store.write().await.unwrap();
    let (store, at) = (test.store.clone(), test.now());
    let short = tokio::spawn(async move {
        let mut tx = store.write().await.unwrap();
        throttle::save(&mut tx, "short", Failures { count: 1, last_at: at }).await.unwrap();
        tx.commit().await.unwrap();
    });
    tokio::task::yield_now().await;
    let store = test.store.clone();
    let long = tokio::spawn(async move { store.turn_to_write(store::Length::Long).await });
    tokio::task::yield_now().await;
    drop(first);
    let held = long.await.unwrap().unwrap();
    short.await.unwrap();
    drop(held);
    assert!(throttle::find(&mut test.store.read().await.unwrap(), "short").await.unwrap().is_some());
}

/// The embedded engine can lose its connection when a statement of several cannot be prepared anew. Whoever shared the commit hears of
/// it, nobody is told that a change is there which is not, and the next one finds a connection.
async fn a_question_that_fails_takes_no_promise_along(test: &TestApp) {
    async fn save(store: store::Store, key: String) -> store::StoreResult<()> {
        let mut tx = store.write().await?;
        throttle::save(&mut tx, &key, Failures { count: 1, last_at: Instant::from_millis(1) }).await?;
        tx.commit().await
    }
    let (reader, at) = (role("Security Reader"), test.now());
    let question = {
        let reader = reader.clone();
        move || store::policies::of_role(&reader).and(store::approvers::of_role(&reader, at))
    };
    // Prepared once.
    test.store.write().await.unwrap().ask(question()).await.unwrap();

    test.database.tamper("alter table role_approvers rename to hidden").await;
    for round in 0..8 {
        let first = test.store.write().await.unwrap();
        let saved = tokio::spawn(save(test.store.clone(), format!("{round}")));
        tokio::task::yield_now().await;
        let (store, asked) = (test.store.clone(), question());
        let failed =
            tokio::spawn(async move { store.turn_to_write(store::Length::Short).await?.begin_asking(asked).await });
        tokio::task::yield_now().await;
        drop(first);
        assert!(failed.await.unwrap().is_err());
        let saved = saved.await.unwrap();
        let found = throttle::find(&mut test.store.read().await.unwrap(), &format!("{round}")).await.unwrap();
        assert_eq!(found.is_some(), saved.is_ok(), "{saved:?}");
    }
    test.database.tamper("alter table hidden rename to role_approvers").await;

    save(test.store.clone(), "after".to_owned()).await.unwrap();
    test.store.write().await.unwrap().ask(question()).await.unwrap();
}

/// The same can befall every connection that reads: none of them is used again, and as many as before read afterwards.
async fn a_question_that_fails_costs_no_reader(test: &TestApp) {
    const ROUNDS: usize = 40;
    let (reader, at) = (role("Security Reader"), test.now());
    let question = || store::policies::of_role(&reader).and(store::approvers::of_role(&reader, at));
    let all_answer = async || {
        let asked = (0..ROUNDS).map(async |_| test.store.ask(question()).await.is_ok());
        futures::future::join_all(asked).await.into_iter().all(|answered| answered)
    };
    assert!(all_answer().await);
    test.database.tamper("alter table role_approvers rename to hidden").await;
    for _ in 0..ROUNDS {
        assert!(test.store.ask(question()).await.is_err());
        // What asks something else is answered meanwhile.
        throttle::find(&mut test.store.read().await.unwrap(), "nobody").await.unwrap();
    }
    test.database.tamper("alter table hidden rename to role_approvers").await;
    assert!(all_answer().await);
}

on_both_engines!(
    nobody_waits_for_a_long_change_to_share_its_commit,
    a_question_that_fails_takes_no_promise_along,
    a_question_that_fails_costs_no_reader,
    a_write_that_is_given_up_swallows_no_later_write,
    an_approval_that_is_given_up_is_whole_or_nothing,
    readers_who_give_up_leave_their_connections,
    each_of_many_changes_at_once_is_whole_or_nothing,
    nothing_stays_open_when_nobody_comes_next,
);
