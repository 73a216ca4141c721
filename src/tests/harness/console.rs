//! The program at the console, as an operator runs it, and a server that listens on a port of its own.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// The program with these words, on the data and the key of this folder.
pub fn program(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ostiary"));
    let words = [words, &["--log", "warn"]].concat();
    on_folder(&mut command, folder, &words);
    command
}

/// The same, started by the shell after these words, such as `ulimit -S -f 100`; it logs whatever there is to log.
pub fn program_after(first: &str, folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{first}; exec \"$@\""), "sh", env!("CARGO_BIN_EXE_ostiary")]);
    on_folder(&mut command, folder, &[words, &["--log", "trace"]].concat());
    command
}

fn on_folder(command: &mut Command, folder: &Path, words: &[&str]) {
    command.args(words).arg("--data-dir").arg(folder.join("data"));
    command.arg("--key-file").arg(folder.join("key")).current_dir(folder).stdin(Stdio::null());
}

/// What it answers: its exit code, and what it says.
pub fn run(folder: &Path, words: &[&str]) -> (i32, String) {
    answer(&mut program(folder, words))
}

/// What a command answers: its exit code, and what it says.
pub fn answer(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

/// A server; dropped, it is killed as by the loss of power to its machine.
pub struct Serving {
    process: Child,
    address: SocketAddr,
}

impl Serving {
    /// Starts this command, which has to be `serve`, and waits until it answers.
    pub fn start(mut command: Command) -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        command.args(["--listen", &address.to_string()]);
        let process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut serving = Self { process, address };
        for _ in 0..600 {
            assert_eq!(serving.process.try_wait().unwrap(), None, "it ended instead of serving");
            if serving.ask("GET /healthz HTTP/1.1\r\n", "").is_some_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                return serving;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("it does not answer");
    }

    /// Signs in; true when that went well.
    pub fn sign_in(&self, name: &str, password: &str) -> bool {
        self.try_to_sign_in(name, password).starts_with("HTTP/1.1 303")
    }

    /// Signs in; the whole answer, and nothing when there is none.
    pub fn try_to_sign_in(&self, name: &str, password: &str) -> String {
        let form = format!("user_principal_name={name}&password={}", password.replace(' ', "+"));
        let head = "POST /sign-in HTTP/1.1\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n";
        self.ask(head, &form).unwrap_or_default()
    }

    /// The status of this page, for whoever has this cookie; 0 when there is no answer.
    pub fn status(&self, path: &str, cookie: &str) -> u16 {
        let answer = self.ask(&format!("GET {path} HTTP/1.1\r\nCookie: {cookie}\r\n"), "").unwrap_or_default();
        answer.split(' ').nth(1).map_or(0, |status| status.parse().unwrap())
    }

    /// Whether it says that it is ready. It is alive in any case.
    pub fn is_ready(&self) -> bool {
        assert_eq!(self.status("/healthz", ""), 200, "it is alive");
        self.status("/readyz", "") == 200
    }

    /// Waits until it says that it is ready, or that it is not.
    pub fn wait_until_ready(&self, wanted: bool) {
        for _ in 0..300 {
            if self.is_ready() == wanted {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("ready: {}, for 15 seconds", !wanted);
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Sends it a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        assert!(Command::new("kill").args(["-s", name, &self.id().to_string()]).status().unwrap().success());
    }

    /// Waits until it has ended by itself; answers with its exit code, and nothing when a signal ended it.
    pub fn ended(&mut self, within: Duration) -> Option<i32> {
        let began = std::time::Instant::now();
        while began.elapsed() < within {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it has not ended");
    }

    fn ask(&self, head: &str, body: &str) -> Option<String> {
        let mut stream = TcpStream::connect(self.address).ok()?;
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        let rest =
            format!("Host: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", self.address, body.len());
        stream.write_all(format!("{head}{rest}").as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    /// Kills it, and answers with what it has said at the console.
    pub fn kill(mut self) -> String {
        self.process.kill().unwrap();
        let mut said = String::new();
        self.process.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        said
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
