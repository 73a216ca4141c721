//! The key is replaced by a new one: everything goes on under it, nothing under the old one, and an interruption at any step is finished
//! by the next run.

use std::{path::Path, process::Command};

use ostiary::{
    app::{
        App, AppError,
        compare_rows::compare_rows,
        confirm_mfa::confirm_mfa,
        crypto::KeyFile,
        ports::{OsRandom, SeededRandom, random_bytes},
        rotate_key::{fits, rotate_key, sign_anchor_anew},
        verify_audit::{Verdict, verify_audit},
    },
    domain::{audit::Activity, time::Span},
    store,
};

use crate::{
    activity::verify::portal_on,
    harness::{
        TestApp,
        company::role,
        console::{Serving, answer, program},
        database::{Database, Engine},
        signing_in::{PASSWORD, sign_in_as_usual},
    },
};

/// Brings the portal of this server under a new key; answers with the server that starts under it.
async fn rotated(test: &TestApp, server: &App, old: &KeyFile) -> (KeyFile, App) {
    let next = KeyFile::random(&OsRandom);
    rotate_key(server, &next.keys(), "trace").await.unwrap();
    let command = test.to_verify_with(&next).await.unwrap();
    sign_anchor_anew(&command, &old.keys()).await.unwrap();
    // Once more changes nothing.
    sign_anchor_anew(&command, &old.keys()).await.unwrap();
    let server = test.start_with(&next).await.unwrap();
    (next, server)
}

async fn everything_goes_on_under_the_new_key_and_nothing_under_the_old(test: &TestApp) {
    let gwen = test.admin().await;
    let (device, _) = test.enrol(&gwen).await;
    let bob = test.caller(&test.user("Bob Li").await);
    test.keep_password(&bob.user).await;
    let (_, codes) = test.enrol(&bob).await;
    let reader = role("Reports Reader");
    test.assign_active(&reader, &bob.user, None).await;
    let before = i64::try_from(test.events().await.len()).unwrap();

    let (second, server) = rotated(test, &test.app, &test.key).await;
    assert_eq!(verify_audit(&server).await.unwrap(), Verdict::Intact { rows: before + 1 }, "one event tells of it");
    let told = test.events().await.pop().unwrap();
    assert_eq!((told.activity, told.seq), (Activity::KeyRotated, before + 1));
    assert_eq!(compare_rows(&server).await.unwrap().unwrap(), []);
    sign_in_as_usual(&server, GWEN, PASSWORD).await.unwrap();
    confirm_mfa(&server, &gwen, &device.code(test.advance(Span::minutes(2)))).await.unwrap();
    // A code that was shown before the rotation works under the new key, once.
    confirm_mfa(&server, &bob, &codes[0]).await.unwrap();
    confirm_mfa(&server, &bob, &codes[0]).await.unwrap_err();
    let mut db = server.store.read().await.unwrap();
    assert!(server.roles_held(&mut db, &bob.user, test.now()).await.unwrap().contains(&reader));
    drop(db);

    // The old key fits no more, and a server that still has it writes nothing.
    assert!(!fits(&test.store, test.key.keys()).await.unwrap());
    assert!(fits(&test.store, second.keys()).await.unwrap());
    assert!(test.start_with(&test.key).await.is_err());
    let stale = test.sign_in(GWEN, PASSWORD).await;
    assert!(stale.is_err(), "{stale:?}");
    assert!(test.integrity().stopped().is_some(), "it says why");

    // Once more: each part of the trail is checked with its own key, and older codes go on.
    test.advance(Span::minutes(20));
    let (third, server) = rotated(test, &server, &second).await;
    assert!(matches!(verify_audit(&server).await.unwrap(), Verdict::Intact { .. }));
    confirm_mfa(&server, &bob, &codes[1]).await.unwrap();
    assert!(!fits(&test.store, second.keys()).await.unwrap() && fits(&test.store, third.keys()).await.unwrap());
    for seq in [2, before + 1] {
        test.database.tamper(&format!("update audit_events set reason = reason || '.' where seq = {seq}")).await;
        assert!(matches!(verify_audit(&server).await.unwrap(), Verdict::Broken { seq: found, .. } if found == seq));
        let undo = format!("update audit_events set reason = substr(reason, 1, length(reason) - 1) where seq = {seq}");
        test.database.tamper(&undo).await;
    }
    test.database.tamper("delete from past_keys where last_event = (select min(last_event) from past_keys)").await;
    let command = test.to_verify_with(&third).await.unwrap();
    assert!(matches!(verify_audit(&command).await.unwrap(), Verdict::Broken { seq: 1, .. }));
}

