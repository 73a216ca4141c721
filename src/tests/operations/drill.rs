//! The whole way: a server that writes, a backup meanwhile, a crash, a restore, a start.

use std::{
    os::unix::fs::PermissionsExt as _,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use ostiary::app::ports::{SeededRandom, random_bytes};

use crate::{
    activity::verify::{portal, verify},
    harness::{
        console::{Serving, program, run},
        database::texts_of,
        folder::Folder,
        signing_in::PASSWORD,
    },
};

const GWEN: &str = "gwen@contoso.example";

/// How many events of this kind the trail has.
async fn count(database: &str, activity: &str) -> usize {
    texts_of(database, &format!("select id from audit_events where action = '{activity}'")).await.len()
}

#[tokio::test]
async fn a_backup_made_while_the_server_writes_brings_the_portal_back_after_a_crash() {
    let folder = Folder::new();
    let url = portal(folder.path()).await;
    let data = folder.path().join("data");
    let server = Serving::start(program(folder.path(), &["serve"]));
    assert!(server.sign_in(GWEN, PASSWORD));

    // The backup is made while events are written, and says how far it reaches.
    let is_done = AtomicBool::new(false);
    let backup = std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let mut signed_in = 0;
            while !is_done.load(Ordering::Relaxed) {
                assert!(server.sign_in(GWEN, PASSWORD));
                signed_in += 1;
            }
            signed_in
        });
        std::thread::sleep(Duration::from_millis(200));
        let backup = run(folder.path(), &["backup", "b.db"]);
        is_done.store(true, Ordering::Relaxed);
        assert!(writing.join().unwrap() > 0);
        backup
    });
    assert!(backup.0 == 0 && backup.1.contains("It reaches to event"), "{backup:?}");
    let file = folder.path().join("b.db");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(names_like(folder.path(), "b.db"), ["b.db"], "one file, whole without a log");
    let (code, said) = run(folder.path(), &["backup", "b.db"]);
    assert!(code == 1 && said.contains("never replaces one"), "{code}: {said}");

    // What is written since is lost by a restore.
    for _ in 0..3 {
        assert!(server.sign_in(GWEN, PASSWORD));
    }
    let (code, said) = run(folder.path(), &["restore", "b.db", "--yes"]);
    assert!(code == 1 && said.contains("Stop it first"), "{code}: {said}");
    server.kill();
    assert!(std::fs::metadata(data.join("ostiary.db-wal")).unwrap().len() > 0, "a crash leaves the log behind");

    // Nobody is there to be asked: nothing changes.
    let before = names_like(&data, "ostiary");
    let (code, said) = run(folder.path(), &["restore", "b.db"]);
    assert!(code == 1 && said.contains("--yes") && said.contains(" are not in the backup."), "{code}: {said}");
    assert_eq!(names_like(&data, "ostiary"), before);

    let (code, said) = run(folder.path(), &["restore", "b.db", "--yes"]);
    assert!(code == 0 && said.contains(" are not in the backup.") && said.contains("The server can start"), "{said}");
    let (code, said) = verify(folder.path());
    assert!(code == 0 && said.contains("is intact"), "{code}: {said}");
    assert_eq!(texts_of(&url, "select integrity_check from pragma_integrity_check").await, ["ok"]);
    assert_eq!(count(&url, "BackupRestored").await, 1);
    let of_backup = count(&url, "SignedIn").await;
    let server = Serving::start(program(folder.path(), &["serve"]));
    assert!(server.sign_in(GWEN, PASSWORD));
    server.kill();
    assert_eq!(count(&url, "SignedIn").await, of_backup + 1);
    assert_eq!(verify(folder.path()).0, 0);

    // The old database was kept whole, with its log: it can be restored in its turn.
    let (code, said) = run(folder.path(), &["restore", "data/ostiary-before-restore-1.db", "--yes"]);
    assert!(code == 0, "{code}: {said}");
    assert!(count(&url, "SignedIn").await >= of_backup + 3);
    assert_eq!(verify(folder.path()).0, 0);
}

fn names_like(folder: &Path, start: &str) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.starts_with(start)).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_or_a_restore_that_is_killed_leaves_a_portal_that_starts() {
    let folder = Folder::new();
    let url = portal(folder.path()).await;
    assert_eq!(run(folder.path(), &["backup", "first.db"]).0, 0);
    let random = SeededRandom::new(18);
    for round in 0..12 {
        let moment = Duration::from_millis(u64::from(random_bytes::<1>(&random)[0] / 2));
        let name = format!("b{round}.db");
        kill_after(folder.path(), &["backup", &name], moment);
        if folder.path().join(&name).exists() {
            let copy = format!("sqlite://{}?mode=ro", folder.path().join(&name).display());
            assert_eq!(texts_of(&copy, "select integrity_check from pragma_integrity_check").await, ["ok"]);
        }
        kill_after(folder.path(), &["restore", "first.db", "--yes"], moment);
        // Whatever it left, a second attempt finishes.
        let (code, said) = run(folder.path(), &["restore", "first.db", "--yes"]);
        assert!(code == 0, "{moment:?} {code}: {said}");
        assert_eq!(count(&url, "BackupRestored").await, 1);
        assert_eq!(verify(folder.path()).0, 0, "{moment:?}");
    }
}

fn kill_after(folder: &Path, words: &[&str], moment: Duration) {
    let mut process =
        program(folder, words).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
    std::thread::sleep(moment);
    process.kill().unwrap();
    process.wait().unwrap();
}
