//! Rows held against the audit trail: an old valid row that is put back, and one that is taken away, are found by a look and by
//! `ostiary audit verify`; what Ostiary itself does never contradicts the trail.

use ostiary::{
    app::{
        compare_rows::{Contradiction, Watch, compare_rows},
        integrity::{RowFault, StopReason, record_distrusted},
        remove_assignment::remove_assignment,
        reset_password::reset_password,
        verify_audit::Verdict,
    },
    domain::{
        audit::Activity,
        ids::GroupId,
        request::Kind,
        seal::{Object, ObjectKind, Place, Sealed},
        sealed_rows::Assignable,
        time::Span,
    },
    store,
};

use sqlx::{Connection as _, Executor as _};

use super::distrusted;
use crate::harness::{
    TestApp, codes,
    company::{ask, role},
};

/// What contradicts the trail.
async fn contradictions(test: &TestApp) -> Vec<Contradiction> {
    compare_rows(test).await.unwrap().expect("the trail holds")
}

async fn an_old_row_that_is_put_back_gives_nothing_after_a_look(test: &TestApp) {
    let admin = test.admin().await;
    let tess = test.user("Tess Ng").await;
    let global = role("Global Administrator");
    let assignment = test.assign_active(&global, &tess, None).await;
    let another = test.another_node().await;
    let (mut watch, mut other_watch) = (Watch::default(), Watch::default());
    watch.look(test).await.unwrap();
    other_watch.look(&another).await.unwrap();
    let kept = test
        .database
        .texts(&format!(
            "select seal || ''', sealed_by = ' || sealed_by from assignment_schedules where id = '{assignment}'"
        ))
        .await
        .remove(0);
    test.advance(Span::minutes(10));
    remove_assignment(test, &test.caller(&admin.user), Kind::Assignment, &assignment, "").await.unwrap();
    assert!(!test.holds(&tess, &global).await);
    let put_back = format!(
        "update assignment_schedules set ended_at = null, end_reason = null, seal = '{kept} where id = '{assignment}'"
    );
    test.database.tamper(&put_back).await;
    assert!(test.holds(&tess, &global).await, "its seal holds: until the next look it gives what it gave");

    // Those that changed are looked at each time; the whole of them was looked at before.
    watch.look(test).await.unwrap();
    other_watch.look(&another).await.unwrap();
    let object = format!("assignment/{assignment}");
    for app in [&test.app, &another] {
        assert_eq!(distrusted(app), [object.as_str()]);
        let mut db = app.store.read().await.unwrap();
        assert!(app.roles_held(&mut db, &tess, app.now()).await.unwrap().is_empty());
    }
    record_distrusted(test).await.unwrap();
    record_distrusted(test).await.unwrap();
    let named: Vec<_> =
        test.events().await.into_iter().filter(|event| event.activity == Activity::RowNotTrusted).collect();
    assert_eq!(named.len(), 1, "each row is put on record once");
    assert!(named[0].subject_name.contains(assignment.as_str()), "{}", named[0].subject_name);

    let found = contradictions(test).await;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].fault, found[0].event), (RowFault::Contradicted, None));
}

async fn an_old_password_that_is_put_back_lets_nobody_in_after_a_look(test: &TestApp) {
    let admin = test.admin().await;
    let tess = test.user("Tess Ng").await;
    let mut watch = Watch::default();
    watch.look(test).await.unwrap();
    let columns = "password_hash || ''', credentials_seal = ''' || credentials_seal || ''', credentials_sealed_by = ' || credentials_sealed_by";
    let kept = test.database.texts(&format!("select {columns} from users where id = '{tess}'")).await.remove(0);
    reset_password(test, &admin, &tess).await.unwrap();
    let upn = "tess.ng@contoso.example";
    test.sign_in(upn, crate::harness::signing_in::PASSWORD).await.unwrap_err();
    test.database.tamper(&format!("update users set password_hash = '{kept} where id = '{tess}'")).await;
    watch.look(test).await.unwrap();
    assert_eq!(distrusted(test), [format!("credentials/{tess}")]);
    test.sign_in(upn, crate::harness::signing_in::PASSWORD).await.unwrap_err();
    // A new password makes whole new credentials, which are trusted at once.
    let fresh = reset_password(test, &admin, &tess).await.unwrap();
    test.sign_in(upn, &fresh).await.unwrap();
    assert_eq!(distrusted(test), Vec::<String>::new());
}

