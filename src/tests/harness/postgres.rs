//! A PostgreSQL server of the test process alone: started when the first test asks, reached only through a socket in its own folder,
//! stopped and removed when the process ends, however it ends.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    os::unix::{fs::MetadataExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

/// Starts the server, tells its folder, and waits on its standard input, a pipe that the test process holds: at its end it stops the
/// server and removes the folder.
const SCRIPT: &str = r#"
set -eu
trap '' PIPE
bin=$1
dir=$(mktemp -d "${TMPDIR:-/tmp}/ostiary-postgres.XXXXXX")
finish() {
  if [ -f "$dir/data/postmaster.pid" ]; then "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1 || true; fi
  rm -rf "$dir"
}
trap finish EXIT
"$bin/initdb" -D "$dir/data" --username=ostiary --auth=trust --encoding=UTF8 --locale=C --no-sync >"$dir/log" 2>&1 ||
  { cat "$dir/log" >&2; exit 1; }
"$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -o "-c listen_addresses='' -c unix_socket_directories='$dir' -c fsync=off \
  -c synchronous_commit=off -c full_page_writes=off -c max_connections=300" start >/dev/null 2>&1 ||
  { cat "$dir/log" >&2; exit 1; }
echo "$dir"
cat >/dev/null
"#;

struct Server {
    folder: String,
    // Holds the pipe.
    _shell: Child,
}

/// The URL of a database on the server.
pub fn url(database: &str) -> String {
    static SERVER: OnceLock<Server> = OnceLock::new();
    let folder = &SERVER.get_or_init(start).folder;
    format!("postgres://ostiary@localhost/{database}?host={folder}")
}

fn start() -> Server {
    let programs = find_programs();
    let mut command = if is_root() {
        // The server refuses to run as root.
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--", "sh"]);
        command
    } else {
        Command::new("sh")
    };
    let mut shell = command
        .args(["-c", SCRIPT, "postgres"])
        .arg(&programs)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .expect("a shell to start PostgreSQL from (as root: with runuser, as the user postgres)");
    let mut folder = String::new();
    BufReader::new(shell.stdout.as_mut().unwrap()).read_line(&mut folder).unwrap();
    if folder.is_empty() {
        let mut problem = String::new();
        shell.stderr.as_mut().unwrap().read_to_string(&mut problem).unwrap();
        panic!("the tests' PostgreSQL (from {}) did not start:\n{problem}", programs.display());
    }
    Server { folder: folder.trim_end().to_owned(), _shell: shell }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Where `initdb` and `pg_ctl` are: the newest of Debian's versions, or on the path.
fn find_programs() -> PathBuf {
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.filter_map(Result::ok).map(|entry| entry.path()).collect())
        .unwrap_or_default();
    versions.sort_by_key(|path| version(path));
    let of_debian = versions.into_iter().rev().map(|path| path.join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    of_debian.chain(std::env::split_paths(&path)).find(|folder| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file()).expect(
        "PostgreSQL's initdb and pg_ctl are needed: every test runs on PostgreSQL too, on a server that it starts itself. On Debian: \
         apt-get install postgresql",
    )
}
