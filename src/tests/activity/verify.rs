//! `ostiary audit verify` and `ostiary audit accept`, as an operator runs them.

use std::{path::Path, process::Command, sync::Arc};

use ostiary::{
    app::{
        App, Parts, Post,
        anchor::Anchor,
        crypto::{KeyFile, PasswordHasher, Strength, TypedPassword},
        ports::{OsRandom, SystemClock},
        set_up::{SetUp, open_set_up, set_up},
    },
    domain::{session::Limits, time::Span},
    store::Store,
};

use crate::harness::{
    database::execute,
    folder::Folder,
    signing_in::{PASSWORD, profile},
};

pub fn verify(folder: &Path) -> (i32, String) {
    audit("verify", folder)
}

/// What the command answers: its exit code, and what it says.
fn audit(command: &str, folder: &Path) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_ostiary"))
        .args(["audit", command, "--data-dir"])
        .arg(folder.join("data"))
        .arg("--key-file")
        .arg(folder.join("key"))
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

/// A portal that was set up, in this folder; answers with the URL of its database.
pub async fn portal(folder: &Path) -> String {
    std::fs::create_dir(folder.join("data")).unwrap();
    let url = format!("sqlite://{}?mode=rwc", folder.join("data/ostiary.db").display());
    portal_on(&url, folder).await;
    url
}

/// A portal that was set up on this database, with its key in this folder.
pub async fn portal_on(url: &str, folder: &Path) {
    let key = KeyFile::create(&folder.join("key"), &OsRandom).unwrap();
    let keys = key.keys();
    let app = App::new(Parts {
        store: Store::open(url).await.unwrap(),
        clock: Arc::new(SystemClock),
        randomness: Arc::new(OsRandom),
        passwords: PasswordHasher::new(Strength::TRIVIAL, 2, 100, &OsRandom),
        anchor: Anchor::open(folder.join("key.anchor"), &keys.chain).unwrap(),
        keys,
        session_limits: Limits { idle: Span::minutes(30), absolute: Span::hours(12) },
        post: Post::none(String::new()),
    })
    .await
    .unwrap();
    let code = open_set_up(&app).await.unwrap().unwrap();
    let ask = SetUp {
        code: &code,
        organization: "Contoso",
        time_zone: "Europe/Zurich",
        profile: profile("Gwen Adams", "gwen@contoso.example"),
        password: TypedPassword::new(PASSWORD),
        address: "192.0.2.7".parse().unwrap(),
        user_agent: "Browser",
        trace: "trace",
    };
    set_up(&app, ask).await.unwrap();
    app.store.close().await;
}

#[tokio::test]
async fn it_says_what_it_found_and_answers_with_its_exit_code() {
    let folder = Folder::new();
    let url = portal(folder.path()).await;
    let (code, said) = verify(folder.path());
    assert!(code == 0 && said.contains("is intact"), "{code}: {said}");

    // A server refuses to start on a trail that was cut; this command says what is wrong.
    let (file, kept) = (folder.path().join("data/ostiary.db"), folder.path().join("kept.db"));
    std::fs::copy(&file, &kept).unwrap();
    execute(&url, "delete from audit_events where seq = (select max(seq) from audit_events)").await;
    let (code, said) = verify(folder.path());
    assert!(code == 1 && said.contains("was cut"), "{code}: {said}");
    std::fs::copy(&kept, &file).unwrap();
    execute(&url, "create table more (a bigint)").await;
    let (code, said) = verify(folder.path());
    assert!(code == 1 && said.contains("the table more was added"), "{code}: {said}");
    execute(&url, "drop table more").await;
    assert_eq!(verify(folder.path()).0, 0);
    execute(&url, "update audit_events set reason = 'another' where seq = 1").await;
    let (code, said) = verify(folder.path());
    assert!(code == 1 && said.contains("broken at event 1:"), "{code}: {said}");

    let (code, said) = audit("accept", folder.path());
    assert!(code == 1 && said.contains("broken at event 1:"), "{code}: {said}");
}

#[tokio::test]
async fn a_restored_backup_is_accepted_knowingly() {
    let folder = Folder::new();
    let url = portal(folder.path()).await;
    let anchor = folder.path().join("key.anchor");
    let (code, said) = audit("accept", folder.path());
    assert!(code == 0 && said.contains("nothing to accept"), "{code}: {said}");
    // A backup from before the last event has not what that event made either.
    execute(&url, "delete from audit_events where seq = (select max(seq) from audit_events)").await;
    for table in ["outbox", "mails", "notices", "assignment_schedules", "requests"] {
        execute(&url, &format!("delete from {table}")).await;
    }
    let (code, said) = audit("accept", folder.path());
    assert!(code == 0 && said.contains("goes on from event"), "{code}: {said}");
    assert_eq!(verify(folder.path()).0, 0);

    std::fs::write(&anchor, "ostiary-anchor-1 1 a b\n").unwrap();
    let (code, said) = verify(folder.path());
    assert!(code == 1 && said.contains("was not signed with this key"), "{code}: {said}");
    std::fs::remove_file(&anchor).unwrap();
    let (code, said) = verify(folder.path());
    assert!(code == 1 && said.contains("is missing"), "{code}: {said}");
    assert_eq!(audit("accept", folder.path()).0, 0);
    let (code, said) = verify(folder.path());
    assert!(code == 0 && said.contains("is intact"), "{code}: {said}");
}

#[tokio::test]
async fn what_is_not_there_is_a_mistake_and_is_not_made() {
    let folder = Folder::new();
    let (code, said) = verify(folder.path());
    assert!(code == 2 && said.contains("there is no database"), "{code}: {said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
    portal(folder.path()).await;
    std::fs::remove_file(folder.path().join("key")).unwrap();
    let (code, said) = verify(folder.path());
    assert!(code == 2 && said.contains("there is no key file"), "{code}: {said}");
}

#[tokio::test]
async fn a_database_of_another_release_is_left_as_it_is() {
    let folder = Folder::new();
    let url = portal(folder.path()).await;
    execute(&url, "delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)").await;
    let (code, said) = verify(folder.path());
    assert!(code == 2 && said.contains("not written by this release"), "{code}: {said}");
    execute(&url, "drop table _sqlx_migrations").await;
    assert_eq!(verify(folder.path()).0, 2);
}
