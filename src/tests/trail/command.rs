//! Commands in processes of their own, beside a running server: `ostiary audit accept` as the way out, and what it means for each server.

use ostiary::app::{
    AppError,
    accept_audit::{Accepted, accept_audit},
    health::is_ready,
    verify_audit::{Verdict, verify_audit},
};

use super::{last, stopped};
use crate::harness::{TestApp, company::ask};

/// A failover lost the tail: both servers stopped. The trail is accepted for the anchor of each, each is started again, and they go on.
async fn a_lost_tail_is_accepted_for_each_server(test: &TestApp) {
    let cast = test.cast().await;
    let other = test.another_node().await;
    test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
    other.look_at_trail().await.unwrap();
    other.write_anchor();
    let end = last(test).await;
    test.database.tamper(&format!("delete from audit_events where seq > {}", end - 2)).await;
    for app in [&test.app, &other] {
        stopped(test, app, &cast).await;
    }
    let one = test.to_verify("key.anchor").await;
    assert_eq!(accept_audit(&one, "run").await.unwrap(), Accepted::Anew { last: end - 2, seq: end - 1 });
    one.store.close().await;
    // Those that saw the other trail go on refusing.
    for app in [&test.app, &other] {
        stopped(test, app, &cast).await;
        app.write_anchor();
    }
    let one = test.restart().await.unwrap();
    let refused = test.restart_with("another.anchor").await;
    assert!(matches!(refused.err(), Some(AppError::AuditTampered(Verdict::Cut { .. }))));
    let two = test.to_verify("another.anchor").await;
    assert_eq!(accept_audit(&two, "run").await.unwrap(), Accepted::Anew { last: end - 1, seq: end });
    two.store.close().await;
    let two = test.restart_with("another.anchor").await.unwrap();
    // The first one follows what the second command wrote, and each what the other one does.
    for app in [&one, &two, &one] {
        let wrong = crate::harness::signing_in::sign_in_as_usual(app, "nobody@contoso.example", "a wrong one").await;
        assert_eq!(crate::harness::codes(wrong), ["WrongCredentials"]);
        assert_eq!(app.integrity().stopped(), None);
    }
    for app in [&one, &two] {
        app.look_at_trail().await.unwrap();
        app.write_anchor();
        assert_eq!(verify_audit(app).await.unwrap(), Verdict::Intact { rows: end + 3 });
        is_ready(app).await.unwrap();
        app.store.close().await;
    }
    other.store.close().await;
}

/// A command that records something beside a running server does not stop it.
async fn a_command_beside_a_running_server_is_followed(test: &TestApp) {
    let cast = test.cast().await;
    let end = last(test).await;
    std::fs::remove_file(test.database.folder.path().join("key.anchor")).unwrap();
    let command = test.to_verify("key.anchor").await;
    assert_eq!(accept_audit(&command, "run").await.unwrap(), Accepted::Anew { last: end, seq: end + 1 });
    command.store.close().await;
    test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
    assert_eq!(test.integrity().stopped(), None);
    test.assert_intact().await;
}

/// What could not be anchored is not recorded either.
async fn accepting_adds_nothing_where_the_anchor_cannot_be_written(test: &TestApp) {
    test.cast().await;
    let end = last(test).await;
    let folder = test.database.folder.path();
    std::fs::remove_file(folder.join("key.anchor")).unwrap();
    std::fs::create_dir(folder.join("key.new")).unwrap();
    let command = test.to_verify("key.anchor").await;
    assert!(matches!(accept_audit(&command, "run").await, Err(AppError::Io(_))));
    assert_eq!(last(test).await, end);
    std::fs::remove_dir(folder.join("key.new")).unwrap();
    accept_audit(&command, "run").await.unwrap();
    command.store.close().await;
}

on_both_engines!(
    a_lost_tail_is_accepted_for_each_server,
    a_command_beside_a_running_server_is_followed,
    accepting_adds_nothing_where_the_anchor_cannot_be_written,
);
