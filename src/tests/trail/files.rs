//! The anchor beside the key, and the files of the embedded database.

use std::{
    fs,
    process::{Child, Command, Output, Stdio},
};

use ostiary::{
    app::{
        App, AppError,
        anchor::{Anchor, AnchorState},
        health::{NotReady, is_ready},
        integrity::StopReason,
        verify_audit::{Verdict, verify_audit},
    },
    domain::time::Span,
};

use super::{last, stopped};
use crate::harness::{TestApp, company::ask};

/// Two servers may share the folder of the key: what one wrote is looked at before the other one writes.
async fn an_anchor_is_never_replaced_by_an_older_one(test: &TestApp) {
    test.cast().await;
    let (path, chain) = (test.database.folder.path().join("key.anchor"), test.key.keys().chain);
    let (one, other) = (Anchor::open(path.clone(), &chain).unwrap(), Anchor::open(path, &chain).unwrap());
    let (seq, hash) = (last(test).await, "0".repeat(64));
    one.advance(&chain, seq + 9, &hash).unwrap();
    other.advance(&chain, seq + 4, &hash).unwrap();
    assert_eq!(one.read(&chain).unwrap(), AnchorState::At { seq: seq + 9, hash: hash.clone() });
    other.advance(&chain, seq + 10, &hash).unwrap();
    assert_eq!(one.read(&chain).unwrap(), AnchorState::At { seq: seq + 10, hash });
}

async fn an_empty_anchor_is_said_to_be_cut_short(test: &TestApp) {
    test.cast().await;
    let path = test.database.folder.path().join("key.anchor");
    let whole = fs::read_to_string(&path).unwrap();
    for cut in [String::new(), whole[..40].to_owned(), "\0".repeat(120)] {
        fs::write(&path, cut).unwrap();
        let verdict = verify_audit(test).await.unwrap();
        assert_eq!(verdict, Verdict::AnchorCutShort);
        assert!(verdict.to_string().contains("is empty or cut short, as after a power failure"));
        assert!(matches!(test.restart().await.err(), Some(AppError::AuditTampered(Verdict::AnchorCutShort))));
    }
    fs::write(&path, whole).unwrap();
    test.restart().await.unwrap();
}

/// For a minute it may be a hiccup; then whoever sends people here is told to send them elsewhere.
async fn an_anchor_that_cannot_be_written_is_told(test: &TestApp) {
    let cast = test.cast().await;
    let blocked = test.database.folder.path().join("key.new");
    fs::create_dir(&blocked).unwrap();
    test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
    let since = test.now();
    assert_eq!(test.anchor.failing_since(), Some(since));
    is_ready(test).await.unwrap();
    test.advance(Span::minutes(1));
    test.write_anchor();
    assert!(matches!(is_ready(test).await, Err(NotReady::Anchor)));
    let health = ostiary::app::health::examine(test).await.unwrap();
    assert_eq!(health.anchor_failing_since, Some(since));
    fs::remove_dir(&blocked).unwrap();
    test.write_anchor();
    is_ready(test).await.unwrap();
    assert_eq!(
        test.anchor.read(&test.keys.chain).unwrap(),
        AnchorState::At { seq: last(test).await, hash: test.store.remembered().head.unwrap().1 }
    );
}

/// What a server with a trailing anchor remembers is written by its watcher, and when it stops; also what others wrote.
async fn a_trailing_anchor_is_written_for_what_was_seen(test: &TestApp) {
    let cast = test.cast().await;
    let path = test.database.folder.path().join("trailing.anchor");
    fs::copy(test.database.folder.path().join("key.anchor"), &path).unwrap();
    let (app, before) = (test.trailing("trailing.anchor").await, last(test).await);
    let seq = || match app.anchor.read(&app.keys.chain).unwrap() {
        AnchorState::At { seq, .. } => seq,
        other => panic!("{other:?}"),
    };
    let activate = ostiary::app::activate_role::activate_role;
    activate(&app, &test.caller(&cast.tess), &cast.eligibility, ask("1")).await.unwrap();
    assert_eq!(seq(), before, "a commit does not wait for it");
    app.write_anchor();
    let own = last(test).await;
    assert_eq!(seq(), own);
    test.advance(Span::days(3));
    test.user("Uma Roy").await;
    app.look_at_trail().await.unwrap();
    app.close().await.unwrap();
    assert!(last(test).await > own);
    assert_eq!(seq(), last(test).await);
}

