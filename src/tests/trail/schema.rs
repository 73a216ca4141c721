//! The schema is changed under a running server: by what swallows rows, by what stands in the place of a table, by what hides rows.

use ostiary::{
    app::{
        AppError,
        integrity::StopReason,
        verify_audit::{Verdict, check_slowly, verify_audit},
    },
    store::{self, Store, StoreError, statements::Statements},
};

use super::{reason, stopped};
use crate::harness::{Engine, TestApp, codes, company::ask, database::fresh_postgres};

/// A trigger that leaves out what one person does.
fn swallowing(engine: Engine, person: &str) -> Vec<String> {
    match engine {
        Engine::Sqlite => vec![format!(
            "create trigger t before insert on audit_events when new.actor_id = '{person}' begin select raise(ignore); end"
        )],
        Engine::Postgres => vec![
            "create function f() returns trigger language plpgsql as $$ begin return null; end $$".to_owned(),
            format!(
                "create trigger t before insert on audit_events for each row when (new.actor_id = '{person}') execute function f()"
            ),
        ],
    }
}

/// The schema is another one, and this object is named.
#[track_caller]
fn is_named(reason: &StopReason, object: &str) {
    assert!(matches!(reason, StopReason::Schema(change) if change.contains(object)), "{reason:?}");
}

async fn a_trigger_that_swallows_rows_stops_writing(test: &TestApp) {
    let cast = test.cast().await;
    for statement in swallowing(test.database.engine, cast.tess.as_str()) {
        test.database.tamper(&statement).await;
    }
    let reason = stopped(test, test, &cast).await;
    assert!(matches!(reason, StopReason::Schema(_)), "{reason:?}");
    assert!(matches!(verify_audit(test).await.unwrap(), Verdict::Schema(_)));
    assert!(matches!(test.restart().await.err(), Some(AppError::AuditTampered(Verdict::Schema(_)))));
}

/// Whatever takes rows away without a word, and however it came there: what was written is counted.
async fn rows_that_are_swallowed_are_counted(test: &TestApp) {
    test.admin().await;
    let stored: Vec<_> = {
        let mut db = test.store.read().await.unwrap();
        let rows = store::audit::list_from(&mut db, 0, 100).await.unwrap();
        rows.into_iter().map(|row| row.unwrap()).collect()
    };
    let copies: Vec<_> = (100..)
        .zip(stored.iter().cycle().take(3))
        .map(|(seq, row)| {
            let mut row = row.clone();
            row.event.seq = seq;
            row.event.id = ostiary::domain::ids::EventId::parse(&test.new_id(test.now())).unwrap();
            row
        })
        .collect();
    for statement in swallowing(test.database.engine, copies[1].event.actor.as_ref().map_or("", |user| user.as_str())) {
        test.database.tamper(&statement).await;
    }
    let swallowed = copies.iter().filter(|row| row.event.actor == copies[1].event.actor).count();
    let mut statements = Statements::default();
    store::audit::add_all(&mut statements, &copies);
    let mut tx = test.store.write().await.unwrap();
    let error = statements.run(&mut tx).await.unwrap_err();
    let expected = u64::try_from(if copies[1].event.actor.is_some() { swallowed } else { 0 }).unwrap();
    assert!(
        matches!(error, StoreError::Swallowed { written: 3, missing } if missing == expected && missing > 0),
        "{error:?}, {expected}"
    );
}

async fn a_view_in_the_place_of_the_table_stops_writing(test: &TestApp) {
    let cast = test.cast().await;
    test.database.tamper("alter table audit_events rename to real_events").await;
    test.database.tamper("create view audit_events as select * from real_events where actor_name <> 'Tess Ng'").await;
    assert!(matches!(stopped(test, test, &cast).await, StopReason::Schema(_)));
    let verdict = verify_audit(test).await.unwrap();
    assert!(matches!(verdict, Verdict::Schema(_)), "{verdict:?}");
    assert!(test.restart().await.is_err());
}

async fn a_table_that_is_gone_stops_writing(test: &TestApp) {
    let cast = test.cast().await;
    test.database.tamper("alter table audit_events rename to real_events").await;
    let activated = test.activate(&cast.tess, &cast.eligibility, ask("1")).await;
    assert_eq!(codes(activated), ["WritingStopped"]);
    assert!(matches!(reason(test), StopReason::Schema(_)));
}

async fn a_dropped_index_stops_writing(test: &TestApp) {
    let cast = test.cast().await;
    test.database.tamper("drop index audit_by_role").await;
    if test.database.engine == Engine::Postgres {
        assert_eq!(codes(test.check_schema().await), ["WritingStopped"]);
    }
    is_named(&stopped(test, test, &cast).await, "index audit_by_role is missing");
}

