//! The portal as a process of its own, watched from outside.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant as Stopwatch},
};

use anyhow::{Context as _, bail, ensure};

use super::browser::Browser;

/// How long it may take to answer for the first time.
const LONGEST_START: Duration = Duration::from_secs(30);

/// A running portal; it ends with this value.
pub struct Portal {
    /// Where it listens.
    pub address: SocketAddr,
    process: Child,
}

impl Portal {
    /// Starts it and waits for its first answer; tells how long that took.
    pub async fn start(data: &Path, key_file: &Path) -> anyhow::Result<(Self, Duration)> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let program = std::env::current_exe()?.with_file_name("ostiary");
        let began = Stopwatch::now();
        let process = Command::new(&program)
            .arg("serve")
            .args(["--listen", &address.to_string(), "--log", "warn"])
            .arg("--data-dir")
            .arg(data)
            .arg("--key-file")
            .arg(key_file)
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let portal = Self { address, process };
        while began.elapsed() < LONGEST_START {
            if let Ok(answer) = Browser::new(address).get("/sign-in").await {
                ensure!(answer.status == 200, "the portal answers {} at first", answer.status);
                return Ok((portal, began.elapsed()));
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        bail!("the portal does not answer");
    }

    /// The memory it holds now.
    pub fn memory(&self) -> anyhow::Result<String> {
        self.status("VmRSS:")
    }

    /// The most memory it ever held.
    pub fn most_memory(&self) -> anyhow::Result<String> {
        self.status("VmHWM:")
    }

    fn status(&self, line: &str) -> anyhow::Result<String> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let found = status.lines().find_map(|found| found.strip_prefix(line)).context("the memory of the portal")?;
        let kilobytes: u64 = found.trim().trim_end_matches(" kB").parse()?;
        Ok(format!("{} MB", kilobytes / 1_024))
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        // One that has ended already needs no ending.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What a browser loads to wake the islands, compressed as it is served.
pub fn sizes(files: &Path) -> anyhow::Result<String> {
    let mut sum = 0;
    for file in std::fs::read_dir(files).with_context(|| format!("reading {}", files.display()))? {
        let file = file?;
        let name = file.file_name().to_string_lossy().into_owned();
        if name.ends_with(".wasm.br") || name.ends_with(".js.br") {
            sum += file.metadata()?.len();
        }
    }
    Ok(format!("{} kB", sum / 1_000))
}
