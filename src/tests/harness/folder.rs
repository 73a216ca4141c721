//! Folders that go away: each with its test, and all of them when the process ends, however it ends.

use std::{
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
};

/// A folder that is removed when it is dropped.
pub struct Folder(PathBuf);

impl Folder {
    /// A new, empty one.
    pub fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let path = ROOT.path.join(COUNT.fetch_add(1, Ordering::Relaxed).to_string());
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The folder that holds all others, and the shell that removes it: it reads from a pipe that closes when this process is gone.
struct Root {
    path: PathBuf,
    _sweeper: Child,
}

static ROOT: LazyLock<Root> = LazyLock::new(|| {
    // In memory where that is possible: what is tested is not the disk, and every commit waits for it.
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let path = place.join(format!("ostiary-test-{}", std::process::id()));
    std::fs::create_dir(&path).unwrap();
    let sweeper = Command::new("sh")
        .args(["-c", "cat >/dev/null; rm -rf \"$1\"", "sweeper"])
        .arg(&path)
        .stdin(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    Root { path, _sweeper: sweeper }
});
