//! Rows of the audit are cut, replaced or forged under a running server.

use ostiary::{
    app::{
        integrity::StopReason,
        verify_audit::{Verdict, check_slowly, verify_audit},
    },
    domain::{throttle::Failures, time::Instant},
    store::{self, throttle},
};

use super::{last, reason, stopped};
use crate::harness::{TestApp, codes, company::ask};

/// However much is cut, and however often people try: the trail does not grow over the cut.
async fn a_cut_tail_stops_writing_and_does_not_heal(test: &TestApp) {
    let cast = test.cast().await;
    let end = last(test).await;
    test.database.tamper(&format!("delete from audit_events where seq > {}", end / 2)).await;
    for _ in 0..5 {
        let reason = stopped(test, test, &cast).await;
        assert_eq!(reason, StopReason::Audit(Verdict::Cut { last: end / 2, anchored: end }));
    }
    assert_eq!(verify_audit(test).await.unwrap(), Verdict::Cut { last: end / 2, anchored: end });
    assert!(test.restart().await.is_err(), "and not after a new start either");
}

async fn a_cut_of_everything_stops_writing(test: &TestApp) {
    let cast = test.cast().await;
    let end = last(test).await;
    test.database.tamper("delete from audit_events").await;
    assert_eq!(stopped(test, test, &cast).await, StopReason::Audit(Verdict::Cut { last: 0, anchored: end }));
}

/// What is not recorded is not written either: sign-ins count attempts before anything is recorded, notices are marked as read.
async fn a_cut_is_found_by_what_is_not_recorded(test: &TestApp) {
    let cast = test.cast().await;
    let end = last(test).await;
    test.database.tamper(&format!("delete from audit_events where seq = {end}")).await;
    let nobody = test.sign_in("nobody@contoso.example", "a wrong one").await;
    assert_eq!(codes(nobody), ["WritingStopped"]);
    assert_eq!(test.database.texts("select key from throttles").await, Vec::<String>::new());
    stopped(test, test, &cast).await;
}

/// Nobody writes, and the cut rows are another server's.
async fn a_cut_is_found_while_idle_by_each_server(test: &TestApp) {
    let cast = test.cast().await;
    let other = test.another_node().await;
    test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
    other.look_at_trail().await.unwrap();
    let end = last(test).await;
    test.database.tamper(&format!("delete from audit_events where seq = {end}")).await;
    let cut = StopReason::Audit(Verdict::Cut { last: end - 1, anchored: end });
    for app in [&other, &test.app] {
        assert_eq!(codes(app.look_at_trail().await), ["WritingStopped"]);
        assert_eq!(reason(app), cut);
    }
    stopped(test, &other, &cast).await;
    other.store.close().await;
}

/// A row that takes the place of the last one, with another hash.
async fn a_replaced_end_stops_writing(test: &TestApp) {
    let cast = test.cast().await;
    let end = last(test).await;
    test.database.tamper(&format!("update audit_events set hash = upper(hash) where seq = {end}")).await;
    assert_eq!(stopped(test, test, &cast).await, StopReason::Audit(Verdict::Contradicted { seq: end }));
}

/// Puts a copy of the last row at this place, under another id. Whoever does it has no key.
async fn forge(test: &TestApp, seq: i64) -> i64 {
    let end = last(test).await;
    let columns = "at, action, outcome, actor_id, actor_name, role_id, role_name, subject_id, subject_name, request_id, reason, \
                   ticket_number, ticket_system, details, objects, search_key, trace_id, hash";
    let forged = format!(
        "insert into audit_events (seq, id, {columns}) select {seq}, '0190a3c2-7b4e-7000-8000-0123456789ab', {columns} \
         from audit_events where seq = {end}"
    );
    test.database.tamper(&forged).await;
    end
}

async fn a_row_forged_behind_the_end_stops_writing(test: &TestApp) {
    let cast = test.cast().await;
    let next = last(test).await + 1;
    forge(test, next).await;
    let broken = Verdict::Broken { seq: next, problem: "it is not as it was written" };
    assert_eq!(stopped(test, test, &cast).await, StopReason::Audit(broken));
}

/// Behind the last place there is none.
async fn a_row_forged_at_the_last_place_stops_writing(test: &TestApp) {
    let cast = test.cast().await;
    let end = forge(test, i64::MAX).await;
    let broken = Verdict::Broken { seq: end + 1, problem: "it is missing" };
    assert_eq!(stopped(test, test, &cast).await, StopReason::Audit(broken));
    assert!(test.restart().await.is_err());
}