/// Rows of the last second, which only this process knows of: it leaves them to the anchor, so that the next start knows of them.
async fn what_was_cut_before_the_anchor_was_written_is_known_after_a_restart(test: &TestApp) {
    let cast = test.cast().await;
    let path = test.database.folder.path().join("trailing.anchor");
    fs::copy(test.database.folder.path().join("key.anchor"), &path).unwrap();
    let (app, before) = (test.trailing("trailing.anchor").await, last(test).await);
    let activate = ostiary::app::activate_role::activate_role;
    activate(&app, &test.caller(&cast.tess), &cast.eligibility, ask("1")).await.unwrap();
    let lost = last(test).await;
    test.database.tamper(&format!("delete from audit_events where seq > {before}")).await;
    assert_eq!(crate::harness::codes(app.look_at_trail().await), ["WritingStopped"]);
    // The watcher of a server does this behind each look, and a server that is stopped at its end.
    app.close().await.unwrap();
    let cut = Verdict::Cut { last: before, anchored: lost };
    assert_eq!(verify_audit(&test.to_verify("trailing.anchor").await).await.unwrap(), cut);
    let started = test.restart_with("trailing.anchor").await;
    assert!(matches!(started.err(), Some(AppError::AuditTampered(found)) if found == cut));
}

/// Two servers with one anchor: what one committed, and what was cut before the other one saw it, the other knows from the anchor.
async fn what_another_server_anchored_is_missed_when_it_is_cut(test: &TestApp) {
    let cast = test.cast().await;
    let (other, before) = (test.trailing("key.anchor").await, last(test).await);
    test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
    other.look_at_anchor().await.unwrap();
    test.database.tamper(&format!("delete from audit_events where seq > {before}")).await;
    other.look_at_trail().await.unwrap();
    assert_eq!(crate::harness::codes(other.look_at_anchor().await), ["WritingStopped"]);
    assert!(other.integrity().stopped().is_some());
    other.store.close().await;
}

async fn a_database_file_that_is_replaced_or_removed_stops_writing(test: &TestApp) {
    let cast = test.cast().await;
    let file = test.database.folder.path().join("data/ostiary.db");
    let (away, copy) = (file.with_extension("away"), file.with_extension("copy"));
    fs::copy(&file, &copy).unwrap();
    fs::rename(&file, &away).unwrap();
    fs::rename(&copy, &file).unwrap();
    assert!(matches!(is_ready(test).await, Err(NotReady::Stopped(StopReason::FileReplaced))));
    let activated = test.activate(&cast.tess, &cast.eligibility, ask("1")).await;
    assert_eq!(crate::harness::codes(activated), ["WritingStopped"]);
    fs::rename(&away, &file).unwrap();
}

/// Without the write-ahead log, what is committed from now on would be gone with the last connection.
async fn a_log_that_is_removed_stops_writing(test: &TestApp) {
    let cast = test.cast().await;
    let log = test.database.folder.path().join("data/ostiary.db-wal");
    fs::rename(&log, log.with_extension("away")).unwrap();
    assert_eq!(crate::harness::codes(test.look_at_trail().await), ["WritingStopped"]);
    fs::rename(log.with_extension("away"), &log).unwrap();
    assert_eq!(stopped(test, test, &cast).await, StopReason::FileReplaced);
}

