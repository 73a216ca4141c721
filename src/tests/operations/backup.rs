//! What is no backup, and what is not restored.

use crate::{
    activity::verify::{portal, verify},
    harness::{console::run, database::execute, folder::Folder},
};

#[tokio::test]
async fn what_is_not_whole_is_neither_backed_up_nor_restored() {
    let folder = Folder::new();
    let url = portal(folder.path()).await;
    let path = |name: &str| folder.path().join(name);
    assert_eq!(run(folder.path(), &["backup", "good.db"]).0, 0);
    let good = std::fs::read(path("good.db")).unwrap();

    // A trail that was cut is no backup, and leaves no file.
    std::fs::copy(path("data/ostiary.db"), path("kept")).unwrap();
    execute(&url, "delete from audit_events where seq = (select max(seq) from audit_events)").await;
    let (code, said) = run(folder.path(), &["backup", "cut.db"]);
    assert!(code == 1 && said.contains("was cut"), "{code}: {said}");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_str().unwrap().contains("cut") || name.to_str().unwrap().starts_with('.')));
    std::fs::rename(path("kept"), path("data/ostiary.db")).unwrap();

    // Nor is one whose event was changed, or that is damaged, restored; the database stays as it is.
    let mut damaged = good.clone();
    let middle = damaged.len() / 2;
    for byte in &mut damaged[middle..middle + 8_192] {
        *byte ^= 0x55;
    }
    std::fs::write(path("damaged.db"), damaged).unwrap();
    std::fs::write(path("short.db"), &good[..good.len() / 3]).unwrap();
    std::fs::write(
        path("text.db"),
        "this is no database, though it is as long as the head of one, which has a hundred bytes in all of them",
    )
    .unwrap();
    std::fs::write(path("empty.db"), "").unwrap();
    std::fs::write(path("changed.db"), &good).unwrap();
    std::fs::write(path("newer.db"), &good).unwrap();
    let at = |name: &str| format!("sqlite://{}?mode=rw", path(name).display());
    execute(&at("changed.db"), "update audit_events set reason = 'another' where seq = 2").await;
    execute(
        &at("newer.db"),
        "update _sqlx_migrations set version = 9999 where version = (select max(version) from _sqlx_migrations)",
    )
    .await;
    std::fs::write(path("foreign.db"), "").unwrap();
    execute(&at("foreign.db"), "create table anything (id text)").await;
    for (name, words) in [
        ("damaged.db", "is damaged"),
        ("short.db", "is damaged"),
        ("text.db", "is damaged"),
        ("empty.db", "not a database of Ostiary"),
        ("foreign.db", "not a database of Ostiary"),
        ("changed.db", "broken at event 2"),
        ("newer.db", "another release"),
        ("none.db", "none.db"),
        ("data/ostiary.db", "the database itself"),
    ] {
        let (code, said) = run(folder.path(), &["restore", name, "--yes"]);
        assert!(code == 1 && said.contains(words) && said.contains("nothing was restored"), "{name} {code}: {said}");
        assert_eq!(verify(folder.path()).0, 0, "{name}");
    }
    let mut left: Vec<_> = std::fs::read_dir(path("data")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["ostiary.db", "ostiary.lock"], "no attempt left anything");

    // Another key than that of the backup.
    std::fs::rename(path("key"), path("its-key")).unwrap();
    let another = Folder::new();
    portal(another.path()).await;
    std::fs::copy(another.path().join("key"), path("key")).unwrap();
    let (code, said) = run(folder.path(), &["restore", "good.db", "--yes"]);
    assert!(code == 1 && said.contains("key"), "{code}: {said}");
}

#[tokio::test]
async fn a_backup_is_restored_where_nothing_is_left_but_the_key() {
    let folder = Folder::new();
    portal(folder.path()).await;
    assert_eq!(run(folder.path(), &["backup", "b.db"]).0, 0);
    std::fs::remove_dir_all(folder.path().join("data")).unwrap();
    let (code, said) = run(folder.path(), &["restore", "b.db"]);
    assert!(code == 0 && said.contains("Every event that was written is in the backup."), "{code}: {said}");
    assert_eq!(verify(folder.path()).0, 0);

    std::fs::remove_dir_all(folder.path().join("data")).unwrap();
    std::fs::remove_file(folder.path().join("key.anchor")).unwrap();
    assert_eq!(run(folder.path(), &["restore", "b.db"]).0, 0);
    assert_eq!(verify(folder.path()).0, 0);

    // A database that cannot be read any more is kept all the same, and the anchor says how far it reached.
    std::fs::write(
        folder.path().join("data/ostiary.db"),
        "no database, but as long as the head of one has to be: a hundred bytes, and some more of them",
    )
    .unwrap();
    let (code, said) = run(folder.path(), &["restore", "b.db", "--yes"]);
    assert!(code == 0 && said.contains("is not in the backup"), "the event of the restore before: {code}: {said}");
    assert!(folder.path().join("data/ostiary-before-restore-1.db").exists());
    assert_eq!(verify(folder.path()).0, 0);
}