async fn a_row_that_is_taken_away_is_named_with_the_event_that_made_it(test: &TestApp) {
    let cast = test.cast().await;
    assert_eq!(contradictions(test).await, []);
    test.database.tamper(&format!("delete from group_members where user_id = '{}'", cast.approvers[0])).await;
    test.database.tamper("delete from role_approvers").await;
    test.database.tamper("delete from role_notifications").await;
    test.database.tamper("delete from role_policies").await;
    test.database
        .tamper(&format!("update eligibility_schedules set seal = null where id = '{}'", cast.eligibility))
        .await;
    test.database
        .tamper(&format!("update users set mail = 'bo@evil.example' where id = '{}'", cast.approvers[1]))
        .await;
    let found = contradictions(test).await;
    let kinds: Vec<_> = found.iter().map(|found| (found.object.kind, found.fault)).collect();
    assert_eq!(
        kinds,
        [
            (ObjectKind::Eligibility, RowFault::Unsealed),
            (ObjectKind::RoleSettings, RowFault::Gone),
            (ObjectKind::Membership, RowFault::Gone),
            (ObjectKind::Account, RowFault::WrongSeal),
        ]
    );
    let events = test.events().await;
    for found in found {
        let made = &events[usize::try_from(found.event.unwrap()).unwrap() - 1];
        assert!(made.objects.iter().any(|touched| touched.object == found.object && touched.is_sealed));
    }
    let mut watch = Watch::default();
    watch.look(test).await.unwrap();
    assert_eq!(distrusted(test).len(), 4);
}

async fn what_is_done_in_the_portal_never_contradicts_the_trail(test: &TestApp) {
    let cast = test.cast().await;
    let mut watch = Watch::default();
    watch.look(test).await.unwrap();
    let request = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    watch.look(test).await.unwrap();
    test.approve(&cast.approvers[0], &request).await.unwrap();
    watch.look(test).await.unwrap();
    test.advance(Span::days(200));
    ostiary::app::settle::settle_all(test, "trace").await.unwrap();
    watch.look(test).await.unwrap();
    assert_eq!(distrusted(test), Vec::<String>::new());
    assert_eq!(contradictions(test).await, []);
}

/// Somebody who deletes saved settings does not bring back the defaults, which may ask for less.
async fn settings_that_are_deleted_give_nothing_until_they_are_saved_anew(test: &TestApp) {
    let cast = test.cast().await;
    for table in ["role_approvers", "role_notifications", "role_policies"] {
        test.database.tamper(&format!("delete from {table} where role_id = '{}'", cast.role.as_str())).await;
    }
    assert_eq!(codes(test.activate(&cast.tess, &cast.eligibility, ask("1")).await), ["ChangedOutside"]);
    assert_eq!(distrusted(test), [format!("settings/{}", cast.role)]);
    test.policy(&cast.role, |_| {}).await;
    test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
    assert_eq!(distrusted(test), Vec::<String>::new());
}

/// A seal of an event that was never written on this trail: a row from before a restore. Its number may have been given again since,
/// to an event that changed the row, too.
async fn a_row_of_a_lost_event_gives_nothing_after_a_look(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    let stored =
        async || store::users::find_account(&mut test.store.read().await.unwrap(), &tess).await.unwrap().unwrap();
    let place = stored().await.seal().unwrap().place;
    let account = test.open(stored().await).unwrap();
    for lost in [Place::after(9_999, &"ab".repeat(32)), Place::after(place.seq - 1, &"ab".repeat(32))] {
        let seal = test.keys.seals.make(&account, lost);
        let text = seal.text();
        let put_back = format!("update users set seal = '{text}', sealed_by = {} where id = '{tess}'", lost.seq);
        test.database.tamper(&put_back).await;
        // The seal itself holds: Ostiary made it.
        assert_eq!(stored().await.seal(), Some(&seal));
        assert!(test.keys.seals.holds(&account, &seal));
        let found = contradictions(test).await;
        assert_eq!(found.iter().map(|found| found.object.to_string()).collect::<Vec<_>>(), [format!("account/{tess}")]);
        Watch::default().look(test).await.unwrap();
        assert_eq!(distrusted(test), [format!("account/{tess}")]);
    }
}

