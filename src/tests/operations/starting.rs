//! The first start, and what stands in the way of a start: each a sentence with the way out.

use std::{
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::Path,
    process::Command,
};

use crate::{
    activity::verify::{portal, verify},
    harness::{
        console::{Serving, answer, program, run},
        database::texts_of,
        folder::Folder,
    },
};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_database_is_where_it_was_asked_for_whatever_the_folder_is_called() {
    for name in
        ["../../plain", "50%41", "quest?ion=1", "ha#sh", "a space", "Zürich 東京", "semi;colon&and=more+", "it's"]
    {
        let folder = Folder::new();
        let deep = folder.path().join("a/b/c");
        std::fs::create_dir_all(&deep).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_ostiary"));
        command
            .args(["serve", "--log", "warn", "--key-file", "../keys/new/key", "--data-dir", name])
            .current_dir(&deep);
        let said = Serving::start(command).kill();
        let place = deep.join(name).join("ostiary.db");
        assert_eq!(mode(&place), 0o600, "{name}");
        assert!(std::fs::metadata(&place).unwrap().len() > 0, "{name}: the database is in this file");
        assert_eq!(databases_below(folder.path()), 1, "{name}");
        let key = std::fs::canonicalize(deep.join("../keys/new/key")).unwrap();
        assert!(said.contains(key.to_str().unwrap()) && said.contains("another medium"), "{said}");
        assert_eq!((mode(&key), mode(key.parent().unwrap())), (0o600, 0o700));
    }
}

fn databases_below(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| if path.is_dir() { databases_below(&path) } else { usize::from(path.ends_with("ostiary.db")) })
        .sum()
}

#[tokio::test]
async fn a_database_without_its_key_says_what_to_do() {
    let folder = Folder::new();
    portal(folder.path()).await;
    std::fs::remove_file(folder.path().join("key")).unwrap();
    let (code, said) = run(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert!(code == 1 && said.contains("A container needs a volume for the key"), "{code}: {said}");
    assert!(!folder.path().join("key").exists(), "a new key would not fit");
}

#[tokio::test]
async fn a_folder_has_one_server() {
    let folder = Folder::new();
    portal(folder.path()).await;
    let server = Serving::start(program(folder.path(), &["serve"]));
    let (code, said) = run(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert!(code == 1 && said.contains("Another Ostiary serves the data folder"), "{code}: {said}");
    assert_eq!(verify(folder.path()).0, 0, "looking is allowed");
    drop(server);
    Serving::start(program(folder.path(), &["serve"]));
}

#[tokio::test]
async fn a_key_folder_that_cannot_be_written_is_refused_at_the_start_and_nothing_is_recorded() {
    let folder = Folder::new();
    let url = portal(folder.path()).await;
    let keys = folder.path().join("keys");
    std::fs::create_dir(&keys).unwrap();
    for name in ["key", "key.anchor"] {
        std::fs::rename(folder.path().join(name), keys.join(name)).unwrap();
    }
    // An ordinary user: root may write everywhere.
    let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    let somebody = 65_534;
    if is_root {
        for path in [
            folder.path().to_owned(),
            folder.path().join("data"),
            folder.path().join("data/ostiary.db"),
            keys.clone(),
            keys.join("key"),
            keys.join("key.anchor"),
        ] {
            chown(path, Some(somebody), Some(somebody)).unwrap();
        }
    }
    let command = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ostiary"));
        command.args(words).arg("--data-dir").arg(folder.path().join("data")).arg("--key-file").arg(keys.join("key"));
        if is_root {
            command.uid(somebody).gid(somebody);
        }
        command.current_dir(folder.path());
        command
    };
    std::fs::remove_file(keys.join("key.anchor")).unwrap();
    std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o500)).unwrap();
    let before = texts_of(&url, "select id from audit_events").await;
    for words in [&["serve", "--listen", "127.0.0.1:0"][..], &["audit", "accept"], &["restore", "none.db"]] {
        let (code, said) = answer(&mut command(words));
        assert!(code != 0 && said.contains("has to be writable"), "{words:?} {code}: {said}");
    }
    assert_eq!(texts_of(&url, "select id from audit_events").await, before);
    // Nor is a key made where the anchor could not be.
    std::fs::remove_dir_all(folder.path().join("data")).unwrap();
    let (code, said) = answer(&mut command(&["serve", "--listen", "127.0.0.1:0"]));
    assert!(code == 1 && said.contains("has to be writable"), "{code}: {said}");
    std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(answer(&mut command(&["audit", "accept"])).0, 0, "the folder was what stood in the way");
}
