//! Who may name whom: the rooms of the house, held by reading their source.

use std::path::{Path, PathBuf};

/// Every source file, by its path inside `src` and its text without what its own tests add.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension().and_then(|extension| extension.to_str()) {
                _ if path.is_dir() => folders.push(path),
                Some("rs") => files.push(path),
                _ => {}
            }
        }
    }
    let named = files.into_iter().map(|path| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned(), text)
    });
    named.filter(|(path, _)| !path.starts_with("tests/") && !path.ends_with("/tests.rs")).collect()
}

/// The lines of code that use this crate or module, outside comments, as "path:line".
fn uses(name: &str, rooms: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in sources() {
        if !rooms.iter().any(|room| path.starts_with(room)) {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if names(code, name) {
                found.push(format!("{path}:{}", number + 1));
            }
        }
    }
    found
}

/// True when the line names `name` as a path: `name::`, `use name`, `{name}`; not as a part of another word.
fn names(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = &code[at + name.len()..];
        let starts = !before.is_some_and(|found| found.is_alphanumeric() || found == '_' || found == '"');
        starts
            && (after.starts_with("::")
                || (code.trim_start().starts_with("use ")
                    && !after.starts_with(|found: char| found.is_alphanumeric() || found == '_')))
    })
}

const HOUSE: [&str; 17] = [
    "app/",
    "audit.rs",
    "bench/",
    "config",
    "demo.rs",
    "domain/",
    "http/",
    "key.rs",
    "lib.rs",
    "logs.rs",
    "main.rs",
    "operations.rs",
    "recover.rs",
    "say.rs",
    "stopping.rs",
    "store/",
    "ui/",
];

fn all_but(rooms: &[&str]) -> Vec<&'static str> {
    HOUSE.into_iter().filter(|room| !rooms.contains(room)).collect()
}

#[test]
fn every_source_file_is_in_a_room() {
    let astray: Vec<_> = sources()
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| !HOUSE.iter().any(|room| path.starts_with(room)))
        .collect();
    assert!(astray.is_empty(), "{astray:?}");
}

#[test]
fn the_rooms_hold() {
    let nothing: Vec<String> = Vec::new();
    // SQL is in the store.
    assert_eq!(uses("sqlx", &all_but(&["store/"])), nothing);
    // The web framework is at the front door; the process around it binds the socket.
    for name in ["axum", "tower", "tower_http", "leptos_axum"] {
        assert_eq!(uses(name, &all_but(&["http/", "main.rs"])), nothing, "{name}");
    }
    // Views are in the portal's room, and rendered at the door.
    assert_eq!(uses("leptos", &all_but(&["ui/", "http/", "key.rs", "lib.rs"])), nothing);
    // Hashing and sealing are behind names of their own.
    for name in ["argon2", "totp_rs", "chacha20poly1305", "hmac"] {
        let elsewhere: Vec<_> =
            uses(name, &HOUSE).into_iter().filter(|place| !place.starts_with("app/crypto")).collect();
        assert_eq!(elsewhere, nothing, "{name}");
    }
    // SMTP is behind a port.
    let elsewhere: Vec<_> =
        uses("lettre", &HOUSE).into_iter().filter(|place| !place.starts_with("app/smtp.rs")).collect();
    assert_eq!(elsewhere, nothing, "lettre");
    // The rules know nobody; the store knows the rules; the use cases know both.
    for name in
        ["crate::app", "crate::store", "crate::http", "crate::ui", "crate::config", "tokio", "std::time", "std::fs"]
    {
        assert_eq!(uses(name, &["domain/"]), nothing, "domain names {name}");
    }
    for name in ["crate::app", "crate::http", "crate::ui"] {
        assert_eq!(uses(name, &["store/"]), nothing, "the store names {name}");
    }
    for name in ["crate::http", "crate::ui"] {
        assert_eq!(uses(name, &["app/"]), nothing, "a use case names {name}");
    }
    assert_eq!(uses("crate::store", &["http/", "ui/"]), nothing, "what is shown comes through use cases");
}

#[test]
fn the_builds_are_told_apart_at_module_lines_only() {
    let mut inside = Vec::new();
    for (path, text) in sources() {
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let is_indented = line.starts_with(' ');
            let names_feature = line.contains("feature =")
                && (line.contains("cfg(") || line.contains("cfg!(") || line.contains("cfg_attr("));
            if names_feature && is_indented {
                inside.push(format!("{path}:{}", at + 1));
            }
        }
    }
    assert!(inside.is_empty(), "cfg(feature) inside an item: {inside:?}");
}

/// A text area that does not close its text would let a reason write markup; there is one part that makes them.
#[test]
fn there_is_one_text_area() {
    let makers: Vec<_> =
        sources().into_iter().filter(|(_, text)| text.contains("<textarea")).map(|(path, _)| path).collect();
    assert!(makers.len() <= 1 && makers.iter().all(|path| path.starts_with("ui/parts/")), "{makers:?}");
}

#[test]
fn no_page_writes_markup_or_style_of_its_own() {
    for (what, pattern) in
        [("inner_html", "inner_html"), ("an inline style", " style="), ("an inline script", "onclick=")]
    {
        let found: Vec<_> = sources()
            .into_iter()
            .filter(|(path, text)| path.starts_with("ui/pages") && text.contains(pattern))
            .map(|(path, _)| path)
            .collect();
        assert!(found.is_empty(), "{what} in {found:?}");
    }
}

/// Whatever is written, the audit is looked at first. The store cannot do that; the app has one way that does.
#[test]
fn a_use_case_writes_in_one_way() {
    let mut past_it = Vec::new();
    for (path, text) in sources() {
        for line in text.lines() {
            let code = line.split("//").next().unwrap_or_default();
            let is_past =
                ["store.write()", "turn_to_write(", ".begin_asking(turn"].iter().any(|way| code.contains(way));
            if is_past && ["app/", "http/", "ui/", "main.rs", "demo.rs"].iter().any(|room| path.starts_with(room)) {
                past_it.push(format!("{path}: {}", code.trim()));
            }
        }
    }
    past_it.sort();
    assert_eq!(
        past_it,
        [
            // To find out whether anything can be written at all.
            "app/trail.rs: let mut tx = self.store.write().await?;",
            // What every way goes through.
            "app/work.rs: let turn = self.store.turn_to_write(length).await?;",
        ]
    );
}
