//! Whoever owns the database alone cannot rewrite history: every change of the trail behind the app's back is found.

use ostiary::{
    app::{
        AppError,
        accept_audit::{Accepted, accept_audit},
        anchor::{Anchor, AnchorState},
        read_audit::{Scope, list_audit, show_event, show_timeline},
        verify_audit::{Verdict, verify_audit},
    },
    domain::{
        audit::{Activity, Outcome},
        audit_filter::Filter,
        time::Span,
    },
};

use crate::harness::{
    TestApp, codes,
    company::{ask, role},
};

/// A trail with events of many kinds; answers with its length.
async fn trail(test: &TestApp) -> i64 {
    let cast = test.cast().await;
    let request = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    test.approve(&cast.approvers[0], &request).await.unwrap();
    let _refused = test.deny(&cast.approvers[1], &request).await.unwrap_err();
    test.advance(Span::hours(2));
    test.assign_active(&role("Reports Reader"), &cast.tess, None).await;
    i64::try_from(test.events().await.len()).unwrap()
}

async fn verdict(test: &TestApp) -> Verdict {
    verify_audit(test).await.unwrap()
}

async fn an_untouched_trail_is_intact_and_complete(test: &TestApp) {
    assert_eq!(verdict(test).await, Verdict::Intact { rows: 0 });
    let rows = trail(test).await;
    assert_eq!(verdict(test).await, Verdict::Intact { rows });
    let events = test.events().await;
    assert!(events.iter().zip(1..).all(|(event, seq)| event.seq == seq), "numbered from 1 without a gap");
    assert!(events.is_sorted_by_key(|event| event.at));
    let refused = events.iter().find(|event| event.activity == Activity::RequestDenied).unwrap();
    assert_eq!(refused.outcome, Outcome::Refused, "a refused attempt is on record");
    test.restart().await.unwrap();
}

/// Every column of a row counts, the number and the hash included.
async fn changing_anything_in_a_row_is_found(test: &TestApp) {
    trail(test).await;
    let row = "where seq = 12";
    let other = "0190a3c2-7b4e-7000-8000-0123456789ab";
    for change in [
        "at = at + 1".to_owned(),
        "action = 'RequestDenied'".to_owned(),
        "action = 'NoSuchThing'".to_owned(),
        "outcome = 'Refused'".to_owned(),
        format!("id = '{other}'"),
        "actor_id = null".to_owned(),
        format!("actor_id = '{other}'"),
        "actor_name = 'Somebody Else'".to_owned(),
        format!("role_id = '{other}'"),
        "role_name = role_name || ' '".to_owned(),
        "subject_id = null, subject_name = subject_name".to_owned(),
        "subject_name = 'Somebody Else'".to_owned(),
        format!("request_id = '{other}'"),
        "reason = 'A better one'".to_owned(),
        "ticket_number = 'INC-1'".to_owned(),
        "ticket_system = 'ServiceNow'".to_owned(),
        "details = '[[\"ends_at\",\"\",\"never\"]]'".to_owned(),
        "details = 'not json'".to_owned(),
        "search_key = 'nothing to find here'".to_owned(),
        "trace_id = 'another'".to_owned(),
        "hash = upper(hash)".to_owned(),
        "hash = ''".to_owned(),
    ] {
        test.database.tamper(&format!("create table kept as select * from audit_events {row}")).await;
        test.database.tamper(&format!("update audit_events set {change} {row}")).await;
        let found = verdict(test).await;
        assert!(matches!(found, Verdict::Broken { seq: 12, .. }), "{change}: {found:?}");
        test.database.tamper(&format!("delete from audit_events {row}")).await;
        test.database.tamper("insert into audit_events select * from kept").await;
        test.database.tamper("drop table kept").await;
        assert!(matches!(verdict(test).await, Verdict::Intact { .. }), "{change}");
    }
}