/// However many rows somebody forges: what contradicts the trail is found beside them.
async fn ten_thousand_forged_rows_hide_no_old_one(test: &TestApp) {
    let cast = test.cast().await;
    let reader = role("Reports Reader");
    let assignment = test.assign_active(&reader, &cast.tess, None).await;
    let row = format!("from assignment_schedules where id = '{assignment}'");
    let seal = test.database.texts(&format!("select seal || ''', sealed_by = ' || sealed_by {row}")).await.remove(0);
    test.advance(Span::minutes(10));
    remove_assignment(test, &test.admin().await, Kind::Assignment, &assignment, "").await.unwrap();
    for number in 0..10_050 {
        let group = GroupId::parse(&format!("00000000-0000-7000-8000-{number:012}")).unwrap();
        assert_eq!(test.open(Sealed::read(Assignable { group, role_assignable: true }, None)), None);
    }
    let put_back = format!(
        "update assignment_schedules set ended_at = null, end_reason = null, seal = '{seal} where id = '{assignment}'"
    );
    test.database.tamper(&put_back).await;
    assert!(test.holds(&cast.tess, &reader).await, "until the next look");
    Watch::default().look(test).await.unwrap();
    assert!(!test.holds(&cast.tess, &reader).await);
}

/// Somebody who deletes the settings also hides that they were ever saved, from every question that is put to the database.
async fn settings_whose_event_is_hidden_too_give_nothing_once_the_trail_was_followed(test: &TestApp) {
    let cast = test.cast().await;
    Watch::default().look(test).await.unwrap();
    for table in ["role_approvers", "role_notifications", "role_policies"] {
        test.database.tamper(&format!("delete from {table} where role_id = '{}'", cast.role.as_str())).await;
    }
    let saved = format!("where action = 'SettingsUpdated' and role_id = '{}'", cast.role);
    test.database.tamper(&format!("update audit_events set action = 'Hidden' {saved}")).await;
    assert_eq!(codes(test.activate(&cast.tess, &cast.eligibility, ask("1")).await), ["ChangedOutside"]);
}

/// A text that is none cannot be passed over: nobody can ask for the rows behind it. Writing stops, and the check names it.
async fn a_text_that_is_none_counts_as_damage(test: &TestApp) {
    let cast = test.cast().await;
    let statement = format!(
        "insert into recovery_codes (id, user_id, code_hash, created_at) values (cast(x'21fffe' as text), '{}', 'x', 0)",
        cast.tess
    );
    test.database.tamper(&statement).await;
    assert!(matches!(compare_rows(test).await.unwrap(), Err(Verdict::Damaged(_))));
    let looked = Watch::default().look(test).await;
    test.note_failure(&looked.unwrap_err());
    assert!(matches!(test.integrity().stopped().unwrap().reason, StopReason::Damaged(_)));
}

/// A table that somebody locks ends the look, which then counts as failed; it does not hang without a word.
async fn a_locked_table_does_not_hold_a_look_for_ever(test: &TestApp) {
    test.cast().await;
    sqlx::any::install_default_drivers();
    let mut other = sqlx::AnyConnection::connect(&test.database.url).await.unwrap();
    other.execute("begin").await.unwrap();
    other.execute("lock table recovery_codes in access exclusive mode").await.unwrap();
    let looked = tokio::time::timeout(std::time::Duration::from_mins(1), Watch::default().look(test)).await;
    assert!(looked.expect("it ends").is_err());
    other.close().await.unwrap();
}