/// What is nobody's of this release: the whole of the schema counts, not the audit's table alone.
async fn each_change_of_the_schema_is_named(test: &TestApp) {
    let both = [
        ("create table kept (a bigint)", "drop table kept", "table kept"),
        ("create view seen as select * from users", "drop view seen", "view seen"),
        ("create index more on users (enabled)", "drop index more", "index more"),
        ("alter table groups add column extra text", "alter table groups drop column extra", "groups"),
    ];
    let sqlite = [(
        "create trigger t after update on users begin update users set enabled = 1; end",
        "drop trigger t",
        "trigger t",
    )];
    let postgres = [
        ("create rule r as on delete to sessions do instead nothing", "drop rule r on sessions", "rule sessions.r"),
        ("alter table users enable row level security", "alter table users disable row level security", "table users"),
        ("create policy p on users using (enabled = 1)", "drop policy p on users", "policy users.p"),
        ("create function f() returns bigint language sql as 'select 1'", "drop function f()", "function f()"),
        (
            "alter table groups add column g bigint generated always as (1) stored",
            "alter table groups drop column g",
            "column groups.g",
        ),
        (
            "alter table users alter column enabled set default 1",
            "alter table users alter column enabled drop default",
            "column users.enabled",
        ),
        ("create schema aside", "drop schema aside", ""),
        ("alter table users disable trigger all", "alter table users enable trigger all", "constraint on users"),
        ("create table child () inherits (users)", "drop table child", "child"),
    ];
    let of_engine: &[_] = if test.database.engine == Engine::Sqlite { &sqlite } else { &postgres };
    for (change, back, object) in both.iter().chain(of_engine) {
        test.database.tamper(change).await;
        let found = store::schema::find_change(&mut test.store.read().await.unwrap()).await.unwrap();
        if object.is_empty() {
            assert_eq!(found, None, "{change}");
        } else {
            assert!(found.as_ref().is_some_and(|found| found.contains(object)), "{change}: {found:?}");
        }
        test.database.tamper(back).await;
        let found = store::schema::find_change(&mut test.store.read().await.unwrap()).await.unwrap();
        assert_eq!(found, None, "{back}");
    }
}

/// What only tidies changes nothing, whatever number it changes.
async fn tidying_by_an_operator_is_no_change(test: &TestApp) {
    let cast = test.cast().await;
    for statement in ["vacuum", "analyze", "reindex index audit_by_role"] {
        let statement =
            if test.database.engine == Engine::Sqlite { statement.replace(" index", "") } else { statement.to_owned() };
        test.database.tamper(&statement).await;
        test.check_schema().await.unwrap();
    }
    test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
    test.restart().await.unwrap();
}

/// A row that some index does not know is on no page that is read by it, and the chain holds.
async fn a_row_that_an_index_does_not_find_is_noticed(test: &TestApp) {
    test.cast().await;
    test.database.tamper("create table kept as select * from audit_events where seq = 5").await;
    test.database.tamper("delete from audit_events where seq = 5").await;
    match test.database.engine {
        Engine::Sqlite => {
            let lines = "from sqlite_master where name = 'audit_by_role'";
            test.database.tamper(&format!("create table lines as select * {lines}")).await;
            test.database
                .tamper(&format!(
                    "pragma writable_schema = on; delete {lines}; pragma schema_version = 90001; pragma writable_schema = reset; \
                     insert into audit_events select * from kept; pragma writable_schema = on; \
                     insert into sqlite_master select * from lines; pragma schema_version = 90002; pragma writable_schema = off"
                ))
                .await;
            test.database.tamper("drop table lines").await;
        }
        Engine::Postgres => {
            let switch =
                |to| format!("update pg_index set indisready = {to} where indexrelid = 'audit_by_role'::regclass");
            test.database.tamper(&switch(false)).await;
            test.database.tamper("insert into audit_events select * from kept").await;
            test.database.tamper(&switch(true)).await;
        }
    }
    test.database.tamper("drop table kept").await;
    let found = check_slowly(test).await.unwrap();
    assert!(
        matches!(&found, Verdict::Hidden { index } if index == "audit_by_role")
            || matches!(&found, Verdict::Damaged(said) if said.contains("audit_by_role")),
        "{found:?}"
    );
    assert!(test.integrity().stopped().is_some());
}

/// The list of what the migrations make on PostgreSQL. `GOLDEN=write` writes it anew.
#[tokio::test]
async fn the_list_for_postgres_is_that_of_the_migrations() {
    let url = fresh_postgres("schema_of_migrations").await;
    let store = Store::open(&url).await.unwrap();
    let found = store::schema::read(&mut store.read().await.unwrap()).await.unwrap().lines();
    store.close().await;
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/schema_postgres.snapshot");
    if std::env::var("GOLDEN").is_ok_and(|value| value == "write") {
        std::fs::write(&path, &found).unwrap();
    }
    assert!(
        found.contains("index audit_by_role\t") && found.contains("column users.enabled\tbigint not null\n"),
        "{found}"
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), found);
}

on_both_engines!(
    a_trigger_that_swallows_rows_stops_writing,
    rows_that_are_swallowed_are_counted,
    a_view_in_the_place_of_the_table_stops_writing,
    a_table_that_is_gone_stops_writing,
    a_dropped_index_stops_writing,
    each_change_of_the_schema_is_named,
    tidying_by_an_operator_is_no_change,
    a_row_that_an_index_does_not_find_is_noticed,
);