async fn a_row_that_somebody_else_wrote_is_not_sealed_by_a_rotation(test: &TestApp) {
    let bob = test.user("Bob Li").await;
    test.database.tamper(&format!("update users set mail = 'bob@evil.example' where id = '{bob}'")).await;
    let (_, server) = rotated(test, &test.app, &test.key).await;
    let mut db = server.store.read().await.unwrap();
    let account = store::users::find_account(&mut db, &bob).await.unwrap().unwrap();
    assert_eq!(server.open(account), None);
}

/// Rows that nobody can read, more of them than are read at once: the rotation passes them over.
async fn rows_that_cannot_be_read_do_not_keep_the_old_key(test: &TestApp) {
    let bob = test.user("Bob Li").await;
    for statement in [
        format!("update users set totp_last_step = 'nonsense' where id = '{bob}'"),
        format!(
            "with recursive n (i) as (select 1 union all select i + 1 from n where i < 2100) insert into recovery_codes \
             (id, user_id, code_hash, created_at) select randomblob(16), '{bob}', 'code ' || i, 0 from n"
        ),
    ] {
        test.database.tamper(&statement).await;
    }
    let (next, _) = rotated(test, &test.app, &test.key).await;
    assert!(fits(&test.store, next.keys()).await.unwrap());
}

async fn a_trail_that_does_not_hold_is_not_closed_by_a_new_key(test: &TestApp) {
    test.with_administrator().await;
    test.database.tamper("update audit_events set reason = 'another' where seq = 1").await;
    let next = KeyFile::random(&OsRandom);
    let refused = rotate_key(test, &next.keys(), "trace").await;
    assert!(matches!(refused, Err(AppError::AuditTampered(Verdict::Broken { seq: 1, .. }))), "{refused:?}");
    assert!(fits(&test.store, test.key.keys()).await.unwrap());
}

on_both_engines!(
    everything_goes_on_under_the_new_key_and_nothing_under_the_old,
    a_row_that_somebody_else_wrote_is_not_sealed_by_a_rotation,
    a_trail_that_does_not_hold_is_not_closed_by_a_new_key,
);

on_sqlite!(rows_that_cannot_be_read_do_not_keep_the_old_key);

const GWEN: &str = "gwen@contoso.example";

/// A portal at the console, on the database of this engine.
struct Home(Database);

impl Home {
    async fn new(engine: Engine) -> Self {
        let database = Database::fresh(engine).await;
        portal_on(&database.url, database.folder.path()).await;
        Self(database)
    }

    fn path(&self) -> &Path {
        self.0.folder.path()
    }

    fn key(&self) -> String {
        std::fs::read_to_string(self.path().join("key")).unwrap()
    }

    fn program(&self, words: &[&str]) -> Command {
        let mut command = program(self.path(), words);
        if self.0.engine == Engine::Postgres {
            command.env("OSTIARY_DATABASE_URL", &self.0.url);
        }
        command
    }

    fn run(&self, words: &[&str]) -> (i32, String) {
        answer(&mut self.program(words))
    }