/// The owner of the database can have functions and operators of their own found before the engine's; not by Ostiary's questions.
async fn operators_of_somebody_else_are_not_found(test: &TestApp) {
    test.cast().await;
    for statement in [
        "create schema evil",
        "create function evil.never(text, text) returns boolean language sql as 'select false'",
        "create operator evil.~~ (leftarg = text, rightarg = text, function = evil.never)",
        "do $$ begin execute 'alter database ' || current_database() || ' set search_path = public, evil, pg_catalog'; end $$",
    ] {
        test.database.tamper(statement).await;
    }
    let question = "select cast('found' as text) as found where 'abc' like 'a%'";
    assert_eq!(test.database.texts(question).await, Vec::<String>::new(), "the attack works");
    let started = test.another_node().await;
    let found = sqlx::query(question).fetch_all(&mut *started.store.read().await.unwrap()).await.unwrap();
    assert_eq!(found.len(), 1);
    started.store.close().await;
}

/// At Health a row is called by the names of its person and its role.
async fn a_row_of_every_kind_has_a_name(test: &TestApp) {
    let cast = test.cast().await;
    test.assign_active(&role("Reports Reader"), &cast.tess, None).await;
    test.keep_password(&cast.tess).await;
    test.enrol(&test.caller(&cast.tess)).await;
    test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
    test.group("Auditors", &[&cast.tess]).await;
    let mut db = test.store.read().await.unwrap();
    let mut names = Vec::new();
    for kind in ObjectKind::ALL {
        let rows = store::sealed_rows::list(&mut db, *kind, "", 100).await.unwrap();
        assert!(!rows.is_empty(), "{kind:?}");
        for row in rows {
            names.push(store::sealed_rows::name_of(&mut db, &row.object).await.unwrap().expect("a name"));
        }
    }
    for name in ["Tess Ng in Auditors", "Auditors", "Tess Ng", "Reports Reader for Tess Ng"] {
        assert!(names.iter().any(|known| known == name), "{name}: {names:?}");
    }
    let gone = Object::new(ObjectKind::Group, "00000000-0000-7000-8000-000000000001");
    assert_eq!(store::sealed_rows::name_of(&mut db, &gone).await.unwrap(), None);
}

/// A row that nobody can read is named, and hides no other.
async fn a_row_that_cannot_be_read_hides_no_other(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    let bo = test.user("Bo Lindqvist").await;
    test.assign_active(&role("Reports Reader"), &tess, None).await;
    let id = "00000000-0000-7000-8000-000000000001";
    for (id, role) in [("x'78'", "'zzz'"), (&format!("'{id}'"), "'yyy'")] {
        test.database
            .tamper(&format!(
                "pragma foreign_keys = off; insert into assignment_schedules (id, role_id, principal_id, request_id, assignment_type, created_by, created_at, \
                 starts_at, seal, sealed_by) select {id}, {role}, 'zzz', request_id, assignment_type, created_by, created_at, \
                 starts_at, seal, 'nonsense' from assignment_schedules where principal_id = '{tess}'"
            ))
            .await;
    }
    test.database.tamper(&format!("update users set enabled = 0 where id = '{bo}'")).await;
    let named: Vec<_> = contradictions(test).await.iter().map(|found| found.object.to_string()).collect();
    assert_eq!(named, [format!("assignment/{id}"), "assignment/?".to_owned(), format!("account/{bo}")]);
    Watch::default().look(test).await.unwrap();
    assert_eq!(distrusted(test).len(), 3);
}

on_sqlite!(a_row_that_cannot_be_read_hides_no_other);

on_both_engines!(
    settings_that_are_deleted_give_nothing_until_they_are_saved_anew,
    a_row_of_a_lost_event_gives_nothing_after_a_look,
    a_row_of_every_kind_has_a_name,
    ten_thousand_forged_rows_hide_no_old_one,
    settings_whose_event_is_hidden_too_give_nothing_once_the_trail_was_followed,
    an_old_row_that_is_put_back_gives_nothing_after_a_look,
    an_old_password_that_is_put_back_lets_nobody_in_after_a_look,
    a_row_that_is_taken_away_is_named_with_the_event_that_made_it,
    what_is_done_in_the_portal_never_contradicts_the_trail,
);
on_sqlite!(a_text_that_is_none_counts_as_damage);
on_postgres!(a_locked_table_does_not_hold_a_look_for_ever, operators_of_somebody_else_are_not_found);