async fn deleting_a_row_is_found_wherever_it_was(test: &TestApp) {
    let rows = trail(test).await;
    for seq in [1, 9, rows - 1] {
        test.database.tamper(&format!("create table kept as select * from audit_events where seq = {seq}")).await;
        test.database.tamper(&format!("delete from audit_events where seq = {seq}")).await;
        assert_eq!(verdict(test).await, Verdict::Broken { seq, problem: "it is missing" });
        // Closing the gap does not help: each row carries its place.
        test.database.tamper(&format!("update audit_events set seq = -seq where seq > {seq}")).await;
        test.database.tamper("update audit_events set seq = -seq - 1 where seq < 0").await;
        assert!(matches!(verdict(test).await, Verdict::Broken { seq: found, .. } if found == seq));
        test.database.tamper(&format!("update audit_events set seq = -seq where seq >= {seq}")).await;
        test.database.tamper("update audit_events set seq = -seq + 1 where seq < 0").await;
        test.database.tamper("insert into audit_events select * from kept").await;
        test.database.tamper("drop table kept").await;
        assert_eq!(verdict(test).await, Verdict::Intact { rows });
    }
}

async fn swapping_two_rows_is_found(test: &TestApp) {
    trail(test).await;
    for statement in ["seq = -1 where seq = 9", "seq = 9 where seq = 10", "seq = 10 where seq = -1"] {
        test.database.tamper(&format!("update audit_events set {statement}")).await;
    }
    assert!(matches!(verdict(test).await, Verdict::Broken { seq: 9, .. }));
}

async fn inserting_a_row_is_found(test: &TestApp) {
    let rows = trail(test).await;
    test.database.tamper("create table forged as select * from audit_events where seq = 9").await;
    let id = "0190a3c2-7b4e-7000-8000-0123456789ab";
    test.database.tamper(&format!("update forged set seq = {}, id = '{id}'", rows + 1)).await;
    test.database.tamper("insert into audit_events select * from forged").await;
    assert!(matches!(verdict(test).await, Verdict::Broken { seq, .. } if seq == rows + 1));
}

/// The rows that are left are intact, but the anchor beside the key remembers more; and the server does not start on them.
async fn cutting_the_tail_is_found_by_the_anchor_and_stops_the_server(test: &TestApp) {
    let rows = trail(test).await;
    test.restart().await.unwrap();
    for left in [rows - 1, 3, 0] {
        test.database.tamper(&format!("delete from audit_events where seq > {left}")).await;
        assert_eq!(verdict(test).await, Verdict::Cut { last: left, anchored: rows });
        assert!(matches!(test.restart().await, Err(AppError::AuditTampered(Verdict::Cut { .. }))));
    }
}

/// The chain begins with event 1. A row before it is nowhere shown, and the server does not start.
async fn a_row_before_the_first_is_found_and_never_shown(test: &TestApp) {
    let rows = trail(test).await;
    let admin = test.admin().await;
    let id = "0190a3c2-7b4e-7000-8000-0123456789ab";
    for seq in [0, -5, i64::MIN] {
        test.database.tamper("create table forged as select * from audit_events where request_id is not null").await;
        test.database.tamper("delete from forged where seq <> (select min(seq) from forged)").await;
        test.database.tamper(&format!("update forged set seq = {seq}, id = '{id}', reason = 'forged'")).await;
        test.database.tamper("insert into audit_events select * from forged").await;
        assert!(matches!(verdict(test).await, Verdict::Broken { seq: found, .. } if found == seq));
        let AppError::AuditTampered(found) = test.restart().await.err().unwrap() else { panic!("another error") };
        assert_eq!(found, verdict(test).await);

        let filter = Filter { text: "forged".to_owned(), ..Filter::default() };
        let listed = list_audit(test, &admin, Scope::Resource, &filter, None, 50).await.unwrap();
        assert_eq!(listed.lines, []);
        assert_eq!(codes(show_event(test, &admin, Scope::Resource, seq).await), ["NotFound"]);
        let request = test.events().await.into_iter().find_map(|event| event.request).unwrap();
        let steps = show_timeline(test, &admin, &request).await.unwrap();
        assert!(steps.iter().all(|step| step.seq >= 1));
        test.database.tamper("drop table forged").await;
        test.database.tamper("delete from audit_events where seq < 1").await;
    }
    assert_eq!(verdict(test).await, Verdict::Intact { rows });
    test.restart().await.unwrap();
}