/// A server as an operator starts it; ends with this.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn serve(test: &TestApp) -> Command {
    let folder = test.database.folder.path();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ostiary"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--public-url", "http://127.0.0.1:3000", "--log", "error"]);
    command.arg("--key-file").arg(folder.join("key")).arg("--data-dir").arg(folder.join("data"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Starts one and waits until it says where it is.
fn started(test: &TestApp) -> Server {
    use std::io::{BufRead as _, BufReader};
    let mut server = Server(serve(test).spawn().unwrap());
    let said = BufReader::new(server.0.stdout.as_mut().unwrap());
    assert!(said.lines().map(Result::unwrap).any(|line| line.contains("http://127.0.0.1:3000")), "it has started");
    server
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

async fn a_second_server_on_one_folder_refuses_to_start(test: &TestApp) {
    test.cast().await;
    let first = started(test);
    let second = serve(test).output().unwrap();
    assert!(!second.status.success());
    assert!(said(&second).contains("Another Ostiary serves the data folder"), "{}", said(&second));
    // A command beside it goes on working.
    let folder = test.database.folder.path();
    let mut verify = Command::new(env!("CARGO_BIN_EXE_ostiary"));
    verify.args(["audit", "verify", "--key-file"]).arg(folder.join("key")).arg("--data-dir").arg(folder.join("data"));
    let verified = verify.output().unwrap();
    assert!(verified.status.success(), "{}", said(&verified));
    // Killed, it leaves the folder free.
    drop(first);
    drop(started(test));
}

/// An older backup that is copied over the database of a server that was killed: the log beside it is that of the other file.
async fn a_start_on_a_malformed_database_is_refused(test: &TestApp) {
    test.cast().await;
    let folder = test.database.folder.path().join("data");
    let other = test.database.folder.path().join("other");
    fs::create_dir(&other).unwrap();
    let copy = |name: &str| fs::copy(folder.join(name), other.join(name)).unwrap();
    copy("ostiary.db");
    copy("ostiary.db-wal");
    let file = other.join("ostiary.db");
    // Pages in the middle of the file are lost.
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    for page in 0..40 {
        let at = (middle / 4096 + page) * 4096;
        if let Some(page) = bytes.get_mut(at..at + 4096) {
            page.fill(0xa5);
        }
    }
    fs::write(&file, bytes).unwrap();
    fs::write(other.join("ostiary.db-wal"), [0_u8; 40]).unwrap();
    let opened = ostiary::store::Store::open(&format!("sqlite://{}", file.display())).await;
    let Err(error) = opened else { panic!("it was opened") };
    assert!(matches!(error, ostiary::store::StoreError::Damaged(_)), "{error:?}");
    assert!(error.to_string().contains("Restore a backup"));
}

/// A full disk: what cannot be written is told to whoever sends people here, and taken back when there is room again.
async fn a_full_disk_makes_a_server_not_ready(test: &TestApp) {
    let cast = test.cast().await;
    let limit = async |pages: &'static str| {
        let mut tx = test.store.write().await.unwrap();
        sqlx::query(pages).execute(&mut *tx).await.unwrap();
        drop(tx);
    };
    limit("pragma max_page_count = 1").await;
    let mut failed = 0;
    for _ in 0..200 {
        failed += usize::from(
            test.activate(&cast.tess, &cast.eligibility, ask("1"))
                .await
                .is_err_and(|error| matches!(error, AppError::Store(_))),
        );
        if failed > 0 {
            break;
        }
    }
    assert_eq!(failed, 1);
    assert!(matches!(is_ready(test).await, Err(NotReady::Unwritable)));
    assert_eq!(test.integrity().stopped(), None, "it is no attack");
    limit("pragma max_page_count = 1000000").await;
    test.try_to_write().await.unwrap();
    is_ready(test).await.unwrap();
    test.assert_intact().await;
}

/// The engine says that its file is damaged: nothing more is written into it.
async fn a_damaged_database_stops_writing(test: &TestApp) {
    let cast = test.cast().await;
    // What is in the log is in the file then, and nobody has it in memory.
    test.database.tamper("pragma wal_checkpoint(truncate)").await;
    let app: App = test.restart().await.unwrap();
    let file = test.database.folder.path().join("data/ostiary.db");
    let root: usize =
        test.database.texts("select cast(rootpage as text) from sqlite_master where name = 'role_policies'").await[0]
            .parse()
            .unwrap();
    let whole = fs::read(&file).unwrap();
    let mut bytes = whole.clone();
    bytes[(root - 1) * 4096..root * 4096].fill(0xa5);
    let handle = fs::OpenOptions::new().write(true).open(&file).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&handle, &bytes, 0).unwrap();
    let admin = test.admin().await;
    let failed = ostiary::app::show_policy::show_policy(&app, &admin, &cast.role).await.err().unwrap();
    app.note_failure(&failed);
    assert!(matches!(is_ready(&app).await, Err(NotReady::Stopped(StopReason::Damaged(_)))), "{failed:?}");
    std::os::unix::fs::FileExt::write_all_at(&handle, &whole, 0).unwrap();
    app.store.close().await;
}

on_both_engines!(
    an_anchor_is_never_replaced_by_an_older_one,
    an_empty_anchor_is_said_to_be_cut_short,
    an_anchor_that_cannot_be_written_is_told,
    a_trailing_anchor_is_written_for_what_was_seen,
    what_was_cut_before_the_anchor_was_written_is_known_after_a_restart,
    what_another_server_anchored_is_missed_when_it_is_cut,
);
on_sqlite!(
    a_database_file_that_is_replaced_or_removed_stops_writing,
    a_log_that_is_removed_stops_writing,
    a_second_server_on_one_folder_refuses_to_start,
    a_start_on_a_malformed_database_is_refused,
    a_full_disk_makes_a_server_not_ready,
    a_damaged_database_stops_writing,
);