async fn a_row_forged_before_the_first_is_found_while_idle(test: &TestApp) {
    let cast = test.cast().await;
    forge(test, -3).await;
    assert_eq!(codes(test.look_at_trail().await), ["WritingStopped"]);
    let reason = stopped(test, test, &cast).await;
    assert!(matches!(reason, StopReason::Audit(Verdict::Broken { seq: -3, .. })), "{reason:?}");
}

/// What a change remembers that was then not committed is forgotten: the next ones go on, and nothing is contradicted.
async fn a_commit_that_fails_is_not_remembered(test: &TestApp) {
    let cast = test.cast().await;
    let before = last(test).await;
    let mut first = test.store.write().await.unwrap();
    // A reference to nowhere is only looked at when the commit comes.
    sqlx::query("pragma defer_foreign_keys = on").execute(&mut *first).await.unwrap();
    sqlx::query("insert into group_members (group_id, user_id, added_at) values ('nowhere', 'nobody', 1)")
        .execute(&mut *first)
        .await
        .unwrap();
    let (app, caller, eligibility) = (test.app.clone(), test.caller(&cast.tess), cast.eligibility.clone());
    let second =
        tokio::spawn(
            async move { ostiary::app::activate_role::activate_role(&app, &caller, &eligibility, ask("1")).await },
        );
    tokio::task::yield_now().await;
    first.commit().await.unwrap_err();
    second.await.unwrap().unwrap_err();
    assert_eq!(last(test).await, before);
    assert_eq!(test.integrity().stopped(), None);
    test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
    test.assert_intact().await;
}

/// Changes that share a commit remember each other's events, though those are on disk for nobody yet.
async fn changes_that_share_a_commit_follow_each_other(test: &TestApp) {
    let cast = test.cast().await;
    let first = test.store.write().await.unwrap();
    let tasks: Vec<_> = (0..6)
        .map(|_| {
            let (app, caller, eligibility) = (test.app.clone(), test.caller(&cast.tess), cast.eligibility.clone());
            tokio::spawn(async move {
                ostiary::app::activate_role::activate_role(&app, &caller, &eligibility, ask("1")).await.is_ok()
            })
        })
        .collect();
    tokio::task::yield_now().await;
    drop(first);
    let mut done = 0;
    for task in tasks {
        done += u8::from(task.await.unwrap());
    }
    assert_eq!(done, 1, "one is made, five are refused, and all of that is recorded");
    assert_eq!(test.integrity().stopped(), None);
    // Between that commit and the next one, the first of its events is cut; the last one is still there.
    let end = last(test).await;
    test.assert_intact().await;
    test.database.tamper(&format!("delete from audit_events where seq = {}", end - 2)).await;
    let verdict = Verdict::Broken { seq: end - 2, problem: "it is missing" };
    assert_eq!(check_slowly(test).await.unwrap(), verdict);
    assert_eq!(stopped(test, test, &cast).await, StopReason::Audit(verdict));
}

/// Reading is not stopped: whoever is signed in sees what there is.
async fn what_is_there_is_still_shown(test: &TestApp) {
    let cast = test.cast().await;
    let visitor = test.visitor(&cast.tess);
    visitor.get("/my-roles").await.is(200);
    let end = last(test).await;
    test.database.tamper(&format!("delete from audit_events where seq = {end}")).await;
    stopped(test, test, &cast).await;
    visitor.get("/my-roles").await.is(200);
}

/// The writer of the store alone knows nothing of the key: what it remembers only moves forward.
async fn what_is_remembered_moves_forward(test: &TestApp) {
    test.admin().await;
    let known = test.store.remembered().head.unwrap();
    assert_eq!(known.0, last(test).await);
    test.store.remember((known.0 - 1, "0".repeat(64)));
    assert_eq!(test.store.remembered().head.unwrap(), known);
    // A change that is not recorded leaves it where it is.
    let mut tx = test.store.write().await.unwrap();
    throttle::save(&mut tx, "key", Failures { count: 1, last_at: Instant::from_millis(1) }).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(test.store.remembered().head.unwrap(), known);
    assert_eq!(store::audit::head(&mut test.store.read().await.unwrap()).await.unwrap(), Some(known));
}

on_both_engines!(
    a_cut_tail_stops_writing_and_does_not_heal,
    a_cut_of_everything_stops_writing,
    a_cut_is_found_by_what_is_not_recorded,
    a_cut_is_found_while_idle_by_each_server,
    a_replaced_end_stops_writing,
    a_row_forged_behind_the_end_stops_writing,
    a_row_forged_at_the_last_place_stops_writing,
    a_row_forged_before_the_first_is_found_while_idle,
    changes_that_share_a_commit_follow_each_other,
    what_is_there_is_still_shown,
    what_is_remembered_moves_forward,
);
on_sqlite!(a_commit_that_fails_is_not_remembered);