/// A process that was killed between the commit and the anchor leaves the anchor behind; the next start brings it up to the end, when
/// what it does not vouch for holds.
async fn an_anchor_that_lags_is_brought_up_at_the_start(test: &TestApp) {
    let anchor = test.database.folder.path().join("key.anchor");
    let cast = test.cast().await;
    let lagging = std::fs::read_to_string(&anchor).unwrap();
    test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
    let (rows, reached) =
        (i64::try_from(test.events().await.len()).unwrap(), std::fs::read_to_string(&anchor).unwrap());
    assert_ne!(lagging, reached);
    std::fs::write(&anchor, &lagging).unwrap();
    test.restart().await.unwrap();
    assert_eq!(std::fs::read_to_string(&anchor).unwrap(), reached);

    std::fs::write(&anchor, &lagging).unwrap();
    test.database.tamper(&format!("update audit_events set reason = 'another' where seq = {rows}")).await;
    let refused = test.restart().await.err();
    assert!(
        matches!(refused, Some(AppError::AuditTampered(Verdict::Broken { seq, .. })) if seq == rows),
        "{refused:?}"
    );
    assert_eq!(std::fs::read_to_string(&anchor).unwrap(), lagging, "a trail that does not hold is not anchored");
}

/// Restoring an older backup looks like a cut. Whoever did it says so, and the trail says that they did.
async fn a_restored_trail_goes_on_when_that_is_said(test: &TestApp) {
    let rows = trail(test).await;
    let command = test.to_verify("key.anchor").await;
    assert!(matches!(accept_audit(&command, "run").await.unwrap(), Accepted::Needless(_)));
    test.database.tamper(&format!("delete from audit_events where seq > {}", rows - 2)).await;
    assert!(test.restart().await.is_err());
    assert_eq!(accept_audit(&command, "run").await.unwrap(), Accepted::Anew { last: rows - 2, seq: rows - 1 });
    assert_eq!(verdict(test).await, Verdict::Intact { rows: rows - 1 });
    test.restart().await.unwrap();
    let event = test.events().await.pop().unwrap();
    assert_eq!((event.activity, event.actor, event.actor_name.as_str()), (Activity::AuditAccepted, None, "Ostiary"));
    let after: Vec<&str> = event.changes.iter().map(|change| change.after.as_str()).collect();
    assert_eq!(after, [(rows - 2).to_string(), format!("Event {rows}")]);

    // Another trail under the same key is named as what it is.
    let anchor = test.database.folder.path().join("key.anchor");
    let hash = "0".repeat(64);
    std::fs::remove_file(&anchor).unwrap();
    Anchor::open(anchor.clone(), &test.key.keys().chain).unwrap().advance(&test.key.keys().chain, 3, &hash).unwrap();
    assert_eq!(verdict(test).await, Verdict::Contradicted { seq: 3 });
    test.database.tamper("update audit_events set reason = 'another' where seq = 2").await;
    assert!(matches!(accept_audit(&command, "run").await.unwrap(), Accepted::Refused(Verdict::Broken { seq: 2, .. })));
    assert_eq!(test.events().await.len(), usize::try_from(rows - 1).unwrap(), "nothing was recorded");
    command.store.close().await;
}

