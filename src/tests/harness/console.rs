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
    command.args(words).args(["--log", "warn", "--data-dir"]).arg(folder.join("data"));
    command.arg("--key-file").arg(folder.join("key")).current_dir(folder).stdin(Stdio::null());
    command
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
        let form = format!("user_principal_name={name}&password={}", password.replace(' ', "+"));
        let head = "POST /sign-in HTTP/1.1\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n";
        self.ask(head, &form).is_some_and(|answer| answer.starts_with("HTTP/1.1 303"))
    }

    fn ask(&self, head: &str, body: &str) -> Option<String> {
        let mut stream = TcpStream::connect(self.address).ok()?;
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