    /// The key is another one, the trail is intact, the old key is kept beside it, and its owner signs in.
    fn assert_finished(&self, old: &str) {
        assert_ne!(self.key(), old);
        let (code, said) = self.run(&["audit", "verify"]);
        assert_eq!(code, 0, "{said}");
        let kept = std::fs::read_dir(self.path()).unwrap().map(|entry| entry.unwrap().path());
        let kept: Vec<_> = kept.filter(|path| path.extension().is_some_and(|ending| ending == "old")).collect();
        assert_eq!(kept.len(), 1, "{kept:?}");
        assert_eq!(std::fs::read_to_string(&kept[0]).unwrap(), old);
        assert!(!self.path().join("key.next").exists());
        let server = Serving::start(self.program(&["serve"]));
        assert!(server.sign_in(GWEN, PASSWORD));
    }
}

#[tokio::test]
async fn the_command_replaces_the_key_and_says_so() {
    let home = Home::new(Engine::Sqlite).await;
    let old = home.key();
    let server = Serving::start(home.program(&["serve"]));
    let (code, said) = home.run(&["key", "rotate"]);
    assert!(code == 1 && said.contains("Stop it first"), "{code}: {said}");
    drop(server);
    let (code, said) = home.run(&["key", "rotate"]);
    assert!(code == 0 && said.contains("The key was replaced"), "{code}: {said}");
    home.assert_finished(&old);
}

/// Killed at many moments, and then run again: it finishes, from wherever it was.
async fn killed_and_run_again(engine: Engine) {
    let random = SeededRandom::new(3);
    let mut interrupted_after_the_change = 0;
    for round in 0..12_u64 {
        let home = Home::new(engine).await;
        let old = home.key();
        let [more] = random_bytes::<1>(&random);
        let mut process = home.program(&["key", "rotate"]).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(round * 12 + u64::from(more) / 20));
        process.kill().unwrap();
        process.wait().unwrap();
        if home.path().join("key.next").exists() && home.key() == old {
            let (code, said) = home.run(&["audit", "verify"]);
            interrupted_after_the_change += u32::from(code != 0);
            assert!(code == 0 || !said.is_empty());
        }
        if home.key() == old {
            let (code, said) = home.run(&["key", "rotate"]);
            assert_eq!(code, 0, "round {round}: {said}");
        }
        home.assert_finished(&old);
        home.0.discard().await;
    }
    println!("{interrupted_after_the_change} rounds were killed between the database and the key file");
}

#[tokio::test]
async fn a_rotation_that_is_killed_is_finished_by_the_next_on_sqlite() {
    killed_and_run_again(Engine::Sqlite).await;
}

#[tokio::test]
async fn a_rotation_that_is_killed_is_finished_by_the_next_on_postgres() {
    killed_and_run_again(Engine::Postgres).await;
}

/// The state between the database and the key file, made for certain: the server refuses to start and says how to finish.
#[tokio::test]
async fn between_the_database_and_the_key_file_the_server_says_how_to_finish() {
    let home = Home::new(Engine::Sqlite).await;
    let (path, old) = (home.path().join("key"), home.key());
    let anchor = std::fs::read_to_string(home.path().join("key.anchor")).unwrap();
    assert_eq!(home.run(&["key", "rotate"]).0, 0);
    // Back to the moment after the transaction: the new key waits, the old one is in its place, the anchor is signed by it.
    std::fs::rename(&path, home.path().join("key.next")).unwrap();
    let kept = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().path());
    let kept = kept.filter(|path| path.extension().is_some_and(|ending| ending == "old")).last().unwrap();
    std::fs::rename(kept, &path).unwrap();
    std::fs::write(home.path().join("key.anchor"), anchor).unwrap();
    let (code, said) = home.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(code == 1 && said.contains("ostiary key rotate"), "{code}: {said}");
    let (code, said) = home.run(&["key", "rotate"]);
    assert!(code == 0 && said.contains("is finished"), "{code}: {said}");
    home.assert_finished(&old);
}