async fn an_anchor_that_was_taken_away_or_forged_stops_the_server(test: &TestApp) {
    let rows = trail(test).await;
    let anchor = test.database.folder.path().join("key.anchor");
    let text = std::fs::read_to_string(&anchor).unwrap();
    std::fs::remove_file(&anchor).unwrap();
    assert_eq!(verdict(test).await, Verdict::AnchorMissing);
    assert!(matches!(test.restart().await, Err(AppError::AuditTampered(Verdict::AnchorMissing))));
    for forged in [text.replacen(&format!(" {rows} "), " 2 ", 1), "\n".to_owned(), "ostiary-anchor-1 2\n".to_owned()] {
        std::fs::write(&anchor, forged).unwrap();
        assert_eq!(verdict(test).await, Verdict::AnchorUnsigned);
        assert!(matches!(test.restart().await, Err(AppError::AuditTampered(Verdict::AnchorUnsigned))));
    }
    std::fs::write(&anchor, text).unwrap();
    test.restart().await.unwrap();
    assert_eq!(verdict(test).await, Verdict::Intact { rows });
}

/// A disk that has no room for the anchor does not make a lie of what was committed; the next commit writes it.
async fn an_anchor_that_cannot_be_written_does_not_undo_what_was_done(test: &TestApp) {
    trail(test).await;
    let (folder, away) = (test.database.folder.path().join("key.new"), test.database.folder.path().join("x"));
    std::fs::create_dir(&folder).unwrap();
    let uma = test.user("Uma Roy").await;
    let id = test.assign_eligible(&role("Security Reader"), &uma, None).await;
    std::fs::rename(&folder, away).unwrap();
    test.activate(&uma, &id, ask("1")).await.unwrap();
    test.assert_intact().await;
    test.restart().await.unwrap();
    assert_eq!(test.anchor.failing_since(), None);
}

/// Two copies of the server, each with its own anchor, write one chain.
async fn several_copies_of_the_server_write_one_chain(test: &TestApp) {
    let cast = test.cast().await;
    let other = test.another_node().await;
    for _ in 0..5 {
        let request = test.activate(&cast.tess, &cast.eligibility, ask("0.5")).await.unwrap().request;
        let decide = ostiary::app::decide_request::decide_request;
        let yes = ostiary::domain::request::Verdict::Approve;
        decide(&other, &test.caller(&cast.approvers[0]), &request, yes, "fine").await.unwrap();
        test.advance(Span::minutes(30));
    }
    test.assert_intact().await;
    let rows = i64::try_from(test.events().await.len()).unwrap();
    assert_eq!(verify_audit(&other).await.unwrap(), Verdict::Intact { rows });
    other.store.close().await;
}

/// The anchor only ever moves forward.
async fn a_shorter_trail_never_replaces_a_longer_anchor(test: &TestApp) {
    let rows = trail(test).await;
    let path = test.database.folder.path().join("key.anchor");
    let before = std::fs::read_to_string(&path).unwrap();
    let chain = test.key.keys().chain;
    let anchor = Anchor::open(path.clone(), &chain).unwrap();
    let hash = "0".repeat(64);
    anchor.advance(&chain, rows - 1, &hash).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), before);
    // Whoever came further writes, and nobody else.
    anchor.announce(rows + 2);
    anchor.advance(&chain, rows + 1, &hash).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), before);
    anchor.advance(&chain, rows + 2, &hash).unwrap();
    assert_eq!(anchor.read(&chain).unwrap(), AnchorState::At { seq: rows + 2, hash });
}

on_both_engines!(
    an_untouched_trail_is_intact_and_complete,
    changing_anything_in_a_row_is_found,
    deleting_a_row_is_found_wherever_it_was,
    swapping_two_rows_is_found,
    inserting_a_row_is_found,
    a_row_before_the_first_is_found_and_never_shown,
    an_anchor_that_lags_is_brought_up_at_the_start,
    a_restored_trail_goes_on_when_that_is_said,
    cutting_the_tail_is_found_by_the_anchor_and_stops_the_server,
    an_anchor_that_was_taken_away_or_forged_stops_the_server,
    an_anchor_that_cannot_be_written_does_not_undo_what_was_done,
    several_copies_of_the_server_write_one_chain,
    a_shorter_trail_never_replaces_a_longer_anchor,
);
